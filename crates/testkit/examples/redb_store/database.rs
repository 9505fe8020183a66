//! The database file, and its two entry points: `read` and `transact`.

use std::path::Path;
use std::sync::Arc;

use redb::{Database, ReadTransaction, ReadableDatabase as _, WriteTransaction};
use vestibule_domain::kernel::StoreError;

use crate::outbox::MailKey;
use crate::schema::make_tables;
use crate::table::driver;

/// Accounts, credentials, sessions and devices in one file of redb. Clones are
/// handles onto the same file; nothing is kept between two calls, so no handle
/// can be behind another.
#[derive(Clone)]
pub(crate) struct RedbStorage {
    database: Arc<Database>,
    pub(crate) mail_key: Arc<MailKey>,
}

/// What a transaction has come to.
pub(crate) enum Done<T> {
    /// All that it wrote is kept.
    Commit(T),
    /// It has nothing to keep.
    Abort(T),
}

impl RedbStorage {
    /// Opens the file, or makes it. `mail_key` encrypts the letters that wait.
    ///
    /// Errors: `Unavailable` when the file cannot be opened; redb locks it, so
    /// that a second process is refused.
    pub(crate) async fn open(path: &Path, mail_key: [u8; 32]) -> Result<Self, StoreError> {
        let path = path.to_owned();
        let database = blocking(move || Database::create(path).map_err(driver)).await?;
        let storage = Self {
            database: Arc::new(database),
            mail_key: Arc::new(MailKey::new(&mail_key)),
        };
        let made = storage.transact(|tx| make_tables(tx).map(Done::Commit));
        made.await?;
        Ok(storage)
    }

    /// Carries out a query on one snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&ReadTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        blocking(move || query(&database.begin_read().map_err(driver)?)).await
    }

    /// Carries out one write transaction. An error leaves nothing behind.
    ///
    /// redb has one writer at a time, who waits for all before: what is read
    /// here stays true until the commit, and to check and then to act is safe.
    /// A store with several writers locks the user's row first.
    pub(crate) async fn transact<T, E>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<Done<T>, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let database = Arc::clone(&self.database);
        blocking(move || {
            let tx = database.begin_write().map_err(driver)?;
            // A transaction that is dropped is rolled back.
            match work(&tx)? {
                Done::Abort(answer) => Ok(answer),
                Done::Commit(answer) => {
                    // Synced to the disk. Whether a commit that fails took
                    // place is unknown, which is what `Unavailable` says.
                    tx.commit().map_err(driver)?;
                    Ok(answer)
                }
            }
        })
        .await
    }
}

/// Runs on a thread that may wait: for the writer before, and for the disk.
///
/// What has begun there runs to its end, also when the request that asked for
/// it is gone, so a transaction is never cut in two.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panicked| Err(StoreError::unavailable(panicked).into()))
}
