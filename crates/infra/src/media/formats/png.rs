use std::io::Cursor;

use image::metadata::Orientation;
use png::{Decoder, Limits, Transformations};
use vestibule_domain::avatars::MAX_DECODED_BYTES;

use super::{Picture, Pixels, affordable, area};

/// What a compressed text may swell to.
const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// The decoder keeps two rows beside the picture, interlaced or not, and makes
/// eight bits of sixteen row by row.
pub(super) fn decode(bytes: &[u8]) -> Option<Picture> {
    let limits = Limits {
        bytes: usize::try_from(MAX_DECODED_BYTES).ok()?,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    // A profile would be decompressed, and nobody looks at it.
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = reader.info().size();
    let channels = reader.output_color_type().0.samples();
    affordable(area(width, height)? * channels as u64)?;
    has_modest_texts(reader.info()).then_some(())?;
    let exif = reader.info().exif_metadata.as_deref();
    let orientation = exif.and_then(Orientation::from_exif_chunk);
    let mut pixels = Pixels::new(width, height, channels);
    reader.next_frame(&mut pixels.bytes).ok()?;
    Some(Picture {
        pixels,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
    })
}

/// Whether no compressed text is a bomb. Nobody reads it here; what swells out
/// of all proportion is no honest picture.
fn has_modest_texts(info: &png::Info<'_>) -> bool {
    let mut latin = info.compressed_latin1_text.clone();
    let mut unicode = info.utf8_text.clone();
    latin
        .iter_mut()
        .all(|text| text.decompress_text_with_limit(MAX_TEXT_BYTES).is_ok())
        && unicode
            .iter_mut()
            .all(|text| text.decompress_text_with_limit(MAX_TEXT_BYTES).is_ok())
}
