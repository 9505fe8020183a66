use async_trait::async_trait;
use vestibule_domain::activity::{ActivityRecord, ActivityStore};
use vestibule_domain::kernel::{Page, PageRequest, StoreError, UserId, kinds};

use super::MemoryStorage;
use super::page::page;

#[async_trait]
impl ActivityStore for MemoryStorage {
    async fn list(
        &self,
        user: UserId,
        request: PageRequest<kinds::Activity>,
    ) -> Result<Page<ActivityRecord>, StoreError> {
        self.read(|state| {
            let own = state.log.iter().filter(|record| record.entry.user == user);
            let mut rows: Vec<_> = own
                .map(|record| (record.entry.id, record.clone()))
                .collect();
            rows.sort_by_key(|(id, _)| *id);
            page(rows.into_iter(), request)
        })
    }
}
