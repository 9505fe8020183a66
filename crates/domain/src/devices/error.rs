use thiserror::Error;

use crate::kernel::{GuardError, StoreError};

/// The rules of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DeviceRule {
    /// The user has as many devices as allowed.
    #[error("at most {quota} devices are allowed")]
    QuotaExceeded {
        /// Most devices that a user may have.
        quota: u32,
    },
    /// The user has no such device.
    #[error("there is no such device")]
    NotFound,
}

/// Why a device call was refused.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] DeviceRule),
    /// The device changed since the caller read it.
    #[error("the device has changed meanwhile")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for DeviceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}

impl From<GuardError<DeviceRule>> for DeviceError {
    fn from(error: GuardError<DeviceRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}
