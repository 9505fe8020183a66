//! What the image crates alone take to decode a JPEG, to make the three
//! squares of it and to encode them: the measure that `tests/load/avatars.py`
//! holds an upload against.
//!
//!     cargo run --release -p vestibule-infra --example avatar_baseline -- photo.jpg
//!
//! Prints the median of 15 runs in milliseconds. With a second argument it
//! first writes a photo-like JPEG of 4000 × 3000 pixels to the path.

#![expect(clippy::print_stdout, reason = "its answer")]

use std::error::Error;
use std::fs;
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};
use webp::Encoder;

const RUNS: usize = 15;

fn photo() -> RgbImage {
    let mut noise = 0x9e37_79b9_u32;
    RgbImage::from_fn(4000, 3000, |x, y| {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let grain = noise % 12;
        let wave = |number: u32| u8::try_from((number + grain) % 256).unwrap_or(0);
        image::Rgb([wave(x / 16), wave(y / 12), wave((x + y) / 28)])
    })
}

fn avatar(jpeg: &[u8]) -> Result<usize, Box<dyn Error>> {
    let decoded = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)?;
    let side = decoded.width().min(decoded.height());
    let (x, y) = ((decoded.width() - side) / 2, (decoded.height() - side) / 2);
    let mut square: DynamicImage = decoded.crop_imm(x, y, side, side);
    let mut bytes = 0;
    for side in [1024, 256, 64] {
        square = square.thumbnail_exact(side, side);
        let pixels = square.to_rgb8();
        let webp = Encoder::from_rgb(&pixels, side, side).encode_simple(false, 82.0);
        bytes += webp.map_err(|error| format!("{error:?}"))?.len();
    }
    Ok(bytes)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments
        .next()
        .ok_or("usage: avatar_baseline JPEG [make]")?;
    if arguments.next().is_some() {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 85).encode_image(&photo())?;
        fs::write(&path, jpeg)?;
    }
    let jpeg = fs::read(&path)?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        avatar(&jpeg)?;
        times.push(began.elapsed());
    }
    times.sort();
    println!("{:.1}", times[RUNS / 2].as_secs_f64() * 1000.0);
    Ok(())
}
