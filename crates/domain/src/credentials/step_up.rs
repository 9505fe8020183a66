use super::{Credentials, StepUpError, normalize_password};
use crate::kernel::Secret;
use crate::sessions::SignedIn;

/// Proof that the owner was asked again; only [`Credentials::step_up`] makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SteppedUp(());

impl Credentials {
    /// Makes sure that it is the owner who asks: a login younger than five
    /// minutes, or the current password. A password that is sent is always
    /// checked; a wrong one counts as one at a login does.
    pub async fn step_up(
        &self,
        caller: &SignedIn,
        current_password: Option<&Secret>,
    ) -> Result<SteppedUp, StepUpError> {
        let Some(current) = current_password else {
            return if caller.session.is_recent(self.clock.now()) {
                Ok(SteppedUp(()))
            } else {
                Err(StepUpError::Required)
            };
        };
        let password = normalize_password(current.expose()).map_err(|_| StepUpError::Incorrect)?;
        let credential = self.store.by_user(caller.account.id).await?;
        let hash = credential.as_ref().and_then(|c| c.password_hash.as_ref());
        let bucket = self.throttling.account(caller.account.id);
        self.throttling
            .apply(self.throttling.password(bucket))
            .await?;
        if self.hasher.verify(&password, hash).await?.matches {
            self.throttling.apply(self.throttling.clear(bucket)).await?;
            Ok(SteppedUp(()))
        } else {
            Err(StepUpError::Incorrect)
        }
    }
}
