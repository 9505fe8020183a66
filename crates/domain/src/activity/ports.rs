use async_trait::async_trait;

use super::model::ActivityRecord;
use crate::kernel::{Page, PageRequest, StoreError, UserId, kinds};

/// The stored security log. Entries are written with the commands that they
/// tell of, as part of their envelope ([`crate::kernel::Write::log`]).
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ActivityStore: Send + Sync {
    /// A page of the entries that concern this user, newest first (largest id
    /// first). Empty without account.
    ///
    /// An entry outlives the session that it names: it MUST be answered with
    /// the session's id after that session has ended.
    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Activity>,
    ) -> Result<Page<ActivityRecord>, StoreError>;
}
