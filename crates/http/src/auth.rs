//! Who is calling: extractors that say in a handler's signature what it requires.

mod cookie_user;
mod in_header;
mod service_key;
mod step_up;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev, web};
use vestibule_domain::api_keys::{ApiKey, ApiKeys, HeldKey, KeyManager, Scope};
use vestibule_domain::idempotency::OnceScope;
use vestibule_domain::kernel::{Origin, PageSize, UserId};
use vestibule_domain::sessions::{AuthError, SignedIn, Staff};
use vestibule_domain::users::Account;

use crate::api::Api;
use crate::paging;
use crate::problem::Problem;

pub(crate) use cookie_user::CookieUser;
pub(crate) use in_header::{by_bearer, key_in};
pub(crate) use service_key::{Introspect, ServiceKey, UsersRead, UsersWrite};
pub(crate) use step_up::step_up_refused;

/// Longest credential that is looked at, in bytes.
const MAX_CREDENTIAL: usize = 4096;
/// Characters of `User-Agent` that are kept.
const MAX_USER_AGENT: usize = 512;

/// A caller whose credential was accepted.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// A user, in a session.
    User(SignedIn),
    /// A program, by an API key.
    Key(HeldKey),
}

/// A user, in a session or through a key that acts for its owner; keys that
/// act for nobody are refused (403).
///
/// What an owner's key must not do takes a [`SessionUser`] instead.
pub(crate) struct User {
    /// Who it is.
    pub(crate) account: Arc<Account>,
}

/// A user in a session, by access token or cookie; every key is refused (403).
///
/// For what CONTRACTS.md section 2 keeps from keys: password, e-mail, phone,
/// sessions, identities, second factors, keys, deletion and export.
pub(crate) struct SessionUser(pub(crate) SignedIn);

/// A user in a session who may have API keys; others and keys get 403.
pub(crate) struct KeyOwner(pub(crate) KeyManager);

/// Staff: an administrator's session or a key with the scope `admin`.
pub(crate) struct StaffCaller {
    pub(crate) staff: Staff,
    pub(crate) caller: Caller,
}

impl User {
    /// Who it is.
    pub(crate) fn id(&self) -> UserId {
        self.account.id
    }

    /// Whose an `Idempotency-Key` is: a key that acts for its owner shares the
    /// owner's, so that the kept answers go when the owner goes.
    pub(crate) fn once_scope(&self) -> OnceScope {
        OnceScope::User(self.id())
    }
}

impl KeyOwner {
    /// Whose an `Idempotency-Key` is.
    pub(crate) fn once_scope(&self) -> OnceScope {
        OnceScope::User(self.0.id())
    }
}

impl From<SignedIn> for User {
    fn from(SignedIn { account, .. }: SignedIn) -> Self {
        Self { account }
    }
}

impl SessionUser {
    /// Who it is.
    pub(crate) fn id(&self) -> UserId {
        self.0.account.id
    }

    /// Whose an `Idempotency-Key` is.
    pub(crate) fn once_scope(&self) -> OnceScope {
        OnceScope::User(self.id())
    }
}

impl Caller {
    /// Whose an `Idempotency-Key` of this caller is.
    pub(crate) fn once_scope(&self) -> OnceScope {
        match self {
            Self::User(signed_in) => OnceScope::User(signed_in.account.id),
            Self::Key(held) => OnceScope::Key(held.key.id),
        }
    }

    /// Who it is, or whom the key acts for; keys that act for nobody are
    /// refused (403).
    pub(crate) fn user(&self) -> Result<&Arc<Account>, Problem> {
        match self {
            Self::User(signed_in) => Ok(&signed_in.account),
            Self::Key(held) => held.acts_for().ok_or_else(|| {
                Problem::forbidden(
                    "This key acts for no user: it has scopes or no owner. \
                     Sign in, or use a key without scopes.",
                )
            }),
        }
    }

    /// Whether it is a key that may do what the scope says.
    pub(crate) fn allows(&self, scope: Scope) -> bool {
        match self {
            Self::User(_) => false,
            Self::Key(held) => held.allows(scope),
        }
    }

    /// Who it is, in a session; every key is refused (403).
    pub(crate) fn session(&self) -> Result<&SignedIn, Problem> {
        match self {
            Self::User(signed_in) => Ok(signed_in),
            Self::Key(_) => Err(Problem::forbidden(
                "No key may do this. Sign in as the user instead.",
            )),
        }
    }

    /// Rows per page unless the request says otherwise.
    pub(crate) fn page_size(&self) -> PageSize {
        match self {
            Self::User(signed_in) => paging::own_size(&signed_in.account),
            Self::Key(_) => PageSize::DEFAULT,
        }
    }

