use async_trait::async_trait;
use redb::WriteTransaction;
use serde::{Deserialize, Serialize};
use vestibule_domain::devices::{
    Device, DeviceName, DeviceRule, DeviceStore, DeviceToken, OneDevice, Platform, PutDevice,
    RefreshDevice, RefreshFacts, RegisterFacts, RegisterPlan, Registered, decide_refresh,
    decide_register,
};
use vestibule_domain::kernel::{
    DeviceId, Digest, GuardError, Page, PageRequest, StoreError, Timestamp, UserId, Version, Write,
    kinds,
};

use crate::database::RedbStorage;
use crate::page::page;
use crate::schema::{DEVICE_OF_TOKEN, DEVICES};
use crate::table::{Place, Reads, Stored, Writes as _, digest_key, owned, owned_by};
use crate::users::require_user;

#[async_trait]
impl DeviceStore for RedbStorage {
    async fn register(
        &self,
        write: Write<PutDevice, Registered>,
    ) -> Result<Registered, GuardError<DeviceRule>> {
        self.write(write, |tx, put, at| {
            require_user(tx, put.user)?;
            let holder = holder(tx, put.token_digest)?;
            let facts = RegisterFacts {
                holder: holder.as_ref().map(|stored| stored.device.clone()),
                count: tx.open(&DEVICES)?.count(&owned_by(put.user))?,
                quota: put.quota,
            };
            let plan = decide_register(put.user, &facts).map_err(GuardError::Rule)?;
            let created = matches!(plan, RegisterPlan::Create { .. });
            let stored = match plan {
                RegisterPlan::Confirm(id) => {
                    let mut stored = require_device(tx, put.user, id)?;
                    stored.device.platform = put.platform;
                    if put.name.is_some() {
                        stored.device.name = put.name;
                    }
                    stored.confirm(at);
                    stored
                }
                RegisterPlan::Create { remove } => {
                    if let Some(other) = holder.filter(|other| Some(other.device.id) == remove) {
                        remove_device(tx, &other)?;
                    }
                    StoredDevice::new(put, at)
                }
            };
            put_device(tx, &stored)?;
            let registered = Registered {
                device: stored.device,
                created,
            };
            Ok((registered.clone(), Some(registered)))
        })
        .await
    }

    async fn list(
        &self,
        user: UserId,
        request: PageRequest<kinds::Device>,
    ) -> Result<Page<Device>, StoreError> {
        self.read(move |tx| {
            let (devices, prefix) = (tx.open(&DEVICES)?, owned_by(user));
            let count = devices.count(&prefix)?;
            page(&devices, &prefix, request, count, |stored| {
                Some(stored.device)
            })
        })
        .await
    }

    async fn find(&self, user: UserId, device: DeviceId) -> Result<Option<Device>, StoreError> {
        self.read(move |tx| {
            let stored = tx.get(&DEVICES, &owned(user, device))?;
            Ok(stored.map(|stored| stored.device))
        })
        .await
    }

    async fn deactivate(&self, write: Write<OneDevice>) -> Result<Option<Device>, StoreError> {
        self.write(write, |tx, one, _| {
            let Some(mut stored) = find_expected(tx, &one)? else {
                return Ok((None, None));
            };
            stored.device.is_active = false;
            stored.device.version.0 += 1;
            put_device(tx, &stored)?;
            Ok((Some(stored.device), Some(())))
        })
        .await
    }

    async fn refresh(&self, write: Write<RefreshDevice>) -> Result<Device, GuardError<DeviceRule>> {
        self.write(write, |tx, refresh, at| {
            let RefreshDevice {
                user,
                device,
                token,
            } = refresh;
            let holder = match &token {
                Some((_, digest)) => holder(tx, *digest)?,
                None => None,
            };
            let stored = tx.get(&DEVICES, &owned(user, device))?;
            let facts = RefreshFacts {
                device: stored.map(|stored| stored.device),
                holder: holder.as_ref().map(|stored| stored.device.clone()),
            };
            let remove = decide_refresh(&facts).map_err(GuardError::Rule)?;
            if let Some(other) = holder.filter(|other| Some(other.device.id) == remove) {
                remove_device(tx, &other)?;
            }
            let mut stored = require_device(tx, user, device)?;
            if let Some((token, digest)) = token {
                // The old token leads nowhere from now on.
                remove_device(tx, &stored)?;
                stored.device.token = token;
                stored.token_key = digest_key(digest);
            }
            stored.confirm(at);
            put_device(tx, &stored)?;
            Ok((stored.device, Some(())))
        })
        .await
    }

    async fn delete(&self, write: Write<OneDevice>) -> Result<bool, StoreError> {
        self.write(write, |tx, one, _| {
            let Some(stored) = find_expected(tx, &one)? else {
                return Ok((false, None));
            };
            remove_device(tx, &stored)?;
            Ok((true, Some(())))
        })
        .await
    }
}

