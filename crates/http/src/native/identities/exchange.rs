use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::origin;
use crate::body::{AUTH_LIMIT, Body};
use crate::cookies;
use crate::fields::{Fields, secret};
use crate::native::auth::login::signed_in;
use crate::native::auth::session::LoginAnswer;
use crate::problem::Problem;

/// The code that the browser brought to the front end.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct ExchangeRequest {
    /// The code; it works once, for a minute.
    #[schema(write_only, min_length = 1)]
    code: String,
}

/// Exchange the code of a sign-in.
///
/// Opens a session, as a login by password does: the cookies are the same, and
/// a device that the account is not known on is told by mail.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = ExchangeRequest,
    responses((status = 200, description = "Signed in.", body = LoginAnswer)),
)]
#[post("/identities/exchange/")]
pub(crate) async fn exchange_code(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let code = Fields::read(object, &[], |f| f.required("code", secret))?;
    let device = cookies::device(&api, &request);
    let grant = api
        .app
        .identities
        .exchange(&code, device.as_ref(), &origin(&request))
        .await?;
    signed_in(&api, &grant)
}
