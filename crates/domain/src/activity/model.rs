use crate::kernel::{ActivityId, Origin, SessionId, Timestamp, UserId};

choice! {
    /// What happened.
    Event {
        /// The account was made.
        AccountCreated = "account.created",
        /// A login or registration made a session.
        SessionCreated = "session.created",
        /// A session was logged out.
        SessionEnded = "session.ended",
        /// A refresh token was replayed, and its session ended for that.
        SessionCompromised = "session.compromised",
        /// The password was changed by its owner.
        PasswordChanged = "password.changed",
        /// A password reset was asked for.
        PasswordResetRequested = "password.reset_requested",
        /// The password was reset by mail.
        PasswordReset = "password.reset",
        /// Staff suspended the account.
        AccountSuspended = "account.suspended",
        /// Staff lifted the suspension.
        AccountUnsuspended = "account.unsuspended",
        /// Staff changed rights, subscription or features.
        AccountAdministered = "account.administered",
    }
}

/// One entry of the security log; commits with the change that it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its id.
    pub id: ActivityId,
    /// The account that it concerns.
    pub user: UserId,
    /// What happened.
    pub event: Event,
    /// The session that did it, where one did.
    pub session: Option<SessionId>,
    /// Where the request came from.
    pub origin: Origin,
}

/// A stored entry of the security log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRecord {
    /// The entry, as it was written.
    pub entry: LogEntry,
    /// When it happened: the time of the write that it committed with.
    pub created_at: Timestamp,
}
