use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};

use super::*;

fn waves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |of: u32| u8::try_from(of % 200).unwrap_or(0);
        image::Rgb([wave(x), wave(y), wave(x / 2 + y / 2)])
    })
}

fn lossy_file(image: &RgbImage) -> Vec<u8> {
    let encoder = ::webp::Encoder::from_rgb(image, image.width(), image.height());
    encoder
        .encode_simple(false, 90.0)
        .expect("encoded")
        .to_vec()
}

fn lossless_file(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image
        .into()
        .write_to(&mut bytes, ImageFormat::WebP)
        .expect("encoded");
    bytes.into_inner()
}

fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("short").to_le_bytes();
    let padding = vec![0; content.len() % 2];
    [kind, &length, content, &padding].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let content = [b"WEBP".to_vec(), chunks.concat()].concat();
    chunk(b"RIFF", &content)
}

/// The first picture of a simple file.
fn content(file: &[u8]) -> Vec<u8> {
    chunks(&file[HEAD..]).next().expect("one").content.to_vec()
}

fn extended(flags: u8, side: u32) -> Vec<u8> {
    let side = (side - 1).to_le_bytes();
    let content = [&[flags, 0, 0, 0], &side[..3], &side[..3]].concat();
    chunk(b"VP8X", &content)
}

#[test]
fn a_halved_picture_is_the_whole_one_made_smaller() {
    let file = lossy_file(&waves(301, 187));
    let halved = halved(&content(&file)).expect("decoded");
    assert_eq!((halved.width, halved.height), (151, 94));
    let halved = halved.into_image().expect("an image").to_rgb8();
    let whole = decode(&file).expect("decoded").pixels;
    let whole = whole.into_image().expect("an image").to_rgb8();
    let expected = resize(&whole, 151, 94, FilterType::Triangle);
    let apart = halved.iter().zip(expected.iter());
    let sum: u64 = apart.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = sum / u64::try_from(halved.len()).expect("a number");
    assert!(mean < 4, "a channel is {mean} off");
}

#[test]
fn the_decoder_gets_what_it_needs_and_no_more_than_the_limit() {
    let mebibytes = |file: &[u8]| cost(file).map(|cost| cost.bytes / (1024 * 1024));
    let opaque = lossless_file(RgbImage::new(4000, 2000));
    assert_eq!(mebibytes(&opaque), Some(53));
    let clear = lossless_file(RgbaImage::new(4000, 4000));
    assert_eq!(mebibytes(&clear), Some(61));
    assert!(decode(&lossless_file(RgbImage::new(4000, 3000))).is_none());
    // Brightness, colours, pixels; with alpha its picture and itself, too.
    let lossy = lossy_file(&RgbImage::new(2000, 2000));
    assert_eq!(mebibytes(&lossy), Some(17));
    let inner = content(&lossless_file(RgbaImage::new(2000, 2000)));
    let alpha = [&[1], &inner[LOSSLESS_HEAD..]].concat();
    let both = riff(&[
        extended(0x10, 2000),
        chunk(b"ALPH", &alpha),
        chunk(b"VP8 ", &content(&lossy)),
    ]);
    assert_eq!(mebibytes(&both), Some(40));
    assert!(decode(&both).is_some());
}

#[test]
fn a_picture_that_is_larger_than_its_file_says_is_not_decoded() {
    let lossy = content(&lossy_file(&RgbImage::new(640, 640)));
    let with = |side| riff(&[extended(0, side), chunk(b"VP8 ", &lossy)]);
    assert!(decode(&with(640)).is_some());
    assert!(cost(&with(64)).is_none());
    let frame = |side: u32| {
        let side = (side - 1).to_le_bytes();
        let head = [&[0; 6], &side[..3], &side[..3], &[100, 0, 0, 0]].concat();
        let frame = [head, chunk(b"VP8 ", &lossy)].concat();
        riff(&[
            extended(0x02, 640),
            chunk(b"ANIM", &[0; 6]),
            chunk(b"ANMF", &frame),
        ])
    };
    assert!(decode(&frame(640)).is_some());
    assert!(cost(&frame(64)).is_none());
}

/// Writes bits, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn put(&mut self, value: u32, bits: usize) {
        for bit in 0..bits {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let set = u8::try_from(value >> bit & 1).unwrap_or(0) << (self.count % 8);
            *self.bytes.last_mut().expect("pushed") |= set;
            self.count += 1;
        }
    }

    /// A code of one symbol.
    fn put_single(&mut self, symbol: u32) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }

    /// A code of eleven symbols, of one to ten bits.
    fn put_long(&mut self) {
        self.put(0, 1);
        // Lengths of three bits for lengths 1 to 6, and of four for 7 to 10.
        self.put(14 - 4, 4);
        for length in [0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4] {
            self.put(length, 3);
        }
        // Of eleven symbols: 2 and 9, in four bits.
        self.put(0x93, 8);
        for number in 0..6_u32 {
            self.put(number.reverse_bits() >> 29, 3);
        }
        for number in [12, 13, 14, 15, 15_u32] {
            self.put(number.reverse_bits() >> 28, 4);
        }
    }
}

/// Four pixels, and so many groups of codes.
fn with_groups(groups: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(3, 14);
    bits.put(3, 14);
    // With alpha, of version 0, without transforms and cache.
    for (value, count) in [(1, 1), (0, 3), (0, 1), (0, 1)] {
        bits.put(value, count);
    }
    // Groups for blocks of four pixels; their picture has no cache.
    for (value, count) in [(1, 1), (0, 3), (0, 1)] {
        bits.put(value, count);
    }
    let last = groups - 1;
    for symbol in [last & 255, last >> 8, 0, 0, 0] {
        bits.put_single(symbol);
    }
    for _ in 0..groups * 5 {
        bits.put_long();
    }
    bits.put(0, 32);
    riff(&[chunk(b"VP8L", &bits.bytes)])
}

#[test]
fn tables_that_swell_are_refused_and_some_are_not() {
    let few = with_groups(40);
    let found = cost(&few).expect("40 groups").bytes;
    let tables = 40 * 5 * 4096;
    assert!((tables..tables * 2).contains(&found), "{found}");
    assert!(cost(&with_groups(65_536)).is_none());
}
