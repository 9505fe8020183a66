use std::sync::Arc;

use super::{AccessClaims, Grant, NewSession, Session, Sessions};
use crate::kernel::{Origin, Secret, Timestamp};
use crate::users::Account;

impl Sessions {
    /// A session that is still to be stored, and what its owner is given.
    pub(crate) fn prepare(
        &self,
        account: &Arc<Account>,
        origin: &Origin,
        now: Timestamp,
        with_cookie: bool,
    ) -> (NewSession, Grant) {
        let session = Session {
            id: self.ids.id(),
            user: account.id,
            auth_epoch: account.auth_epoch,
            authenticated_at: now,
            created_at: now,
            last_used_at: now,
            expires_at: now.after(self.policy.absolute),
            origin: origin.clone(),
        };
        let cookie = with_cookie.then(|| self.secrets.generate());
        let grant = self.grant(
            account,
            session.clone(),
            self.secrets.generate(),
            cookie,
            now,
        );
        let digest = |secret: &Secret| self.secrets.digest(secret.expose().as_bytes());
        let new = NewSession {
            session,
            refresh: digest(&grant.refresh),
            cookie: grant.cookie.as_ref().map(digest),
        };
        (new, grant)
    }

    /// A grant with a fresh access token.
    pub(super) fn grant(
        &self,
        account: &Arc<Account>,
        session: Session,
        refresh: Secret,
        cookie: Option<Secret>,
        now: Timestamp,
    ) -> Grant {
        let whole = |at: Timestamp| Timestamp::from_micros(at.as_seconds() * 1_000_000);
        // An access token never outlives its session.
        let access_expires_at = whole(now.after(self.policy.access).min(session.expires_at));
        let access = self.tokens.sign(&AccessClaims {
            user: account.id,
            session: session.id,
            issued_at: whole(now),
            expires_at: access_expires_at,
        });
        Grant {
            account: Arc::clone(account),
            refresh_expires_at: session.expires_at,
            session,
            access,
            access_expires_at,
            refresh,
            cookie,
            device: None,
        }
    }
}
