//! What is made of an upload. Pure and slow: for the threads of `images.rs`.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView as _, ImageDecoder, ImageFormat, Limits};
use vestibule_domain::avatars::{
    AvatarSize, MAX_DECODED_BYTES, MAX_GIF_FRAMES, MAX_PIXELS, MAX_SIDE, Part, Rendered, Upload,
};
use webp::{Encoder, WebPEncodingError};

/// The longest side of the whole picture that is kept beside a crop.
const WHOLE_SIDE: u32 = 1024;
/// libwebp's measure of quality, 0–100.
const QUALITY: f32 = 82.0;
/// What a compressed text of a PNG may swell to.
const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// Why nothing was made.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// These are no pictures that can be used.
    Refused(Vec<Part>),
    /// The encoder failed.
    Encoder(WebPEncodingError),
}

/// Makes the squares, and with a crop the whole picture.
pub(super) fn render(upload: &Upload) -> Result<Vec<Rendered>, DecodeError> {
    let Upload { file, crop } = upload;
    // One after the other, so that there is one decoded picture at a time.
    let (shown, whole) = match crop {
        None => match decode(file) {
            Some(picture) => (picture.square(), None),
            None => return Err(DecodeError::Refused(vec![Part::File])),
        },
        Some(crop) => {
            let whole = decode(file).map(Decoded::whole);
            let shown = decode(crop).map(Decoded::square);
            match (shown, whole) {
                (Some(shown), Some(whole)) => (shown, Some(whole)),
                (None, None) => return Err(DecodeError::Refused(vec![Part::File, Part::Crop])),
                (None, Some(_)) => return Err(DecodeError::Refused(vec![Part::Crop])),
                (Some(_), None) => return Err(DecodeError::Refused(vec![Part::File])),
            }
        }
    };
    let mut rendered = Vec::new();
    let mut last = shown;
    for (size, side) in AvatarSize::SQUARES {
        last = scaled(last, side);
        rendered.push(encoded(size, &last)?);
    }
    if let Some(whole) = whole {
        rendered.push(encoded(AvatarSize::Full, &whole)?);
    }
    Ok(rendered)
}

struct Decoded {
    image: DynamicImage,
    orientation: Orientation,
}

impl Decoded {
    /// The middle of the picture, upright, of the largest size that is kept.
    /// Turned after it was scaled, which leaves the same middle.
    fn square(self) -> DynamicImage {
        let (width, height) = self.image.dimensions();
        let side = width.min(height);
        let (x, y) = ((width - side) / 2, (height - side) / 2);
        let square = if width == height {
            self.image
        } else {
            self.image.crop_imm(x, y, side, side)
        };
        let (_, largest) = AvatarSize::SQUARES[0];
        let mut square = scaled(square, largest);
        square.apply_orientation(self.orientation);
        square
    }

    /// The whole picture, upright, made smaller where it is too large.
    fn whole(self) -> DynamicImage {
        let (width, height) = self.image.dimensions();
        let mut whole = if width.max(height) > WHOLE_SIDE {
            self.image.thumbnail(WHOLE_SIDE, WHOLE_SIDE)
        } else {
            self.image
        };
        whole.apply_orientation(self.orientation);
        whole
    }
}

/// The square with this side. Averages what falls together, which is quick and
/// right for the strong reductions here; smooths what is enlarged.
fn scaled(square: DynamicImage, side: u32) -> DynamicImage {
    match square.width().cmp(&side) {
        std::cmp::Ordering::Equal => square,
        std::cmp::Ordering::Greater => square.thumbnail_exact(side, side),
        std::cmp::Ordering::Less => square.resize_exact(side, side, FilterType::CatmullRom),
    }
}

