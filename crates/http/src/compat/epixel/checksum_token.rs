use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::users::EmailAddress;

use super::credentials::{AppKey, AppUser};
use super::error::{Failure, Refusal};
use super::shapes::{Answer, ChecksumToken};
use super::{form, texts};
use crate::answer;
use crate::api::Api;
use crate::auth::origin;
use crate::body::Body;
use crate::fields::{Fields, string};

/// The address to change to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct NewAddress {
    /// Six digits are mailed there.
    email: String,
}

/// Ask for a change of the e-mail address.
///
/// The answer and the six digits that are mailed to the new address prove it
/// in an update of the profile.
#[utoipa::path(
    context_path = "",
    tag = "user profile",
    params(AppKey),
    request_body(content = NewAddress, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Mailed.", body = Answer<ChecksumToken>),
        (status = 400, description = "The address is not valid.", body = Refusal),
        (status = 401, description = "A header is missing or not valid.", body = Refusal),
        (status = 429, description = "Too many mails to this address.", body = Refusal),
    ),
    security(("bearer" = [])),
)]
#[post("/api/v1/user/get/checksum-token/")]
pub(super) async fn get_checksum_token(
    request: HttpRequest,
    user: AppUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let parse = |raw: &str| EmailAddress::parse(raw).map_err(|error| texts::of_email(&error));
    let email = Fields::read_known(form::read(body).await?, |f| {
        f.required("email", string(parse))
    })?;
    let proof = api.config.compat.epixel.proof(None);
    let origin = origin(&request);
    let contact = &api.app.contact;
    let change = contact
        .start_email_change(&user.0, email, proof, &origin, |_| None)
        .await?;
    let data = ChecksumToken {
        token_checksum: contact.reference(&change),
    };
    Ok(answer::json(StatusCode::OK, &Answer::of(data)))
}
