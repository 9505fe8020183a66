use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder as _};
use image_webp::vp8::Vp8Decoder;

use super::webp_lossless::tables_of;
use super::{Picture, Pixels, affordable, area, sample};

/// What `RIFF`, a length and `WEBP` take.
const HEAD: usize = 12;
/// What stands before the picture of a frame.
const FRAME_HEAD: usize = 16;
/// What stands before the tables of a lossless picture that is not an alpha
/// channel.
const LOSSLESS_HEAD: usize = 5;

pub(super) fn decode(bytes: &[u8]) -> Option<Picture> {
    let Cost { bytes: cost, lossy } = cost(bytes)?;
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).ok()?;
    let (width, height) = decoder.dimensions();
    area(width, height)?;
    let channels = match decoder.color_type() {
        ColorType::Rgb8 => 3,
        ColorType::Rgba8 => 4,
        _ => return None,
    };
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let pixels = match lossy {
        Some(lossy) if affordable(cost).is_none() => halved(lossy)?,
        _ => {
            affordable(cost)?;
            let mut pixels = Pixels::new(width, height, channels);
            decoder.read_image(&mut pixels.bytes).ok()?;
            pixels
        }
    };
    Some(Picture {
        pixels,
        orientation,
    })
}

/// Of a lossy picture without alpha, a quarter of the pixels, one where each
/// colour is: all of them take more than there may be beside brightness and
/// colours from 15 megapixels on.
fn halved(content: &[u8]) -> Option<Pixels> {
    let frame = Vp8Decoder::decode_frame(content).ok()?;
    let (width, height) = (frame.width.div_ceil(2), frame.height.div_ceil(2));
    // Both planes have whole blocks, of 16 and of 8.
    let columns = usize::from(frame.width).next_multiple_of(16);
    let mut pixels = Pixels::new(width.into(), height.into(), 3);
    let rows = pixels.bytes.chunks_exact_mut(usize::from(width) * 3);
    let bright = frame.ybuf.chunks_exact(columns * 2);
    let colors = frame.ubuf.chunks_exact(columns / 2);
    let colors = colors.zip(frame.vbuf.chunks_exact(columns / 2));
    for ((row, bright), (u, v)) in rows.zip(bright).zip(colors) {
        let (upper, lower) = bright.split_at(columns);
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let four = [
                upper[2 * x],
                upper[2 * x + 1],
                lower[2 * x],
                lower[2 * x + 1],
            ];
            let y = four.into_iter().map(f32::from).sum::<f32>() / 4.0 - 16.0;
            let (u, v) = (f32::from(u[x]) - 128.0, f32::from(v[x]) - 128.0);
            // RFC 6386, section 9.2; ITU-R BT.601 of limited range.
            pixel[0] = sample(1.164 * y + 1.596 * v);
            pixel[1] = sample(1.164 * y - 0.392 * u - 0.813 * v);
            pixel[2] = sample(1.164 * y + 2.017 * u);
        }
    }
    Some(pixels)
}

struct Chunk<'a> {
    kind: &'a [u8],
    content: &'a [u8],
}

/// The chunks of a file or a frame, as far as they are whole.
fn chunks(mut bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    std::iter::from_fn(move || {
        let (head, rest) = bytes.split_at_checked(8)?;
        let (kind, length) = head.split_at(4);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let content = rest.get(..length).unwrap_or(rest);
        // Each begins at an even place.
        bytes = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some(Chunk { kind, content })
    })
}

struct Cost<'a> {
    /// What the decoder needs for the picture, the picture among it.
    bytes: u64,
    /// The picture, if it is lossy, without alpha and no film.
    lossy: Option<&'a [u8]>,
}

impl Cost<'_> {
    fn of(bytes: u64) -> Self {
        Self { bytes, lossy: None }
    }
}

