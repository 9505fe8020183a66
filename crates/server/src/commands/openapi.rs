//! `vestibule openapi`

use super::{Failure, print};

/// Prints the `OpenAPI` document. Needs no settings.
pub(super) fn run() -> Result<(), Failure> {
    let document = vestibule_http::committed_document()
        .map_err(|error| Failure::Failed(format!("cannot read the document: {error}")))?;
    print(document.trim_end())
}
