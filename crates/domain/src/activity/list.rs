use super::{Activity, ActivityRecord};
use crate::kernel::{Page, PageRequest, StoreError, UserId, kinds};

impl Activity {
    /// A page of what happened to the user's account, newest first.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Activity>,
    ) -> Result<Page<ActivityRecord>, StoreError> {
        self.store.list(user, page).await
    }
}
