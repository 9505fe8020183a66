use std::sync::Arc;

use super::model::{new_key, shown_prefix};
use super::{ApiKey, ApiKeys, KeyError, KeyManager, KeyName, NewApiKey, Scope};
use crate::activity::Event;
use crate::credentials::SteppedUp;
use crate::kernel::{Once, Origin, Secret, Timestamp, UserId, Version, Write};
use crate::outbox::{Mail, NewJob};
use crate::users::Account;

/// A key to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateKey {
    /// What it is for.
    pub name: KeyName,
    /// What it may do; repeats count once.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl CreateKey {
    /// A key that does not end by itself.
    pub const fn new(name: KeyName, scopes: Vec<Scope>) -> Self {
        Self {
            name,
            scopes,
            expires_at: None,
        }
    }
}

/// A key that was made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreatedKey {
    /// The stored key.
    pub key: ApiKey,
    /// The key in the clear, shown this once.
    pub secret: Secret,
}

impl ApiKeys {
    /// Makes a key without an owner, which acts within its scopes only.
    pub async fn create_service_key(&self, create: CreateKey) -> Result<CreatedKey, KeyError> {
        let (created, command) = self.prepare(create, None)?;
        let at = command.key.created_at;
        self.store.create(Write::new(command, at)).await?;
        Ok(created)
    }

    /// Makes a key of the manager: without scopes it acts for its owner, with
    /// scopes within these only.
    pub async fn create(
        &self,
        manager: &KeyManager,
        _: SteppedUp,
        create: CreateKey,
        origin: &Origin,
        once: Option<Once<CreatedKey>>,
    ) -> Result<CreatedKey, KeyError> {
        let (created, command) = self.prepare(create, Some(manager.id()))?;
        let key = &created.key;
        let write = Write::new(command, key.created_at)
            .log(self.entry(manager, key, Event::ApiKeyCreated, origin))
            .job(self.notice(&manager.signed_in().account, key))
            .once(once.map(|once| sealing(once, &created.secret)));
        self.store.create(write).await?;
        Ok(created)
    }

    /// Tells the owner that there is a new secret.
    pub(super) fn notice(&self, owner: &Account, key: &ApiKey) -> NewJob {
        NewJob {
            id: self.ids.id(),
            user: Some(owner.id),
            work: Mail::KeyCreated {
                to: owner.email.as_str().to_owned(),
                username: owner.username.as_str().to_owned(),
                key_name: key.name.to_string(),
            }
            .into(),
        }
    }

    fn prepare(
        &self,
        create: CreateKey,
        owner: Option<UserId>,
    ) -> Result<(CreatedKey, NewApiKey), KeyError> {
        let now = self.clock.now();
        if create.expires_at.is_some_and(|end| end <= now) {
            return Err(KeyError::EndsInThePast);
        }
        let mut scopes = create.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        let secret = new_key(&*self.secrets);
        let key = ApiKey {
            id: self.ids.id(),
            owner,
            name: create.name,
            prefix: shown_prefix(&secret),
            scopes,
            created_at: now,
            last_used_at: None,
            expires_at: create.expires_at,
            version: Version(1),
        };
        let command = NewApiKey {
            key: key.clone(),
            digest: self.secrets.digest(secret.expose().as_bytes()),
            quota: self.quota,
        };
        Ok((CreatedKey { key, secret }, command))
    }
}

/// The record of an answer that shows the secret, which the store never sees.
pub(super) fn sealing(once: Once<CreatedKey>, secret: &Secret) -> Once<ApiKey> {
    let (seal, secret) = (once.seal, secret.clone());
    Once {
        key: once.key,
        fingerprint: once.fingerprint,
        user: once.user,
        seal: Arc::new(move |key: &ApiKey| {
            seal(&CreatedKey {
                key: key.clone(),
                secret: secret.clone(),
            })
        }),
    }
}
