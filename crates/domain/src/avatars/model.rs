use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kernel::{Invalid, SecretSource, UserId, trim};

/// The largest picture that is taken, in bytes: 5 MiB.
pub const MAX_FILE_BYTES: usize = 5 * 1024 * 1024;
/// The longest side of a picture that is decoded, in pixels.
pub const MAX_SIDE: u32 = 4096;
/// The largest picture that is decoded: 16 megapixels.
pub const MAX_PIXELS: u64 = 16_000_000;
/// What a decoder may use, in bytes, the picture among it: 64 MiB.
pub const MAX_DECODED_BYTES: u64 = 64 * 1024 * 1024;
/// The longest animation of which the first picture is taken.
pub const MAX_GIF_FRAMES: usize = 1000;

/// The longest URL that is looked at, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// Names an avatar in URLs and in the object store: 64 hex digits, an HMAC of
/// user and content. So nobody can guess it, the same picture of another user
/// has another one, and what is under a key never changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AvatarKey(String);

impl AvatarKey {
    /// The key of a user's upload.
    pub fn of(user: UserId, upload: &Upload, secrets: &dyn SecretSource) -> Self {
        let Upload { file, crop } = upload;
        let mut content = format!("avatar:{user}:").into_bytes();
        content.extend(secrets.digest(file).0);
        content.extend(crop.iter().flat_map(|crop| secrets.digest(crop).0));
        Self(secrets.mac(&content).to_hex())
    }

    /// Reads 64 hex digits in lower case (`invalid_key` otherwise).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if raw.len() == 64 && raw.bytes().all(is_hex) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Invalid::new(
                "invalid_key",
                "Use 64 hex digits in lower case.",
            ))
        }
    }

    /// The 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of one of its objects in the media store.
    pub fn object(&self, size: AvatarSize) -> String {
        format!("{PREFIX}/{self}_{size}.webp")
    }

    /// The key that an object of the media store belongs to.
    pub fn of_object(name: &str) -> Option<Self> {
        let file = name.strip_prefix(PREFIX)?.strip_prefix('/')?;
        let (key, rest) = file.split_once('_')?;
        AvatarSize::parse(rest.strip_suffix(".webp")?).ok()?;
        Self::parse(key).ok()
    }
}

/// The folder of all avatars in the media store.
pub(super) const PREFIX: &str = "avatars";

impl fmt::Display for AvatarKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AvatarKey {
    type Error = Invalid;

    fn try_from(raw: String) -> Result<Self, Invalid> {
        Self::parse(&raw)
    }
}

impl From<AvatarKey> for String {
    fn from(key: AvatarKey) -> Self {
        key.0
    }
}

choice! {
    /// In which size an avatar is kept.
    AvatarSize {
        /// A square of 64 pixels a side.
        Small = "64",
        /// A square of 256 pixels a side.
        Medium = "256",
        /// A square of 1024 pixels a side.
        Large = "1024",
        /// The whole picture, at most 1024 pixels a side; there is one only
        /// where the squares were cut out by a crop.
        Full = "full",
    }
}

impl AvatarSize {
    /// The squares, the largest first.
    pub const SQUARES: [(Self, u32); 3] =
        [(Self::Large, 1024), (Self::Medium, 256), (Self::Small, 64)];
}

/// A picture that a user sends, as it arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    /// The picture.
    pub file: Vec<u8>,
    /// What the client cut out of it to be shown. The squares are made of it,
    /// and the whole picture is kept beside them.
    pub crop: Option<Vec<u8>>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("file", &self.file.len())
            .field("crop", &self.crop.as_ref().map(Vec::len))
            .finish()
    }
}

/// Which picture of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The picture.
    File,
    /// What was cut out of it.
    Crop,
}

/// What is kept of an upload in one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Which size.
    pub size: AvatarSize,
    /// The WebP file.
    pub webp: Vec<u8>,
}

/// Where a picture is to be fetched from; what hosts and ports are allowed is
/// the fetcher's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageUrl(String);

impl ImageUrl {
    /// Trims the text (`required`, `too_long`).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let url = trim(raw);
        if url.is_empty() {
            return Err(Invalid::new("required", "This field may not be blank."));
        }
        if url.len() > MAX_URL_BYTES {
            return Err(Invalid::new(
                "too_long",
                format!("Use at most {MAX_URL_BYTES} bytes."),
            ));
        }
        Ok(Self(url.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is told about a picture that cannot be used, whatever is wrong with it.
pub(super) fn invalid_image() -> Invalid {
    Invalid::new(
        "invalid_image",
        format!(
            "Use a PNG, JPEG, WebP or GIF image of at most {MAX_SIDE} pixels a side and {} megapixels; one that takes more than {} MiB to decode has to be smaller.",
            MAX_PIXELS / 1_000_000,
            MAX_DECODED_BYTES / (1024 * 1024),
        ),
    )
}

/// What is told about an address that no picture was got from, whatever the
/// reason: the answer must tell nothing about hosts that the service can reach.
pub(super) fn invalid_source() -> Invalid {
    Invalid::new(
        "invalid_source",
        "Use the http or https address of a public image, a PNG, JPEG, WebP or GIF of at most 5 MiB, that answers within 10 seconds.",
    )
}
