//! Where avatars are kept, and how they are made and fetched.

use std::sync::Arc;

use vestibule_domain::avatars::Avatars;
use vestibule_domain::kernel::Secret;
use vestibule_infra::media::{
    HttpImageFetcher, ImageThreads, MediaLocation, ObjectMedia, S3Settings, SourceSettings,
};

use super::{Adapters, at, failed};
use crate::commands::Failure;
use crate::config::{Settings, StorageUrl};

impl Adapters {
    /// The feature of avatars.
    pub(crate) fn avatars(
        &self,
        settings: &Settings,
        public_url: String,
    ) -> Result<Avatars, Failure> {
        let sources = SourceSettings {
            allow_private: settings.avatars.allow_private_sources,
            dns_server: settings.avatars.dns_server,
        };
        let location = location(settings);
        let place = match &location {
            MediaLocation::Folder(folder) => folder.display().to_string(),
            MediaLocation::S3(bucket) => format!("in the bucket {}", bucket.bucket),
        };
        let media = ObjectMedia::open(&location).map_err(at("cannot keep media", place))?;
        Ok(Avatars {
            users: Arc::clone(&self.storage.users),
            media: Arc::new(media),
            images: Arc::new(ImageThreads::start().map_err(failed)?),
            fetcher: Arc::new(HttpImageFetcher::new(sources).map_err(failed)?),
            throttling: self.throttling(settings),
            secrets: Arc::clone(&self.source),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            public_url,
        })
    }
}

fn location(settings: &Settings) -> MediaLocation {
    let avatars = &settings.avatars;
    match &avatars.storage_url {
        None => MediaLocation::Folder(settings.data_dir.join("media")),
        Some(StorageUrl::Folder(folder)) => MediaLocation::Folder(folder.clone()),
        Some(StorageUrl::S3 { bucket, prefix }) => MediaLocation::S3(S3Settings {
            bucket: bucket.clone(),
            prefix: prefix.clone(),
            endpoint: avatars
                .s3_endpoint
                .as_ref()
                .map(|url| url.as_str().to_owned()),
            region: avatars.s3_region.clone(),
            credentials: avatars
                .s3_access_key_id
                .as_ref()
                .zip(avatars.s3_secret_access_key.as_ref())
                .map(|(id, key)| (id.clone(), Secret::new(key.expose()))),
        }),
    }
}
