use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::credentials::{Login, LoginName};
use vestibule_domain::kernel::Invalid;
use vestibule_domain::sessions::Grant;

use crate::answer;
use crate::api::Api;
use crate::auth::origin;
use crate::body::{AUTH_LIMIT, Body};
use crate::cookies;
use crate::fields::{Fields, secret, string};
use crate::native::auth::session::LoginAnswer;
use crate::problem::Problem;

/// Who signs in: by username or by email.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "vinyl_dealer", "password": "correct horse battery"}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct LoginRequest {
    /// Username, or the e-mail address.
    username: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Password.
    #[schema(write_only, min_length = 1, max_length = 256)]
    password: String,
}

fn read(object: Map<String, Value>) -> Result<Login, Problem> {
    // Clients with one input for each send the other one blank.
    let name = |text: &str| Ok((!text.trim().is_empty()).then(|| LoginName::guess(text)));
    Fields::read(object, &[], |f| {
        let username = f.nullable("username", string(name));
        let email = f.nullable("email", string(name));
        let password = f.required("password", secret);
        let name = match (username?.flatten(), email?.flatten()) {
            (Some(name), _) | (None, Some(name)) => name,
            (None, None) => {
                let missing = Invalid::new("required", "Send username or email.");
                f.refuse("username", missing)?
            }
        };
        Ok(Login::new(name, password?))
    })
}

/// Log in.
///
/// Opens a session: its access token, refresh token and cookie belong together.
/// A second cookie remembers this device: later logins from it are not told by
/// mail, and are not held up when others guess at the account.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = LoginRequest,
    responses((status = 200, description = "Signed in.", body = LoginAnswer)),
)]
#[post("/login/")]
pub(crate) async fn login(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut login = read(body.read(AUTH_LIMIT).await?.object()?)?;
    login.device = cookies::device(&api, &request);
    let grant = api.app.credentials.login(login, &origin(&request)).await?;
    signed_in(&api, &grant)
}

/// The answer to a login of any kind, with its cookies.
pub(in crate::native) fn signed_in(api: &Api, grant: &Grant) -> Result<HttpResponse, Problem> {
    let mut response = answer::json(StatusCode::OK, &LoginAnswer::of(grant, &api.app));
    cookies::hand_out(api, &mut response, grant, true)?;
    Ok(response)
}
