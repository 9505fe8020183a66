//! From driver errors to the kinds of error that cross the ports.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use thiserror::Error;
use vestibule_domain::kernel::StoreError;

/// How a job fails; `?` makes it from either kind of error.
#[derive(Debug, Error)]
pub enum JobError {
    /// What the port shall answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the driver said. A job returns it and does nothing more: the
    /// database may have ended the transaction.
    #[error(transparent)]
    Diesel(#[from] DieselError),
    /// Another transaction changed what this one had read without a lock. The
    /// job runs again.
    #[error("another transaction came in between")]
    Overtaken,
}

impl JobError {
    /// Whether the job, run again in a new transaction, may succeed.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Store(_) => false,
            Self::Diesel(error) => is_transient(error),
            Self::Overtaken => true,
        }
    }
}

/// Whether the server refused a transaction, in whole, for what others did.
pub(super) fn is_serialization_failure(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)
    )
}

/// Whether a statement failed for what else the database was doing, or for a
/// connection that had died before.
pub(super) fn is_transient(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            // SQLSTATE 40P01, which diesel has no kind for.
            info.message() == "deadlock detected"
        }
        DieselError::DatabaseError(kind, _) => matches!(
            kind,
            DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ReadOnlyTransaction
        ),
        DieselError::BrokenTransactionManager => true,
        _ => false,
    }
}

/// Why a database cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file cannot be opened or is not a database.
    #[error("cannot open the database: {0}")]
    Connection(#[from] diesel::ConnectionError),
    /// A statement that prepares the connection failed.
    #[error("cannot prepare the database connection: {0}")]
    Statement(#[from] DieselError),
    /// The database does not keep a setting that the design relies on.
    #[error("the database keeps {pragma} at {found}, not {wanted}")]
    Setting {
        /// Name of the PRAGMA.
        pragma: &'static str,
        /// The value that was set.
        wanted: String,
        /// The value that was read back.
        found: String,
    },
    /// The server cannot be reached, or does not let us in.
    #[error("cannot connect to PostgreSQL: {0}")]
    Server(String),
    /// The file cannot be created, or a thread cannot be started.
    #[error("cannot open the database: {0}")]
    Io(#[from] std::io::Error),
}

/// Unique constraints and the field that [`StoreError::Duplicate`] names: by
/// the column that `SQLite` names in its error, and by the name of the
/// constraint, which `PostgreSQL` tells. Every unique index that a command can
/// meet stands here; one that is missing is answered `Unavailable`.
const UNIQUE_FIELDS: &[(&str, &str, &str)] = &[
    ("users.email_canonical", "users_email_canonical", "email"),
    (
        "users.username_canonical",
        "users_username_canonical",
        "username",
    ),
    ("once.key_digest", "once_pkey", "once"),
    ("devices.token_digest", "devices_token_digest", "token"),
    ("addresses.user_id", "addresses_primary", "primary"),
    ("sessions.cookie_digest", "sessions_cookie_digest", "cookie"),
    ("api_keys.digest", "api_keys_digest", "key"),
    ("identities.provider", "identities_account", "identity"),
    (
        "email_changes.token_digest",
        "email_changes_token_digest",
        "email_change",
    ),
    ("organizations.slug", "organizations_slug", "slug"),
    (
        "organization_members.user_id",
        "organization_members_pair",
        "member",
    ),
    (
        "invitations.token_digest",
        "invitations_token_digest",
        "token",
    ),
    (
        "invitations.email_canonical",
        "invitations_pending",
        "invitation",
    ),
];

/// The field of a unique violation. `SQLite` lists the columns of the index:
/// `UNIQUE constraint failed: users.email_canonical`.
fn unique_field(info: &dyn DatabaseErrorInformation) -> Option<&'static str> {
    let violated = |listed: &&(&str, &str, &str)| {
        info.constraint_name().map_or_else(
            || {
                info.message()
                    .strip_prefix("UNIQUE constraint failed: ")
                    .is_some_and(|columns| columns.split(", ").any(|column| column == listed.0))
            },
            |name| name == listed.1,
        )
    };
    UNIQUE_FIELDS
        .iter()
        .find(violated)
        .map(|(_, _, field)| *field)
}

impl From<JobError> for StoreError {
    fn from(error: JobError) -> Self {
        let error = match error {
            JobError::Store(error) => return error,
            JobError::Diesel(error) => error,
            JobError::Overtaken => return Self::unavailable(error),
        };
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                match unique_field(&**info) {
                    Some(field) => Self::Duplicate(field),
                    None => Self::unavailable(error),
                }
            }
            // SQLite does not say which of the keys was violated.
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
                Self::Missing("parent")
            }
            DieselError::NotFound => Self::Missing("row"),
            DieselError::DeserializationError(cause) => Self::Corrupt {
                table: "unknown",
                column: "unknown",
                row: cause.to_string(),
            },
            // Busy, locked, full, input or output error, and every bug that
            // only the database found.
            _ => Self::unavailable(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(kind: DatabaseErrorKind, message: &str) -> StoreError {
        JobError::from(DieselError::DatabaseError(
            kind,
            Box::new(message.to_owned()),
        ))
        .into()
    }

    #[test]
    fn constraints_map_to_fields() {
        let unique = |message| violation(DatabaseErrorKind::UniqueViolation, message);
        assert!(matches!(
            unique("UNIQUE constraint failed: users.email_canonical"),
            StoreError::Duplicate("email")
        ));
        assert!(matches!(
            unique("UNIQUE constraint failed: devices.platform, devices.token_digest"),
            StoreError::Duplicate("token")
        ));
        assert!(matches!(
            unique("UNIQUE constraint failed: users.id"),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            violation(
                DatabaseErrorKind::ForeignKeyViolation,
                "FOREIGN KEY constraint failed"
            ),
            StoreError::Missing("parent")
        ));
        assert!(matches!(
            violation(DatabaseErrorKind::Unknown, "database is locked"),
            StoreError::Unavailable(_)
        ));
    }
}
