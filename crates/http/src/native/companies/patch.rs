use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use utoipa::ToSchema;
use vestibule_domain::companies::{CompanyError, decide_rename};
use vestibule_domain::organizations::OrganizationName;

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::native::companies::find;
use crate::native::companies::object::CompanyObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &["uid", "owner", "max_documents"];

/// The name; read-only fields are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Vinyl Holding"}), min_properties = 1)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct UpdateCompany {
    /// Its name.
    #[schema(min_length = 1, max_length = 255, nullable = false)]
    name: Option<String>,
}

/// Rename a company.
///
/// For its owner.
#[utoipa::path(
    context_path = "",
    tag = "companies",
    params(Uid, IfMatch),
    request_body = UpdateCompany,
    responses((status = 200, description = "The company.", body = CompanyObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/{uid}/")]
pub(crate) async fn update_company(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let company = find(&api, &user, &request).await?;
    decide_rename(user.id(), Some(&company)).map_err(CompanyError::from)?;
    let object = body.read(JSON_LIMIT).await?.changes()?;
    let name = Fields::read(object, READ_ONLY, |f| {
        f.optional("name", string(OrganizationName::parse))
    })?;
    let seen = Representation::of(&CompanyObject::from(&company));
    let expected = seen.expected(&request, company.version)?;
    let Some(name) = name else {
        return Ok(seen.answer(StatusCode::OK));
    };
    let companies = &api.app.companies;
    let renamed = companies.rename(user.id(), company.id, name, expected);
    let renamed = renamed.await?;
    Ok(Representation::of(&CompanyObject::from(&renamed)).answer(StatusCode::OK))
}
