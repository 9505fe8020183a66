//! Linked identities, and signing in with them.

pub(super) mod callback;
mod cookie;
pub(super) mod delete;
mod error;
pub(super) mod exchange;
pub(super) mod get;
pub(super) mod link;
pub(super) mod list;
pub(super) mod object;
pub(super) mod start;
pub(super) mod verify;

use actix_web::HttpRequest;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use vestibule_domain::identities::{
    Identity, InstanceName, ProviderKind, ProviderLogin, ProviderName,
};
use vestibule_domain::kernel::Invalid;

use crate::api::{Api, uid};
use crate::auth::SessionUser;
use crate::fields::{Fields, secret, string};
use crate::problem::Problem;

/// Where a user's identities are.
const PATH: &str = "/api/v1/user/me/identities/";

/// Names a provider in the path; read by [`provider`].
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents what `provider` reads")]
pub(crate) struct ProviderPath {
    /// github, linkedin, x, mastodon, bluesky, or the configured name of an
    /// OpenID Connect provider.
    #[param(example = "github")]
    provider: String,
}

/// How the user goes about it; which fields there are depends on the provider.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handlers read")]
pub(crate) struct BeginRequest {
    /// mastodon: the server, `mastodon.social`.
    #[schema(nullable = false, max_length = 253)]
    instance: Option<String>,
    /// bluesky: handle or e-mail address.
    #[schema(nullable = false, max_length = 255)]
    identifier: Option<String>,
    /// bluesky: an app password.
    #[schema(write_only, nullable = false, max_length = 256)]
    password: Option<String>,
}

/// The provider that the path names, when it is configured.
fn provider(api: &Api, request: &HttpRequest) -> Result<(ProviderName, ProviderKind), Problem> {
    let name = request.match_info().query("provider");
    let name = ProviderName::parse(name).map_err(|_| Problem::not_found())?;
    let kind = api.app.identities.kind(&name);
    Ok((name, kind.ok_or_else(Problem::not_found)?))
}

/// Reads the instance that a network needs, and no other provider has.
fn read_instance(
    kind: ProviderKind,
    object: Map<String, Value>,
) -> Result<Option<InstanceName>, Problem> {
    Fields::read(object, &[], |f| match kind {
        ProviderKind::Instance => f
            .required("instance", string(InstanceName::parse))
            .map(Some),
        ProviderKind::Redirect | ProviderKind::Password => Ok(None),
    })
}

/// Reads a name and a password at a provider.
fn read_login(object: Map<String, Value>) -> Result<ProviderLogin, Problem> {
    let identifier = |text: &str| match text.trim() {
        "" => Err(Invalid::new("required", "This field may not be blank.")),
        text if text.chars().count() > 255 => {
            Err(Invalid::new("too_long", "Use at most 255 characters."))
        }
        text => Ok(text.to_owned()),
    };
    Fields::read(object, &[], |f| {
        let identifier = f.required("identifier", string(identifier));
        let password = f.required("password", secret);
        Ok(ProviderLogin {
            identifier: identifier?,
            password: password?,
        })
    })
}

/// The user's own identity that the path names.
async fn find(api: &Api, user: &SessionUser, request: &HttpRequest) -> Result<Identity, Problem> {
    let identity = uid(request)?;
    let found = api.app.identities.find(user.0.account.id, identity).await?;
    found.ok_or_else(Problem::not_found)
}
