use std::sync::Arc;

use super::model::invalid_source;
use super::{AvatarError, Avatars, ImageUrl, Upload};
use crate::kernel::FieldErrors;
use crate::users::Account;

impl Avatars {
    /// Makes the picture at an address the account's avatar. Whatever is wrong
    /// with the address or with what is there is one and the same error of the
    /// field `url`.
    pub async fn from_url(
        &self,
        account: &Account,
        url: &ImageUrl,
    ) -> Result<Arc<Account>, AvatarError> {
        let refused = || invalid_source().at("url");
        let Ok(file) = self.fetcher.fetch(url).await else {
            return Err(FieldErrors::from(refused()).into());
        };
        let upload = Upload { file, crop: None };
        self.set(account, upload, None, |_| refused()).await
    }
}
