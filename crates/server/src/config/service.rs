//! Settings of the process: logs, database, caches, metrics, HTTP server.

use serde::Deserialize;
use tracing::level_filters::LevelFilter;

use super::readers::{between, list, log_format, log_level, proxy_header};
use super::values::{IpRange, LogFormat, ProxyHeader};

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

/// Threads on the database. On `PostgreSQL` each has a connection, and the
/// service takes two more.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// Connections that read, 1–256; 0 for 2 on `SQLite` and 8 on `PostgreSQL`. `0`.
    #[serde(deserialize_with = "between::<_, 0, 256>")]
    pub(crate) readers: u32,
    /// Connections that write on `PostgreSQL`, 1–256, besides those that nobody
    /// reads on; 0 for 8. `SQLite` has one writer whatever this says. `0`.
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
    /// Addresses and networks of the proxies in front of the service, which are
    /// believed when they say whom they speak for: a list, or a text with
    /// commas. None.
    #[serde(deserialize_with = "list")]
    pub(crate) trusted_proxies: Vec<IpRange>,
    /// The header in which they say it: `x-forwarded-for` or `forwarded`.
    /// `x-forwarded-for`.
    #[serde(deserialize_with = "proxy_header")]
    pub(crate) forwarded_header: ProxyHeader,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            workers: 0,
            shutdown_seconds: 20,
            trusted_proxies: Vec::new(),
            forwarded_header: ProxyHeader::XForwardedFor,
        }
    }
}
