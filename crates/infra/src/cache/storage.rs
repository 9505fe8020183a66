//! The cached rows of the storage adapters: accounts, sessions and API keys,
//! everything that an authenticated request looks at.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use vestibule_domain::api_keys::{ApiKey, HeldKey};
use vestibule_domain::kernel::{ApiKeyId, Digest, OrganizationId, SessionId, StoreError, UserId};
use vestibule_domain::sessions::{Session, SignedIn};
use vestibule_domain::users::Account;

use super::changes::Changes;
use super::lease::Lease;
use super::protocol::{CacheKey, Invalidate, ReadCache};

/// Whether and how much is cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheConfig {
    /// Without it every read asks the database.
    pub enabled: bool,
    /// Accounts that are kept, and sessions, and API keys.
    pub capacity: usize,
}

impl Default for CacheConfig {
    /// 50 000 accounts and as many sessions and API keys.
    fn default() -> Self {
        Self {
            enabled: true,
            capacity: 50_000,
        }
    }
}

/// Whom the database is changed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// This process; the database notices the commits of others.
    Alone,
    /// Other instances, too, which tell this one what they change.
    Several,
}

/// How long an entry is kept that other instances may change. It bounds what
/// an instance that dies between its commit and its announcement leaves behind.
const SHARED_LIFETIME: Duration = Duration::from_secs(5);

impl CacheConfig {
    /// The caches; `None` when they are switched off.
    pub fn build(self, writers: Writers) -> Option<Arc<Caches>> {
        let (lease, lifetime) = match writers {
            Writers::Alone => (None, None),
            Writers::Several => (Some(Lease::new()), Some(SHARED_LIFETIME)),
        };
        self.enabled.then(|| {
            Arc::new(Caches {
                accounts: ReadCache::new(self.capacity, lifetime),
                sessions: ReadCache::new(self.capacity, lifetime),
                keys: ReadCache::new(self.capacity, lifetime),
                key_ids: Cache::new(self.capacity),
                organizations: Changes::default(),
                lease,
            })
        })
    }
}

/// An API key and the digest of its secret.
#[derive(Debug, Clone)]
pub(crate) struct CachedKey {
    pub(crate) digest: Digest,
    pub(crate) key: Arc<ApiKey>,
}

/// Cached accounts, sessions and API keys. The database is given them to empty
/// (`DatabaseConfig::invalidate`), the storage adapters to fill.
#[derive(Debug)]
pub struct Caches {
    accounts: ReadCache<UserId, CachedAccount>,
    sessions: ReadCache<SessionId, Session>,
    keys: ReadCache<ApiKeyId, CachedKey>,
    /// Whose secret it is, or was before a rotation: a secret is never that of
    /// another key, so what stands here stays true. Whether it still counts,
    /// `keys` says.
    key_ids: Cache<Digest, ApiKeyId>,
    /// Of what accounts show of their default organizations: a change of one
    /// with 100 000 members is one number here.
    organizations: Changes<OrganizationId>,
    lease: Option<Lease>,
}

/// An account as it was when it was loaded.
#[derive(Debug)]
struct CachedAccount {
    account: Arc<Account>,
    /// How many changes of organizations had been heard of before its load.
    loaded_at: u64,
}

/// One snapshot of a user's row and a session's row; each may be absent.
pub(crate) type Pair = (Option<Account>, Option<Session>);

impl Caches {
    /// Whether they may be read and filled now. They may not while this
    /// process cannot hear what others change.
    pub(crate) fn are_current(&self) -> bool {
        self.lease.as_ref().is_none_or(Lease::holds)
    }

    /// The session with its account, if both are cached. Neither waits nor
    /// allocates.
    pub(crate) fn signed_in(&self, session: SessionId, user: UserId) -> Option<SignedIn> {
        let account = self.cached_account(user)?;
        let session = self.sessions.get(&session)?;
        // A command that ends many sessions moves the account's epoch and
        // touches the account only: a session of another epoch may be gone.
        (session.user == user && session.auth_epoch == account.auth_epoch)
            .then_some(SignedIn { session, account })
    }

