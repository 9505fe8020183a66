use std::collections::HashMap;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa::IntoParams;
use vestibule_domain::identities::{Callback, Completed};
use vestibule_domain::kernel::Secret;

use crate::api::{Api, header_value};
use crate::auth::origin;
use crate::native::identities::cookie::{brought, remove};
use crate::native::identities::error::{InVain, invalid_state};
use crate::native::identities::{ProviderPath, provider};
use crate::problem::Problem;

/// What the provider adds to the address.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct CallbackParams {
    /// What the user took along.
    state: String,
    /// The authorization code.
    #[param(nullable = false)]
    code: Option<String>,
    /// The provider's error code, in place of one.
    #[param(nullable = false)]
    error: Option<String>,
    /// The provider's issuer (RFC 9207).
    #[param(nullable = false)]
    iss: Option<String>,
}

fn read(api: &Api, request: &HttpRequest) -> Result<Callback, Problem> {
    let (provider, _) = provider(api, request)?;
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
    let pairs = pairs
        .map_err(|_| Problem::malformed("The query cannot be read."))?
        .into_inner();
    let count = pairs.len();
    let mut query: HashMap<String, String> = pairs.into_iter().collect();
    if query.len() < count {
        return Err(Problem::malformed("A parameter stands twice."));
    }
    let outcome = match (query.remove("code"), query.remove("error")) {
        (Some(code), None) => Ok(Secret::new(code)),
        (None, Some(error)) => Err(error),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::malformed("Send either code or error."));
        }
    };
    Ok(Callback {
        provider,
        state: Secret::new(query.remove("state").ok_or_else(invalid_state)?),
        cookie: brought(api, request),
        outcome,
        issuer: query.remove("iss"),
    })
}

/// Come back from a provider.
///
/// The provider's page sends the browser here, and it goes on to the front end:
/// with `?code=` to exchange for a session, with `?linked=` and the uid of the
/// identity, or with `?error=`: `access_denied`, `provider_error`,
/// `provider_unavailable`, `identity_not_linked`, `identity_taken`, `quota_exceeded` or
/// `session_ended`. What does not belong to this browser, was used before, or is
/// not what the provider signed, is refused right here.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    params(ProviderPath, CallbackParams),
    responses((status = 303, description = "On to the front end.")),
)]
#[get("/identities/{provider}/callback/")]
pub(crate) async fn identity_callback(
    request: HttpRequest,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let callback = read(&api, &request)?;
    let completed = api
        .app
        .identities
        .complete(callback, &origin(&request))
        .await;
    let query = match completed {
        Ok(Completed::Linked(identity)) => format!("linked={}", identity.id),
        Ok(Completed::SignedIn(code)) => format!("code={}", code.expose()),
        Err(error) => match InVain::from(error) {
            InVain::Redirect(code) => format!("error={code}"),
            InVain::Refuse(problem) => return Err(problem),
        },
    };
    let location = format!("{}?{query}", api.config.identity_return_url);
    let mut response = HttpResponse::SeeOther()
        .insert_header((header::LOCATION, header_value(&location)))
        .finish();
    remove(&api, &mut response)?;
    Ok(response)
}
