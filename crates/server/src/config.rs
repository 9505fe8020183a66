//! Every setting, its default and its limits.
//!
//! A setting comes from the built-in default, the configuration file, the
//! environment or a flag, each overruling those before it. Its name in the
//! environment is `VESTIBULE_` and its path in upper case, with `__` for each
//! dot: `password.bcrypt_cost` is `VESTIBULE_PASSWORD__BCRYPT_COST`.

mod accounts;
mod activity;
mod avatars;
mod compat;
mod derived;
mod identities;
mod load;
mod mail;
mod rate_limits;
mod readers;
mod service;
mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

pub(crate) use accounts::{Eligibility, Password, Quotas, Sessions, Tokens};
pub(crate) use activity::Activity;
pub(crate) use avatars::Avatars;
pub(crate) use compat::Compat;
pub(crate) use identities::Identities;
pub(crate) use load::{ConfigError, Overrides, load};
pub(crate) use mail::Mail;
pub(crate) use rate_limits::RateLimits;
use readers::{listen, optional, parsed};
pub(crate) use service::{Cache, Database, Log, Metrics, Server};
pub(crate) use values::{
    Algorithm, DatabaseUrl, IpRange, LogFormat, ProxyHeader, PublicUrl, StorageUrl,
};

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Address and port to listen on; port 0 picks a free one. `127.0.0.1:8080`.
    #[serde(deserialize_with = "listen")]
    pub(crate) listen: SocketAddr,
    /// Folder of the database, the secrets, media and mail; made with mode
    /// 0700. `./vestibule-data`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) data_dir: PathBuf,
    /// `SQLite` database: a path, or `sqlite:` and a path; or a database of a
    /// `PostgreSQL` server, `postgres://…`. `<data_dir>/vestibule.db`.
    #[serde(deserialize_with = "optional")]
    pub(crate) database_url: Option<DatabaseUrl>,
    /// Where clients reach the service; what links in mail start with.
    /// `http://<listen>`.
    #[serde(deserialize_with = "optional")]
    pub(crate) public_url: Option<PublicUrl>,
    /// The file with the server's keys. `<data_dir>/secrets.json`.
    #[serde(deserialize_with = "optional")]
    pub(crate) secrets_file: Option<PathBuf>,
    /// Logs.
    pub(crate) log: Log,
    /// Throttling.
    pub(crate) rate_limits: RateLimits,
    /// Threads on the database.
    pub(crate) database: Database,
    /// Storage caches.
    pub(crate) cache: Cache,
    /// Password hashing.
    pub(crate) password: Password,
    /// Who may list items.
    pub(crate) eligibility: Eligibility,
    /// Most objects a user may have.
    pub(crate) quotas: Quotas,
    /// Lifetimes of sessions.
    pub(crate) sessions: Sessions,
    /// The security log.
    pub(crate) activity: Activity,
    /// Access tokens.
    pub(crate) tokens: Tokens,
    /// Mail.
    pub(crate) mail: Mail,
    /// The Prometheus endpoint.
    pub(crate) metrics: Metrics,
    /// The HTTP server.
    pub(crate) server: Server,
    /// Avatars.
    pub(crate) avatars: Avatars,
    /// Compatibility dialects.
    pub(crate) compat: Compat,
    /// Identity providers.
    pub(crate) identities: Identities,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            data_dir: PathBuf::from("vestibule-data"),
            database_url: None,
            public_url: None,
            secrets_file: None,
            log: Log::default(),
            rate_limits: RateLimits::default(),
            database: Database::default(),
            cache: Cache::default(),
            password: Password::default(),
            eligibility: Eligibility::default(),
            quotas: Quotas::default(),
            sessions: Sessions::default(),
            activity: Activity::default(),
            tokens: Tokens::default(),
            mail: Mail::default(),
            metrics: Metrics::default(),
            server: Server::default(),
            avatars: Avatars::default(),
            compat: Compat::default(),
            identities: Identities::default(),
        }
    }
}
