//! Connections to `PostgreSQL`, and the pool of them.

use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use diesel::{Connection as _, ConnectionError};
use r2d2::{HandleError, ManageConnection};
use thiserror::Error;
use vestibule_domain::kernel::StoreError;

use super::url::PostgresUrl;
use crate::database::dialect::Conn;

/// How long a statement may run.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
/// After this time in an open transaction without a statement the server ends
/// the connection, and with it the locks of an instance that hangs.
const IDLE_IN_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no connection, in one line.
#[derive(Debug, Error)]
#[error("{0}")]
pub(in crate::database) struct ConnectError(pub(super) String);

/// Opens connections to one database.
#[derive(Debug, Clone)]
pub(in crate::database) struct Connector {
    url: PostgresUrl,
    lock_timeout: Duration,
    statement_timeout: Duration,
}

impl Connector {
    pub(in crate::database) const fn new(url: PostgresUrl, lock_timeout: Duration) -> Self {
        Self {
            url,
            lock_timeout,
            statement_timeout: STATEMENT_TIMEOUT,
        }
    }

    /// For migrations, which may take long and wait for each other.
    pub(in crate::database) const fn patient(url: PostgresUrl) -> Self {
        Self {
            url,
            lock_timeout: Duration::ZERO,
            statement_timeout: Duration::ZERO,
        }
    }

    /// A connection with its settings.
    pub(in crate::database) fn connect(&self) -> Result<PgConnection, ConnectError> {
        let mut conn =
            PgConnection::establish(&self.url.with_defaults()).map_err(|error| match error {
                ConnectionError::BadConnection(message) => ConnectError(self.url.redact(&message)),
                other => ConnectError(self.url.redact(&other.to_string())),
            })?;
        self.set_up(&mut conn)
            .map_err(|error| ConnectError(self.url.redact(&error.to_string())))?;
        Ok(conn)
    }

    /// Rows are looked up by keys, for which one plan does. The server would
    /// plan lookups of few keys anew each time, which costs more than it gains.
    fn set_up(&self, conn: &mut PgConnection) -> Result<(), DieselError> {
        use diesel::connection::SimpleConnection as _;
        conn.batch_execute(&format!(
            "SET default_transaction_isolation = 'read committed'; \
             SET statement_timeout = {}; \
             SET lock_timeout = {}; \
             SET idle_in_transaction_session_timeout = {}; \
             SET plan_cache_mode = force_generic_plan; \
             SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') = 'off'",
            self.statement_timeout.as_millis(),
            self.lock_timeout.as_millis(),
            IDLE_IN_TRANSACTION_TIMEOUT.as_millis(),
        ))
    }
}

/// A connection of the pool.
pub(in crate::database) struct Pooled {
    pub(super) conn: Conn,
    /// It is closed instead of used again.
    pub(super) broken: bool,
}

impl ManageConnection for Connector {
    type Connection = Pooled;
    type Error = ConnectError;

    fn connect(&self) -> Result<Pooled, ConnectError> {
        Ok(Pooled {
            conn: Conn::Pg(Self::connect(self)?),
            broken: false,
        })
    }

    /// Asks the operating system, not the server: a server that went down has
    /// closed its end, and libpq finds that out without sending anything.
    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), ConnectError> {
        if let Conn::Pg(conn) = &mut pooled.conn {
            for notification in conn.notifications_iter() {
                notification.map_err(|error| ConnectError(error.to_string()))?;
            }
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.broken || !matches!(pooled.conn.depth(), Ok(0))
    }
}

/// Failures are told to the callers who wait for a connection, and by the link
/// to the log.
#[derive(Debug)]
struct LogQuietly;

impl HandleError<ConnectError> for LogQuietly {
    fn handle_error(&self, error: ConnectError) {
        tracing::debug!(%error, "no connection to PostgreSQL");
    }
}

/// The pool, shared by the threads that read and write.
#[derive(Debug, Clone)]
pub(super) struct Pool(r2d2::Pool<Connector>);

impl Pool {
    /// A pool that opens its connections in the background when they are
    /// needed, keeps them, and goes on trying while the server is away: at
    /// least once in half of `longest_wait`.
    pub(super) fn start(connector: &Connector, size: u32, longest_wait: Duration) -> Self {
        let builder = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .idle_timeout(None)
            .connection_timeout(longest_wait)
            .error_handler(Box::new(LogQuietly));
        Self(builder.build_unchecked(connector.clone()))
    }

    /// A connection that was alive a moment ago; waits for one until `deadline`.
    pub(super) fn get(
        &self,
        deadline: Instant,
    ) -> Result<r2d2::PooledConnection<Connector>, StoreError> {
        self.0
            .get_timeout(deadline.saturating_duration_since(Instant::now()))
            .map_err(StoreError::unavailable)
    }
}
