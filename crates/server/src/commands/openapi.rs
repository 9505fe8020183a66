//! `vestibule openapi`

use super::{Failure, print};

/// Prints the `OpenAPI` document. Needs no settings.
pub(super) fn run() -> Result<(), Failure> {
    let document = vestibule_http::document()
        .to_pretty_json()
        .map_err(|error| Failure::Failed(format!("cannot write the document: {error}")))?;
    print(document)
}
