use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use utoipa::ToSchema;
use vestibule_domain::companies::MaxDocuments;

use crate::answer::Representation;
use crate::api::{Api, uid};
use crate::auth::StaffCaller;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, integer};
use crate::native::companies::object::CompanyObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &["uid", "name", "owner"];

/// What staff set; read-only fields are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"max_documents": 5000}), min_properties = 1)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AdministerCompany {
    /// How many documents it may have.
    #[schema(minimum = 0, maximum = 1_000_000_000, nullable = false)]
    max_documents: Option<i64>,
}

/// Set how many documents a company may have.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid, IfMatch),
    request_body = AdministerCompany,
    responses((status = 200, description = "The company.", body = CompanyObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/companies/{uid}/")]
pub(crate) async fn administer_company(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let companies = &api.app.companies;
    let company = companies.find_any(&caller.staff, uid(&request)?).await?;
    let company = company.ok_or_else(Problem::not_found)?;
    let object = body.read(JSON_LIMIT).await?.changes()?;
    let max_documents = Fields::read(object, READ_ONLY, |f| {
        f.optional("max_documents", integer(MaxDocuments::parse))
    })?;
    let seen = Representation::of(&CompanyObject::from(&company));
    let expected = seen.expected(&request, company.version)?;
    let Some(number) = max_documents else {
        return Ok(seen.answer(StatusCode::OK));
    };
    let set = companies.set_max_documents(&caller.staff, company.id, number, expected);
    let set = set.await?;
    Ok(Representation::of(&CompanyObject::from(&set)).answer(StatusCode::OK))
}
