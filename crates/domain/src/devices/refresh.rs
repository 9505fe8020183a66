use super::{Device, DeviceError, DeviceToken, Devices, RefreshDevice};
use crate::kernel::{DeviceId, UserId, Write};

impl Devices {
    /// Confirms a device, and stores its new token where there is one. A token
    /// that another device holds moves to this one.
    pub async fn refresh(
        &self,
        user: UserId,
        device: DeviceId,
        token: Option<DeviceToken>,
    ) -> Result<Device, DeviceError> {
        let token = token.map(|token| {
            let digest = self.secrets.digest(token.as_str().as_bytes());
            (token, digest)
        });
        let command = RefreshDevice {
            user,
            device,
            token,
        };
        Ok(self
            .store
            .refresh(Write::new(command, self.clock.now()))
            .await?)
    }
}
