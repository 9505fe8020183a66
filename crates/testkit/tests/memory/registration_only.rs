//! A port of users that has what every store has, and nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use vestibule_domain::app::Storage;
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::kernel::{
    FieldError, GuardError, Page, PageRequest, StoreError, UserId, Write, kinds,
};
use vestibule_domain::users::{
    Account, EmailAddress, MergeSettings, NewUser, Settings, UpdateUser, UserFilter, UserStore,
    Username, VerifyEmail,
};
use vestibule_testkit::unsupported::Unsupported;

/// Registers accounts and answers them by their id; refuses all else.
pub(crate) struct RegistrationOnly(Arc<dyn UserStore>);

impl RegistrationOnly {
    /// In front of the users of a whole store.
    pub(crate) fn of(whole: &Storage) -> Arc<Self> {
        Arc::new(Self(whole.users.clone()))
    }
}

#[async_trait]
impl UserStore for RegistrationOnly {
    async fn register(&self, write: Write<NewUser>) -> Result<(), StoreError> {
        self.0.register(write).await
    }

    async fn account(&self, user: UserId) -> Result<Option<Arc<Account>>, StoreError> {
        self.0.account(user).await
    }

    async fn by_username(&self, username: &Username) -> Result<Option<Arc<Account>>, StoreError> {
        UserStore::by_username(&Unsupported, username).await
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Arc<Account>>, StoreError> {
        UserStore::by_email(&Unsupported, email).await
    }

    async fn update(&self, write: Write<UpdateUser>) -> Result<Arc<Account>, StoreError> {
        Unsupported.update(write).await
    }

    async fn verify_email(
        &self,
        write: Write<VerifyEmail>,
    ) -> Result<Option<Arc<Account>>, StoreError> {
        Unsupported.verify_email(write).await
    }

    async fn settings(&self, user: UserId) -> Result<Option<Settings>, StoreError> {
        Unsupported.settings(user).await
    }

    async fn merge_settings(
        &self,
        write: Write<MergeSettings>,
    ) -> Result<Settings, GuardError<FieldError>> {
        Unsupported.merge_settings(write).await
    }

    async fn avatars_in_use(&self, keys: &[AvatarKey]) -> Result<Vec<AvatarKey>, StoreError> {
        Unsupported.avatars_in_use(keys).await
    }

    async fn list(
        &self,
        filter: UserFilter,
        page: PageRequest<kinds::User>,
    ) -> Result<Page<Arc<Account>>, StoreError> {
        UserStore::list(&Unsupported, filter, page).await
    }
}