/// The device that holds this token, whoever's it is.
fn holder(tx: &impl Reads, token: Digest) -> Result<Option<StoredDevice>, StoreError> {
    match tx.get(&DEVICE_OF_TOKEN, &digest_key(token))? {
        Some(device) => tx.get(&DEVICES, &device),
        None => Ok(None),
    }
}

/// The user's device; `NotFound` without it.
fn require_device(
    tx: &impl Reads,
    user: UserId,
    device: DeviceId,
) -> Result<StoredDevice, GuardError<DeviceRule>> {
    let stored = tx.get(&DEVICES, &owned(user, device))?;
    stored.ok_or(GuardError::Rule(DeviceRule::NotFound))
}

/// The user's device; `Conflict` at another version than expected.
fn find_expected(tx: &impl Reads, one: &OneDevice) -> Result<Option<StoredDevice>, StoreError> {
    let stored = tx.get(&DEVICES, &owned(one.user, one.device))?;
    if let (Some(stored), Some(expected)) = (&stored, one.expected)
        && stored.device.version != expected
    {
        return Err(StoreError::Conflict);
    }
    Ok(stored)
}

/// Stores a device, and by which token it is found.
fn put_device(tx: &WriteTransaction, stored: &StoredDevice) -> Result<(), StoreError> {
    let key = owned(stored.device.user, stored.device.id);
    tx.put(&DEVICE_OF_TOKEN, &stored.token_key, &key)?;
    tx.put(&DEVICES, &key, stored)
}

/// Deletes a device, and by which token it was found.
fn remove_device(tx: &WriteTransaction, stored: &StoredDevice) -> Result<(), StoreError> {
    let key = owned(stored.device.user, stored.device.id);
    tx.remove(&DEVICE_OF_TOKEN, &stored.token_key)?;
    tx.remove(&DEVICES, &key)?;
    Ok(())
}

/// Deletes all devices of a user.
pub(crate) fn remove_devices(tx: &WriteTransaction, user: UserId) -> Result<(), StoreError> {
    let devices = tx.open(&DEVICES)?.starting_with(&owned_by(user))?;
    devices
        .iter()
        .try_for_each(|stored| remove_device(tx, stored))
}

/// A device, and the digest of its token as a key.
pub(crate) struct StoredDevice {
    device: Device,
    token_key: String,
}

impl StoredDevice {
    fn new(put: PutDevice, at: Timestamp) -> Self {
        let PutDevice {
            id,
            user,
            token,
            token_digest,
            platform,
            name,
            quota: _,
        } = put;
        Self {
            token_key: digest_key(token_digest),
            device: Device {
                id,
                user,
                token,
                platform,
                name,
                is_active: true,
                created_at: at,
                last_refreshed_at: at,
                version: Version(1),
            },
        }
    }

    fn confirm(&mut self, at: Timestamp) {
        self.device.is_active = true;
        self.device.last_refreshed_at = at;
        self.device.version.0 += 1;
    }
}

/// The key has the ids of the user and of the device.
#[derive(Serialize, Deserialize)]
pub(crate) struct DeviceRow {
    token: String,
    token_key: String,
    platform: String,
    name: Option<String>,
    is_active: bool,
    created_at: i64,
    last_refreshed_at: i64,
    version: i64,
}

impl Stored for StoredDevice {
    type Row = DeviceRow;

    fn to_row(&self) -> DeviceRow {
        let Self { device, token_key } = self;
        let Device {
            id: _,
            user: _,
            token,
            platform,
            name,
            is_active,
            created_at,
            last_refreshed_at,
            version,
        } = device;
        DeviceRow {
            token: token.as_str().to_owned(),
            token_key: token_key.clone(),
            platform: platform.to_string(),
            name: name.as_ref().map(ToString::to_string),
            is_active: *is_active,
            created_at: created_at.as_micros(),
            last_refreshed_at: last_refreshed_at.as_micros(),
            version: version.0,
        }
    }

    fn from_row(row: DeviceRow, at: Place<'_>) -> Result<Self, StoreError> {
        let DeviceRow {
            token,
            token_key,
            platform,
            name,
            is_active,
            created_at,
            last_refreshed_at,
            version,
        } = row;
        let device = Device {
            id: at.id()?,
            user: at.owner()?,
            token: at.parsed("token", DeviceToken::parse(&token))?,
            platform: at.parsed("platform", Platform::parse(&platform))?,
            name: at.optional("name", name.as_deref(), DeviceName::parse)?,
            is_active,
            created_at: Timestamp::from_micros(created_at),
            last_refreshed_at: Timestamp::from_micros(last_refreshed_at),
            version: Version(version),
        };
        Ok(Self { device, token_key })
    }
}
