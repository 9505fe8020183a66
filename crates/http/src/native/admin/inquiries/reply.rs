use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::inquiries::{InquiryMessage, InquiryThread};

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::admin::inquiries::object::AdminInquiryDetail;
use crate::native::admin::inquiries::{PATH, find};
use crate::params::{IdempotencyKey, Uid};
use crate::problem::Problem;

/// What is replied.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"message": "It is on its way again."}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct NewReply {
    /// What is replied.
    #[schema(
        min_length = 1,
        max_length = 10000,
        pattern = "^(\\r\\n|[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f])*[^\\s\\x00-\\x1f\\x7f-\\x9f](\\r\\n|[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f])*$"
    )]
    message: String,
}

fn answer(api: &Api, thread: &InquiryThread) -> KeptAnswer {
    let location = api.location(PATH, thread.inquiry.id);
    KeptAnswer::created(location, &AdminInquiryDetail::from(thread))
}

/// Reply to an inquiry.
///
/// It is answered then.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid, IdempotencyKey),
    request_body = NewReply,
    responses((status = 201, description = "The inquiry with the reply.", body = AdminInquiryDetail)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/inquiries/{uid}/replies/")]
pub(crate) async fn reply_to_inquiry(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let inquiry = find(&api, &caller, &request).await?.inquiry.id;
    let body = body.read(JSON_LIMIT).await?;
    let message = Fields::read(body.object()?, &[], |f| {
        f.required("message", string(InquiryMessage::parse))
    })?;
    let scope = caller.caller.once_scope();
    answer_once(&api, &request, scope, &body, answer, |once| {
        let inquiries = &api.app.inquiries;
        inquiries.reply(&caller.staff, inquiry, message, once)
    })
    .await
}
