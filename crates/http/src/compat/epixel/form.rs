//! Bodies as the samples send them, multipart, and those of a form or JSON.

use serde_json::{Map, Value};
use vestibule_domain::avatars::MAX_FILE_BYTES;
use vestibule_domain::kernel::FieldErrors;

use super::texts;
use crate::body::{Body, JSON_LIMIT, MULTIPART};
use crate::multipart::{self, Part};
use crate::problem::Problem;

/// The fields of a body of any of the three kinds. Null and missing are the
/// same.
pub(super) async fn read(body: Body) -> Result<Map<String, Value>, Problem> {
    if !body.is(MULTIPART) {
        let mut object = body.read_form_or_json(JSON_LIMIT).await?;
        object.retain(|_, value| !value.is_null());
        return Ok(object);
    }
    let mut object = Map::new();
    for Part { name, content } in multipart::parts(body, JSON_LIMIT).await? {
        let text = String::from_utf8(content)
            .map_err(|_| Problem::malformed("A field is no text in UTF-8."))?;
        if object.insert(name, Value::String(text)).is_some() {
            return Err(Problem::malformed("A field stands twice in the form."));
        }
    }
    Ok(object)
}

/// The files of a body by their names, all of them required. What is sent as
/// text where a file belongs is a file with that text.
pub(super) async fn files<const N: usize>(
    body: Body,
    names: [&'static str; N],
) -> Result<[Vec<u8>; N], Problem> {
    let mut sent = if body.is(MULTIPART) {
        multipart::parts(body, MAX_FILE_BYTES).await?
    } else {
        let fields = body.read_form_or_json(JSON_LIMIT).await?.into_iter();
        let parts = fields.map(|(name, value)| Part {
            name,
            content: match value {
                Value::Null => Vec::new(),
                Value::String(text) => text.into_bytes(),
                other => other.to_string().into_bytes(),
            },
        });
        parts.collect()
    };
    let mut errors = Vec::new();
    let files = names.map(|name| {
        let found = sent.iter_mut().find(|part| part.name == name);
        let content = found.map(|part| std::mem::take(&mut part.content));
        let content = content.unwrap_or_default();
        if content.is_empty() {
            errors.push(texts::required().at(name));
        }
        content
    });
    FieldErrors::check(errors)?;
    Ok(files)
}
