use super::{DeviceError, DeviceName, DeviceToken, Devices, Platform, PutDevice, Registered};
use crate::kernel::{Once, UserId, Write};

/// A device that wants push notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterDevice {
    /// Its token.
    pub token: DeviceToken,
    /// Its kind of push service.
    pub platform: Platform,
    /// What the user calls it.
    pub name: Option<DeviceName>,
}

impl RegisterDevice {
    /// A device without a name.
    pub const fn new(token: DeviceToken, platform: Platform) -> Self {
        Self {
            token,
            platform,
            name: None,
        }
    }
}

impl Devices {
    /// Registers a device. A token that the user has already keeps its device;
    /// one that another user holds moves to this user as a new device.
    pub async fn register(
        &self,
        user: UserId,
        register: RegisterDevice,
        once: Option<Once<Registered>>,
    ) -> Result<Registered, DeviceError> {
        let command = PutDevice {
            id: self.ids.id(),
            user,
            token_digest: self.secrets.digest(register.token.as_str().as_bytes()),
            token: register.token,
            platform: register.platform,
            name: register.name,
            quota: self.quota,
        };
        let write = Write::new(command, self.clock.now()).once(once);
        Ok(self.store.register(write).await?)
    }
}
