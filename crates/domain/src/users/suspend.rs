use std::sync::Arc;

use super::administer::by_staff;
use super::{Account, UpdateError, UpdateUser, UserChanges, Users};
use crate::activity::Event;
use crate::kernel::{Patch, UserId};
use crate::sessions::Staff;

impl Users {
    /// Suspends an account: every session of it ends and its keys stop working.
    /// One that is suspended already stays as it is.
    pub async fn suspend(&self, staff: &Staff, user: UserId) -> Result<Arc<Account>, UpdateError> {
        let account = self
            .store
            .account(user)
            .await?
            .ok_or(UpdateError::NotFound)?;
        if account.is_suspended() {
            return Ok(account);
        }
        self.set_suspension(staff, user, true).await
    }

    /// Lifts a suspension. Sessions that it ended stay ended.
    pub async fn unsuspend(
        &self,
        staff: &Staff,
        user: UserId,
    ) -> Result<Arc<Account>, UpdateError> {
        let account = self
            .store
            .account(user)
            .await?
            .ok_or(UpdateError::NotFound)?;
        if !account.is_suspended() {
            return Ok(account);
        }
        self.set_suspension(staff, user, false).await
    }

    async fn set_suspension(
        &self,
        staff: &Staff,
        user: UserId,
        suspended: bool,
    ) -> Result<Arc<Account>, UpdateError> {
        let now = self.clock.now();
        let command = UpdateUser {
            user,
            expected: None,
            changes: UserChanges {
                suspended_at: if suspended {
                    Patch::Set(now)
                } else {
                    Patch::Clear
                },
                ..UserChanges::default()
            },
            end_sessions: suspended,
        };
        let event = if suspended {
            Event::AccountSuspended
        } else {
            Event::AccountUnsuspended
        };
        let write = by_staff(&*self.ids, now, staff, command, event);
        Ok(self.store.update(write).await?)
    }
}