    async fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let api = api(request)?;
        match credential(request, api.cookie_name())? {
            Credential::Bearer(token) if ApiKeys::is_key(token) => {
                Ok(Self::Key(accept_key(request, api, token).await?))
            }
            Credential::Bearer(token) => {
                let signed_in = api.app.sessions.by_access_token(token).await;
                Ok(Self::User(signed_in.map_err(refused)?))
            }
            Credential::Key(key) => Ok(Self::Key(accept_key(request, api, key).await?)),
            Credential::Cookie(cookie) => {
                let signed_in = by_cookie(request, api, &cookie).await?;
                Ok(Self::User(signed_in))
            }
        }
    }
}

/// The API key that a request was made with, kept with the request until it is
/// answered and counted.
pub(crate) struct KeyInUse(pub(crate) Arc<ApiKey>);

/// Accepts an API key (401), whose use is counted when the request is answered.
pub(crate) async fn accept_key(
    request: &HttpRequest,
    api: &Api,
    key: &str,
) -> Result<HeldKey, Problem> {
    let held = api.app.api_keys.authenticate(key).await.map_err(refused)?;
    let in_use = KeyInUse(Arc::clone(&held.key));
    request.extensions_mut().insert(in_use);
    Ok(held)
}

fn api(request: &HttpRequest) -> Result<&Api, Problem> {
    request
        .app_data::<web::Data<Api>>()
        .map(web::Data::get_ref)
        .ok_or_else(Problem::internal)
}

fn refused(error: AuthError) -> Problem {
    match error {
        AuthError::Invalid => Problem::invalid_token(),
        AuthError::Store(error) => error.into(),
    }
}

enum Credential<'a> {
    Bearer(&'a str),
    Key(&'a str),
    Cookie(String),
}

/// The credential that counts: `Authorization`, else `X-API-Key`, else the
/// cookie. A bad higher one is refused without a look at the others.
fn credential<'a>(request: &'a HttpRequest, cookie: &str) -> Result<Credential<'a>, Problem> {
    let headers = request.headers();
    if let Some(value) = single(headers, header::AUTHORIZATION.as_str())? {
        return value
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Credential::Bearer(token.trim()))
            .ok_or_else(Problem::invalid_token);
    }
    if let Some(value) = single(headers, "x-api-key")? {
        return Ok(Credential::Key(value));
    }
    request
        .cookie(cookie)
        .map(|cookie| Credential::Cookie(cookie.value().to_owned()))
        .ok_or_else(Problem::unauthenticated)
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() || value.len() > MAX_CREDENTIAL {
        return Err(Problem::invalid_token());
    }
    // Not `to_str`, which looks at each byte: a token is long, and this is hot.
    str::from_utf8(value.as_bytes())
        .map(Some)
        .map_err(|_| Problem::invalid_token())
}

async fn by_cookie(request: &HttpRequest, api: &Api, cookie: &str) -> Result<SignedIn, Problem> {
    let signed_in = api.app.sessions.by_cookie(cookie).await.map_err(refused)?;
    same_origin(request, api)?;
    Ok(signed_in)
}

/// A browser sends the cookie along with requests that other sites make; those
/// must not change anything.
fn same_origin(request: &HttpRequest, api: &Api) -> Result<(), Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let headers = request.headers();
    let same = match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers
            .get(header::ORIGIN)
            .is_some_and(|origin| origin.as_bytes() == api.public_origin().as_bytes()),
    };
    if same {
        Ok(())
    } else {
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "cross_origin",
            "With the session cookie, changes are accepted from this origin only.",
        ))
    }
}

/// Where the request came from.
pub(crate) fn origin(request: &HttpRequest) -> Origin {
    Origin {
        ip: api(request)
            .ok()
            .and_then(|api| api.config.proxies.client(request)),
        user_agent: request
            .headers()
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok())
            .map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
    }
}

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

impl FromRequest for User {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match Caller::of(&request).await? {
                Caller::User(signed_in) => Ok(signed_in.into()),
                key @ Caller::Key(_) => Ok(Self {
                    account: Arc::clone(key.user()?),
                }),
            }
        })
    }
}

impl FromRequest for SessionUser {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = Caller::of(&request).await?;
            caller.session().cloned().map(Self)
        })
    }
}

impl FromRequest for KeyOwner {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let user = SessionUser::from_request(request, payload);
        Box::pin(async move {
            let user = user.await?;
            KeyManager::of(&user.0).map(Self).ok_or_else(|| {
                Problem::forbidden(
                    "This needs can_manage_api_environment, which an administrator gives.",
                )
            })
        })
    }
}

impl FromRequest for StaffCaller {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = Caller::of(&request).await?;
            let origin = origin(&request);
            let staff = match &caller {
                Caller::User(signed_in) => Staff::from_session(signed_in, origin),
                Caller::Key(key) => Staff::from_key(key, origin),
            };
            let staff = staff.ok_or_else(|| {
                Problem::forbidden(
                    "This needs an administrator's session or a key with the scope admin.",
                )
            })?;
            Ok(Self { staff, caller })
        })
    }
}
