//! What is made of an upload. Pure and slow: for the threads of `images.rs`.

use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView as _};
use vestibule_domain::avatars::{AvatarSize, Part, Rendered, Upload};
use webp::{Encoder, WebPEncodingError};

use super::formats::{Picture, decode};

/// The longest side of the whole picture that is kept beside a crop.
const WHOLE_SIDE: u32 = 1024;
/// libwebp's measure of quality, 0–100.
const QUALITY: f32 = 82.0;

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
        None => match decode(file).and_then(square) {
            Some(picture) => (picture, None),
            None => return Err(DecodeError::Refused(vec![Part::File])),
        },
        Some(crop) => {
            let whole = decode(file).and_then(whole);
            let shown = decode(crop).and_then(square);
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

/// The middle of the picture, upright, of the largest size that is kept.
/// Turned after it was scaled, which leaves the same middle.
fn square(picture: Picture) -> Option<DynamicImage> {
    let (_, largest) = AvatarSize::SQUARES[0];
    let mut square = scaled(picture.pixels.middle().into_image()?, largest);
    square.apply_orientation(picture.orientation);
    Some(square)
}

/// The whole picture, upright, made smaller where it is too large.
fn whole(picture: Picture) -> Option<DynamicImage> {
    let mut whole = picture.pixels.into_image()?;
    if whole.width().max(whole.height()) > WHOLE_SIDE {
        whole = whole.thumbnail(WHOLE_SIDE, WHOLE_SIDE);
    }
    whole.apply_orientation(picture.orientation);
    Some(whole)
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

#[cfg(test)]
#[path = "decoding_tests.rs"]
mod tests;
