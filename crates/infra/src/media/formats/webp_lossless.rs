//! What the decoder of lossless WebP keeps beside the picture.
//!
//! A picture may be coded by up to 65 536 groups of five Huffman tables, and a
//! table of 4 KiB is written in a dozen bytes: a file of 5 MiB and one pixel
//! makes the decoder allocate more than a gigabyte. How many there are is
//! known only after what stands before them was read, so all of that is read
//! here, and nothing of it kept. RFC 9649, section 3.

use vestibule_domain::avatars::MAX_DECODED_BYTES;

/// The numbers of symbols of green, red, blue, alpha and distances.
const ALPHABETS: [u16; 5] = [256 + 24, 256, 256, 256, 40];
/// In which order the lengths of the codes of lengths are written.
const ORDER: [usize; 19] = [
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];
/// Codes up to this length are looked up in a table of the decoder's, …
const QUICK: usize = 10;
/// … of so many bytes an entry. Longer ones are in a tree, and take so much.
const ENTRY: u64 = 4;
const IN_TREE: u64 = 64;
/// What five tables take that have no entries at all.
const GROUP: u64 = 1024;

/// The bytes that a lossless picture of this size takes beside its pixels.
/// `None` where it is broken, or past what a decoder may have.
pub(super) fn tables_of(coded: &[u8], width: u32, height: u32) -> Option<u64> {
    let mut reader = Reader {
        coded,
        at: 0,
        bytes: 0,
    };
    let mut columns = width;
    while reader.take(1)? == 1 {
        match reader.take(2)? {
            // How pixels, and their colours, follow from those beside them.
            0 | 1 => {
                let apart = reader.take(3)? + 2;
                let (columns, rows) = (columns.div_ceil(1 << apart), height.div_ceil(1 << apart));
                reader.spend(u64::from(columns) * u64::from(rows) * 4)?;
                reader.inner_picture(columns * rows)?;
            }
            2 => {}
            // A palette, of which one to eight pixels are in one.
            _ => {
                let colors = reader.take(8)? + 1;
                reader.inner_picture(colors)?;
                columns = columns.div_ceil(match colors {
                    ..=2 => 8,
                    3..=4 => 4,
                    5..=16 => 2,
                    _ => 1,
                });
            }
        }
    }
    let cached = reader.color_cache()?;
    let mut groups = 1;
    if reader.take(1)? == 1 {
        let apart = reader.take(3)? + 2;
        let blocks = columns.div_ceil(1 << apart) * height.div_ceil(1 << apart);
        // Read as a picture, then kept as numbers of two bytes.
        reader.spend(u64::from(blocks) * 6)?;
        groups = reader.inner_picture(blocks)? + 1;
    }
    for _ in 0..groups {
        reader.group(cached)?;
    }
    Some(reader.bytes)
}

struct Reader<'a> {
    coded: &'a [u8],
    /// The next bit.
    at: usize,
    /// What the decoder has allocated by now.
    bytes: u64,
}

