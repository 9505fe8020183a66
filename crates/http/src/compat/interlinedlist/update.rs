use actix_web::http::StatusCode;
use actix_web::{HttpResponse, patch, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::kernel::{Invalid, Patch};
use vestibule_domain::preferences::{
    MaxMessageLength, PreferenceChanges, PreferredName, Theme, ViewingPreference,
};
use vestibule_domain::users::{Bio, UpdateProfile, Visibility};

use super::error::Failure;
use super::shapes::{ErrorObject, UserObject};
use crate::answer;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, boolean, integer, string};
use crate::problem::Problem;

/// The fields to change.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "displayName": "New Display Name", "bio": "Updated bio text.", "defaultVisibility": "private"
}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(super) struct UpdateUser {
    /// The preferred name; null or blank removes it.
    display_name: Option<String>,
    /// What the user tells about themselves; null removes it.
    bio: Option<String>,
    /// Colour theme; null removes it.
    theme: Option<String>,
    /// The longest message that the user writes, in code points.
    #[schema(nullable = false)]
    max_message_length: Option<u16>,
    /// `public` or `private`.
    #[schema(nullable = false)]
    default_visibility: Option<String>,
    /// `true` for `public`, `false` for `private`.
    #[schema(nullable = false)]
    default_publicly_visible: Option<bool>,
    /// Chosen view; null removes it.
    viewing_preference: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<UpdateProfile, Problem> {
    Fields::read_known(object, |f| {
        let display_name = f.patch("displayName", string(clearable(PreferredName::parse)));
        let bio = f.patch("bio", string(Bio::parse));
        let theme = f.patch("theme", string(clearable(Theme::parse)));
        let max_message_length = f.optional("maxMessageLength", integer(MaxMessageLength::parse));
        let visibility = f.optional("defaultVisibility", string(Visibility::parse));
        let public = f.optional("defaultPubliclyVisible", boolean);
        let viewing_preference = f.patch(
            "viewingPreference",
            string(clearable(ViewingPreference::parse)),
        );
        let mirrored = public?.map(|public| {
            if public {
                Visibility::Public
            } else {
                Visibility::Private
            }
        });
        let visibility = match (visibility?, mirrored) {
            (Some(named), Some(mirrored)) if named != mirrored => f.refuse(
                "defaultPubliclyVisible",
                Invalid::new("contradiction", "This contradicts defaultVisibility."),
            )?,
            (named, mirrored) => named.or(mirrored),
        };
        Ok(UpdateProfile {
            bio: bio?,
            default_visibility: visibility,
            preferences: PreferenceChanges {
                preferred_name: cleared(display_name?),
                theme: cleared(theme?),
                viewing_preference: cleared(viewing_preference?),
                max_message_length: max_message_length?,
                ..PreferenceChanges::default()
            },
            ..UpdateProfile::default()
        })
    })
}

/// Forms send blank for what is to be removed.
fn clearable<T>(
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> impl FnOnce(&str) -> Result<Option<T>, Invalid> {
    |text| {
        if text.trim().is_empty() {
            Ok(None)
        } else {
            parse(text).map(Some)
        }
    }
}

fn cleared<T>(patch: Patch<Option<T>>) -> Patch<T> {
    match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear | Patch::Set(None) => Patch::Clear,
        Patch::Set(Some(value)) => Patch::Set(value),
    }
}

/// Update the profile.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    request_body = UpdateUser,
    responses(
        (status = 200, description = "The user.", body = UserObject),
        ErrorObject,
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/api/user/update/")]
pub(super) async fn update_user(
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let profile = read(body.read(JSON_LIMIT).await?.object()?)?;
    let id = user.id();
    let account = api.app.users.update_profile(id, profile, None).await?;
    let avatar_url = api.app.avatars.url(&account);
    let object = UserObject::of(&account, avatar_url);
    Ok(answer::json(StatusCode::OK, &object))
}
