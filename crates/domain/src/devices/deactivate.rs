use super::{Device, DeviceError, DeviceRule, Devices, OneDevice};
use crate::kernel::{DeviceId, UserId, Write};

impl Devices {
    /// Stops notifications to a device until it is registered or refreshed again.
    pub async fn deactivate(&self, user: UserId, device: DeviceId) -> Result<Device, DeviceError> {
        let command = OneDevice {
            user,
            device,
            expected: None,
        };
        self.store
            .deactivate(Write::new(command, self.clock.now()))
            .await?
            .ok_or_else(|| DeviceRule::NotFound.into())
    }
}
