use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::api_keys::{
    ApiKey, ApiKeyStore, HeldKey, KeyName, KeyRule, KeyUseCount, NewApiKey, OwnerFacts, RemoveKey,
    RotateKey, Scope, UsageRecord, decide_create, decide_use,
};
use vestibule_domain::kernel::{
    ApiKeyId, Day, Digest, GuardError, Page, PageRequest, StoreError, Timestamp, UserId, Version,
    Write, kinds,
};
use vestibule_domain::users::UserStore;

use super::account::load_account;
use super::api_usage::{add_use, load_usage};
use super::paging::load_page;
use super::schema::{api_keys, users};
use super::stored::{Stored, time};
use super::{Shown, SqlStorage};
use crate::cache::protocol::CacheKey;
use crate::cache::storage::{CachedKey, Caches};
use crate::database::dialect::{lock_row, on};
use crate::database::{Conn, JobError, Tx};

/// Keys whose uses are written in one transaction, two rows each.
const USES_PER_WRITE: usize = 250;

#[async_trait]
impl ApiKeyStore for SqlStorage {
    async fn create(&self, write: Write<NewApiKey, ApiKey>) -> Result<(), GuardError<KeyRule>> {
        self.commit(
            write,
            |key| key,
            |tx, new, _| {
                let NewApiKey { key, digest, quota } = new;
                if let Some(owner) = key.owner {
                    let facts = lock_owner(tx.conn, owner)?;
                    let count: i64 = on!(tx.conn, |c| api_keys::table
                        .filter(api_keys::user_id.eq(owner.to_string()))
                        .count()
                        .get_result(c))?;
                    let count = u64::try_from(count).unwrap_or(0);
                    if let Err(rule) = decide_create(&facts, &key.scopes, count, *quota) {
                        return Ok(Err(rule));
                    }
                }
                on!(tx.conn, |c| diesel::insert_into(api_keys::table)
                    .values((
                        &ApiKeyRow::new(key),
                        api_keys::digest.eq(digest.0.as_slice()),
                    ))
                    .execute(c))?;
                tx.touch(CacheKey::ApiKey(key.id));
                Ok(Ok(key.clone()))
            },
        )
        .await?
        .map(drop)
        .map_err(GuardError::Rule)
    }

    async fn by_digest(&self, digest: Digest) -> Result<Option<HeldKey>, StoreError> {
        let Some(caches) = self.caches() else {
            let held = self
                .database
                .read(move |conn| {
                    let Some(id) = load_id(conn, digest)? else {
                        return Ok(None);
                    };
                    let Some(CachedKey { key, .. }) = load_key(conn, id)? else {
                        return Ok(None);
                    };
                    let owner = match key.owner {
                        Some(owner) => load_account(conn, owner)?.map(Arc::new),
                        None => None,
                    };
                    Ok(Some(HeldKey { key, owner }))
                })
                .await?;
            self.shown(held.as_ref().map(Shown::HeldKey));
            return Ok(held);
        };
        match caches.held_key(digest) {
            Some(hit) => Ok(Some(hit)),
            // Boxed, so that a hit does not pay for the size of this future.
            None => Box::pin(self.load_held(caches, digest)).await,
        }
    }

    async fn list(
        &self,
        owner: Option<UserId>,
        page: PageRequest<kinds::ApiKey>,
    ) -> Result<Page<ApiKey>, StoreError> {
        let owner = owner.map(|owner| owner.to_string());
        self.database
            .read(move |conn| {
                let rows = if let Some(owner) = &owner {
                    load_page!(
                        conn,
                        page,
                        api_keys::id,
                        ApiKeyRow,
                        api_keys::table.filter(api_keys::user_id.eq(owner))
                    )
                } else {
                    load_page!(conn, page, api_keys::id, ApiKeyRow, api_keys::table)
                };
                Ok(rows.into_page(ApiKeyRow::into_key)?)
            })
            .await
    }

    async fn find(&self, key: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        self.database
            .query(move |conn| {
                let row: Option<ApiKeyRow> = on!(conn, |c| api_keys::table
                    .find(key.to_string())
                    .select(ApiKeyRow::as_select())
                    .get_result(c)
                    .optional())?;
                Ok(row.map(ApiKeyRow::into_key).transpose()?)
            })
            .await
    }