impl Reader<'_> {
    fn spend(&mut self, bytes: u64) -> Option<()> {
        self.bytes += bytes;
        (self.bytes <= MAX_DECODED_BYTES).then_some(())
    }

    /// At most 16 bits, the lowest first.
    fn take(&mut self, bits: usize) -> Option<u32> {
        let from = self.at / 8;
        let mut window = [0; 4];
        let rest = self.coded.get(from..)?;
        let held = rest.len().min(4);
        window[..held].copy_from_slice(&rest[..held]);
        let taken = u32::from_le_bytes(window) >> (self.at % 8) & ((1 << bits) - 1);
        self.at += bits;
        (self.at <= self.coded.len() * 8).then_some(taken)
    }

    /// How many symbols the cache of colours adds.
    fn color_cache(&mut self) -> Option<u16> {
        match self.take(1)? {
            1 => {
                let bits = self.take(4)?;
                (1..=11).contains(&bits).then_some(1 << bits)
            }
            _ => Some(0),
        }
    }

    fn group(&mut self, cached: u16) -> Option<[Code; 5]> {
        self.spend(GROUP)?;
        let mut codes = [const { None }; 5];
        for (code, symbols) in codes.iter_mut().zip(ALPHABETS) {
            let is_green = symbols == ALPHABETS[0];
            *code = Some(self.code(symbols + if is_green { cached } else { 0 })?);
        }
        let [
            Some(green),
            Some(red),
            Some(blue),
            Some(alpha),
            Some(distance),
        ] = codes
        else {
            return None;
        };
        Some([green, red, blue, alpha, distance])
    }

    /// Section 3.7.2.1.
    fn code(&mut self, symbols: u16) -> Option<Code> {
        if self.take(1)? == 1 {
            let is_pair = self.take(1)? == 1;
            let bits = if self.take(1)? == 1 { 8 } else { 1 };
            let mut found = vec![u16::try_from(self.take(bits)?).ok()?];
            if is_pair {
                found.push(u16::try_from(self.take(8)?).ok()?);
            }
            return found
                .iter()
                .all(|symbol| *symbol < symbols)
                .then_some(Code::simple(found));
        }
        let mut lengths = [0; ORDER.len()];
        let count = 4 + self.take(4)? as usize;
        for place in ORDER.iter().take(count) {
            lengths[*place] = u8::try_from(self.take(3)?).ok()?;
        }
        let of_lengths = Code::of(&lengths)?;
        let mut left = u32::from(symbols);
        if self.take(1)? == 1 {
            let bits = 2 + 2 * self.take(3)? as usize;
            left = 2 + self.take(bits)?;
            (left <= u32::from(symbols)).then_some(())?;
        }
        let mut lengths = Vec::new();
        let mut last = 8;
        while lengths.len() < usize::from(symbols) && left > 0 {
            left -= 1;
            let (length, times) = match self.symbol(&of_lengths)? {
                16 => (last, 3 + self.take(2)?),
                17 => (0, 3 + self.take(3)?),
                18 => (0, 11 + self.take(7)?),
                length => {
                    let length = u8::try_from(length).ok()?;
                    if length > 0 {
                        last = length;
                    }
                    (length, 1)
                }
            };
            lengths.extend((0..times).map(|_| length));
        }
        (lengths.len() <= usize::from(symbols)).then_some(())?;
        let code = Code::of(&lengths)?;
        self.spend(code.cost)?;
        Some(code)
    }

    fn symbol(&mut self, code: &Code) -> Option<u16> {
        if let [only] = code.symbols[..] {
            return Some(only);
        }
        let (mut number, mut first, mut at) = (0, 0, 0);
        for count in &code.counts[1..] {
            number = number << 1 | self.take(1)? as usize;
            let count = usize::from(*count);
            if number < first + count {
                return code.symbols.get(at + number - first).copied();
            }
            at += count;
            first = (first + count) << 1;
        }
        None
    }

    /// Passes over one of the pictures that say how the real one is coded, and
    /// says the highest number that its red and green make. Every pixel is
    /// written, or the copy of one that was.
    fn inner_picture(&mut self, pixels: u32) -> Option<u32> {
        let cached = self.color_cache()?;
        let before = self.bytes;
        let [green, red, blue, alpha, distance] = self.group(cached)?;
        let (mut passed, mut highest) = (0, 0);
        while passed < pixels {
            match self.symbol(&green)? {
                value @ ..=255 => {
                    let red = self.symbol(&red)?;
                    self.symbol(&blue)?;
                    self.symbol(&alpha)?;
                    highest = highest.max(u32::from(red) << 8 | u32::from(value));
                    passed += 1;
                }
                length @ 256..=279 => {
                    passed += self.length(length - 256)?;
                    let distance = self.symbol(&distance)?;
                    self.length(distance)?;
                }
                _ => passed += 1,
            }
        }
        // Its tables are gone before the next are made.
        self.bytes = before;
        Some(highest)
    }

    /// A length or a distance, whose highest bits are its symbol.
    fn length(&mut self, symbol: u16) -> Option<u32> {
        if symbol < 4 {
            return Some(u32::from(symbol) + 1);
        }
        let bits = usize::from(symbol - 2) / 2;
        let lowest = (2 + (u32::from(symbol) & 1)) << bits;
        Some(lowest + self.take(bits)? + 1)
    }
}

/// A Huffman code.
struct Code {
    /// How many codes there are of each length.
    counts: [u16; 16],
    /// In the order of their codes.
    symbols: Vec<u16>,
    /// The memory of the decoder's table.
    cost: u64,
}

impl Code {
    fn simple(symbols: Vec<u16>) -> Self {
        let mut counts = [0; 16];
        counts[1] = 2;
        Self {
            counts,
            symbols,
            cost: 0,
        }
    }

    /// `None` unless every sequence of bits begins with one code.
    fn of(lengths: &[u8]) -> Option<Self> {
        let mut counts = [0_u16; 16];
        for length in lengths {
            counts[usize::from(*length)] += 1;
        }
        let unused = std::mem::take(&mut counts[0]);
        let longest = counts.iter().rposition(|&count| count > 0)?;
        let mut places = [0; 16];
        let (mut next, mut covered) = (0, 0_u32);
        for (length, count) in counts.iter().enumerate().skip(1) {
            places[length] = next;
            next += usize::from(*count);
            covered += u32::from(*count) << (15 - length);
        }
        let mut symbols = vec![0; lengths.len() - usize::from(unused)];
        let is_whole = symbols.len() == 1 || covered == 1 << 15;
        for (symbol, length) in (0..).zip(lengths).filter(|(_, length)| **length > 0) {
            let place = &mut places[usize::from(*length)];
            symbols[*place] = symbol;
            *place += 1;
        }
        let in_tree: u16 = counts[QUICK.min(longest) + 1..].iter().sum();
        is_whole.then(|| Self {
            counts,
            symbols,
            cost: (ENTRY << longest.min(QUICK)) + u64::from(in_tree) * IN_TREE,
        })
    }
}
