use super::{Checked, Identities, Identity, ProviderError, RecordCheck, VerifyIdentityError};
use crate::activity::Event;
use crate::kernel::{IdentityId, Origin, StoreError, Write};
use crate::sessions::SignedIn;

impl Identities {
    /// Asks the provider whether it still stands by an identity, and refreshes
    /// its tokens. A provider that refuses makes it broken; one that cannot be
    /// asked changes nothing.
    pub async fn verify(
        &self,
        caller: &SignedIn,
        identity: IdentityId,
        origin: &Origin,
    ) -> Result<Identity, VerifyIdentityError> {
        let user = caller.account.id;
        let (Some(stored), Some(tokens)) = (
            self.store.find(user, identity).await?,
            self.store.tokens(user, identity).await?,
        ) else {
            return Err(VerifyIdentityError::NotFound);
        };
        let account = &stored.account;
        if self.providers.kind(&account.provider).is_none() {
            return Err(VerifyIdentityError::UnknownProvider);
        }
        let target = self
            .target(&account.provider, account.instance.as_ref())
            .await?;
        let now = self.clock.now();
        let checked = match self.providers.check(&target, &tokens, now).await {
            Ok(found) if found.id == account.id => Checked::Confirmed {
                username: found.username,
                tokens: found.tokens,
            },
            // The tokens stand for somebody else, or for nobody.
            Ok(_) | Err(ProviderError::Refused | ProviderError::Untrusted(_)) => Checked::Refused {
                asked: stored.version,
            },
            Err(error) => return Err(error.into()),
        };
        let refused = matches!(checked, Checked::Refused { .. });
        let command = RecordCheck {
            user,
            identity,
            checked,
        };
        let mut write = Write::new(command, self.clock.now());
        if refused {
            let (session, provider) = (caller.session.id, &account.provider);
            write = write.log(self.entry(user, Event::IdentityBroken, session, provider, origin));
        }
        match self.store.record_check(write).await {
            // Another check was answered meanwhile, and knows better: the
            // tokens that were refused may be those that it replaced.
            Err(StoreError::Conflict) => self.store.find(user, identity).await?,
            recorded => recorded?,
        }
        .ok_or(VerifyIdentityError::NotFound)
    }
}
