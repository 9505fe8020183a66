//! Push devices: where a user's push notifications go.
//!
//! A service that wants one feature wires its struct alone:
//!
//! ```
//! use std::sync::Arc;
//!
//! use vestibule_domain::devices::{DeviceError, DeviceToken, Devices, Platform, RegisterDevice};
//! use vestibule_domain::kernel::{Id, StoreError};
//! # use uuid::Uuid;
//! use vestibule_testkit::clock::FixedClock;
//! use vestibule_testkit::doubles::FixedSecrets;
//! use vestibule_testkit::ids::SequentialIds;
//! use vestibule_testkit::memory::MemoryStorage;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let devices = Devices {
//!     store: MemoryStorage::default().storage().devices,
//!     secrets: Arc::new(FixedSecrets::default()),
//!     clock: Arc::new(FixedClock::default()),
//!     ids: Arc::new(SequentialIds::default()),
//!     quota: 5,
//! };
//! let nobody = Id::from_uuid(Uuid::nil());
//! let register = RegisterDevice::new(DeviceToken::parse("fcm:abc123")?, Platform::Android);
//! let refused = devices.register(nobody, register, None).await;
//! assert!(matches!(refused, Err(DeviceError::Store(StoreError::Missing("user")))));
//! # Ok(())
//! # }
//! ```

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
