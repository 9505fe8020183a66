//! Pictures: where they are kept, what is made of them, how they are fetched.

mod decoding;
mod fetcher;
mod formats;
mod images;
mod names;
mod objects;

pub use fetcher::{HttpImageFetcher, SourceSettings, SourceSettingsError};
pub use images::{ImageThreads, ImageThreadsError};
pub use objects::{MediaLocation, MediaLocationError, ObjectMedia, S3Settings};
