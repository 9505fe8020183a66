use async_trait::async_trait;

use super::error::DeviceRule;
use super::model::{Device, DeviceName, DeviceToken, Platform};
use crate::kernel::{
    DeviceId, Digest, GuardError, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};

/// Registers a token for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutDevice {
    /// Id of the device, if it is made.
    pub id: DeviceId,
    /// For whom.
    pub user: UserId,
    /// The token.
    pub token: DeviceToken,
    /// Digest of the token: what is unique and looked up.
    pub token_digest: Digest,
    /// Its kind of push service.
    pub platform: Platform,
    /// What the user calls the device; a device that exists keeps its name without one.
    pub name: Option<DeviceName>,
    /// Most devices that a user may have.
    pub quota: u32,
}

/// What a registration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The device.
    pub device: Device,
    /// Whether it is new.
    pub created: bool,
}

/// Confirms a device, with a new token or the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshDevice {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub device: DeviceId,
    /// The new token and its digest.
    pub token: Option<(DeviceToken, Digest)>,
}

/// Points at one device of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneDevice {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub device: DeviceId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
}

/// Stored push devices.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DeviceStore: Send + Sync {
    /// In one transaction, with the user's row locked: loads the facts, calls
    /// [`super::decide_register`] and carries out its plan. A confirmed device
    /// gets the platform, the name where one is given, becomes active, is
    /// refreshed at the write's time, and its version grows by one.
    /// `Missing("user")` without account.
    async fn register(
        &self,
        write: Write<PutDevice, Registered>,
    ) -> Result<Registered, GuardError<DeviceRule>>;

    /// A page of the user's devices, newest first (largest id first).
    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Device>,
    ) -> Result<Page<Device>, StoreError>;

    /// The user's device; `None` for another user's.
    async fn find(&self, user: UserId, device: DeviceId) -> Result<Option<Device>, StoreError>;

    /// Makes the device inactive; `None` for another user's. `Conflict` when
    /// `expected` is given and is not the stored version.
    async fn deactivate(&self, write: Write<OneDevice>) -> Result<Option<Device>, StoreError>;

    /// In one transaction, with the user's row locked: loads the facts, calls
    /// [`super::decide_refresh`], deletes the device that it names, stores the
    /// new token where there is one, makes the device active, sets
    /// `last_refreshed_at`, and grows the version by one.
    async fn refresh(&self, write: Write<RefreshDevice>) -> Result<Device, GuardError<DeviceRule>>;

    /// Deletes the device; answers whether the user had it. `Conflict` when
    /// `expected` is given and is not the stored version.
    async fn delete(&self, write: Write<OneDevice>) -> Result<bool, StoreError>;
}
