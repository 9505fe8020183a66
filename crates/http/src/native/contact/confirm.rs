use actix_web::http::StatusCode;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::kernel::{Invalid, Secret};

use crate::answer;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret};
use crate::native::auth::Detail;
use crate::problem::Problem;

/// The proof of a new e-mail address: one of the two.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct EmailChangeConfirmation {
    /// Token of the link; needs no sign-in.
    #[schema(min_length = 1)]
    token: Option<String>,
    /// The six digits; only with a sign-in.
    #[schema(min_length = 1)]
    code: Option<String>,
}

enum Proof {
    Token(Secret),
    Code(Secret),
}

fn read(object: Map<String, Value>) -> Result<Proof, Problem> {
    Fields::read(object, &[], |f| {
        let token = f.nullable("token", secret);
        let code = f.nullable("code", secret);
        match (token?, code?) {
            (Some(token), None) => Ok(Proof::Token(token)),
            (None, Some(code)) => Ok(Proof::Code(code)),
            (None, None) => {
                let missing = Invalid::new(
                    "required",
                    "Send the token of the link, or, signed in, the code.",
                );
                f.refuse("token", missing)
            }
            (Some(_), Some(_)) => {
                let both = Invalid::new("ambiguous", "Send the token or the code, not both.");
                f.refuse("code", both)
            }
        }
    })
}

/// Confirm a change of the e-mail address.
///
/// By the token of the mailed link without sign-in, or by the mailed code with
/// one; a code can be tried five times. Sessions stay, and the address counts
/// as verified. The old address gets a notice with a link that undoes it.
#[utoipa::path(
    context_path = "",
    tag = "contact",
    request_body = EmailChangeConfirmation,
    responses((status = 200, description = "The address is changed.", body = Detail)),
)]
#[post("/me/email-change/confirm/")]
pub(crate) async fn confirm_email_change(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let proof = read(body.read(AUTH_LIMIT).await?.object()?)?;
    let (contact, origin) = (&api.app.contact, origin(&request));
    match proof {
        Proof::Token(token) => contact.confirm_by_token(&token, &origin).await?,
        Proof::Code(code) => {
            let user = SessionUser::extract(&request).await?;
            contact.confirm_by_code(&user.0, &code, &origin).await?
        }
    };
    let detail = Detail::new("The e-mail address has been changed.");
    Ok(answer::json(StatusCode::OK, &detail))
}
