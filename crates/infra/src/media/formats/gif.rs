use gif::{ColorOutput, DecodeOptions};
use image::metadata::Orientation;
use vestibule_domain::avatars::MAX_GIF_FRAMES;

use super::{Picture, Pixels, affordable, area};

const RGBA: usize = 4;
/// Where the passes of an interlaced picture begin, and how far apart their
/// rows are (`GIF89a`, appendix E).
const PASSES: [(usize, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];

/// The first picture, where it is on the screen. Row by row: given the whole
/// picture at once the crate keeps another one of its indices.
pub(super) fn decode(bytes: &[u8]) -> Option<Picture> {
    is_modest(bytes).then_some(())?;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut reader = options.read_info(bytes).ok()?;
    let (width, height) = (u32::from(reader.width()), u32::from(reader.height()));
    affordable(area(width, height)? * RGBA as u64)?;
    let frame = reader.next_frame_info().ok()??;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (columns, rows) = (usize::from(frame.width), usize::from(frame.height));
    let order: Vec<usize> = if frame.interlaced {
        let passes = PASSES.iter();
        passes
            .flat_map(|&(first, apart)| (first..rows).step_by(apart))
            .collect()
    } else {
        (0..rows).collect()
    };
    let mut screen = Pixels::new(width, height, RGBA);
    let line = width as usize * RGBA;
    // What is off the screen is not shown.
    let shown = columns.min((width as usize).saturating_sub(left)) * RGBA;
    let mut row = vec![0; columns * RGBA];
    for y in order {
        reader.fill_buffer(&mut row).ok()?.then_some(())?;
        if shown > 0 && top + y < height as usize {
            let at = (top + y) * line + left * RGBA;
            screen.bytes[at..at + shown].copy_from_slice(&row[..shown]);
        }
    }
    Some(Picture {
        pixels: screen,
        orientation: Orientation::NoTransforms,
    })
}

/// Whether this is no film. Its frames are counted, not decoded.
fn is_modest(bytes: &[u8]) -> bool {
    let mut options = DecodeOptions::new();
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
