use super::SIDE;
use super::tables::{HuffmanTable, LOW};
use crate::media::formats::jpeg::Component;

/// The blocks of a component, as far as they are known.
pub(super) struct Plane {
    /// Blocks of a row.
    pub(super) columns: usize,
    blocks: Vec<Block>,
}

#[derive(Clone)]
pub(super) struct Block {
    low: [i16; SIDE * SIDE],
    /// Which coefficients are not zero, by their place in the file's order.
    known: u64,
}

impl Plane {
    pub(super) const BYTES_OF_BLOCK: usize = size_of::<Block>();

    /// All grey.
    pub(super) fn new(component: &Component, across: usize, down: usize) -> Self {
        let columns = across * component.across;
        let empty = Block {
            low: [0; SIDE * SIDE],
            known: 0,
        };
        let blocks = vec![empty; columns * down * component.down];
        Self { columns, blocks }
    }

    pub(super) fn block(&mut self, x: usize, y: usize) -> &mut Block {
        &mut self.blocks[y * self.columns + x]
    }

    pub(super) fn low(&self, x: usize, y: usize) -> &[i16; SIDE * SIDE] {
        &self.blocks[y * self.columns + x].low
    }
}

impl Block {
    fn is_known(&self, place: usize) -> bool {
        self.known >> place & 1 == 1
    }

    fn set(&mut self, place: usize, value: i16) {
        self.known |= 1 << place;
        if let Some(low) = LOW[place] {
            self.low[usize::from(low)] = value;
        }
    }

    /// Takes one more bit of a coefficient, away from zero.
    fn refine(&mut self, place: usize, bit: i16) {
        if let Some(low) = LOW[place] {
            let value = &mut self.low[usize::from(low)];
            if *value & bit == 0 {
                *value = value.wrapping_add(bit * value.signum());
            }
        }
    }
}

/// One pass over some coefficients.
pub(super) struct Scan<'a> {
    bits: Bits<'a>,
    first: usize,
    last: usize,
    /// The bit that the scan is about.
    low: u8,
    /// Whether all higher bits are known.
    is_refining: bool,
    /// The last first coefficient of each component.
    dc: [i32; 4],
    /// Blocks to come without further coefficients.
    ended: u32,
}

impl<'a> Scan<'a> {
    pub(super) fn new(coded: &'a [u8], first: u8, last: u8, approximation: u8) -> Option<Self> {
        let low = approximation & 15;
        (first <= last && last < 64 && low < 14).then(|| Self {
            bits: Bits::new(coded),
            first: first.into(),
            last: last.into(),
            low,
            is_refining: approximation >> 4 != 0,
            dc: [0; 4],
            ended: 0,
        })
    }

    /// Begins anew where the number of the block, or group, says so.
    pub(super) fn restart_at(&mut self, number: usize, every: usize) {
        if every > 0 && number > 0 && number.is_multiple_of(every) {
            self.bits.restart();
            self.dc = [0; 4];
            self.ended = 0;
        }
    }

    pub(super) fn read_block(
        &mut self,
        block: &mut Block,
        place: usize,
        dc: Option<&HuffmanTable>,
        ac: Option<&HuffmanTable>,
    ) -> Option<()> {
        let mut from = self.first;
        if from == 0 {
            self.read_dc(block, place, dc)?;
            from = 1;
        }
        if from > self.last {
            return Some(());
        }
        if self.is_refining {
            self.refine_ac(block, from, ac?)
        } else {
            self.read_ac(block, from, ac?)
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "what no encoder makes may be any number"
    )]
    fn read_dc(
        &mut self,
        block: &mut Block,
        place: usize,
        table: Option<&HuffmanTable>,
    ) -> Option<()> {
        if self.is_refining {
            block.low[0] |= i16::from(self.bits.take(1) == 1) << self.low;
            return Some(());
        }
        let size = self.bits.symbol(table?)?;
        let last = self.dc.get_mut(place)?;
        *last = last.wrapping_add(self.bits.signed(size.min(15)));
        block.low[0] = (*last << self.low) as i16;
        Some(())
    }

