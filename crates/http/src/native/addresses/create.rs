use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::addresses::{Address, AddressLine, CreateAddress, PostalCode};
use vestibule_domain::preferences::Country;

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, boolean, string};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::addresses::PATH;
use crate::native::addresses::object::AddressObject;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// An address to add.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Jane Smith",
    "line1": "1 Main Street",
    "city": "New York",
    "region": "NY",
    "postal_code": "10001",
    "country": "US"
}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct NewAddress {
    /// Recipient.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// Street and number.
    #[schema(min_length = 1, max_length = 255)]
    line1: String,
    /// Floor, flat, care of.
    #[schema(min_length = 1, max_length = 255)]
    line2: Option<String>,
    /// City.
    #[schema(min_length = 1, max_length = 255)]
    city: String,
    /// State, province or county.
    #[schema(min_length = 1, max_length = 255)]
    region: Option<String>,
    /// Postal code.
    #[schema(min_length = 1, max_length = 20)]
    postal_code: Option<String>,
    /// Country of ISO 3166-1, alpha-2.
    #[schema(example = "US", format = "iso-3166-1-alpha-2")]
    country: String,
    /// Whether it is to be the primary one; the first one always is.
    #[schema(nullable = false, default = false)]
    is_primary: Option<bool>,
}

fn read(object: Map<String, Value>) -> Result<CreateAddress, Problem> {
    Fields::read(object, &[], |f| {
        let name = f.required("name", string(AddressLine::parse));
        let line1 = f.required("line1", string(AddressLine::parse));
        let line2 = f.nullable("line2", string(AddressLine::parse));
        let city = f.required("city", string(AddressLine::parse));
        let region = f.nullable("region", string(AddressLine::parse));
        let postal_code = f.nullable("postal_code", string(PostalCode::parse));
        let country = f.required("country", string(Country::parse));
        let is_primary = f.optional("is_primary", boolean);
        Ok(CreateAddress {
            name: name?,
            line1: line1?,
            line2: line2?,
            city: city?,
            region: region?,
            postal_code: postal_code?,
            country: country?,
            is_primary: is_primary?.unwrap_or(false),
        })
    })
}

fn answer(api: &Api, address: &Address) -> KeptAnswer {
    let location = api.location(PATH, address.id);
    KeptAnswer::created(location, &AddressObject::from(address))
}

/// Add an address.
///
/// The first one is the primary one; making one primary unmakes the other.
#[utoipa::path(
    context_path = "",
    tag = "addresses",
    request_body = NewAddress,
    params(IdempotencyKey),
    responses((status = 201, description = "The address.", body = AddressObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/me/addresses/")]
pub(crate) async fn create_address(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(JSON_LIMIT).await?;
    let create = read(body.object()?)?;
    let scope = user.once_scope();
    answer_once(&api, &request, scope, &body, answer, |once| {
        api.app.addresses.create(user.id(), create, once)
    })
    .await
}
