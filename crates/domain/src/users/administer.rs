use std::sync::Arc;

use super::settings::check_free_object;
use super::{
    Account, AdministerError, CustomerStatus, FeatureFlags, OtherId, UpdateUser, UserChanges, Users,
};
use crate::activity::{Event, LogEntry};
use crate::kernel::{FieldErrors, Patch, UserId, Version, Write};
use crate::sessions::Staff;

/// What staff change about an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdministerUser {
    /// Whether the user may make API keys.
    pub can_manage_api_environment: Option<bool>,
    /// Whether the user is staff.
    pub is_admin: Option<bool>,
    /// The account's id in another system.
    pub other_id: Patch<OtherId>,
    /// What the user pays for.
    pub customer_status: Option<CustomerStatus>,
    /// All feature flags.
    pub features: Option<FeatureFlags>,
}

impl Users {
    /// Changes rights, subscription or features of an account, as staff.
    ///
    /// Who is staff is changed by staff in a session only (`SessionRequired`).
    /// The features have the limits of the settings (`too_deep`, `too_large`).
    pub async fn administer(
        &self,
        staff: &Staff,
        user: UserId,
        change: AdministerUser,
        expected: Option<Version>,
    ) -> Result<Arc<Account>, AdministerError> {
        if change.is_admin.is_some() && !staff.is_session() {
            return Err(AdministerError::SessionRequired);
        }
        if let Some(features) = &change.features {
            check_free_object(features)
                .map_err(|field| super::UpdateError::from(FieldErrors::from(field)))?;
        }
        let changes = UserChanges {
            can_manage_api_environment: change.can_manage_api_environment,
            is_admin: change.is_admin,
            other_id: change.other_id,
            customer_status: change.customer_status,
            features: change.features,
            ..UserChanges::default()
        };
        let command = UpdateUser {
            user,
            expected,
            changes,
            end_sessions: false,
        };
        let entry = LogEntry {
            id: self.ids.id(),
            user,
            event: Event::AccountAdministered,
            session: None,
            origin: staff.origin().clone(),
        };
        let write = Write::new(command, self.clock.now()).log(entry);
        Ok(self
            .store
            .update(write)
            .await
            .map_err(super::UpdateError::from)?)
    }
}