    async fn rotate(&self, write: Write<RotateKey, ApiKey>) -> Result<ApiKey, GuardError<KeyRule>> {
        self.commit(
            write,
            |key| key,
            |tx, rotate, _| {
                let RotateKey {
                    owner,
                    key,
                    digest,
                    prefix,
                } = rotate;
                if let Err(rule) = decide_use(&lock_owner(tx.conn, *owner)?) {
                    return Ok(Err(rule));
                }
                let updated = on!(tx.conn, |c| diesel::update(
                    api_keys::table
                        .find(key.to_string())
                        .filter(api_keys::user_id.eq(owner.to_string()))
                )
                .set((
                    api_keys::digest.eq(digest.0.as_slice()),
                    api_keys::prefix.eq(prefix),
                    api_keys::version.eq(api_keys::version + 1_i64),
                ))
                .execute(c))?;
                if updated != 1 {
                    return Ok(Err(KeyRule::NotFound));
                }
                tx.touch(CacheKey::ApiKey(*key));
                let stored = load_key(tx.conn, *key)?;
                Ok(stored
                    .map(|stored| stored.key.as_ref().clone())
                    .ok_or(KeyRule::NotFound))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn remove(&self, write: Write<RemoveKey>) -> Result<bool, StoreError> {
        let outcome = self
            .commit(
                write,
                |()| &(),
                |tx, remove, _| {
                    let id = remove.key.to_string();
                    let stored: Option<(Option<String>, i64)> = lock_row!(
                        tx.conn,
                        api_keys::table
                            .find(&id)
                            .select((api_keys::user_id, api_keys::version))
                    )?;
                    let Some((owner, version)) = stored else {
                        return Ok(Err(()));
                    };
                    if let Some(wanted) = remove.owner
                        && owner != Some(wanted.to_string())
                    {
                        return Ok(Err(()));
                    }
                    if remove
                        .expected
                        .is_some_and(|expected| expected.0 != version)
                    {
                        return Err(StoreError::Conflict.into());
                    }
                    on!(tx.conn, |c| diesel::delete(api_keys::table.find(&id))
                        .execute(c))?;
                    tx.touch(CacheKey::ApiKey(remove.key));
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }

    async fn record_use(&self, uses: &[KeyUseCount]) -> Result<(), StoreError> {
        // In one order everywhere: otherwise two could wait for each other.
        let mut uses = uses.to_vec();
        uses.sort_unstable_by_key(|used| (used.key, used.day));
        for uses in uses.chunks(USES_PER_WRITE) {
            let uses = uses.to_vec();
            self.database
                .write_background(move |tx| {
                    for used in &uses {
                        record(tx, used)?;
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    async fn usage(
        &self,
        owner: UserId,
        from: Day,
        to: Day,
    ) -> Result<Vec<UsageRecord>, StoreError> {
        self.database
            .query(move |conn| load_usage(conn, owner, from, to))
            .await
    }
}

impl SqlStorage {
    /// What the caches lack of a key and its owner, loaded into them.
    async fn load_held(
        &self,
        caches: &Caches,
        digest: Digest,
    ) -> Result<Option<HeldKey>, StoreError> {
        let known = caches.key_id(digest);
        let id = if let Some(id) = known {
            id
        } else {
            let id = self.database.query(move |conn| load_id(conn, digest));
            let Some(id) = id.await? else {
                return Ok(None);
            };
            caches.remember_key_id(digest, id);
            id
        };
        let load = || self.database.query(move |conn| load_key(conn, id));
        let mut stored = caches.key(id, load).await?;
        // The cached row may be older than a secret that was found just now.
        if known.is_none()
            && stored
                .as_ref()
                .is_some_and(|stored| stored.digest != digest)
        {
            caches.forget_key(id);
            stored = caches.key(id, load).await?;
        }
        let Some(stored) = stored.filter(|stored| stored.digest == digest) else {
            return Ok(None);
        };
        let owner = match stored.key.owner {
            Some(owner) => UserStore::account(self, owner).await?,
            None => None,
        };
        Ok(Some(HeldKey {
            key: Arc::clone(&stored.key),
            owner,
        }))
    }
}

fn load_id(conn: &mut Conn, digest: Digest) -> Result<Option<ApiKeyId>, JobError> {
    let id: Option<String> = on!(conn, |c| api_keys::table
        .filter(api_keys::digest.eq(digest.0.as_slice()))
        .select(api_keys::id)
        .get_result(c)
        .optional())?;
    let id = id.map(|id| {
        let row = Stored {
            table: "api_keys",
            row: &id,
        };
        row.id("id", &id)
    });
    Ok(id.transpose()?)
}

fn load_key(conn: &mut Conn, id: ApiKeyId) -> Result<Option<CachedKey>, JobError> {
    let row: Option<(ApiKeyRow, Vec<u8>)> = on!(conn, |c| api_keys::table
        .find(id.to_string())
        .select((ApiKeyRow::as_select(), api_keys::digest))
        .get_result(c)
        .optional())?;
    let Some((row, digest)) = row else {
        return Ok(None);
    };
    let stored = Stored {
        table: "api_keys",
        row: &row.id,
    };
    let digest = stored.parsed("digest", digest.try_into())?;
    Ok(Some(CachedKey {
        digest: Digest(digest),
        key: Arc::new(row.into_key()?),
    }))
}

/// Locks the owner's row; answers what its keys depend on.
fn lock_owner(conn: &mut Conn, owner: UserId) -> Result<OwnerFacts, JobError> {
    let row: Option<(bool, bool, Option<i64>)> = lock_row!(
        conn,
        users::table.find(owner.to_string()).select((
            users::can_manage_api_environment,
            users::is_admin,
            users::suspended_at,
        ))
    )?;
    let (can_manage_api_environment, is_admin, suspended_at) =
        row.ok_or(StoreError::Missing("user"))?;
    Ok(OwnerFacts {
        can_manage_api_environment,
        is_admin,
        is_suspended: suspended_at.is_some(),
    })
}

/// Deletes all keys of a user, whose row is locked.
pub(super) fn drop_keys_of(tx: &mut Tx<'_>, user: &str) -> Result<(), JobError> {
    let ids: Vec<String> = on!(tx.conn, |c| api_keys::table
        .filter(api_keys::user_id.eq(user))
        .select(api_keys::id)
        .load(c))?;
    on!(tx.conn, |c| diesel::delete(
        api_keys::table.filter(api_keys::user_id.eq(user))
    )
    .execute(c))?;
    for id in &ids {
        let row = Stored {
            table: "api_keys",
            row: id,
        };
        tx.touch(CacheKey::ApiKey(row.id("id", id)?));
    }
    Ok(())
}

fn record(tx: &mut Tx<'_>, used: &KeyUseCount) -> Result<(), JobError> {
    let id = used.key.to_string();
    // Locks the row, so that all count in the order in which they found it.
    let owner: Option<Option<String>> =
        lock_row!(tx.conn, api_keys::table.find(&id).select(api_keys::user_id))?;
    let Some(owner) = owner else {
        return Ok(());
    };
    add_use(tx.conn, &id, owner.as_deref(), used)?;
    let Some(at) = used.last_used_at else {
        return Ok(());
    };
    let updated = on!(tx.conn, |c| diesel::update(
        api_keys::table.find(&id).filter(
            api_keys::last_used_at
                .is_null()
                .or(api_keys::last_used_at.lt(at.as_micros()))
        )
    )
    .set(api_keys::last_used_at.eq(at.as_micros()))
    .execute(c))?;
    if updated == 1 {
        tx.touch(CacheKey::ApiKey(used.key));
    }
    Ok(())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct ApiKeyRow {
    id: String,
    user_id: Option<String>,
    name: String,
    prefix: String,
    scopes: String,
    created_at: i64,
    last_used_at: Option<i64>,
    expires_at: Option<i64>,
    version: i64,
}

impl ApiKeyRow {
    fn new(key: &ApiKey) -> Self {
        let ApiKey {
            id,
            owner,
            name,
            prefix,
            scopes,
            created_at,
            last_used_at,
            expires_at,
            version,
        } = key;
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        Self {
            id: id.to_string(),
            user_id: owner.map(|owner| owner.to_string()),
            name: name.to_string(),
            prefix: prefix.clone(),
            scopes: serde_json::Value::from(scopes).to_string(),
            created_at: created_at.as_micros(),
            last_used_at: last_used_at.map(Timestamp::as_micros),
            expires_at: expires_at.map(Timestamp::as_micros),
            version: version.0,
        }
    }

    fn into_key(self) -> Result<ApiKey, StoreError> {
        let Self {
            id,
            user_id,
            name,
            prefix,
            scopes,
            created_at,
            last_used_at,
            expires_at,
            version,
        } = self;
        let row = Stored {
            table: "api_keys",
            row: &id,
        };
        let scopes: Vec<&str> = row.parsed("scopes", serde_json::from_str(&scopes))?;
        let scopes: Result<Vec<_>, _> = scopes.into_iter().map(Scope::parse).collect();
        Ok(ApiKey {
            id: row.id("id", &id)?,
            owner: row.optional("user_id", user_id.as_deref(), str::parse)?,
            name: row.parsed("name", KeyName::parse(&name))?,
            prefix,
            scopes: row.parsed("scopes", scopes)?,
            created_at: Timestamp::from_micros(created_at),
            last_used_at: time(last_used_at),
            expires_at: time(expires_at),
            version: Version(version),
        })
    }
}
