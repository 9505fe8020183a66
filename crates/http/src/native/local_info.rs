//! What clients offer to choose from.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::local_info::{Choice, LocalInfo};

use crate::answer::Representation;

/// The lists to choose from, each sorted by key; the preferences accept every key.
#[derive(Serialize, ToSchema)]
#[schema(as = LocalInfo)]
pub(crate) struct LocalInfoObject<'a> {
    /// Languages of ISO 639-1.
    languages: Vec<ChoiceObject<'a>>,
    /// Active currencies of ISO 4217.
    currencies: Vec<ChoiceObject<'a>>,
    /// Time zones of the IANA database.
    timezones: Vec<ChoiceObject<'a>>,
}

/// One value that may be chosen.
#[derive(Serialize, ToSchema)]
#[schema(as = LocalInfoChoice)]
pub(crate) struct ChoiceObject<'a> {
    /// The value itself.
    #[schema(example = "en")]
    key: &'a str,
    /// What people read, in English.
    #[schema(example = "English")]
    name: &'a str,
}

impl<'a> From<&'a Choice> for ChoiceObject<'a> {
    fn from(choice: &'a Choice) -> Self {
        let Choice { key, name } = choice;
        Self { key, name }
    }
}

fn objects(choices: &[Choice]) -> Vec<ChoiceObject<'_>> {
    choices.iter().map(ChoiceObject::from).collect()
}

/// Rendered once: the lists change with a release only.
static RENDERED: LazyLock<Representation> = LazyLock::new(|| {
    let LocalInfo {
        languages,
        currencies,
        timezones,
    } = &LocalInfo::all();
    Representation::of(&LocalInfoObject {
        languages: objects(languages),
        currencies: objects(currencies),
        timezones: objects(timezones),
    })
});

/// Get the lists to choose from.
///
/// Languages, currencies and time zones with their names. The same for
/// everybody, so no sign-in is needed, and everybody may keep it for an hour.
#[utoipa::path(
    context_path = "",
    tag = "local-info",
    responses((status = 200, description = "The lists.", body = LocalInfoObject)),
)]
#[get("/")]
pub(crate) async fn get_local_info(request: HttpRequest) -> HttpResponse {
    RENDERED.get_public(&request)
}
