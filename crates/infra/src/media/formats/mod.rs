//! Files that are pictures, one module for each format. Each judges a file by
//! its headers, and says what its decoder will need, before anything is
//! decoded: the limits of the crates leave out what their decoders keep beside
//! the picture. docs/adr/0008-avatars.md has the figures.

mod gif;
mod halved_jpeg;
mod jpeg;
mod png;
mod webp;
mod webp_lossless;

use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat};
use vestibule_domain::avatars::{MAX_DECODED_BYTES, MAX_PIXELS, MAX_SIDE};

/// What is in a file.
pub(super) struct Picture {
    pub(super) pixels: Pixels,
    /// How the pixels have to be turned to be upright.
    pub(super) orientation: Orientation,
}

/// Rows of pixels of eight bits a channel.
pub(super) struct Pixels {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Grey, grey and alpha, RGB, or RGB and alpha: 1 to 4.
    channels: usize,
    bytes: Vec<u8>,
}

impl Pixels {
    /// Black, and clear where there is alpha.
    fn new(width: u32, height: u32, channels: usize) -> Self {
        let bytes = vec![0; width as usize * height as usize * channels];
        Self {
            width,
            height,
            channels,
            bytes,
        }
    }

    /// The largest square in the middle. Moved within the buffer: a copy
    /// beside it would be as large as the picture.
    pub(super) fn middle(mut self) -> Self {
        let side = self.width.min(self.height);
        let (left, top) = ((self.width - side) / 2, (self.height - side) / 2);
        let pixel = self.channels;
        let (width, row) = (self.width as usize * pixel, side as usize * pixel);
        for y in 0..side as usize {
            let from = (top as usize + y) * width + left as usize * pixel;
            self.bytes.copy_within(from..from + row, y * row);
        }
        self.bytes.truncate(side as usize * row);
        (self.width, self.height) = (side, side);
        self
    }

    pub(super) fn into_image(self) -> Option<DynamicImage> {
        use image::ImageBuffer as Of;
        let (width, height, bytes) = (self.width, self.height, self.bytes);
        match self.channels {
            1 => Of::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
            2 => Of::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8),
            3 => Of::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
            4 => Of::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
            _ => None,
        }
    }
}

/// The picture in a file; `None` when there is none within the limits. What
/// the file is its first bytes say, and nobody else.
pub(super) fn decode(bytes: &[u8]) -> Option<Picture> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Png => png::decode(bytes),
        ImageFormat::Jpeg => jpeg::decode(bytes),
        ImageFormat::WebP => webp::decode(bytes),
        ImageFormat::Gif => gif::decode(bytes),
        _ => None,
    }
}

/// The number of pixels, where a header's width and height keep the limits.
fn area(width: u32, height: u32) -> Option<u64> {
    let sides = 1..=MAX_SIDE;
    let area = u64::from(width) * u64::from(height);
    (sides.contains(&width) && sides.contains(&height) && area <= MAX_PIXELS).then_some(area)
}

/// Whether a decoder that needs so many bytes at once, the picture among them,
/// may start.
fn affordable(bytes: u64) -> Option<()> {
    (bytes <= MAX_DECODED_BYTES).then_some(())
}

/// The nearest of the values that a channel may have.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast stops at both ends"
)]
fn sample(value: f32) -> u8 {
    (value + 0.5) as u8
}
