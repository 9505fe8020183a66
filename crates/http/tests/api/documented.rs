//! Every answer that a test gets has a status that the document lists.

use std::sync::OnceLock;

use serde_json::Value;

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(vestibule_http::document()).expect("a document"))
}

/// Fails when the operation that answers this request does not list the status.
pub(crate) fn check(method: &str, path: &str, status: u16) {
    // What any HTTP server may answer: known to the client, no such method.
    if [304, 405].contains(&status) {
        return;
    }
    let Some((template, item)) = item(path) else {
        return;
    };
    let operation = &item[method.to_lowercase()];
    if operation.is_object() {
        let listed = &operation["responses"][status.to_string()];
        assert!(
            listed.is_object(),
            "{method} {template} answers {status}, which the document does not list"
        );
    }
}

/// Template and operations of the documented path, the one with fewer names of
/// several that fit.
fn item(path: &str) -> Option<(&'static String, &'static Value)> {
    let parts: Vec<_> = segments(path).collect();
    let items = document()["paths"].as_object().expect("paths");
    let fitting = items.iter().filter(|(template, _)| {
        let names: Vec<_> = segments(template).collect();
        names.len() == parts.len()
            && names
                .iter()
                .zip(&parts)
                .all(|(name, part)| name.starts_with('{') || name == part)
    });
    fitting.min_by_key(|(template, _)| template.matches('{').count())
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}
