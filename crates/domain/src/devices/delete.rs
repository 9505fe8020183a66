use super::{DeviceError, DeviceRule, Devices, OneDevice};
use crate::kernel::{DeviceId, UserId, Version, Write};

impl Devices {
    /// Forgets a device.
    pub async fn delete(
        &self,
        user: UserId,
        device: DeviceId,
        expected: Option<Version>,
    ) -> Result<(), DeviceError> {
        let command = OneDevice {
            user,
            device,
            expected,
        };
        if self
            .store
            .delete(Write::new(command, self.clock.now()))
            .await?
        {
            Ok(())
        } else {
            Err(DeviceRule::NotFound.into())
        }
    }
}
