use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::credentials::{PasswordContext, Register};
use vestibule_domain::idempotency::OnceScope;
use vestibule_domain::users::{EmailAddress, PersonName, Username};

use crate::api::Api;
use crate::auth::origin;
use crate::body::{AUTH_LIMIT, Body};
use crate::cookies;
use crate::fields::{Fields, Refused, secret, string};
use crate::idempotency::{self, Attempt, KeptAnswer};
use crate::native::auth::session::LoginAnswer;
use crate::native::user::password::matching;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// Who registers.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "username": "vinyl_dealer",
    "email": "dealer@example.com",
    "password1": "correct horse battery",
    "password2": "correct horse battery",
    "first_name": "Jane"
}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct Registration {
    /// Login name, unique ignoring case.
    #[schema(min_length = 3, max_length = 30, pattern = "^[A-Za-z0-9_.-]{3,30}$")]
    username: String,
    /// Address; a verification mail goes there.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// Password.
    #[schema(write_only, min_length = 8, max_length = 256)]
    password1: String,
    /// The password again.
    #[schema(write_only, min_length = 8, max_length = 256)]
    password2: String,
    /// First name.
    #[schema(max_length = 255)]
    first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 255)]
    last_name: Option<String>,
    /// Token of an invitation to this address: it proves the address, and the
    /// account joins the organization.
    #[schema(write_only, min_length = 1)]
    invitation: Option<String>,
}

fn read(object: Map<String, Value>, api: &Api) -> Result<Register, Problem> {
    Fields::read(object, &[], |f| {
        let username = f.required("username", string(Username::parse));
        let email = f.required("email", string(EmailAddress::parse));
        let password1 = f.required("password1", secret);
        let password2 = f.required("password2", secret);
        let password = matching(f, "password2", password1, password2);
        let first_name = f.nullable("first_name", string(PersonName::parse));
        let last_name = f.nullable("last_name", string(PersonName::parse));
        let invitation = f.nullable("invitation", secret);
        let context = PasswordContext {
            username: username.as_ref().map_or("", Username::as_str),
            email_local_part: email.as_ref().map_or("", EmailAddress::local_part),
            first_name: text(&first_name),
            last_name: text(&last_name),
        };
        let password = password.and_then(|password| {
            match api.app.credentials.judge_password(&password, &context) {
                Ok(()) => Ok(password),
                Err(invalid) => f.refuse("password1", invalid),
            }
        });
        Ok(Register {
            username: username?,
            email: email?,
            password: password?,
            device: None,
            first_name: first_name?.unwrap_or_default(),
            last_name: last_name?.unwrap_or_default(),
            invitation: invitation?,
        })
    })
}

fn text(name: &Result<Option<PersonName>, Refused>) -> &str {
    match name {
        Ok(Some(name)) => name.as_str(),
        _ => "",
    }
}

/// Register.
///
/// Makes an account, signs it in and mails a key that proves the address; the
/// token of an invitation proves it at once.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = Registration,
    params(IdempotencyKey),
    responses((status = 201, description = "Registered and signed in.", body = LoginAnswer)),
)]
#[post("/registration/")]
pub(crate) async fn registration(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(AUTH_LIMIT).await?;
    let mut register = read(body.object()?, &api)?;
    register.device = cookies::device(&api, &request);
    let permit = match idempotency::begin(&api, &request, OnceScope::Anonymous, &body).await? {
        Attempt::Replay(response) => return Ok(response),
        Attempt::Run(permit) => permit,
    };
    let answer = |grant: &_| {
        let location = format!("{}/api/v1/user/me/", api.config.public_url);
        let shape = LoginAnswer::of(grant, &api.app);
        KeptAnswer::secret(StatusCode::CREATED, location, &shape)
    };
    let grant = api
        .app
        .credentials
        .register(register, &origin(&request), |grant| {
            let kept = answer(grant);
            permit.once(move |()| kept.clone())
        })
        .await?;
    let mut response = answer(&grant).respond();
    cookies::hand_out(&api, &mut response, &grant, false)?;
    Ok(response)
}
