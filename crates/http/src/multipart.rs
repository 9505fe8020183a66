//! Uploads: the files of a `multipart/form-data` body (RFC 7578).

use actix_multipart::{Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::{StreamExt as _, stream};
use vestibule_domain::kernel::{FieldErrors, Invalid};

use crate::body::Body;
use crate::problem::Problem;

/// What the boundaries and headers of the parts may take: 16 KiB.
const FRAMING: usize = 16 * 1024;
/// The name of a part in an answer is cut to so many characters.
const MAX_NAME: usize = 64;

/// What becomes of a part whose name is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Refused,
    Ignored,
}

/// The files of a body by their names; `None` for those that are not sent. The
/// first must be. 413 when all together have more than `limit` bytes.
pub(crate) async fn files<const N: usize>(
    body: Body,
    names: [&'static str; N],
    limit: usize,
) -> Result<[Option<Vec<u8>>; N], Problem> {
    read(body, names, limit, Unknown::Refused).await
}

/// The same, whatever other parts the body has.
pub(crate) async fn known_files<const N: usize>(
    body: Body,
    names: [&'static str; N],
    limit: usize,
) -> Result<[Option<Vec<u8>>; N], Problem> {
    read(body, names, limit, Unknown::Ignored).await
}

/// A part of a body: a field of a form, or a file.
pub(crate) struct Part {
    /// Its name, cut to 64 characters.
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// The parts of a body, in its order. 413 when all together have more than
/// `limit` bytes.
pub(crate) async fn parts(body: Body, limit: usize) -> Result<Vec<Part>, Problem> {
    let (request, bytes) = body.read_upload(limit + FRAMING).await?;
    let unreadable = |_: MultipartError| {
        Problem::malformed("The body cannot be read as multipart/form-data with a boundary.")
    };
    let mut headers = header::HeaderMap::new();
    if let Some(kind) = request.headers().get(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, kind.clone());
    }
    let stream = stream::once(async { Ok::<Bytes, PayloadError>(bytes) });
    let mut multipart = Multipart::new(&headers, Box::pin(stream));
    let mut found = Vec::new();
    while let Some(part) = multipart.next().await {
        let mut part = part.map_err(unreadable)?;
        let name = part.name().unwrap_or("").chars().take(MAX_NAME).collect();
        let mut content = Vec::new();
        while let Some(chunk) = part.next().await {
            content.extend_from_slice(&chunk.map_err(unreadable)?);
        }
        found.push(Part { name, content });
    }
    Ok(found)
}

async fn read<const N: usize>(
    body: Body,
    names: [&'static str; N],
    limit: usize,
    unknown: Unknown,
) -> Result<[Option<Vec<u8>>; N], Problem> {
    let mut found = [const { None }; N];
    let mut errors = Vec::new();
    for Part { name, content } in parts(body, limit).await? {
        match names.iter().position(|known| *known == name) {
            None if unknown == Unknown::Ignored => {}
            None => {
                let invalid = Invalid::new("unknown_field", "There is no such field.");
                errors.push(invalid.at(name));
            }
            Some(place) if found[place].is_some() => {
                let invalid = Invalid::new("duplicate", "Send this field once.");
                errors.push(invalid.at(name));
            }
            Some(place) => found[place] = Some(content),
        }
    }
    if let (Some(name), Some(None)) = (names.first(), found.first()) {
        let invalid = Invalid::new("required", "This field is required.");
        errors.push(invalid.at(*name));
    }
    FieldErrors::check(errors)?;
    Ok(found)
}
