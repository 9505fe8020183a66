use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use vestibule_domain::avatars::{
    AvatarSize, FetchError, ImageError, ImageFetcher, ImageProcessor, ImageUrl, MediaError,
    MediaListing, MediaObject, MediaStore, Part, Rendered, Upload,
};
use vestibule_domain::kernel::{BoxError, Clock, Timestamp};

use crate::clock::FixedClock;

/// Keeps objects in memory, with the time of a clock that a test holds.
#[derive(Debug)]
pub struct MemoryMedia {
    objects: Mutex<BTreeMap<String, (Vec<u8>, Timestamp)>>,
    clock: Arc<FixedClock>,
}

impl MemoryMedia {
    /// An empty store.
    pub fn new(clock: Arc<FixedClock>) -> Self {
        Self {
            objects: Mutex::default(),
            clock,
        }
    }

    /// The names of all objects, sorted.
    pub fn names(&self) -> Vec<String> {
        self.objects().keys().cloned().collect()
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, (Vec<u8>, Timestamp)>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl MediaStore for MemoryMedia {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), MediaError> {
        let now = self.clock.now();
        self.objects().insert(name.to_owned(), (bytes, now));
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, MediaError> {
        Ok(self.objects().get(name).map(|(bytes, _)| bytes.clone()))
    }

    async fn delete(&self, name: &str) -> Result<(), MediaError> {
        self.objects().remove(name);
        Ok(())
    }

    async fn list(&self, folder: &str) -> Result<Box<dyn MediaListing>, MediaError> {
        let prefix = format!("{folder}/");
        let objects = self.objects();
        let listed = objects
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix))
            .map(|(name, (_, modified))| MediaObject {
                name: name.clone(),
                modified: *modified,
            });
        Ok(Box::new(Listed(listed.collect())))
    }
}

struct Listed(Vec<MediaObject>);

#[async_trait]
impl MediaListing for Listed {
    async fn next(&mut self, limit: usize) -> Result<Vec<MediaObject>, MediaError> {
        let count = limit.min(self.0.len());
        Ok(self.0.drain(..count).collect())
    }
}

/// Takes for a picture what begins with `image` or as PNG does, and "encodes"
/// it by saying what it was made of: `1024 of image …`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SimpleImages;

#[async_trait]
impl ImageProcessor for SimpleImages {
    async fn render(&self, upload: Upload) -> Result<Vec<Rendered>, ImageError> {
        let Upload { file, crop } = upload;
        let pictures = [(Part::File, Some(&file)), (Part::Crop, crop.as_ref())];
        let refused = pictures
            .into_iter()
            .filter(|(_, picture)| picture.is_some_and(|picture| !is_picture(picture)));
        let refused: Vec<_> = refused.map(|(part, _)| part).collect();
        if !refused.is_empty() {
            return Err(ImageError::Refused(refused));
        }
        let made = |size: AvatarSize, picture: &[u8]| Rendered {
            size,
            webp: [size.as_str().as_bytes(), b" of ", picture].concat(),
        };
        let shown = crop.as_ref().unwrap_or(&file);
        let squares = AvatarSize::SQUARES.map(|(size, _)| made(size, shown));
        let whole = crop.is_some().then(|| made(AvatarSize::Full, &file));
        Ok(squares.into_iter().chain(whole).collect())
    }
}

fn is_picture(bytes: &[u8]) -> bool {
    [&b"image"[..], b"\x89PNG\r\n\x1a\n"]
        .iter()
        .any(|start| bytes.starts_with(start))
}

/// Finds what a test has put at an address, and nothing elsewhere.
#[derive(Debug, Default)]
pub struct FixedPages(Mutex<HashMap<String, Vec<u8>>>);

impl FixedPages {
    /// Puts something at an address.
    pub fn put(&self, url: &str, bytes: &[u8]) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.insert(url.to_owned(), bytes.to_vec());
    }
}

#[async_trait]
impl ImageFetcher for FixedPages {
    async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, FetchError> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.get(url.as_str()).cloned();
        page.ok_or_else(|| FetchError(BoxError::from("there is nothing")))
    }
}
