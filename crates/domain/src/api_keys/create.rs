use super::model::{new_key, shown_prefix};
use super::{ApiKey, ApiKeys, KeyName, NewApiKey, Scope};
use crate::kernel::{Secret, StoreError, Timestamp, Write};

/// A service key to make.
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
    pub async fn create_service_key(&self, create: CreateKey) -> Result<CreatedKey, StoreError> {
        let mut scopes = create.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        let secret = new_key(&*self.secrets);
        let now = self.clock.now();
        let key = ApiKey {
            id: self.ids.id(),
            owner: None,
            name: create.name,
            prefix: shown_prefix(&secret),
            scopes,
            created_at: now,
            last_used_at: None,
            expires_at: create.expires_at,
        };
        let command = NewApiKey {
            key: key.clone(),
            digest: self.secrets.digest(secret.expose().as_bytes()),
        };
        self.store.create(Write::new(command, now)).await?;
        Ok(CreatedKey { key, secret })
    }
}