    /// Section G.1.2.2.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what no encoder makes may be any number"
    )]
    fn read_ac(&mut self, block: &mut Block, from: usize, table: &HuffmanTable) -> Option<()> {
        if self.ended > 0 {
            self.ended -= 1;
            return Some(());
        }
        let mut place = from;
        while place <= self.last {
            let symbol = self.bits.symbol(table)?;
            let (zeros, size) = (symbol >> 4, symbol & 15);
            if size == 0 && zeros < 15 {
                self.ended = (1 << zeros) - 1 + self.bits.take(zeros);
                break;
            }
            place += usize::from(zeros);
            if size > 0 && place <= self.last {
                let value = self.bits.signed(size) << self.low;
                block.set(place, value as i16);
            }
            place += 1;
        }
        Some(())
    }

    /// Section G.1.2.3: among the bits of the coefficients that are known
    /// stand those that are not zero from now on.
    fn refine_ac(&mut self, block: &mut Block, from: usize, table: &HuffmanTable) -> Option<()> {
        let bit = 1_i16 << self.low;
        let mut place = from;
        while self.ended == 0 && place <= self.last {
            let symbol = self.bits.symbol(table)?;
            let (mut zeros, size) = (symbol >> 4, symbol & 15);
            if size == 0 && zeros < 15 {
                self.ended = (1 << zeros) + self.bits.take(zeros);
                break;
            }
            let sign = if size > 0 { self.bits.take(1) } else { 0 };
            while place <= self.last {
                if block.is_known(place) {
                    self.refine(block, place, bit);
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                place += 1;
            }
            if size > 0 && place <= self.last {
                block.set(place, if sign == 1 { bit } else { -bit });
            }
            place += 1;
        }
        if self.ended > 0 {
            for place in place..=self.last {
                if block.is_known(place) {
                    self.refine(block, place, bit);
                }
            }
            self.ended -= 1;
        }
        Some(())
    }

    fn refine(&mut self, block: &mut Block, place: usize, bit: i16) {
        if self.bits.take(1) == 1 {
            block.refine(place, bit);
        }
    }
}

/// The bits of coded pixels. Past their end, and up to a restart, they are 0.
struct Bits<'a> {
    coded: &'a [u8],
    at: usize,
    /// The next ones, from the highest.
    held: u64,
    count: u8,
}

impl<'a> Bits<'a> {
    fn new(coded: &'a [u8]) -> Self {
        Self {
            coded,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = match self.coded.get(self.at) {
                Some(0xff) if self.coded.get(self.at + 1) == Some(&0) => {
                    self.at += 2;
                    0xff
                }
                Some(0xff) | None => 0,
                Some(&byte) => {
                    self.at += 1;
                    byte
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// At most 16 bits.
    fn take(&mut self, bits: u8) -> u32 {
        if self.count < bits {
            self.fill();
        }
        // In two steps, since there may be none to take.
        let taken = self.held >> 1 >> (63 - bits);
        self.held <<= bits;
        self.count -= bits;
        u32::try_from(taken).unwrap_or(0)
    }

    /// A number of so many bits: in its lower half it is negative (F.2.2.1).
    fn signed(&mut self, bits: u8) -> i32 {
        let value = self.take(bits).cast_signed();
        if bits > 0 && value < 1 << (bits - 1) {
            value - (1 << bits) + 1
        } else {
            value
        }
    }

    fn symbol(&mut self, table: &HuffmanTable) -> Option<u8> {
        if self.count < 16 {
            self.fill();
        }
        let (length, symbol) = table.find(u32::try_from(self.held >> 48).ok()?)?;
        self.held <<= length;
        self.count -= length;
        Some(symbol)
    }

    /// Goes on after the next restart marker.
    fn restart(&mut self) {
        (self.held, self.count) = (0, 0);
        while let Some(rest) = self.coded.get(self.at..).filter(|rest| rest.len() > 1) {
            self.at += 1;
            if rest[0] == 0xff && (0xd0..=0xd7).contains(&rest[1]) {
                self.at += 1;
                break;
            }
        }
    }
}
