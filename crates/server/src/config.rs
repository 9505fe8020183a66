//! Every setting, its default and its limits.
//!
//! A setting comes from the built-in default, the configuration file, the
//! environment or a flag, each overruling those before it. Its name in the
//! environment is `VESTIBULE_` and its path in upper case, with `__` for each
//! dot: `password.bcrypt_cost` is `VESTIBULE_PASSWORD__BCRYPT_COST`.

mod load;
mod readers;
mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;
use tracing::level_filters::LevelFilter;
use vestibule_domain::eligibility::Rules;
use vestibule_infra::database::Location;
use vestibule_infra::mail::LetterSettings;

pub(crate) use load::{ConfigError, Overrides, load};
use readers::{algorithm, between, list, listen, log_format, log_level, optional, parsed, rules};
pub(crate) use values::{
    Algorithm, DatabaseUrl, HmacSecret, IpRange, LogFormat, PublicUrl, SmtpUrl, UrlPath,
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
            tokens: Tokens::default(),
            mail: Mail::default(),
            metrics: Metrics::default(),
            server: Server::default(),
            avatars: Avatars::default(),
            compat: Compat::default(),
        }
    }
}

/// Logs, on standard error.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// `json` or `text`. `json`.
    #[serde(deserialize_with = "log_format")]
    pub(crate) format: LogFormat,
    /// `off`, `error`, `warn`, `info`, `debug` or `trace`. `info`.
    #[serde(deserialize_with = "log_level")]
    pub(crate) level: LevelFilter,
    /// Whether each request is logged. `true`.
    pub(crate) access: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            level: LevelFilter::INFO,
            access: true,
        }
    }
}

/// Throttling.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RateLimits {
    /// Accepted, and without effect: this build throttles nothing. `true`.
    pub(crate) enabled: bool,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// Threads on the database. On `PostgreSQL` each has a connection, and the
/// service takes two more.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// Threads that read, 1–256; 0 for 2 on `SQLite` and 8 on `PostgreSQL`. `0`.
    #[serde(deserialize_with = "between::<_, 0, 256>")]
    pub(crate) readers: u32,
    /// Threads that write on `PostgreSQL`, 1–256; 0 for 8. `SQLite` has one
    /// writer whatever this says. `0`.
    #[serde(deserialize_with = "between::<_, 0, 256>")]
    pub(crate) writers: u32,
}

/// Caches of sessions and accounts.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Cache {
    /// Whether there are any. `true`.
    pub(crate) enabled: bool,
    /// Entries of each cache, 1–10 000 000. `50000`.
    #[serde(deserialize_with = "between::<_, 1, 10_000_000>")]
    pub(crate) capacity: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            enabled: true,
            capacity: 50_000,
        }
    }
}

/// Password hashing.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Password {
    /// Cost of bcrypt, 4–16; one more takes twice as long, and 16 some 4 s. `12`.
    #[serde(deserialize_with = "between::<_, 4, 16>")]
    pub(crate) bcrypt_cost: u32,
    /// Threads that hash, 1–256; 0 for one less than there are processors. `0`.
    #[serde(deserialize_with = "between::<_, 0, 256>")]
    pub(crate) threads: u32,
}

impl Default for Password {
    fn default() -> Self {
        Self {
            bcrypt_cost: 12,
            threads: 0,
        }
    }
}

/// Who may list items.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Eligibility {
    /// The rules that apply: a list, or a text with commas. An empty one
    /// switches all off. All four.
    #[serde(deserialize_with = "rules")]
    pub(crate) rules: Rules,
}

/// Most objects a user may have, 1–1 000 000 each.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Quotas {
    /// Push devices. `50`.
    #[serde(deserialize_with = "between::<_, 1, 1_000_000>")]
    pub(crate) devices: u32,
    /// Addresses. `50`.
    #[serde(deserialize_with = "between::<_, 1, 1_000_000>")]
    pub(crate) addresses: u32,
    /// Open inquiries. `100`.
    #[serde(deserialize_with = "between::<_, 1, 1_000_000>")]
    pub(crate) inquiries: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            devices: 50,
            addresses: 50,
            inquiries: 100,
        }
    }
}

/// Lifetimes of sessions.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sessions {
    /// Of an access token, 1–1 440 minutes. `10`.
    #[serde(deserialize_with = "between::<_, 1, 1_440>")]
    pub(crate) access_minutes: u32,
    /// Of a session that is not used, 1–3 650 days. `14`.
    #[serde(deserialize_with = "between::<_, 1, 3_650>")]
    pub(crate) idle_days: u32,
    /// Of any session, 1–3 650 days. `30`.
    #[serde(deserialize_with = "between::<_, 1, 3_650>")]
    pub(crate) absolute_days: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            access_minutes: 10,
            idle_days: 14,
            absolute_days: 30,
        }
    }
}