/// WebP of pixels alone: no metadata can be in it.
fn encoded(size: AvatarSize, image: &DynamicImage) -> Result<Rendered, DecodeError> {
    let (width, height) = image.dimensions();
    let webp = if image.color().has_alpha() {
        let pixels = image.to_rgba8();
        Encoder::from_rgba(&pixels, width, height).encode_simple(false, QUALITY)
    } else {
        let pixels = image.to_rgb8();
        Encoder::from_rgb(&pixels, width, height).encode_simple(false, QUALITY)
    };
    let webp = webp.map_err(DecodeError::Encoder)?.to_vec();
    Ok(Rendered { size, webp })
}

/// The picture in a file; `None` when there is none within the limits. What
/// the file is its first bytes say, and nobody else.
fn decode(bytes: &[u8]) -> Option<Decoded> {
    let file = || Cursor::new(bytes);
    match image::guess_format(bytes).ok()? {
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(file(), limits()).ok()?;
            check(&decoder)?;
            has_modest_texts(bytes).then_some(())?;
            pixels(decoder)
        }
        ImageFormat::Jpeg => {
            let decoder = JpegDecoder::new(file()).ok()?;
            check(&decoder)?;
            is_whole_jpeg(bytes).then_some(())?;
            pixels(decoder)
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(file()).ok()?;
            check(&decoder)?;
            pixels(decoder)
        }
        ImageFormat::Gif => {
            let decoder = GifDecoder::new(file()).ok()?;
            check(&decoder)?;
            is_modest_gif(bytes).then_some(())?;
            pixels(decoder)
        }
        _ => None,
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    limits
}

/// Whether the header keeps the limits; nothing is decoded before.
fn check(decoder: &impl ImageDecoder) -> Option<()> {
    let (width, height) = decoder.dimensions();
    let sides = 1..=MAX_SIDE;
    let pixels = u64::from(width) * u64::from(height);
    (sides.contains(&width)
        && sides.contains(&height)
        && pixels <= MAX_PIXELS
        && decoder.total_bytes() <= MAX_DECODED_BYTES)
        .then_some(())
}

fn pixels(mut decoder: impl ImageDecoder) -> Option<Decoded> {
    decoder.set_limits(limits()).ok()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).ok()?;
    Some(Decoded { image, orientation })
}

/// Whether the pixels of a JPEG come to their end. The decoder is lenient, as
/// browsers are, and makes grey of what is missing.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    // Segments up to the first scan: a thumbnail in one has an end of its own.
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        at += 2;
        match marker {
            // Filling, and markers that stand alone.
            0xff => at -= 1,
            0x01 | 0xd0..=0xd7 => {}
            0xda => {
                // In the pixels 0xff is followed by 0 or a restart.
                let rest = &bytes[at..];
                return rest.windows(2).any(|pair| pair == [0xff, 0xd9]);
            }
            _ => at += usize::from(u16::from_be_bytes([*high, *low])),
        }
    }
    false
}

/// Whether no compressed text of a PNG is a bomb. Nobody reads it here; what
/// swells out of all proportion is no honest picture.
fn has_modest_texts(bytes: &[u8]) -> bool {
    let limits = png::Limits {
        bytes: usize::try_from(MAX_DECODED_BYTES).unwrap_or(usize::MAX),
    };
    let decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    let Ok(reader) = decoder.read_info() else {
        return false;
    };
    let mut info = reader.info().clone();
    let latin = info
        .compressed_latin1_text
        .iter_mut()
        .all(|text| text.decompress_text_with_limit(MAX_TEXT_BYTES).is_ok());
    let unicode = info
        .utf8_text
        .iter_mut()
        .all(|text| text.decompress_text_with_limit(MAX_TEXT_BYTES).is_ok());
    latin && unicode
}

/// Whether a GIF is no film. Its frames are counted, not decoded.
fn is_modest_gif(bytes: &[u8]) -> bool {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let Ok(mut frames) = options.read_info(bytes) else {
        return false;
    };
    for _ in 0..=MAX_GIF_FRAMES {
        match frames.next_frame_info() {
            Ok(Some(_)) => {}
            // Of one that is broken the first frame is still to be decoded.
            Ok(None) | Err(_) => return true,
        }
    }
    false
}

#[cfg(test)]
#[path = "decoding_tests.rs"]
mod tests;
