use crate::kernel::{ActivityId, Origin, SessionId, UserId};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The account was made.
    AccountCreated,
    /// A login or registration made a session.
    SessionCreated,
    /// A session was logged out.
    SessionEnded,
    /// A refresh token was replayed, and its session ended for that.
    SessionCompromised,
    /// The password was changed by its owner.
    PasswordChanged,
    /// A password reset was asked for.
    PasswordResetRequested,
    /// The password was reset by mail.
    PasswordReset,
    /// Staff suspended the account.
    AccountSuspended,
    /// Staff lifted the suspension.
    AccountUnsuspended,
    /// Staff changed rights, subscription or features.
    AccountAdministered,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 10] = [
        Self::AccountCreated,
        Self::SessionCreated,
        Self::SessionEnded,
        Self::SessionCompromised,
        Self::PasswordChanged,
        Self::PasswordResetRequested,
        Self::PasswordReset,
        Self::AccountSuspended,
        Self::AccountUnsuspended,
        Self::AccountAdministered,
    ];

    /// The event's name on the wire and at rest, `session.created`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountCreated => "account.created",
            Self::SessionCreated => "session.created",
            Self::SessionEnded => "session.ended",
            Self::SessionCompromised => "session.compromised",
            Self::PasswordChanged => "password.changed",
            Self::PasswordResetRequested => "password.reset_requested",
            Self::PasswordReset => "password.reset",
            Self::AccountSuspended => "account.suspended",
            Self::AccountUnsuspended => "account.unsuspended",
            Self::AccountAdministered => "account.administered",
        }
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
