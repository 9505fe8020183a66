use std::sync::Arc;

use super::{Account, EmailAddress, Users};
use crate::kernel::{StoreError, UserId};

impl Users {
    /// These accounts, in the order asked for; unknown ones are left out.
    pub async fn look_up(&self, users: &[UserId]) -> Result<Vec<Arc<Account>>, StoreError> {
        let mut found = Vec::with_capacity(users.len());
        for user in users {
            found.extend(self.store.account(*user).await?);
        }
        Ok(found)
    }

    /// The account with this address, ignoring case.
    pub async fn by_email(&self, email: &EmailAddress) -> Result<Option<Arc<Account>>, StoreError> {
        self.store.by_email(email).await
    }
}
