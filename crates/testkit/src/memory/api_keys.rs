use std::sync::Arc;

use async_trait::async_trait;
use vestibule_domain::api_keys::{
    ApiKey, ApiKeyStore, HeldKey, KeyRule, KeyUseCount, NewApiKey, OwnerFacts, RemoveKey,
    RotateKey, UsageRecord, decide_create, decide_use,
};
use vestibule_domain::kernel::{
    ApiKeyId, Day, Digest, GuardError, Page, PageRequest, StoreError, UserId, Write, kinds,
};

use super::MemoryStorage;
use super::page::page;
use super::state::{State, UsageRow};

#[async_trait]
impl ApiKeyStore for MemoryStorage {
    async fn create(&self, write: Write<NewApiKey, ApiKey>) -> Result<(), GuardError<KeyRule>> {
        self.write(write, |state, new, _| {
            if let Some(owner) = new.key.owner {
                let facts = facts(state, owner)?;
                let owned = state.api_keys.values();
                let count = owned.filter(|key| key.owner == Some(owner)).count() as u64;
                decide_create(&facts, &new.key.scopes, count, new.quota)
                    .map_err(GuardError::Rule)?;
            }
            state.api_keys.insert(new.digest, new.key.clone());
            Ok(((), Some(new.key)))
        })
    }

    async fn by_digest(&self, digest: Digest) -> Result<Option<HeldKey>, StoreError> {
        self.read(|state| {
            let key = state.api_keys.get(&digest)?.clone();
            Some(HeldKey {
                owner: key.owner.and_then(|owner| state.account(owner)),
                key: Arc::new(key),
            })
        })
    }

    async fn list(
        &self,
        owner: Option<UserId>,
        request: PageRequest<kinds::ApiKey>,
    ) -> Result<Page<ApiKey>, StoreError> {
        self.read(|state| {
            let mut keys: Vec<_> = state
                .api_keys
                .values()
                .filter(|key| owner.is_none() || key.owner == owner)
                .map(|key| (key.id, key.clone()))
                .collect();
            keys.sort_unstable_by_key(|(id, _)| *id);
            page(keys.into_iter(), request)
        })
    }

    async fn find(&self, key: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        self.read(|state| state.api_keys.values().find(|row| row.id == key).cloned())
    }

    async fn rotate(&self, write: Write<RotateKey, ApiKey>) -> Result<ApiKey, GuardError<KeyRule>> {
        self.write(write, |state, rotate, _| {
            decide_use(&facts(state, rotate.owner)?).map_err(GuardError::Rule)?;
            let old = digest_of(state, rotate.key, Some(rotate.owner));
            let Some(mut key) = old.and_then(|old| state.api_keys.remove(&old)) else {
                return Err(GuardError::Rule(KeyRule::NotFound));
            };
            key.prefix = rotate.prefix;
            key.version.0 += 1;
            state.api_keys.insert(rotate.digest, key.clone());
            Ok((key.clone(), Some(key)))
        })
    }

    async fn remove(&self, write: Write<RemoveKey>) -> Result<bool, StoreError> {
        self.write(write, |state, remove, _| {
            let Some(digest) = digest_of(state, remove.key, remove.owner) else {
                return Ok((false, None));
            };
            let version = state.api_keys[&digest].version;
            if remove.expected.is_some_and(|expected| expected != version) {
                return Err(StoreError::Conflict);
            }
            state.api_keys.remove(&digest);
            Ok((true, Some(())))
        })
    }

    async fn record_use(&self, uses: &[KeyUseCount]) -> Result<(), StoreError> {
        let mut state = self.reach()?;
        for used in uses {
            let key = state.api_keys.values_mut().find(|key| key.id == used.key);
            let Some(key) = key else {
                continue;
            };
            key.last_used_at = key.last_used_at.max(used.last_used_at);
            let owner = key.owner;
            let row = state.usage.entry((used.day, used.key)).or_insert(UsageRow {
                owner,
                requests: 0,
                errors: 0,
            });
            row.requests += used.requests;
            row.errors += used.errors;
        }
        Ok(())
    }

    async fn usage(
        &self,
        owner: UserId,
        from: Day,
        to: Day,
    ) -> Result<Vec<UsageRecord>, StoreError> {
        self.read(|state| {
            let counted = state.usage.iter().rev();
            counted
                .filter(|((day, _), row)| row.owner == Some(owner) && (from..=to).contains(day))
                .map(|((day, key), row)| UsageRecord {
                    day: *day,
                    key: *key,
                    requests: row.requests,
                    errors: row.errors,
                })
                .collect()
        })
    }
}

fn facts(state: &State, owner: UserId) -> Result<OwnerFacts, StoreError> {
    let account = state.account(owner).ok_or(StoreError::Missing("user"))?;
    Ok(OwnerFacts {
        can_manage_api_environment: account.can_manage_api_environment,
        is_admin: account.is_admin,
        is_suspended: account.is_suspended(),
    })
}

/// Under which digest a key is stored, if it is the owner's, where one is given.
fn digest_of(state: &State, id: ApiKeyId, owner: Option<UserId>) -> Option<Digest> {
    state
        .api_keys
        .iter()
        .find(|(_, key)| key.id == id && (owner.is_none() || key.owner == owner))
        .map(|(digest, _)| *digest)
}
