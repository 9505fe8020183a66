use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::api_keys::{HeldKey, Scope};
use vestibule_domain::introspection::Introspected;
use vestibule_domain::kernel::{ApiKeyId, SessionId, Timestamp, UserId};
use vestibule_domain::sessions::{AccessClaims, SignedIn};
use vestibule_domain::users::Account;

use crate::answer;
use crate::api::Api;
use crate::auth::{Introspect, ServiceKey};
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret, string};
use crate::problem::Problem;

/// A credential to look up.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct IntrospectRequest {
    /// An access token or an API key.
    #[schema(min_length = 1)]
    token: String,
    /// Ignored: the token says what it is.
    #[schema(nullable = false)]
    token_type_hint: Option<String>,
}

/// The same as a form, which has every field once.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct IntrospectForm {
    /// An access token or an API key.
    #[schema(min_length = 1)]
    token: String,
    /// Ignored: the token says what it is.
    #[schema(nullable = false)]
    token_type_hint: Option<String>,
    /// Other fields are ignored.
    #[serde(flatten)]
    others: HashMap<String, String>,
}

/// What a credential is worth (RFC 7662). All but `active` is there for one
/// that counts only, and only where the credential has it.
#[derive(Serialize, ToSchema, Default)]
pub(crate) struct Introspection<'a> {
    /// Whether it would be accepted right now.
    active: bool,
    /// The user's uid; none for a key without an owner.
    #[schema(value_type = String, nullable = false, example = "usr_01jabcdefghjkmnpqrstvwxyz0")]
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<UserId>,
    /// The session's uid, of an access token.
    #[schema(value_type = String, nullable = false, example = "ses_01jabcdefghjkmnpqrstvwxyz0")]
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    /// The key's uid, of an API key.
    #[schema(value_type = String, nullable = false, example = "key_01jabcdefghjkmnpqrstvwxyz0")]
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ApiKeyId>,
    /// When it ends, in seconds since 1970.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// When it was made, in seconds since 1970.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    /// What it may do, apart by spaces. Empty for an access token and for a key
    /// that acts for its owner.
    #[schema(nullable = false, example = "users:read introspect")]
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The user's name.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    /// `access_token` or `api_key`.
    #[schema(nullable = false, pattern = "^(access_token|api_key)$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// The state of the user's account.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountState>,
}

/// The state of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountState {
    /// Whether the e-mail address was proved.
    email_verified: bool,
    /// Whether staff suspended the account.
    is_suspended: bool,
    /// Kind of customer.
    customer_status: &'static str,
}

impl From<&Account> for AccountState {
    fn from(account: &Account) -> Self {
        Self {
            email_verified: account.email_verified,
            is_suspended: account.is_suspended(),
            customer_status: account.customer_status.as_str(),
        }
    }
}

impl<'a> Introspection<'a> {
    fn of(found: Option<&'a Introspected>) -> Self {
        match found {
            None => Self::default(),
            Some(Introspected::Access { claims, signed_in }) => Self::of_access(claims, signed_in),
            Some(Introspected::Key(held)) => Self::of_key(held),
        }
    }

    fn of_access(claims: &AccessClaims, signed_in: &'a SignedIn) -> Self {
        Self {
            sid: Some(claims.session),
            exp: Some(claims.expires_at.as_seconds()),
            iat: Some(claims.issued_at.as_seconds()),
            scope: Some(String::new()),
            token_type: Some("access_token"),
            ..Self::of_account(Some(&signed_in.account))
        }
    }

    fn of_key(held: &'a HeldKey) -> Self {
        let key = &held.key;
        let scopes = key.scopes.iter().copied();
        let scopes = scopes.filter(|scope| held.allows(*scope));
        Self {
            client_id: Some(key.id),
            exp: key.expires_at.map(Timestamp::as_seconds),
            iat: Some(key.created_at.as_seconds()),
            scope: Some(scopes.map(Scope::as_str).collect::<Vec<_>>().join(" ")),
            token_type: Some("api_key"),
            ..Self::of_account(held.owner.as_deref())
        }
    }

    fn of_account(account: Option<&'a Account>) -> Self {
        Self {
            active: true,
            sub: account.map(|account| account.id),
            username: account.map(|account| account.username.as_str()),
            account: account.map(AccountState::from),
            ..Self::default()
        }
    }
}

/// Look up a token.
///
/// Whether an access token or an API key would be accepted right now, and whose
/// it is (RFC 7662). Anything else is `{"active": false}`. Takes JSON or a form.
#[utoipa::path(
    context_path = "",
    tag = "service",
    request_body(content(
        (IntrospectRequest = "application/json"),
        (IntrospectForm = "application/x-www-form-urlencoded"),
    )),
    responses((status = 200, description = "What the token is worth.", body = Introspection)),
    security(("api_key" = [])),
)]
#[post("/api/v1/introspect/")]
pub(crate) async fn introspect(
    _: ServiceKey<Introspect>,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let object = body.read_form_or_json(AUTH_LIMIT).await?;
    // Parameters that are not known are ignored (RFC 7662 section 2.1).
    let token = Fields::read_known(object, |f| {
        let token = f.required("token", secret);
        f.optional("token_type_hint", string(|_| Ok(())))?;
        token
    })?;
    let found = api.app.introspect(token.expose()).await?;
    Ok(answer::json(
        StatusCode::OK,
        &Introspection::of(found.as_ref()),
    ))
}