/// Access tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tokens {
    /// `eddsa` or `hs256`. `eddsa`.
    #[serde(deserialize_with = "algorithm")]
    pub(crate) algorithm: Algorithm,
    /// The shared secret of `hs256`, 32 bytes or more; `eddsa` has its own key
    /// in the secrets file.
    #[serde(deserialize_with = "optional")]
    pub(crate) hs256_secret: Option<HmacSecret>,
    /// `iss` of the tokens. The public URL where one is set, else `vestibule`.
    #[serde(deserialize_with = "optional")]
    pub(crate) issuer: Option<String>,
    /// `aud` of the tokens. `vestibule`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) audience: String,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::EdDsa,
            hs256_secret: None,
            issuer: None,
            audience: "vestibule".to_owned(),
        }
    }
}

/// Mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    /// Sender, `Name <address>`. `Vestibule <no-reply@localhost>`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) from: String,
    /// The server that sends the mail. This build has none: mail goes as
    /// `.eml` files into `<data_dir>/mail/`, and a value is refused.
    #[serde(deserialize_with = "optional")]
    pub(crate) smtp_url: Option<SmtpUrl>,
    /// Path of the page that `?key=` of a verification is added to.
    /// `/verify-email`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) verify_path: UrlPath,
    /// Path of the page that `?uid=&token=` of a reset is added to.
    /// `/reset-password`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) reset_path: UrlPath,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            from: "Vestibule <no-reply@localhost>".to_owned(),
            smtp_url: None,
            verify_path: UrlPath::constant("/verify-email"),
            reset_path: UrlPath::constant("/reset-password"),
        }
    }
}

/// The Prometheus endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Metrics {
    /// Addresses and networks (`10.0.0.0/8`) that may read it besides
    /// loopback: a list, or a text with commas.
    #[serde(deserialize_with = "list")]
    pub(crate) allowed: Vec<IpRange>,
}

/// The HTTP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// Threads that serve requests, 1–256; 0 for one a processor, at most two. `0`.
    #[serde(deserialize_with = "between::<_, 0, 256>")]
    pub(crate) workers: u32,
    /// Seconds that running requests have to finish at a stop, 1–25. `20`.
    #[serde(deserialize_with = "between::<_, 1, 25>")]
    pub(crate) shutdown_seconds: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            workers: 0,
            shutdown_seconds: 20,
        }
    }
}

/// Avatars.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Avatars {
    /// Accepted, and without effect: this build has no avatars. `false`.
    pub(crate) allow_private_sources: bool,
}

/// Compatibility dialects.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Compat {
    /// The Epixel dialect.
    pub(crate) epixel: Epixel,
}

/// The Epixel dialect.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Epixel {
    /// Accepted, and without effect: this build has no dialects. `10`.
    #[serde(deserialize_with = "between::<_, 0, 1_000_000>")]
    pub(crate) daily_image_limit: u32,
}

impl Default for Epixel {
    fn default() -> Self {
        Self {
            daily_image_limit: 10,
        }
    }
}

impl Settings {
    /// Where clients reach the service that listens on `listen`; ends without
    /// a slash.
    pub(crate) fn public_url(&self, listen: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.as_str().to_owned(),
            None => format!("http://{listen}"),
        }
    }

    /// The file with the server's keys.
    pub(crate) fn secrets_file(&self) -> PathBuf {
        match &self.secrets_file {
            Some(path) => path.clone(),
            None => self.data_dir.join("secrets.json"),
        }
    }

    /// Mail that is written to a file.
    pub(crate) fn letters(&self, public_url: String) -> LetterSettings {
        LetterSettings {
            public_url,
            from: self.mail.from.clone(),
            verify_email_path: self.mail.verify_path.as_str().to_owned(),
            reset_password_path: self.mail.reset_path.as_str().to_owned(),
        }
    }

    /// Where the database is.
    pub(crate) fn location(&self) -> Location {
        match &self.database_url {
            Some(url) => url.location().clone(),
            None => Location::File(self.data_dir.join("vestibule.db")),
        }
    }

    /// `iss` of the tokens. Not of the listening address: several instances
    /// accept each other's tokens.
    pub(crate) fn issuer(&self) -> String {
        match (&self.tokens.issuer, &self.public_url) {
            (Some(issuer), _) => issuer.clone(),
            (None, Some(url)) => url.as_str().to_owned(),
            (None, None) => "vestibule".to_owned(),
        }
    }
}