    /// The session with its account, from `load` where it is not cached.
    ///
    /// Placeholders are taken in the order account, session, so that two
    /// readers never wait for each other.
    pub(crate) async fn load_signed_in<L, F>(
        &self,
        session_id: SessionId,
        user: UserId,
        load: L,
    ) -> Result<Option<SignedIn>, StoreError>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Pair, StoreError>>,
    {
        let found_session = Mutex::new(None);
        let account = self
            .load_account(user, || async {
                let found_account = Mutex::new(None);
                let session = self
                    .sessions
                    .get_or_load(&session_id, || async {
                        let (account, session) = load().await?;
                        put(&found_account, account);
                        Ok::<_, StoreError>(session)
                    })
                    .await?;
                put(&found_session, Some(session));
                match take(&found_account) {
                    Some(account) => Ok(Some(account)),
                    // Another reader had the session.
                    None => load().await.map(|(account, _)| account),
                }
            })
            .await?;
        let Some(account) = account else {
            return Ok(None);
        };
        let load_session = async || load().await.map(|(_, session)| session);
        let mut session = match take(&found_session) {
            Some(session) => session,
            None => self.sessions.get_or_load(&session_id, load_session).await?,
        };
        // Of a session that ended with its epoch only the account was touched.
        if session
            .as_ref()
            .is_some_and(|session| session.auth_epoch != account.auth_epoch)
        {
            self.sessions.remove(&session_id);
            session = self.sessions.get_or_load(&session_id, load_session).await?;
        }
        Ok(session
            .filter(|session| session.user == user)
            .map(|session| SignedIn { session, account }))
    }

    /// The key with this secret and its owner, if both are cached. Neither
    /// waits nor allocates.
    pub(crate) fn held_key(&self, digest: Digest) -> Option<HeldKey> {
        let stored = self.keys.get(&self.key_ids.get(&digest)?)?;
        if stored.digest != digest {
            return None;
        }
        let owner = match stored.key.owner {
            Some(owner) => Some(self.cached_account(owner)?),
            None => None,
        };
        Some(HeldKey {
            key: Arc::clone(&stored.key),
            owner,
        })
    }

    /// Which key has or had this secret, if that is remembered.
    pub(crate) fn key_id(&self, digest: Digest) -> Option<ApiKeyId> {
        self.key_ids.get(&digest)
    }

    /// Remembers which key has this secret.
    pub(crate) fn remember_key_id(&self, digest: Digest, key: ApiKeyId) {
        self.key_ids.insert(digest, key);
    }

    /// Drops a cached key that is known to be old.
    pub(crate) fn forget_key(&self, key: ApiKeyId) {
        self.keys.remove(&key);
    }

    /// The API key, from `load` where it is not cached.
    pub(crate) async fn key<L, F>(
        &self,
        key: ApiKeyId,
        load: L,
    ) -> Result<Option<Arc<CachedKey>>, StoreError>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Option<CachedKey>, StoreError>>,
    {
        self.keys.get_or_load(&key, load).await
    }

    /// The account, from `load` where it is not cached.
    pub(crate) async fn account<L, F>(
        &self,
        user: UserId,
        load: L,
    ) -> Result<Option<Arc<Account>>, StoreError>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Option<Account>, StoreError>>,
    {
        self.load_account(user, load).await
    }

    async fn load_account<L, F>(
        &self,
        user: UserId,
        load: L,
    ) -> Result<Option<Arc<Account>>, StoreError>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Option<Account>, StoreError>>,
    {
        let load = || async {
            // Before the query: what is heard of later it may have missed.
            let loaded_at = self.organizations.now();
            let account = load().await?;
            Ok::<_, StoreError>(account.map(|account| CachedAccount {
                account: Arc::new(account),
                loaded_at,
            }))
        };
        let current = |cached: &CachedAccount| self.is_current(cached);
        let cached = self
            .accounts
            .get_current_or_load(&user, current, load)
            .await?;
        Ok(cached.map(|cached| Arc::clone(&cached.account)))
    }

    /// The account, if it is cached and current.
    fn cached_account(&self, user: UserId) -> Option<Arc<Account>> {
        let cached = self.accounts.get(&user)?;
        self.is_current(&cached)
            .then(|| Arc::clone(&cached.account))
    }

    /// Whether what the account shows of its organization is still so. Which
    /// one it is belongs to the account's own row.
    fn is_current(&self, cached: &CachedAccount) -> bool {
        cached.account.organization.as_ref().is_none_or(|shown| {
            self.organizations
                .none_since(&shown.summary.id, cached.loaded_at)
        })
    }
}

fn put<T>(place: &Mutex<Option<T>>, value: Option<T>) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Invalidate for Caches {
    fn invalidate(&self, keys: &[CacheKey]) {
        for key in keys {
            match key {
                CacheKey::User(user) => self.accounts.remove(user),
                CacheKey::Session(session) => self.sessions.remove(session),
                CacheKey::ApiKey(key) => self.keys.remove(key),
                CacheKey::Organization(organization) => self.organizations.note(organization),
                CacheKey::All => {
                    self.accounts.clear();
                    self.sessions.clear();
                    self.keys.clear();
                }
            }
        }
    }

    fn confirm(&self, as_of: Instant) {
        if let Some(lease) = &self.lease {
            lease.confirm(as_of);
        }
    }
}
