use std::sync::Arc;

use super::model::invalid_image;
use super::{AvatarError, AvatarKey, Avatars, ImageError, Part, Upload};
use crate::kernel::{FieldErrors, Invalid, Patch};
use crate::users::Account;

impl Avatars {
    /// Makes a picture the account's avatar. A picture that cannot be used is
    /// an error of the field `file` or `crop`.
    pub async fn upload(
        &self,
        account: &Account,
        upload: Upload,
    ) -> Result<Arc<Account>, AvatarError> {
        self.set(account, upload, |part| {
            let field = match part {
                Part::File => "file",
                Part::Crop => "crop",
            };
            (field, invalid_image())
        })
        .await
    }

    /// The objects are put first: an account never names a picture that is not
    /// there. When the account is not changed then, they belong to nobody, and
    /// the sweep collects them.
    pub(super) async fn set(
        &self,
        account: &Account,
        upload: Upload,
        refused: impl FnOnce(Part) -> (&'static str, Invalid) + Send,
    ) -> Result<Arc<Account>, AvatarError> {
        let key = AvatarKey::of(account.id, &upload, &*self.secrets);
        let rendered = match self.images.render(upload).await {
            Ok(rendered) => rendered,
            Err(ImageError::Refused(part)) => {
                let (field, invalid) = refused(part);
                return Err(FieldErrors::from(invalid.at(field)).into());
            }
            Err(ImageError::Overloaded) => return Err(AvatarError::Overloaded),
            Err(ImageError::Failed(cause)) => return Err(AvatarError::Failed(cause)),
        };
        for image in rendered {
            self.media.put(&key.object(image.size), image.webp).await?;
        }
        self.change(account, Patch::Set(key), None).await
    }
}
