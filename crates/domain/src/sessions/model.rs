use std::sync::Arc;

use super::policy::{RECENT_LOGIN, SessionPolicy};
use crate::kernel::{Digest, Origin, Secret, SessionId, Timestamp, UserId};
use crate::users::Account;

/// One signed-in client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, the `sid` of its access tokens.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The epoch that it was opened under; it is over when the account's moves.
    pub auth_epoch: i64,
    /// When the user last proved who they are in it.
    pub authenticated_at: Timestamp,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used; bookkeeping, up to 5 minutes old.
    pub last_used_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// Where it was opened from.
    pub origin: Origin,
}

impl Session {
    /// Whether the user logged in less than five minutes ago.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        now.since(self.authenticated_at) < RECENT_LOGIN
    }
}

/// Which sessions still count at a time: those under the account's epoch that
/// have not expired and were used after `idle_since`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveAt {
    /// The time: a session that ends then or before is over.
    pub now: Timestamp,
    /// A session that was last used then or before is over.
    pub idle_since: Timestamp,
}

impl LiveAt {
    /// Whether a session counts, under the epoch of its account.
    pub fn counts(&self, session: &Session, auth_epoch: i64) -> bool {
        session.auth_epoch == auth_epoch
            && self.now < session.expires_at
            && self.idle_since < session.last_used_at
    }
}

/// A session to store, with the digests of its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// Digest of its first refresh token.
    pub refresh: Digest,
    /// Digest of its cookie.
    pub cookie: Option<Digest>,
}

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whose (`sub`).
    pub user: UserId,
    /// In which session (`sid`).
    pub session: SessionId,
    /// When it was made (`iat`), whole seconds.
    pub issued_at: Timestamp,
    /// When it ends (`exp`), whole seconds.
    pub expires_at: Timestamp,
}

/// What a login hands out. The secrets are shown this once.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Grant {
    /// Whose.
    pub account: Arc<Account>,
    /// The session that all of it belongs to.
    pub session: Session,
    /// Access token.
    pub access: Secret,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// Refresh token.
    pub refresh: Secret,
    /// When the refresh token and its successors end.
    pub refresh_expires_at: Timestamp,
    /// Value of the session cookie, from a login.
    pub cookie: Option<Secret>,
    /// What the client is to keep from now on, and send with later logins, to
    /// prove that it was signed in here before; from a registration or a login
    /// by password.
    pub device: Option<Secret>,
}

/// A session together with its account: one consistent snapshot.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Arc<Session>,
    /// The account.
    pub account: Arc<Account>,
}

impl SignedIn {
    /// Whether the session still counts: neither ended, expired nor idle for
    /// too long, and the account is not suspended.
    pub fn is_live(&self, now: Timestamp, policy: &SessionPolicy) -> bool {
        self.session.user == self.account.id
            && !self.account.is_suspended()
            && policy
                .live_at(now)
                .counts(&self.session, self.account.auth_epoch)
    }
}

/// A refresh token as it is stored.
#[derive(Debug, Clone)]
pub struct RefreshRecord {
    /// The session that it belongs to, and its account.
    pub signed_in: SignedIn,
    /// When its successor was made; `None` for the newest of its chain.
    pub superseded_at: Option<Timestamp>,
}
