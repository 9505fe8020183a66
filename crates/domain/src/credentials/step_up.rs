use super::{Credentials, StepUpError, normalize_password};
use crate::kernel::{Invalid, Secret};
use crate::sessions::SignedIn;

/// What a door has that shows that it is the owner who asks, for
/// [`Credentials::step_up`].
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// A login younger than five minutes, or the current password as typed
    /// where one was sent.
    Demanded(Option<&'a Secret>),
    /// None is asked for: the published API of the door has no place for it,
    /// and its operator has not demanded it (CONTRACTS.md section 1). No call
    /// of the native API may say this.
    Waived,
}

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
        proof: Proof<'_>,
    ) -> Result<SteppedUp, StepUpError> {
        match proof {
            Proof::Waived => Ok(SteppedUp(())),
            Proof::Demanded(Some(password)) => self.check(caller, password).await,
            Proof::Demanded(None) if caller.session.is_recent(self.clock.now()) => {
                Ok(SteppedUp(()))
            }
            Proof::Demanded(None) => Err(StepUpError::Required),
        }
    }

    async fn check(&self, caller: &SignedIn, current: &Secret) -> Result<SteppedUp, StepUpError> {
        let password = normalize_password(current.expose())
            .map_err(|_| StepUpError::Incorrect(incorrect()))?;
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
            Err(StepUpError::Incorrect(incorrect()))
        }
    }
}

/// What a wrong current password is told, wherever one is asked for.
pub(super) fn incorrect() -> Invalid {
    Invalid::new("incorrect", "The current password is incorrect.")
}
