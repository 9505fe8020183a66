//! The signed-in user: profile, password, eligibility, settings.

pub(super) mod get_me;
pub(super) mod get_settings;
pub(super) mod listing_eligibility;
pub(super) mod password;
pub(super) mod patch_me;
pub(super) mod patch_settings;
