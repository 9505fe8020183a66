use async_trait::async_trait;

use super::error::DeletionRule;
use crate::kernel::{GuardError, StoreError, UserId, Write};

/// Takes an account out of sight; its erasure follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HideAccount {
    /// Whose.
    pub user: UserId,
}

/// Erases accounts, a little at a time: a deletion that took thousands of rows
/// along would hold up everybody's writes.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ErasureStore: Send + Sync {
    /// In one transaction, with the user's row locked: loads the facts, calls
    /// [`super::decide_deletion`] and carries out its plan; then the account
    /// is absent for every method of every port, its sessions, keys and
    /// single-use tokens are dead, its username, e-mail address and other
    /// unique values are free, nothing that it says about the user is left in
    /// its own row, and it is one of those that are [`Self::pending`]. It is a
    /// member of nothing; a company that it owned passes to an owner of one of
    /// the company's organizations, if one is left; invitations to its address
    /// are deleted, and those that it sent are at the latest with its erasure.
    ///
    /// MUST answer `Missing("user")` without account. Of the envelope, log
    /// entries of the user and jobs for the user go with the account.
    async fn hide(&self, write: Write<HideAccount>) -> Result<(), GuardError<DeletionRule>>;

    /// Up to `limit` accounts that are hidden and not yet forgotten, those
    /// that were hidden first before others.
    async fn pending(&self, limit: u32) -> Result<Vec<UserId>, StoreError>;

    /// Deletes up to `limit` rows that belong to a hidden account; answers
    /// whether there may be more. `false`, and nothing is done, for any other
    /// account. May be called again, and from several places at once.
    async fn erase(&self, user: UserId, limit: u32) -> Result<bool, StoreError>;

    /// Removes the last trace of a hidden account, of which nothing is left
    /// but that it was there. Nothing is done for any other account.
    async fn forget(&self, user: UserId) -> Result<(), StoreError>;

    /// Makes sure that what was deleted is left in no journal of the store.
    async fn purge_journal(&self) -> Result<(), StoreError>;
}
