use std::sync::Arc;

use super::settings::check_free_object;
use super::{
    Account, CustomerStatus, FeatureFlags, OtherId, UpdateError, UpdateUser, UserChanges, Users,
};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{FieldErrors, IdGenerator, Timestamp, UserId, Version, Write};
use crate::sessions::Staff;

impl Users {
    /// Sets what the user pays for, as staff.
    pub async fn set_subscription(
        &self,
        staff: &Staff,
        user: UserId,
        status: CustomerStatus,
        expected: Option<Version>,
    ) -> Result<Arc<Account>, UpdateError> {
        let changes = UserChanges {
            customer_status: Some(status),
            ..UserChanges::default()
        };
        self.administer(staff, user, changes, expected).await
    }

    /// Sets all feature flags of a user, as staff; they have the limits of the
    /// settings (`too_deep`, `too_large`).
    pub async fn set_features(
        &self,
        staff: &Staff,
        user: UserId,
        features: FeatureFlags,
        expected: Option<Version>,
    ) -> Result<Arc<Account>, UpdateError> {
        check_free_object(&features).map_err(FieldErrors::from)?;
        let changes = UserChanges {
            features: Some(features),
            ..UserChanges::default()
        };
        self.administer(staff, user, changes, expected).await
    }

    async fn administer(
        &self,
        staff: &Staff,
        user: UserId,
        changes: UserChanges,
        expected: Option<Version>,
    ) -> Result<Arc<Account>, UpdateError> {
        let command = UpdateUser {
            user,
            expected,
            changes,
            end_sessions: false,
        };
        let event = Event::AccountAdministered;
        let write = by_staff(&*self.ids, self.clock.now(), staff, command, event);
        Ok(self.store.update(write).await?)
    }
}

/// What staff change about an account, with its entry in the security log.
pub(crate) fn by_staff(
    ids: &(dyn IdGenerator + 'static),
    at: Timestamp,
    staff: &Staff,
    command: UpdateUser,
    event: Event,
) -> Write<UpdateUser> {
    let entry = LogEntry {
        id: ids.id(),
        user: command.user,
        event,
        session: None,
        origin: staff.origin().clone(),
        details: told(&command.changes),
    };
    Write::new(command, at).log(entry)
}

/// What the user is told of it. Flags may be many, so that only their being
/// replaced is told.
fn told(changes: &UserChanges) -> Details {
    let mut details = Details::default();
    if let Some(status) = changes.customer_status {
        details = details.and("customer_status", status.as_str());
    }
    if let Some(may) = changes.can_manage_api_environment {
        details = details.and("can_manage_api_environment", may);
    }
    if let Some(is_admin) = changes.is_admin {
        details = details.and("is_admin", is_admin);
    }
    if let Some(other_id) = changes.other_id.as_change() {
        details = details.and("other_id", other_id.map(OtherId::as_str));
    }
    if changes.features.is_some() {
        details = details.and("features", "replaced");
    }
    details
}
