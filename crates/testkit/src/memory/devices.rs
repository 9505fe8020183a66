use async_trait::async_trait;
use vestibule_domain::devices::{
    Device, DeviceRule, DeviceStore, OneDevice, PutDevice, RefreshDevice, RefreshFacts,
    RegisterFacts, RegisterPlan, Registered, decide_refresh, decide_register,
};
use vestibule_domain::kernel::{
    DeviceId, Digest, GuardError, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};

use super::MemoryStorage;
use super::page::page;
use super::state::{DeviceRow, State};

#[async_trait]
impl DeviceStore for MemoryStorage {
    async fn register(
        &self,
        write: Write<PutDevice, Registered>,
    ) -> Result<Registered, GuardError<DeviceRule>> {
        self.write(write, |state, put, at| {
            state.require_user(put.user)?;
            let owned = state
                .devices
                .values()
                .filter(|row| row.device.user == put.user);
            let facts = RegisterFacts {
                count: owned.count() as u64,
                holder: holder(state, put.token_digest),
                quota: put.quota,
            };
            let registered = match decide_register(put.user, &facts).map_err(GuardError::Rule)? {
                RegisterPlan::Confirm(id) => {
                    let device = &mut owned_mut(state, put.user, id)?.device;
                    device.platform = put.platform;
                    if put.name.is_some() {
                        device.name = put.name;
                    }
                    device.is_active = true;
                    device.last_refreshed_at = at;
                    device.version.0 += 1;
                    Registered {
                        device: device.clone(),
                        created: false,
                    }
                }
                RegisterPlan::Create { remove } => {
                    if let Some(remove) = remove {
                        state.devices.remove(&remove);
                    }
                    let device = Device {
                        id: put.id,
                        user: put.user,
                        token: put.token,
                        platform: put.platform,
                        name: put.name,
                        is_active: true,
                        created_at: at,
                        last_refreshed_at: at,
                        version: Version(1),
                    };
                    let row = DeviceRow {
                        device: device.clone(),
                        token: put.token_digest,
                    };
                    state.devices.insert(put.id, row);
                    Registered {
                        device,
                        created: true,
                    }
                }
            };
            Ok((registered.clone(), Some(registered)))
        })
    }

    async fn list(
        &self,
        user: UserId,
        request: PageRequest<kinds::Device>,
    ) -> Result<Page<Device>, StoreError> {
        self.read(|state| {
            let rows = state.devices.iter();
            let owned = rows.filter(|(_, row)| row.device.user == user);
            page(owned.map(|(id, row)| (*id, row.device.clone())), request)
        })
    }

    async fn find(&self, user: UserId, device: DeviceId) -> Result<Option<Device>, StoreError> {
        self.read(|state| owned(state, user, device))
    }

    async fn deactivate(&self, write: Write<OneDevice>) -> Result<Option<Device>, StoreError> {
        self.write(write, |state, one, _| {
            if !is_owned(state, &one)? {
                return Ok((None, None));
            }
            let device = state.devices.get_mut(&one.device).map(|row| {
                row.device.is_active = false;
                row.device.version.0 += 1;
                row.device.clone()
            });
            Ok((device, Some(())))
        })
    }

    async fn refresh(&self, write: Write<RefreshDevice>) -> Result<Device, GuardError<DeviceRule>> {
        self.write(write, |state, refresh, at| {
            let facts = RefreshFacts {
                device: owned(state, refresh.user, refresh.device),
                holder: refresh
                    .token
                    .as_ref()
                    .and_then(|(_, digest)| holder(state, *digest)),
            };
            if let Some(other) = decide_refresh(&facts).map_err(GuardError::Rule)? {
                state.devices.remove(&other);
            }
            let row = owned_mut(state, refresh.user, refresh.device)?;
            if let Some((token, digest)) = refresh.token {
                row.device.token = token;
                row.token = digest;
            }
            row.device.is_active = true;
            row.device.last_refreshed_at = at;
            row.device.version.0 += 1;
            Ok((row.device.clone(), Some(())))
        })
    }

    async fn delete(&self, write: Write<OneDevice>) -> Result<bool, StoreError> {
        self.write(write, |state, one, _| {
            let deleted = is_owned(state, &one)?;
            if deleted {
                state.devices.remove(&one.device);
            }
            Ok((deleted, deleted.then_some(())))
        })
    }
}

fn holder(state: &State, token: Digest) -> Option<Device> {
    state
        .devices
        .values()
        .find(|row| row.token == token)
        .map(|row| row.device.clone())
}

fn owned(state: &State, user: UserId, device: DeviceId) -> Option<Device> {
    state
        .devices
        .get(&device)
        .map(|row| &row.device)
        .filter(|device| device.user == user)
        .cloned()
}

fn owned_mut(
    state: &mut State,
    user: UserId,
    device: DeviceId,
) -> Result<&mut DeviceRow, GuardError<DeviceRule>> {
    state
        .devices
        .get_mut(&device)
        .filter(|row| row.device.user == user)
        .ok_or(GuardError::Rule(DeviceRule::NotFound))
}

/// Whether the user has the device; `Conflict` at another version than expected.
fn is_owned(state: &State, one: &OneDevice) -> Result<bool, StoreError> {
    match owned(state, one.user, one.device) {
        None => Ok(false),
        Some(device)
            if one
                .expected
                .is_none_or(|expected| expected == device.version) =>
        {
            Ok(true)
        }
        Some(_) => Err(StoreError::Conflict),
    }
}
