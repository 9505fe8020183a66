use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::addresses::{AddressChanges, AddressLine, PostalCode};
use vestibule_domain::preferences::Country;

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, boolean, string};
use crate::native::addresses::find;
use crate::native::addresses::object::AddressObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &["uid", "created_at", "updated_at"];

/// The fields to change; read-only ones are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"line1": "2 Main Street", "is_primary": true}), min_properties = 1)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct UpdateAddress {
    /// Recipient.
    #[schema(min_length = 1, max_length = 255, nullable = false)]
    name: Option<String>,
    /// Street and number.
    #[schema(min_length = 1, max_length = 255, nullable = false)]
    line1: Option<String>,
    /// Floor, flat, care of.
    #[schema(min_length = 1, max_length = 255)]
    line2: Option<String>,
    /// City.
    #[schema(min_length = 1, max_length = 255, nullable = false)]
    city: Option<String>,
    /// State, province or county.
    #[schema(min_length = 1, max_length = 255)]
    region: Option<String>,
    /// Postal code.
    #[schema(min_length = 1, max_length = 20)]
    postal_code: Option<String>,
    /// Country of ISO 3166-1, alpha-2.
    #[schema(example = "US", format = "iso-3166-1-alpha-2", nullable = false)]
    country: Option<String>,
    /// Whether it is to be the primary one; false on the primary one is refused.
    #[schema(nullable = false)]
    is_primary: Option<bool>,
}

fn read(object: Map<String, Value>) -> Result<AddressChanges, Problem> {
    Fields::read(object, READ_ONLY, |f| {
        let name = f.optional("name", string(AddressLine::parse));
        let line1 = f.optional("line1", string(AddressLine::parse));
        let line2 = f.patch("line2", string(AddressLine::parse));
        let city = f.optional("city", string(AddressLine::parse));
        let region = f.patch("region", string(AddressLine::parse));
        let postal_code = f.patch("postal_code", string(PostalCode::parse));
        let country = f.optional("country", string(Country::parse));
        let is_primary = f.optional("is_primary", boolean);
        Ok(AddressChanges {
            name: name?,
            line1: line1?,
            line2: line2?,
            city: city?,
            region: region?,
            postal_code: postal_code?,
            country: country?,
            is_primary: is_primary?,
        })
    })
}

/// Update an address.
///
/// Sets the fields that are sent; null clears those that may be null.
#[utoipa::path(
    context_path = "",
    tag = "addresses",
    params(Uid, IfMatch),
    request_body = UpdateAddress,
    responses((status = 200, description = "The address.", body = AddressObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/me/addresses/{uid}/")]
pub(crate) async fn update_address(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let address = find(&api, &user, &request).await?;
    let changes = read(body.read(JSON_LIMIT).await?.changes()?)?;
    let seen = Representation::of(&AddressObject::from(&address));
    let expected = seen.expected(&request, address.version)?;
    let updated = api
        .app
        .addresses
        .update(user.id(), address.id, changes, expected)
        .await?;
    Ok(Representation::of(&AddressObject::from(&updated)).answer(StatusCode::OK))
}
