//! Push devices: where a user's push notifications go.

mod deactivate;
mod delete;
mod error;
mod list;
mod model;
mod ports;
mod refresh;
mod register;

use std::sync::Arc;

pub use error::{DeviceError, DeviceRule};
pub use model::{
    Device, DeviceName, DeviceToken, Platform, RefreshFacts, RegisterFacts, RegisterPlan,
    decide_refresh, decide_register,
};
pub use ports::*;
pub use register::RegisterDevice;

use crate::kernel::{Clock, IdGenerator, SecretSource};

/// Use cases on push devices.
#[derive(Clone)]
pub struct Devices {
    /// The stored devices.
    pub store: Arc<dyn DeviceStore>,
    /// Fingerprints device tokens.
    pub secrets: Arc<dyn SecretSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Most devices that a user may have.
    pub quota: u32,
}
