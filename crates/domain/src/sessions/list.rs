use std::sync::Arc;

use super::{Session, Sessions};
use crate::kernel::{Page, PageRequest, SessionId, StoreError, UserId, kinds};

impl Sessions {
    /// A page of the sessions in which the user is signed in, newest first.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Session>,
    ) -> Result<Page<Session>, StoreError> {
        let live = self.policy.live_at(self.clock.now());
        self.store.list(user, Some(live), page).await
    }

    /// One of these sessions; `None` for one that is over, or another user's.
    pub async fn find(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<Arc<Session>>, StoreError> {
        let found = self.store.signed_in(session, user).await?;
        let now = self.clock.now();
        Ok(found
            .filter(|signed_in| signed_in.is_live(now, &self.policy))
            .map(|signed_in| signed_in.session))
    }
}
