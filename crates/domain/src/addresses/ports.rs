use async_trait::async_trait;

use super::error::AddressRule;
use super::model::{Address, AddressChanges};
use crate::kernel::{
    AddressId, GuardError, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};

/// Adds an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddAddress {
    /// The address; its `is_primary` is what the user wants.
    pub address: Address,
    /// Most addresses that a user may have.
    pub quota: u32,
}

/// Changes an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeAddress {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub address: AddressId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
    /// What to set.
    pub changes: AddressChanges,
}

/// Removes an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoveAddress {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub address: AddressId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
}

/// Stored postal addresses.
///
/// Each write locks the user's row, loads all addresses of the user, calls the
/// domain's `decide_…` and carries out what it answers, in one transaction. An
/// address whose `is_primary` moves gets a new version and `updated_at` too.
/// At no time has a user two primary addresses.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AddressStore: Send + Sync {
    /// Adds an address as [`super::decide_create`] says; answers it as stored.
    /// `Missing("user")` without account.
    async fn add(
        &self,
        write: Write<AddAddress, Address>,
    ) -> Result<Address, GuardError<AddressRule>>;

    /// A page of the user's addresses, newest first (largest id first).
    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Address>,
    ) -> Result<Page<Address>, StoreError>;

    /// The user's address; `None` for another user's.
    async fn find(&self, user: UserId, address: AddressId) -> Result<Option<Address>, StoreError>;

    /// Changes an address as [`super::decide_update`] says; answers it as
    /// stored. `Conflict` when `expected` is given and is not the stored version.
    async fn change(&self, write: Write<ChangeAddress>)
    -> Result<Address, GuardError<AddressRule>>;

    /// Removes an address as [`super::decide_delete`] says. `Conflict` when
    /// `expected` is given and is not the stored version.
    async fn remove(&self, write: Write<RemoveAddress>) -> Result<(), GuardError<AddressRule>>;
}
