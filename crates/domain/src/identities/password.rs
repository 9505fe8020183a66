use super::complete::key;
use super::{
    BeginError, Identities, LinkIdentity, Linked, ProviderKind, ProviderLogin, ProviderName,
};
use crate::activity::Event;
use crate::kernel::{Once, Origin, Secret, Write};
use crate::sessions::SignedIn;

impl Identities {
    /// Links an identity of a provider that takes a name and a password.
    pub async fn link_by_password(
        &self,
        caller: &SignedIn,
        provider: ProviderName,
        login: &ProviderLogin,
        origin: &Origin,
        once: Option<Once<Linked>>,
    ) -> Result<Linked, BeginError> {
        self.require_password(&provider)?;
        let now = self.clock.now();
        let found = self.providers.sign_in(&provider, login, now).await?;
        let (user, session) = (caller.account.id, caller.session.id);
        let entry = self.entry(user, Event::IdentityLinked, session, &provider, origin);
        let command = LinkIdentity {
            id: self.ids.id(),
            user,
            account: key(provider, None, &found),
            username: found.username,
            tokens: found.tokens,
        };
        let mut write = Write {
            once,
            ..Write::new(command, self.clock.now())
        };
        write.log.push(entry);
        Ok(self.store.link(write).await?)
    }

    /// A code for whoever such an identity belongs to.
    pub async fn sign_in_by_password(
        &self,
        provider: ProviderName,
        login: &ProviderLogin,
    ) -> Result<Secret, BeginError> {
        self.require_password(&provider)?;
        let now = self.clock.now();
        let found = self.providers.sign_in(&provider, login, now).await?;
        self.put_code(provider, None, found)
            .await?
            .ok_or(BeginError::NotLinked)
    }

    fn require_password(&self, provider: &ProviderName) -> Result<(), BeginError> {
        match self.providers.kind(provider) {
            Some(ProviderKind::Password) => Ok(()),
            _ => Err(BeginError::UnknownProvider),
        }
    }
}
