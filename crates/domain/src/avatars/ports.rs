use async_trait::async_trait;
use thiserror::Error;

use super::model::{ImageUrl, Part, Rendered, Upload};
use crate::kernel::{BoxError, Timestamp};

/// Objects under names: paths with slashes, of ASCII letters, digits, `_`, `-`
/// and `.`.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// Stores an object in place of what is under the name. MUST answer `Ok`
    /// only when it is durable, and never show half of it.
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), MediaError>;

    /// The object; `None` when there is none.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, MediaError>;

    /// Erases the object; none is no error.
    async fn delete(&self, name: &str) -> Result<(), MediaError>;

    /// Begins to list what is below a folder, in no order. What is put or
    /// deleted meanwhile may be listed or not.
    async fn list(&self, folder: &str) -> Result<Box<dyn MediaListing>, MediaError>;
}

/// A listing that goes on.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait MediaListing: Send {
    /// Up to `limit` further objects; none at the end.
    async fn next(&mut self, limit: usize) -> Result<Vec<MediaObject>, MediaError>;
}

/// A stored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaObject {
    /// Its name.
    pub name: String,
    /// When it was put, by the clock of the store.
    pub modified: Timestamp,
}

/// The media store failed, or cannot be reached.
#[derive(Debug, Error)]
#[error("the media store failed")]
pub struct MediaError(#[source] pub BoxError);

/// Makes of pictures what is kept of them.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ImageProcessor: Send + Sync {
    /// Makes the squares of [`AvatarSize::SQUARES`](super::AvatarSize::SQUARES),
    /// of the crop where there is one, else of the middle of the picture; with
    /// a crop also the whole picture
    /// ([`AvatarSize::Full`](super::AvatarSize::Full)). All are upright (the
    /// orientation of EXIF is applied), WebP, and without any metadata.
    ///
    /// MUST refuse, and name, whatever is not a whole PNG, JPEG, WebP or GIF (first
    /// picture) within [`MAX_SIDE`](super::MAX_SIDE) and
    /// [`MAX_PIXELS`](super::MAX_PIXELS), judged by the header before anything
    /// is decoded, and MUST NOT use more than
    /// [`MAX_DECODED_BYTES`](super::MAX_DECODED_BYTES) to decode it.
    async fn render(&self, upload: Upload) -> Result<Vec<Rendered>, ImageError>;
}

/// Why nothing was made of an upload.
#[derive(Debug, Error)]
pub enum ImageError {
    /// These of the upload, at least one, are no pictures that can be used.
    #[error("the image cannot be used")]
    Refused(Vec<Part>),
    /// Too many pictures wait.
    #[error("too many images wait to be decoded")]
    Overloaded,
    /// A fault of the processor.
    #[error("the image could not be processed")]
    Failed(#[source] BoxError),
}

/// Fetches pictures from elsewhere.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ImageFetcher: Send + Sync {
    /// What is at the address: at most
    /// [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES), within 10 s in all.
    ///
    /// MUST connect to public addresses only, over http or https on their
    /// usual ports, also where a redirect leads (at most three), and to the
    /// very address that it found to be public.
    async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, FetchError>;
}

/// Nothing was fetched; the cause is for the log only.
#[derive(Debug, Error)]
#[error("the image was not fetched")]
pub struct FetchError(#[source] pub BoxError);
