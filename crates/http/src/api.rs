//! What the handlers share.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use tokio::sync::Semaphore;
use vestibule_domain::app::App;
use vestibule_domain::kernel::{Id, IdKind};

use crate::client::Proxies;
use crate::compat::Compat;
use crate::me::MeCache;
use crate::problem::Problem;
use crate::rendered::Rendered;

/// How the HTTP side is set up.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Scheme, host and port that clients use, without a trailing slash;
    /// every link starts with it, and `Host` is never looked at.
    pub public_url: String,
    /// The page of the front end that users come back to from an identity
    /// provider; the query is added.
    pub identity_return_url: String,
    /// Entries of each cache of rendered profiles; 0 switches them off.
    pub rendered_profiles: usize,
    /// The compatibility dialects.
    pub compat: Compat,
    /// The proxies in front of the service.
    pub proxies: Proxies,
}

/// Answers the public keys of the access tokens as they are now, as a JWK set
/// (RFC 7517).
pub type JwkSet = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;
/// Uploads that are received or worked on at once: 32, of 5 MiB each.
const UPLOADS: usize = 32;

/// The use cases, and what the HTTP side adds.
pub struct Api {
    /// The use cases.
    pub app: App,
    /// The set-up.
    pub config: HttpConfig,
    /// Public keys of the access tokens.
    pub jwks: JwkSet,
    pub(crate) me: MeCache,
    /// Profiles as the Epixel dialect answers them.
    pub(crate) epixel_profiles: Rendered<Bytes>,
    /// A permit for each upload at a time.
    pub(crate) uploads: Semaphore,
}

impl Api {
    /// The state of all workers.
    pub fn new(app: App, config: HttpConfig, jwks: JwkSet) -> Arc<Self> {
        let entries = config.rendered_profiles;
        Arc::new(Self {
            app,
            config,
            jwks,
            me: MeCache::new(entries),
            epixel_profiles: Rendered::new(entries),
            uploads: Semaphore::new(UPLOADS),
        })
    }

    /// Whether browsers reach the service over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.config.public_url.starts_with("https://")
    }

    /// Name of the session cookie; `__Host-` binds it to this host over TLS.
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.is_https() {
            "__Host-vestibule_session"
        } else {
            "vestibule_session"
        }
    }

    /// Name of the cookie that proves an earlier login from a device.
    pub(crate) fn device_cookie_name(&self) -> &'static str {
        if self.is_https() {
            "__Host-vestibule_device"
        } else {
            "vestibule_device"
        }
    }

    /// Scheme, host and port of the public URL, as browsers send them in `Origin`.
    pub(crate) fn public_origin(&self) -> &str {
        let url = self.config.public_url.as_str();
        let host = url.find("://").map_or(0, |index| index + 3);
        url[host..].find('/').map_or(url, |end| &url[..host + end])
    }

    /// The absolute URL of an object below a collection's path.
    pub(crate) fn location<K: IdKind>(&self, collection: &str, id: Id<K>) -> String {
        format!("{}{collection}{id}/", self.config.public_url)
    }
}

/// The id that `{uid}` of the path spells: 404 when it spells none.
pub(crate) fn uid<K: IdKind>(request: &HttpRequest) -> Result<Id<K>, Problem> {
    named(request, "uid")
}

/// The same for another name in the path.
pub(crate) fn named<K: IdKind>(request: &HttpRequest, name: &str) -> Result<Id<K>, Problem> {
    request
        .match_info()
        .query(name)
        .parse()
        .map_err(|_| Problem::not_found())
}

/// A header value of visible ASCII that the service made itself.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
