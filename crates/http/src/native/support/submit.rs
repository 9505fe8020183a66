use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::inquiries::{Inquiry, InquiryMessage, Subject, SubmitInquiry};

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::support::PATH;
use crate::native::support::object::InquiryObject;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// What you ask.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "Import issue", "message": "My eBay import is stuck..."}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct NewInquiry {
    /// What it is about.
    #[schema(min_length = 1, max_length = 200)]
    subject: String,
    /// What you ask.
    #[schema(
        min_length = 1,
        max_length = 10000,
        pattern = "^(\\r\\n|[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f])*[^\\s\\x00-\\x1f\\x7f-\\x9f](\\r\\n|[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f])*$"
    )]
    message: String,
}

fn read(object: Map<String, Value>) -> Result<SubmitInquiry, Problem> {
    Fields::read(object, &[], |f| {
        let subject = f.required("subject", string(Subject::parse));
        let message = f.required("message", string(InquiryMessage::parse));
        Ok(SubmitInquiry {
            subject: subject?,
            message: message?,
        })
    })
}

fn answer(api: &Api, inquiry: &Inquiry) -> KeptAnswer {
    let location = api.location(PATH, inquiry.id);
    KeptAnswer::created(location, &InquiryObject::from(inquiry))
}

/// Submit a support inquiry.
#[utoipa::path(
    context_path = "",
    tag = "support",
    request_body = NewInquiry,
    params(IdempotencyKey),
    responses((status = 201, description = "The inquiry.", body = InquiryObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/")]
pub(crate) async fn submit_inquiry(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(JSON_LIMIT).await?;
    let submit = read(body.object()?)?;
    let scope = user.once_scope();
    answer_once(&api, &request, scope, &body, answer, |once| {
        api.app.inquiries.submit(user.id(), submit, once)
    })
    .await
}
