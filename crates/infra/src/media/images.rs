//! The threads that make avatars.

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;
use vestibule_domain::avatars::{ImageError, ImageProcessor, Part, Rendered, Upload};

use super::decoding::{DecodeError, render};
use crate::nice_pool::{NicePool, PoolError, PoolSettings, Priority};

/// Images that are decoded at once (SECURITY.md).
const PERMITS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);
/// A photo of 12 megapixels on a core that has other things to do.
const ESTIMATE: Duration = Duration::from_millis(500);
/// Nobody waits longer for the first of the threads.
const PATIENCE: Duration = Duration::from_secs(8);
/// Each holds up to 5 MiB.
const MOST_WAITING: usize = 32;

/// Why no images can be made.
#[derive(Debug, Error)]
#[error("the image threads cannot be started: {0}")]
pub struct ImageThreadsError(#[source] io::Error);

/// The domain's `ImageProcessor`, on two threads of low priority.
#[derive(Debug)]
pub struct ImageThreads {
    pool: NicePool,
}

impl ImageThreads {
    /// Starts the threads.
    pub fn start() -> Result<Self, ImageThreadsError> {
        let pool = NicePool::new(PoolSettings {
            name: "image",
            permits: PERMITS,
            estimate: ESTIMATE,
            patience: PATIENCE,
            most_waiting: MOST_WAITING,
        });
        Ok(Self {
            pool: pool.map_err(ImageThreadsError)?,
        })
    }
}

#[async_trait]
impl ImageProcessor for ImageThreads {
    async fn render(&self, upload: Upload) -> Result<Vec<Rendered>, ImageError> {
        let work = move || render(&upload);
        match self.pool.run(Priority::Interactive, work).await {
            Ok(Ok(rendered)) => Ok(rendered),
            Ok(Err(DecodeError::Refused(parts))) => Err(ImageError::Refused(parts)),
            Ok(Err(DecodeError::Encoder(error))) => {
                Err(ImageError::Failed(format!("libwebp: {error:?}").into()))
            }
            Err(PoolError::Overloaded) => Err(ImageError::Overloaded),
            // What makes a decoder panic is no picture.
            Err(PoolError::Panicked) => {
                tracing::warn!("a decoder panicked");
                Err(ImageError::Refused(vec![Part::File]))
            }
        }
    }
}