fn cost(bytes: &[u8]) -> Option<Cost<'_>> {
    let mut all = chunks(bytes.get(HEAD..)?);
    let Chunk { kind, content } = all.next()?;
    match kind {
        b"VP8 " => {
            let (width, height) = lossy_size(content)?;
            Some(Cost {
                bytes: lossy(width, height, false, None)?,
                lossy: Some(content),
            })
        }
        b"VP8L" => {
            let header = u32::from_le_bytes(content.get(1..5)?.try_into().ok()?);
            let (width, height) = (1 + (header & 0x3fff), 1 + (header >> 14 & 0x3fff));
            lossless(width, height, header >> 28 & 1 == 1, content).map(Cost::of)
        }
        b"VP8X" => {
            let flags = *content.first()?;
            let (width, height) = (1 + number(content, 4)?, 1 + number(content, 7)?);
            let (has_alpha, is_film) = (flags & 0x10 != 0, flags & 0x02 != 0);
            let rest: Vec<_> = all.collect();
            let first = |kind: &[u8]| rest.iter().find(|chunk| chunk.kind == kind);
            if is_film {
                return film(width, height, has_alpha, first(b"ANMF")?.content).map(Cost::of);
            }
            match (first(b"VP8 "), first(b"VP8L")) {
                (Some(chunk), None) => {
                    (lossy_size(chunk.content)? == (width, height)).then_some(())?;
                    let alpha = first(b"ALPH").map(|chunk| chunk.content);
                    Some(Cost {
                        bytes: lossy(width, height, has_alpha, alpha)?,
                        lossy: (!has_alpha).then_some(chunk.content),
                    })
                }
                (None, Some(chunk)) => {
                    lossless(width, height, has_alpha, chunk.content).map(Cost::of)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Three bytes.
fn number(content: &[u8], at: usize) -> Option<u32> {
    let bytes = content.get(at..at + 3)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]))
}

/// Width and height of a lossy picture. It is decoded before they are compared
/// with those of the file.
fn lossy_size(content: &[u8]) -> Option<(u32, u32)> {
    let &[w0, w1, h0, h1] = content.get(6..10)? else {
        return None;
    };
    let side = |bytes: [u8; 2]| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
    Some((side([w0, w1]), side([h0, h1])))
}

/// Brightness of each pixel and two colours of each four, then the picture;
/// alpha is decoded beside them.
fn lossy(width: u32, height: u32, has_alpha: bool, alpha: Option<&[u8]>) -> Option<u64> {
    let area = area(width, height)?;
    let blocks = u64::from(width.div_ceil(16)) * u64::from(height.div_ceil(16));
    let planes = blocks * (256 + 128);
    let alpha = match alpha {
        Some(content) if has_alpha => alpha_channel(width, height, content)?,
        _ => 0,
    };
    Some(planes + alpha + area * if has_alpha { 4 } else { 3 })
}

/// One byte for each pixel; where it is compressed, a picture before that.
fn alpha_channel(width: u32, height: u32, content: &[u8]) -> Option<u64> {
    let (head, coded) = content.split_first()?;
    let area = area(width, height)?;
    match head & 3 {
        1 => Some(area * 5 + tables_of(coded, width, height)?),
        _ => Some(area),
    }
}

/// Decoded with alpha in any case, and copied where the picture has none.
fn lossless(width: u32, height: u32, has_alpha: bool, content: &[u8]) -> Option<u64> {
    let area = area(width, height)?;
    let tables = tables_of(content.get(LOSSLESS_HEAD..)?, width, height)?;
    Some(tables + area * if has_alpha { 4 } else { 7 })
}

/// The first frame is decoded, then there is a canvas beside it.
fn film(width: u32, height: u32, has_alpha: bool, frame: &[u8]) -> Option<u64> {
    let canvas = area(width, height)?;
    let (columns, rows) = (1 + number(frame, 6)?, 1 + number(frame, 9)?);
    let of_frame = area(columns, rows)?;
    let mut parts = chunks(frame.get(FRAME_HEAD..)?);
    let Chunk { kind, content } = parts.next()?;
    let is_right = |lossy: &[u8]| lossy_size(lossy) == Some((columns, rows));
    let while_decoded = match kind {
        b"VP8 " if is_right(content) => lossy(columns, rows, false, None)?,
        b"VP8L" => lossless(columns, rows, true, content)?,
        b"ALPH" if is_right(parts.next()?.content) => lossy(columns, rows, true, Some(content))?,
        _ => return None,
    };
    let shown = canvas * if has_alpha { 4 } else { 3 };
    Some(shown + while_decoded.max(of_frame * 5 + canvas * 4))
}

#[cfg(test)]
#[path = "webp_tests.rs"]
mod tests;
