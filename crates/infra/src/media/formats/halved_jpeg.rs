//! Decodes JPEGs that come in several scans at half their size: large ones, and
//! sequential ones.
//!
//! A decoder of such a file keeps what all scans said of all coefficients, 128
//! bytes a block, before there is a pixel: of 16 megapixels 92 MiB, and the
//! picture beside them. For half the size only the sixteen lowest of the 64
//! coefficients of a block count. Of the others it is enough to know which are
//! not zero, since that says how a later scan has to be read. So a block takes
//! 40 bytes and its picture a quarter, and 16 megapixels fit within the limit.
//!
//! ITU-T T.81, without arithmetic coding: section G of progressive scans;
//! those of a sequential file are the same with all coefficients in one.

mod scan;
mod tables;

use super::jpeg::{Component, Header, Segment, end_of_scan, segment};
use super::{Pixels, sample};
use scan::{Plane, Scan};
use tables::{HuffmanTable, QuantizationTable, halved_block};

/// Pixels of a halved block across and down.
const SIDE: usize = 4;

/// The memory that a file takes, in bytes.
pub(super) fn cost(header: &Header) -> u64 {
    let area = u64::from(header.width.div_ceil(2)) * u64::from(header.height.div_ceil(2));
    let blocks = header.blocks() * Plane::BYTES_OF_BLOCK;
    // The rows of blocks that are made into rows of pixels.
    let rows = header.blocks() / header.groups().1.max(1) * SIDE * SIDE;
    area * header.components.len() as u64 + (blocks + rows) as u64
}

/// `None` for what is no such file, and for inks, which no photo has.
pub(super) fn decode(bytes: &[u8], header: &Header) -> Option<Pixels> {
    matches!(header.components.len(), 1 | 3).then_some(())?;
    let (across, down) = header.groups();
    let planes = header.components.iter();
    let mut file = File {
        header,
        planes: planes.map(|of| Plane::new(of, across, down)).collect(),
        quantization: [None, None, None, None],
        dc: [const { None }; 4],
        ac: [const { None }; 4],
        restart: 0,
        is_rgb: header.components.iter().map(|of| of.id).eq(*b"RGB"),
    };
    let mut at = 2;
    loop {
        let Segment {
            marker,
            content,
            end,
        } = segment(bytes, at)?;
        at = end;
        match marker {
            0xc4 => file.read_huffman_tables(content)?,
            0xdb => file.read_quantization_tables(content)?,
            0xdd => file.restart = usize::from(u16::from_be_bytes(content.try_into().ok()?)),
            // Adobe's: whether colours were transformed.
            0xee if content.starts_with(b"Adobe") => {
                file.is_rgb |= content.get(11) == Some(&0);
            }
            0xda => {
                let end = end_of_scan(bytes, at)?;
                file.read_scan(content, &bytes[at..end])?;
                at = end;
            }
            0xd9 => return file.pixels(),
            _ => {}
        }
    }
}

struct File<'a> {
    header: &'a Header,
    planes: Vec<Plane>,
    quantization: [Option<QuantizationTable>; 4],
    dc: [Option<HuffmanTable>; 4],
    ac: [Option<HuffmanTable>; 4],
    /// Blocks, or groups of them, between two restarts; 0 for no restarts.
    restart: usize,
    is_rgb: bool,
}

