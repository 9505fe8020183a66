//! Objects in a folder, or in a bucket that speaks the protocol of S3.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    BackoffConfig, ClientOptions, Error, ObjectMeta, ObjectStore, ObjectStoreExt as _, RetryConfig,
};
use thiserror::Error as ThisError;
use vestibule_domain::avatars::{MediaError, MediaListing, MediaObject, MediaStore};
use vestibule_domain::kernel::{Secret, Timestamp};

/// A request to a bucket is over after this time …
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// … and is repeated while it is younger than this.
const RETRY_TIMEOUT: Duration = Duration::from_secs(8);
const MOST_RETRIES: usize = 2;

/// Where objects are kept.
#[derive(Debug, Clone)]
pub enum MediaLocation {
    /// A folder, made with mode 0700 where there is none.
    Folder(PathBuf),
    /// A bucket.
    S3(S3Settings),
}

/// A bucket that speaks the protocol of S3.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// Its name.
    pub bucket: String,
    /// What the names of all objects in it start with; may be empty.
    pub prefix: String,
    /// Where the server is; `None` for the one of Amazon in the region.
    pub endpoint: Option<String>,
    /// The region; `None` for that of the environment, else `us-east-1`.
    pub region: Option<String>,
    /// Key id and key; `None` for what the environment, or the machine, has.
    pub credentials: Option<(String, Secret)>,
}

/// Why objects cannot be kept there.
#[derive(Debug, ThisError)]
#[error("{0}")]
pub struct MediaLocationError(String);

/// The domain's `MediaStore` on an object store.
#[derive(Debug)]
pub struct ObjectMedia {
    store: Arc<dyn ObjectStore>,
}

impl ObjectMedia {
    /// Opens the location; looks for nothing there yet.
    pub fn open(location: &MediaLocation) -> Result<Self, MediaLocationError> {
        let store: Arc<dyn ObjectStore> = match location {
            MediaLocation::Folder(folder) => {
                DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(folder)
                    .map_err(failed)?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(failed)?;
                Arc::new(store.with_fsync(true))
            }
            MediaLocation::S3(settings) => {
                let bucket = bucket(settings).build().map_err(failed)?;
                Arc::new(PrefixStore::new(bucket, settings.prefix.as_str()))
            }
        };
        Ok(Self { store })
    }
}

fn failed(error: impl std::fmt::Display) -> MediaLocationError {
    MediaLocationError(error.to_string())
}

fn bucket(settings: &S3Settings) -> AmazonS3Builder {
    let options = ClientOptions::new()
        .with_connect_timeout(REQUEST_TIMEOUT)
        .with_timeout(REQUEST_TIMEOUT);
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: MOST_RETRIES,
        retry_timeout: RETRY_TIMEOUT,
    };
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(&settings.bucket)
        .with_client_options(options)
        .with_retry(retry);
    if let Some(endpoint) = &settings.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some(region) = &settings.region {
        builder = builder.with_region(region);
    }
    if let Some((id, key)) = &settings.credentials {
        builder = builder
            .with_access_key_id(id)
            .with_secret_access_key(key.expose());
    }
    builder
}

#[async_trait]
impl MediaStore for ObjectMedia {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), MediaError> {
        let put = self.store.put(&Path::from(name), bytes.into()).await;
        put.map(drop).map_err(media_error)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, MediaError> {
        let bytes = match self.store.get(&Path::from(name)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        match bytes {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(media_error(error)),
        }
    }

    async fn delete(&self, name: &str) -> Result<(), MediaError> {
        match self.store.delete(&Path::from(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(media_error(error)),
        }
    }

    async fn list(&self, folder: &str) -> Result<Box<dyn MediaListing>, MediaError> {
        let objects = self.store.list(Some(&Path::from(folder)));
        Ok(Box::new(Listing { objects }))
    }
}

struct Listing {
    objects: BoxStream<'static, Result<ObjectMeta, Error>>,
}

#[async_trait]
impl MediaListing for Listing {
    async fn next(&mut self, limit: usize) -> Result<Vec<MediaObject>, MediaError> {
        let mut objects = Vec::new();
        while objects.len() < limit {
            match self.objects.next().await {
                Some(Ok(found)) => objects.push(MediaObject {
                    name: found.location.to_string(),
                    modified: Timestamp::from_micros(found.last_modified.timestamp_micros()),
                }),
                // It was deleted while it was being listed.
                Some(Err(Error::NotFound { .. })) => {}
                Some(Err(error)) => return Err(media_error(error)),
                None => break,
            }
        }
        Ok(objects)
    }
}

fn media_error(error: Error) -> MediaError {
    MediaError(error.into())
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
