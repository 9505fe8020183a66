//! Who serves a data folder: one process holds its lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// The lock on a data folder, held until it is dropped or the process ends,
/// however it ends.
///
/// `serve` holds it. The command line finds it held when a server runs on the
/// same folder; that server notices foreign commits within
/// [`FOREIGN_COMMIT_POLL`](crate::database::FOREIGN_COMMIT_POLL), so a command
/// waits a little longer than that before it reports success.
#[derive(Debug)]
pub struct DataFolderLock {
    _file: File,
}

impl DataFolderLock {
    /// Takes the lock of `folder`; `None` when another process holds it.
    pub fn acquire(folder: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("vestibule.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