impl File<'_> {
    fn read_huffman_tables(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((&which, rest)) = content.split_first() {
            let (table, rest) = HuffmanTable::read(rest)?;
            let tables = if which >> 4 == 0 {
                &mut self.dc
            } else {
                &mut self.ac
            };
            *tables.get_mut(usize::from(which & 15))? = Some(table);
            content = rest;
        }
        Some(())
    }

    fn read_quantization_tables(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((&which, rest)) = content.split_first() {
            let (table, rest) = QuantizationTable::read(rest, which >> 4 != 0)?;
            *self.quantization.get_mut(usize::from(which & 15))? = Some(table);
            content = rest;
        }
        Some(())
    }

    fn read_scan(&mut self, head: &[u8], coded: &[u8]) -> Option<()> {
        let (&count, rest) = head.split_first()?;
        let (chosen, rest) = rest.split_at_checked(usize::from(count) * 2)?;
        let &[first, last, approximation] = rest else {
            return None;
        };
        let mut scan = Scan::new(coded, first, last, approximation)?;
        let mut parts = Vec::new();
        for chosen in chosen.chunks_exact(2) {
            let components = &self.header.components;
            let which = components.iter().position(|of| of.id == chosen[0])?;
            let dc = self.dc.get(usize::from(chosen[1] >> 4))?.as_ref();
            let ac = self.ac.get(usize::from(chosen[1] & 15))?.as_ref();
            parts.push((which, dc, ac));
        }
        let (across, down) = self.header.groups();
        match parts[..] {
            [] => return None,
            // Alone a component has only the blocks that show something.
            [(which, dc, ac)] => {
                let component = &self.header.components[which];
                let (columns, rows) = self.shown_blocks(component);
                let plane = &mut self.planes[which];
                for number in 0..columns * rows {
                    scan.restart_at(number, self.restart);
                    let block = plane.block(number % columns, number / columns);
                    scan.read_block(block, 0, dc, ac)?;
                }
            }
            _ => {
                for number in 0..across * down {
                    scan.restart_at(number, self.restart);
                    let (left, top) = (number % across, number / across);
                    for (place, &(which, dc, ac)) in parts.iter().enumerate() {
                        let component = &self.header.components[which];
                        let plane = &mut self.planes[which];
                        for inner in 0..component.across * component.down {
                            let x = left * component.across + inner % component.across;
                            let y = top * component.down + inner / component.across;
                            scan.read_block(plane.block(x, y), place, dc, ac)?;
                        }
                    }
                }
            }
        }
        Some(())
    }

    fn shown_blocks(&self, component: &Component) -> (usize, usize) {
        let (across, down) = self.header.most();
        let samples =
            |pixels: u32, of: usize, most: usize| (pixels as usize * of).div_ceil(most).div_ceil(8);
        (
            samples(self.header.width, component.across, across),
            samples(self.header.height, component.down, down),
        )
    }

    /// Makes pixels of a row of groups after the other.
    fn pixels(self) -> Option<Pixels> {
        let header = self.header;
        let (width, height) = (header.width.div_ceil(2), header.height.div_ceil(2));
        let channels = header.components.len();
        let mut pixels = Pixels::new(width, height, channels);
        let (most_across, most_down) = header.most();
        let mut strips = Vec::new();
        for (component, plane) in header.components.iter().zip(&self.planes) {
            let table = self.quantization.get(component.table)?.as_ref()?;
            let strip = vec![0; plane.columns * SIDE * component.down * SIDE];
            strips.push((component, plane, table, strip));
        }
        let rows = pixels.bytes.chunks_exact_mut(width as usize * channels);
        for (y, row) in rows.enumerate() {
            let (group, line) = (y / (SIDE * most_down), y % (SIDE * most_down));
            if line == 0 {
                for (component, plane, table, strip) in &mut strips {
                    let first = group * component.down;
                    plane.fill(strip, first, component.down, table);
                }
            }
            for (channel, (component, plane, _, strip)) in strips.iter().enumerate() {
                let from = line * component.down / most_down * plane.columns * SIDE;
                let line = &strip[from..from + plane.columns * SIDE];
                for (x, pixel) in row.chunks_exact_mut(channels).enumerate() {
                    pixel[channel] = line[x * component.across / most_across];
                }
            }
            if channels == 3 && !self.is_rgb {
                row.chunks_exact_mut(3).for_each(to_rgb);
            }
        }
        Some(pixels)
    }
}

impl Plane {
    /// Makes the pixels of some rows of blocks.
    fn fill(&self, strip: &mut [u8], first: usize, rows: usize, table: &QuantizationTable) {
        let line = self.columns * SIDE;
        for row in 0..rows {
            for column in 0..self.columns {
                let block = halved_block(self.low(column, first + row), table);
                for (y, values) in block.chunks_exact(SIDE).enumerate() {
                    let at = (row * SIDE + y) * line + column * SIDE;
                    strip[at..at + SIDE].copy_from_slice(values);
                }
            }
        }
    }
}

/// From brightness and two differences of colour (ITU-T T.871).
fn to_rgb(pixel: &mut [u8]) {
    let [y, cb, cr] = [0, 1, 2].map(|channel| f32::from(pixel[channel]));
    let (cb, cr) = (cb - 128.0, cr - 128.0);
    pixel[0] = sample(y + 1.402 * cr);
    pixel[1] = sample(y - 0.344_136 * cb - 0.714_136 * cr);
    pixel[2] = sample(y + 1.772 * cb);
}

#[cfg(test)]
#[path = "halved_jpeg_tests.rs"]
mod tests;
