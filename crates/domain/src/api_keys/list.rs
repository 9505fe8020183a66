use super::{ApiKey, ApiKeys, KeyManager};
use crate::kernel::{ApiKeyId, Page, PageRequest, StoreError, kinds};

impl ApiKeys {
    /// A page of the manager's keys, newest first.
    pub async fn list(
        &self,
        manager: &KeyManager,
        page: PageRequest<kinds::ApiKey>,
    ) -> Result<Page<ApiKey>, StoreError> {
        self.store.list(Some(manager.id()), page).await
    }

    /// A page of all keys, newest first, for operators on the command line.
    pub async fn list_all(
        &self,
        page: PageRequest<kinds::ApiKey>,
    ) -> Result<Page<ApiKey>, StoreError> {
        self.store.list(None, page).await
    }

    /// One of the manager's keys.
    pub async fn find(
        &self,
        manager: &KeyManager,
        key: ApiKeyId,
    ) -> Result<Option<ApiKey>, StoreError> {
        let found = self.store.find(key).await?;
        Ok(found.filter(|key| key.owner == Some(manager.id())))
    }
}
