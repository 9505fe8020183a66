use std::sync::Arc;

use super::step_up::incorrect;
use super::{ChangeRightsError, Credentials, Proof, StepUpError};
use crate::activity::Event;
use crate::kernel::{Patch, Secret, Version};
use crate::sessions::Staff;
use crate::users::{Account, OtherId, UpdateError, UpdateUser, UserChanges, by_staff};

/// What staff change about an account's rights.
#[derive(Debug, Clone, Default)]
pub struct ChangeRights {
    /// Whether the user may make API keys.
    pub can_manage_api_environment: Option<bool>,
    /// Whether the user is staff.
    pub is_admin: Option<bool>,
    /// The account's id in another system.
    pub other_id: Patch<OtherId>,
    /// The administrator's own password, as typed.
    pub current_password: Option<Secret>,
}

impl Credentials {
    /// Changes the rights of `account`, as staff.
    ///
    /// Who is staff is changed in an administrator's own session only
    /// (`SessionRequired`), after a step-up. `is_admin` as it is already is no
    /// change, so that what was got can be sent back. A password that is sent
    /// is always checked; a key has none, so none can be right.
    pub async fn change_rights(
        &self,
        staff: &Staff,
        account: &Account,
        change: ChangeRights,
        expected: Option<Version>,
    ) -> Result<Arc<Account>, ChangeRightsError> {
        let is_admin = change.is_admin.filter(|new| *new != account.is_admin);
        let password = change.current_password.as_ref();
        match staff.session() {
            None if is_admin.is_some() => return Err(ChangeRightsError::SessionRequired),
            None if password.is_some() => return Err(StepUpError::Incorrect(incorrect()).into()),
            Some(session) if is_admin.is_some() || password.is_some() => {
                self.step_up(session, Proof::Demanded(password)).await?;
            }
            _ => {}
        }
        let command = UpdateUser {
            user: account.id,
            expected,
            changes: UserChanges {
                can_manage_api_environment: change.can_manage_api_environment,
                is_admin,
                other_id: change.other_id,
                ..UserChanges::default()
            },
            end_sessions: false,
        };
        let event = Event::AccountAdministered;
        let write = by_staff(&*self.ids, self.clock.now(), staff, command, event);
        Ok(self.users.update(write).await.map_err(UpdateError::from)?)
    }
}
