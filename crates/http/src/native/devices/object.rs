//! The device object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::devices::{Device, DeviceName};
use vestibule_domain::kernel::{DeviceId, Timestamp};

/// A push device.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(crate) struct DeviceObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "dev_01jabcdefghjkmnpqrstvwxyz0")]
    uid: DeviceId,
    /// Where its notifications go.
    token: &'a str,
    /// What kind of push service the token belongs to.
    #[schema(pattern = "^(ios|web|android)$")]
    platform: &'a str,
    /// What the user calls it, or null.
    #[schema(required)]
    name: Option<&'a str>,
    /// Whether notifications are sent there.
    is_active: bool,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its token was last confirmed.
    #[schema(value_type = String, format = DateTime)]
    last_refreshed_at: Timestamp,
}

impl<'a> From<&'a Device> for DeviceObject<'a> {
    fn from(device: &'a Device) -> Self {
        Self {
            uid: device.id,
            token: device.token.as_str(),
            platform: device.platform.as_str(),
            name: device.name.as_ref().map(DeviceName::as_str),
            is_active: device.is_active,
            created_at: device.created_at,
            last_refreshed_at: device.last_refreshed_at,
        }
    }
}
