use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use utoipa::ToSchema;
use vestibule_domain::inquiries::InquiryStatus;

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::native::admin::inquiries::find;
use crate::native::admin::inquiries::object::AdminInquiryDetail;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &[
    "uid",
    "subject",
    "message",
    "created_at",
    "updated_at",
    "user",
    "replies",
];

/// The fields to change; read-only ones are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "closed"}), min_properties = 1)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct UpdateInquiry {
    /// open, answered or closed.
    #[schema(pattern = "^(open|answered|closed)$", nullable = false)]
    status: Option<String>,
}

/// Update an inquiry.
///
/// Sets where it stands.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid, IfMatch),
    request_body = UpdateInquiry,
    responses((status = 200, description = "The inquiry.", body = AdminInquiryDetail)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/inquiries/{uid}/")]
pub(crate) async fn update_inquiry(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let thread = find(&api, &caller, &request).await?;
    let object = body.read(JSON_LIMIT).await?.changes()?;
    let status = Fields::read(object, READ_ONLY, |f| {
        f.optional("status", string(InquiryStatus::parse))
    })?;
    let seen = AdminInquiryDetail::representation(&thread);
    let expected = seen.expected(&request, thread.inquiry.version)?;
    let Some(status) = status else {
        return Ok(seen.answer(StatusCode::OK));
    };
    let updated = api
        .app
        .inquiries
        .set_status(&caller.staff, thread.inquiry.id, status, expected)
        .await?;
    Ok(AdminInquiryDetail::representation(&updated).answer(StatusCode::OK))
}
