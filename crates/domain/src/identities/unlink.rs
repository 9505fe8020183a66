use super::{Identities, Identity, UnlinkError, UnlinkIdentity};
use crate::activity::Event;
use crate::credentials::Proof;
use crate::kernel::{Origin, Version, Write};
use crate::sessions::SignedIn;

impl Identities {
    /// Unlinks an identity, after a step-up, and forgets its tokens. The last
    /// way to log in stays.
    pub async fn unlink(
        &self,
        caller: &SignedIn,
        identity: &Identity,
        proof: Proof<'_>,
        expected: Option<Version>,
        origin: &Origin,
    ) -> Result<(), UnlinkError> {
        self.credentials.step_up(caller, proof).await?;
        let user = caller.account.id;
        let command = UnlinkIdentity {
            user,
            identity: identity.id,
            expected,
            providers: self.providers.names(),
        };
        let (session, provider) = (caller.session.id, &identity.account.provider);
        let entry = self.entry(user, Event::IdentityUnlinked, session, provider, origin);
        let write = Write::new(command, self.clock.now()).log(entry);
        Ok(self.store.unlink(write).await?)
    }
}
