use super::{AccessClaims, AuthError, SessionUse, Sessions, SignedIn};
use crate::kernel::Timestamp;

impl Sessions {
    /// Who bears this access token: its session must be live right now.
    pub async fn by_access_token(&self, token: &str) -> Result<SignedIn, AuthError> {
        let now = self.clock.now();
        let claims = self
            .tokens
            .verify(token, now)
            .map_err(|_| AuthError::Invalid)?;
        let signed_in = self.store.signed_in(claims.session, claims.user).await?;
        self.accept(signed_in, now)
    }

    /// What an access token says and who bears it, when it would be accepted
    /// right now. The session does not count as used.
    pub async fn inspect(&self, token: &str) -> Result<(AccessClaims, SignedIn), AuthError> {
        let now = self.clock.now();
        let claims = self
            .tokens
            .verify(token, now)
            .map_err(|_| AuthError::Invalid)?;
        let signed_in = self.store.signed_in(claims.session, claims.user).await?;
        signed_in
            .filter(|signed_in| signed_in.is_live(now, &self.policy))
            .map(|signed_in| (claims, signed_in))
            .ok_or(AuthError::Invalid)
    }

    /// Who bears this session cookie.
    pub async fn by_cookie(&self, cookie: &str) -> Result<SignedIn, AuthError> {
        let digest = self.secrets.digest(cookie.as_bytes());
        let signed_in = self.store.by_cookie(digest).await?;
        self.accept(signed_in, self.clock.now())
    }

    fn accept(&self, signed_in: Option<SignedIn>, now: Timestamp) -> Result<SignedIn, AuthError> {
        let signed_in = signed_in
            .filter(|signed_in| signed_in.is_live(now, &self.policy))
            .ok_or(AuthError::Invalid)?;
        let session = &signed_in.session;
        if now.since(session.last_used_at) >= self.policy.usage_resolution {
            self.usage.note(SessionUse {
                user: session.user,
                session: session.id,
                at: now,
            });
        }
        Ok(signed_in)
    }
}
