use std::sync::Arc;

use super::{Account, UserFilter, Users};
use crate::kernel::{Page, PageRequest, StoreError, UserId, kinds};
use crate::sessions::Staff;

/// Which users staff look for.
pub type ListUsers = UserFilter;

impl Users {
    /// A page of accounts for staff, newest first.
    pub async fn list(
        &self,
        _staff: &Staff,
        filter: ListUsers,
        page: PageRequest<kinds::User>,
    ) -> Result<Page<Arc<Account>>, StoreError> {
        self.store.list(filter, page).await
    }

    /// Anybody's account, for staff.
    pub async fn find_any(
        &self,
        _staff: &Staff,
        user: UserId,
    ) -> Result<Option<Arc<Account>>, StoreError> {
        self.store.account(user).await
    }
}
