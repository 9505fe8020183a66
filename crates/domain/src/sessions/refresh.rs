use super::{Grant, REFRESH_GRACE, RefreshError, RotateRefresh, Sessions};
use crate::activity::Event;
use crate::kernel::{Origin, Secret, Write};

impl Sessions {
    /// Exchanges a refresh token for its successor and a fresh access token.
    ///
    /// Replays within ten seconds get the same successor, so that parallel
    /// tabs and retries do no harm; a later replay means that the token was
    /// copied, and ends the session.
    pub async fn refresh(&self, token: &Secret, origin: &Origin) -> Result<Grant, RefreshError> {
        let old = self.secrets.digest(token.expose().as_bytes());
        // A lost race is seen on the second look as a replay within the grace.
        for _ in 0..2 {
            let record = self
                .store
                .refresh_record(old)
                .await?
                .filter(|record| record.signed_in.is_live(self.clock.now(), &self.policy))
                .ok_or(RefreshError::Invalid)?;
            let now = self.clock.now();
            let successor = self.secrets.successor(token);
            let fresh = match record.superseded_at {
                Some(superseded_at) if now.since(superseded_at) > REFRESH_GRACE => {
                    self.end(&record.signed_in, Event::SessionCompromised, origin)
                        .await?;
                    return Err(RefreshError::Invalid);
                }
                Some(_) => true,
                None => {
                    let command = RotateRefresh {
                        session: record.signed_in.session.id,
                        old,
                        new: self.secrets.digest(successor.expose().as_bytes()),
                    };
                    self.store.rotate_refresh(Write::new(command, now)).await?
                }
            };
            if fresh {
                let signed_in = record.signed_in;
                let session = signed_in.session.as_ref().clone();
                return Ok(self.grant(&signed_in.account, session, successor, None, now));
            }
        }
        Err(RefreshError::Invalid)
    }
}
