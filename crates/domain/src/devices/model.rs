use super::error::DeviceRule;
use crate::kernel::{DeviceId, Invalid, Timestamp, UserId, Version};

text_type! {
    /// What the user calls the device, 1–100 code points.
    DeviceName, 1..=100, No
}

choice! {
    /// What kind of push service a token belongs to.
    Platform {
        /// Apple push notifications.
        Ios = "ios",
        /// Web push.
        Web = "web",
        /// Firebase on Android.
        Android = "android",
    }
}

/// A push service's token, 1–4096 code points, taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// Reads a token (`required`, `too_long`, `control_character`).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        if raw.is_empty() {
            return Err(Invalid::new("required", "This field may not be blank."));
        }
        if raw.chars().count() > 4096 {
            return Err(Invalid::new("too_long", "Use at most 4096 characters."));
        }
        if raw.chars().any(char::is_control) {
            return Err(Invalid::new(
                "control_character",
                "Control characters are not allowed here.",
            ));
        }
        Ok(Self(raw.to_owned()))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A registered device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose.
    pub user: UserId,
    /// Where its notifications go; no two devices have the same.
    pub token: DeviceToken,
    /// What kind of push service the token belongs to.
    pub platform: Platform,
    /// What the user calls it.
    pub name: Option<DeviceName>,
    /// Whether notifications are sent there.
    pub is_active: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When its token was last confirmed.
    pub last_refreshed_at: Timestamp,
    /// Grows with each change.
    pub version: Version,
}

/// What a registration depends on, read in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterFacts {
    /// The device that holds the token now, whoever's it is.
    pub holder: Option<Device>,
    /// Devices of the user who registers.
    pub count: u64,
    /// Most devices that a user may have.
    pub quota: u32,
}

/// What a registration does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterPlan {
    /// The user has the token already: this device is confirmed and active again.
    Confirm(DeviceId),
    /// A new device.
    Create {
        /// Another user's device that held the token, and goes.
        remove: Option<DeviceId>,
    },
}

/// Decides what a registration by `user` does (`QuotaExceeded`).
pub fn decide_register(user: UserId, facts: &RegisterFacts) -> Result<RegisterPlan, DeviceRule> {
    match &facts.holder {
        Some(device) if device.user == user => Ok(RegisterPlan::Confirm(device.id)),
        _ if facts.count >= u64::from(facts.quota) => {
            Err(DeviceRule::QuotaExceeded { quota: facts.quota })
        }
        holder => Ok(RegisterPlan::Create {
            remove: holder.as_ref().map(|device| device.id),
        }),
    }
}

/// What a refresh depends on, read in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshFacts {
    /// The device to refresh; `None` when the user has no such device.
    pub device: Option<Device>,
    /// The device that holds the new token now, whoever's it is.
    pub holder: Option<Device>,
}

/// Decides a refresh: answers the other device that held the new token, and
/// goes (`NotFound`).
pub fn decide_refresh(facts: &RefreshFacts) -> Result<Option<DeviceId>, DeviceRule> {
    let device = facts.device.as_ref().ok_or(DeviceRule::NotFound)?;
    Ok(facts
        .holder
        .as_ref()
        .map(|holder| holder.id)
        .filter(|holder| *holder != device.id))
}
