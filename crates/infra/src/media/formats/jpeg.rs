use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder as _};

use super::{Picture, Pixels, affordable, area, halved_jpeg};

/// Samples of a block, a square of eight.
pub(super) const BLOCK: usize = 64;
/// As many as any encoder makes, and a few: each goes over the whole picture,
/// though it may be a few bytes long.
const MAX_SCANS: usize = 100;

/// What the marker segments up to the end of the picture say.
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Each with its samples across and down, in the order of the frame.
    pub(super) components: Vec<Component>,
    /// Whether there is a picture only once all scans were read, so that a
    /// decoder has to keep what they said until then.
    is_kept: bool,
    is_progressive: bool,
}

pub(super) struct Component {
    pub(super) id: u8,
    pub(super) across: usize,
    pub(super) down: usize,
    /// Which quantization table.
    pub(super) table: usize,
}

impl Header {
    /// The most samples that a component has across, and down.
    pub(super) fn most(&self) -> (usize, usize) {
        let most = |of: fn(&Component) -> usize| self.components.iter().map(of).max();
        (
            most(|component| component.across).unwrap_or(1),
            most(|component| component.down).unwrap_or(1),
        )
    }

    /// How many groups of interleaved blocks there are across, and down.
    pub(super) fn groups(&self) -> (usize, usize) {
        let (across, down) = self.most();
        (
            (self.width as usize).div_ceil(8 * across),
            (self.height as usize).div_ceil(8 * down),
        )
    }

    /// Of all components together.
    pub(super) fn blocks(&self) -> usize {
        let (across, down) = self.groups();
        let of_group: usize = self.components.iter().map(|of| of.across * of.down).sum();
        across * down * of_group
    }
}

pub(super) fn decode(bytes: &[u8]) -> Option<Picture> {
    let header = header(bytes)?;
    let area = area(header.width, header.height)?;
    let mut decoder = JpegDecoder::new(Cursor::new(bytes)).ok()?;
    let channels = match decoder.color_type() {
        ColorType::L8 => 1,
        ColorType::Rgb8 => 3,
        _ => return None,
    };
    // The decoder's copy of the file, the picture, and two bytes for each
    // coefficient where it keeps them.
    let mut cost = bytes.len() as u64 + area * channels as u64;
    if header.is_kept {
        cost += (header.blocks() * BLOCK * 2) as u64;
    }
    let orientation = decoder.orientation();
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    // Of sequential files in several scans it makes another picture where
    // components have fewer samples (zune-jpeg 0.5.15).
    let is_known = header.is_progressive || !header.is_kept;
    let pixels = if is_known && affordable(cost).is_some() {
        let mut pixels = Pixels::new(header.width, header.height, channels);
        decoder.read_image(&mut pixels.bytes).ok()?;
        pixels
    } else {
        drop(decoder);
        affordable(halved_jpeg::cost(&header))?;
        halved_jpeg::decode(bytes, &header)?
    };
    Some(Picture {
        pixels,
        orientation,
    })
}

/// One marker segment, or what follows the head of a scan.
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    pub(super) content: &'a [u8],
    /// Where the next one begins.
    pub(super) end: usize,
}

/// The segment at or after a place between segments; `None` past the last.
pub(super) fn segment(bytes: &[u8], mut at: usize) -> Option<Segment<'_>> {
    loop {
        let (fill, marker) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        match (fill, marker) {
            (0xff, 0xff) => at += 1,
            // Markers that stand alone.
            (0xff, 0x01 | 0xd0..=0xd9) => {
                return Some(Segment {
                    marker,
                    content: &[],
                    end: at + 2,
                });
            }
            (0xff, 0x02..) => {
                let length = [*bytes.get(at + 2)?, *bytes.get(at + 3)?];
                let end = at + 2 + usize::from(u16::from_be_bytes(length));
                return Some(Segment {
                    marker,
                    content: bytes.get(at + 4..end)?,
                    end,
                });
            }
            _ => return None,
        }
    }
}

/// Where the coded pixels end that begin at a place: at the next marker. Among
/// them 0xff is followed by 0 or is a restart.
pub(super) fn end_of_scan(bytes: &[u8], at: usize) -> Option<usize> {
    let pairs = bytes.get(at..)?.windows(2);
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    pairs
        .into_iter()
        .position(is_marker)
        .map(|found| at + found)
}

/// Reads all segments; `None` when the picture does not come to its end (the
/// decoder is lenient, as browsers are, and makes grey of what is missing) or
/// is none that is decoded.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let mut found: Option<Header> = None;
    let (mut at, mut scans) = (2, 0);
    loop {
        let Segment {
            marker,
            content,
            end,
        } = segment(bytes, at)?;
        at = end;
        match marker {
            // Baseline, extended and progressive. Two in a file are one for
            // the judge and another one for the decoder.
            0xc0..=0xc2 if found.is_none() => found = Some(frame(content, marker == 0xc2)?),
            // Huffman tables and extensions have their numbers among those of
            // the frames that nobody decodes.
            0xc4 | 0xc8 => {}
            0xc0..=0xcf => return None,
            0xda => {
                let header = found.as_mut()?;
                scans += 1;
                let is_part = usize::from(*content.first()?) < header.components.len();
                header.is_kept |= is_part;
                if scans > MAX_SCANS {
                    return None;
                }
                at = end_of_scan(bytes, at)?;
            }
            0xd9 => break,
            _ => {}
        }
    }
    found.filter(|_| scans > 0)
}

pub(super) fn frame(content: &[u8], is_progressive: bool) -> Option<Header> {
    let (head, components) = content.split_at_checked(6)?;
    let [bits, h1, h0, w1, w0, count] = *head else {
        return None;
    };
    let components: Vec<_> = components
        .chunks_exact(3)
        .map(|component| Component {
            id: component[0],
            across: usize::from(component[1] >> 4),
            down: usize::from(component[1] & 15),
            table: usize::from(component[2]),
        })
        .collect();
    let samples = 1..=4;
    let are_sane = components.len() == usize::from(count)
        && samples.contains(&components.len())
        && components
            .iter()
            .all(|of| samples.contains(&of.across) && samples.contains(&of.down));
    (bits == 8 && are_sane).then(|| Header {
        width: u32::from(u16::from_be_bytes([w1, w0])),
        height: u32::from(u16::from_be_bytes([h1, h0])),
        components,
        is_kept: is_progressive,
        is_progressive,
    })
}
