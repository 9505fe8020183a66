use super::create::sealing;
use super::model::{new_key, shown_prefix};
use super::{ApiKey, ApiKeys, CreatedKey, KeyError, KeyManager, RotateKey};
use crate::activity::Event;
use crate::credentials::SteppedUp;
use crate::kernel::{Once, Origin, Write};

impl ApiKeys {
    /// Gives the manager's key another secret; the old one is dead at once, and
    /// the owner is told by mail.
    /// `key` was found by [`ApiKeys::find`].
    pub async fn rotate(
        &self,
        manager: &KeyManager,
        _: SteppedUp,
        key: &ApiKey,
        origin: &Origin,
        once: Option<Once<CreatedKey>>,
    ) -> Result<CreatedKey, KeyError> {
        let secret = new_key(&*self.secrets);
        let command = RotateKey {
            owner: manager.id(),
            key: key.id,
            digest: self.secrets.digest(secret.expose().as_bytes()),
            prefix: shown_prefix(&secret),
        };
        let write = Write::new(command, self.clock.now())
            .log(self.entry(manager, key, Event::ApiKeyRotated, origin))
            .job(self.notice(&manager.signed_in().account, key))
            .once(once.map(|once| sealing(once, &secret)));
        let key = self.store.rotate(write).await?;
        Ok(CreatedKey { key, secret })
    }
}
