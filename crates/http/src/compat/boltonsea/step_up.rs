//! What a call must show that the published API has no field for.

use vestibule_domain::credentials::Proof;
use vestibule_domain::kernel::Secret;

use crate::api::Api;

/// Where a client may send the current password.
pub(super) const FIELD: &str = "current_password";

/// What the mount asks for, given the password that was sent.
pub(super) fn proof<'a>(api: &Api, current_password: Option<&'a Secret>) -> Proof<'a> {
    api.config.compat.boltonsea.proof(current_password)
}
