use super::SIDE;
use crate::media::formats::sample;

/// Codes that are found at once are at most so long.
const QUICK: u8 = 9;

/// What a code stands for.
pub(super) struct HuffmanTable {
    /// By the next bits: a code's length and symbol; of length 0 is none.
    quick: Vec<(u8, u8)>,
    /// By length: the first code, the number of codes, where their symbols are.
    lengths: [(u32, u32, usize); 17],
    symbols: Vec<u8>,
}

impl HuffmanTable {
    /// Reads one of a segment, and gives back the rest (section B.2.4.2).
    pub(super) fn read(content: &[u8]) -> Option<(Self, &[u8])> {
        let (counts, rest) = content.split_at_checked(16)?;
        let total = counts.iter().map(|&count| usize::from(count)).sum();
        let (symbols, rest) = rest.split_at_checked(total)?;
        let mut quick = vec![(0, 0); 1 << QUICK];
        let mut lengths = [(0, 0, 0); 17];
        let (mut code, mut at) = (0_u32, 0);
        for (length, &count) in (1..=16_u8).zip(counts) {
            lengths[usize::from(length)] = (code, u32::from(count), at);
            for &symbol in &symbols[at..at + usize::from(count)] {
                if length <= QUICK {
                    let apart = QUICK - length;
                    let first = (code << apart) as usize;
                    let same = quick.get_mut(first..first + (1 << apart))?;
                    same.fill((length, symbol));
                }
                code += 1;
            }
            // More codes than there are of this length.
            (code <= 1 << length).then_some(())?;
            at += usize::from(count);
            code <<= 1;
        }
        let symbols = symbols.to_vec();
        let table = Self {
            quick,
            lengths,
            symbols,
        };
        Some((table, rest))
    }

    /// The length and the symbol of the code that sixteen bits begin with.
    pub(super) fn find(&self, bits: u32) -> Option<(u8, u8)> {
        let found = self.quick[(bits >> (16 - QUICK)) as usize];
        if found.0 > 0 {
            return Some(found);
        }
        (QUICK + 1..=16).find_map(|length| {
            let (first, count, at) = self.lengths[usize::from(length)];
            let number = (bits >> (16 - length)).checked_sub(first)?;
            (number < count).then(|| (length, self.symbols[at + number as usize]))
        })
    }
}

/// What the lowest coefficients of a block are multiples of, row by row.
pub(super) struct QuantizationTable([f32; SIDE * SIDE]);

impl QuantizationTable {
    /// Reads one of a segment, and gives back the rest (section B.2.4.1).
    pub(super) fn read(content: &[u8], is_wide: bool) -> Option<(Self, &[u8])> {
        let width = 1 + usize::from(is_wide);
        let (values, rest) = content.split_at_checked(64 * width)?;
        let mut table = [0.0; SIDE * SIDE];
        for (value, place) in values.chunks_exact(width).zip(LOW) {
            if let Some(place) = place {
                let value = value
                    .iter()
                    .fold(0, |all, &byte| all << 8 | u16::from(byte));
                table[usize::from(place)] = f32::from(value);
            }
        }
        Some((Self(table), rest))
    }
}

/// Where a coefficient of the order of the file (zigzag) is among the sixteen
/// lowest, if it is one of them.
pub(super) const LOW: [Option<u8>; 64] = {
    let mut places = [None; 64];
    let (mut x, mut y, mut number) = (0_u8, 0_u8, 0);
    while number < 64 {
        if x < 4 && y < 4 {
            places[number] = Some(y * 4 + x);
        }
        // Up to the right on even diagonals, and down to the left on odd ones.
        if (x + y) % 2 == 0 {
            if x == 7 {
                y += 1;
            } else if y == 0 {
                x += 1;
            } else {
                (x, y) = (x + 1, y - 1);
            }
        } else if y == 7 {
            x += 1;
        } else if x == 0 {
            y += 1;
        } else {
            (x, y) = (x - 1, y + 1);
        }
        number += 1;
    }
    places
};

/// How much a coefficient of a block of eight adds to each of four pixels: the
/// inverse transform of four points, with the half that is between the scales.
const SHARES: [[f32; SIDE]; SIDE] = [
    [0.353_553_4, 0.461_939_8, 0.353_553_4, 0.191_341_7],
    [0.353_553_4, 0.191_341_7, -0.353_553_4, -0.461_939_8],
    [0.353_553_4, -0.191_341_7, -0.353_553_4, 0.461_939_8],
    [0.353_553_4, -0.461_939_8, 0.353_553_4, -0.191_341_7],
];

/// The pixels of a block at half its size.
pub(super) fn halved_block(
    low: &[i16; SIDE * SIDE],
    table: &QuantizationTable,
) -> [u8; SIDE * SIDE] {
    let mut rows = [0.0; SIDE * SIDE];
    for y in 0..SIDE {
        for (x, shares) in SHARES.iter().enumerate() {
            let at = |u: usize| f32::from(low[y * SIDE + u]) * table.0[y * SIDE + u];
            rows[y * SIDE + x] = (0..SIDE).map(|u| shares[u] * at(u)).sum();
        }
    }
    let mut pixels = [0; SIDE * SIDE];
    for (y, shares) in SHARES.iter().enumerate() {
        for x in 0..SIDE {
            let sum: f32 = (0..SIDE).map(|v| shares[v] * rows[v * SIDE + x]).sum();
            pixels[y * SIDE + x] = sample(sum + 128.0);
        }
    }
    pixels
}
