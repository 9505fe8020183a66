use std::sync::Arc;

use super::model::invalid_image;
use super::{AvatarError, AvatarKey, Avatars, ImageError, Part, Upload};
use crate::kernel::{FieldError, FieldErrors, Patch};
use crate::throttling::{Limit, Throttle};
use crate::users::Account;

impl Avatars {
    /// Makes a picture the account's avatar. A picture that cannot be used is
    /// an error of the field `file` or `crop`.
    pub async fn upload(
        &self,
        account: &Account,
        upload: Upload,
    ) -> Result<Arc<Account>, AvatarError> {
        self.set(account, upload, None, invalid_part).await
    }

    /// The same, so often as `limit` admits, for a door whose published API
    /// says how often; `Throttled` beyond it. Pictures that became the avatar
    /// through this call count, and nothing else does; nobody switches it off.
    pub async fn upload_within(
        &self,
        account: &Account,
        upload: Upload,
        limit: Limit,
    ) -> Result<Arc<Account>, AvatarError> {
        let key = self.throttling.pictures(account.id);
        // Of no use beyond the limit: nothing is decoded then.
        let asked = vec![Throttle::Ask { key, limit }];
        self.throttling.apply(asked).await?;
        let counted = Throttle::Count { key, limit };
        self.set(account, upload, Some(counted), invalid_part).await
    }

    /// The objects are put first: an account never names a picture that is not
    /// there. When the account is not changed then, they belong to nobody, and
    /// the sweep collects them.
    pub(super) async fn set(
        &self,
        account: &Account,
        upload: Upload,
        counted: Option<Throttle>,
        refused: impl Fn(Part) -> FieldError + Send,
    ) -> Result<Arc<Account>, AvatarError> {
        let key = AvatarKey::of(account.id, &upload, &*self.secrets);
        let rendered = match self.images.render(upload).await {
            Ok(rendered) => rendered,
            Err(ImageError::Refused(parts)) => {
                let errors = parts.into_iter().map(refused).collect();
                FieldErrors::check(errors)?;
                return Err(AvatarError::Failed("no part was refused".into()));
            }
            Err(ImageError::Overloaded) => return Err(AvatarError::Overloaded),
            Err(ImageError::Failed(cause)) => return Err(AvatarError::Failed(cause)),
        };
        for image in rendered {
            self.media.put(&key.object(image.size), image.webp).await?;
        }
        self.change(account, Patch::Set(key), None, counted).await
    }
}

fn invalid_part(part: Part) -> FieldError {
    invalid_image().at(match part {
        Part::File => "file",
        Part::Crop => "crop",
    })
}
