//! The storage ports on the database, one file for each file of ports in the
//! domain. Every query is written once, inside `on!`.
//!
//! Each write goes through `SqlStorage::commit` (in `envelope.rs`), which
//! stores what must commit with the command. A job says what it changes by
//! [`Tx::touch`](crate::database::Tx::touch): a user's row or primary address
//! is `User(id)`, and so are the user's memberships; a session's row is
//! `Session(id)`, an API key's `ApiKey(id)`, an organization's `Organization(id)`.

mod account;
mod account_changes;
mod activity;
mod addresses;
mod api_keys;
mod api_usage;
mod avatars;
mod companies;
mod contact;
mod contact_rows;
mod credentials;
mod default_organization;
mod devices;
mod envelope;
mod erasure;
mod idempotency;
mod identities;
mod identity_flows;
mod identity_rows;
mod identity_secrets;
mod inquiries;
mod invitations;
mod maintenance;
mod members;
mod messages;
mod organization_departure;
mod organization_erasure;
mod organization_rows;
mod organizations;
mod outbox;
mod paging;
mod schema;
mod server_keys;
mod session_pairs;
mod session_row;
mod sessions;
mod stored;
mod throttling;
pub mod user_tables;
mod users;

use std::sync::Arc;

use tokio::sync::Notify;
use vestibule_domain::api_keys::HeldKey;
use vestibule_domain::app::Storage;
use vestibule_domain::kernel::{SessionId, UserId};
use vestibule_domain::sessions::SignedIn;
use vestibule_domain::users::Account;

use crate::cache::protocol::{CacheKey, Invalidate as _};
use crate::cache::storage::{Caches, Pair};
use crate::crypto::PayloadCipher;
use crate::database::{Database, Lookups, Texts, Updates};

pub use server_keys::{ServerKeysError, admit_server_keys, retire_server_keys};

/// All storage ports on one database.
#[derive(Clone)]
pub struct SqlStorage {
    database: Database,
    pairs: Lookups<(SessionId, UserId), Pair>,
    accounts: Updates<UserId, Arc<Account>>,
    user_updates: Arc<Texts>,
    caches: Option<Arc<Caches>>,
    cipher: Arc<dyn PayloadCipher>,
    jobs_stored: Arc<Notify>,
}

impl SqlStorage {
    /// Storage on a migrated `database`.
    ///
    /// `caches` MUST be the ones that the database was opened with
    /// (`DatabaseConfig::invalidate`). `cipher` encrypts mail that waits to be
    /// sent. `jobs_stored` is notified after each commit that stored such mail;
    /// it may miss one, so whoever waits for it also looks from time to time.
    pub fn new(
        database: Database,
        caches: Option<Arc<Caches>>,
        cipher: Arc<dyn PayloadCipher>,
        jobs_stored: Arc<Notify>,
    ) -> Self {
        Self {
            pairs: database.lookups(session_pairs::load_pairs),
            accounts: database.updates(account::load_accounts),
            user_updates: Arc::default(),
            database,
            caches,
            cipher,
            jobs_stored,
        }
    }

    /// The bundle of port objects.
    pub fn storage(self) -> Storage {
        let store = Arc::new(self);
        Storage {
            users: store.clone(),
            credentials: store.clone(),
            sessions: store.clone(),
            email_changes: store.clone(),
            addresses: store.clone(),
            devices: store.clone(),
            inquiries: store.clone(),
            organizations: store.clone(),
            members: store.clone(),
            invitations: store.clone(),
            companies: store.clone(),
            api_keys: store.clone(),
            identities: store.clone(),
            once: store.clone(),
            outbox: store.clone(),
            activity: store.clone(),
            messages: store.clone(),
            erasure: store.clone(),
            maintenance: store,
        }
    }
}

impl SqlStorage {
    /// The caches, while they may be used.
    fn caches(&self) -> Option<&Caches> {
        self.caches.as_deref().filter(|caches| caches.are_current())
    }

    /// Passes on rows that were read past the caches. These may still hold
    /// older ones, of before a commit that nobody has told yet, and would
    /// contradict what is about to be shown.
    fn shown<'a>(&self, rows: impl IntoIterator<Item = Shown<'a>>) {
        let Some(caches) = &self.caches else { return };
        for row in rows {
            match row {
                Shown::Account(account) => caches.invalidate(&[CacheKey::User(account.id)]),
                Shown::HeldKey(HeldKey { key, owner }) => {
                    caches.invalidate(&[CacheKey::ApiKey(key.id)]);
                    if let Some(owner) = owner {
                        caches.invalidate(&[CacheKey::User(owner.id)]);
                    }
                }
                Shown::SignedIn(SignedIn { session, account }) => {
                    caches.invalidate(&[CacheKey::User(account.id), CacheKey::Session(session.id)]);
                }
            }
        }
    }
}

/// Rows that are also cached.
enum Shown<'a> {
    Account(&'a Account),
    HeldKey(&'a HeldKey),
    SignedIn(&'a SignedIn),
}

impl std::fmt::Debug for SqlStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlStorage")
            .field("database", &self.database)
            .field("cached", &self.caches.is_some())
            .finish_non_exhaustive()
    }
}
