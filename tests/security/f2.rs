//! F2: pictures that are made to do harm are refused at once, within little
//! memory; of those that are taken no metadata is left.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use image::{ImageBuffer, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::support::pictures::{avatar_url, file, photo, progressive_jpeg};
use crate::support::{Account, Reply, TestApp};

/// A refusal is there after this time …
const AT_ONCE: Duration = Duration::from_millis(200);
/// … and the service has at most so many KiB more by then: 64 MiB.
const LITTLE: u64 = 64 * 1024;
/// The machine may be busy with something else: the best of so many tries counts.
const TRIES: usize = 5;

/// Uploads a picture, and holds the service to little memory.
async fn upload(app: &TestApp, user: &Account, name: &str, picture: &[u8]) -> Reply {
    upload_within(app, user, name, picture, LITTLE).await
}

/// Uploads a picture, and holds the service to so many KiB more.
async fn upload_within(
    app: &TestApp,
    user: &Account,
    name: &str,
    picture: &[u8],
    most: u64,
) -> Reply {
    let before = app.memory_before();
    let reply = app.upload(&user.access, &[("file", picture)]).await;
    let more = app.peak_of_memory() - before;
    assert!(more < most, "{name}: {more} KiB more");
    reply
}

async fn refused(inputs: &[(&str, Vec<u8>)]) {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    // What the first picture of all needs is not the fault of the next.
    let harmless = photo(64, 64, ImageFormat::Png);
    app.upload(&user.access, &[("file", &harmless)])
        .await
        .expect(200);
    for (name, picture) in inputs {
        let mut best = Duration::MAX;
        for _ in 0..TRIES {
            let began = Instant::now();
            let answer = upload(&app, &user, name, picture).await;
            best = best.min(began.elapsed());
            assert_eq!(answer.status, 400, "{name}: {}", answer.text);
            answer.bad_fields(&[("file", "invalid_image")]);
            if best < AT_ONCE {
                break;
            }
        }
        assert!(best < AT_ONCE, "{name}: {best:?}");
    }
    app.get("/api/v1/user/me/", &user.access).await.expect(200);
}

fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(data);
    chunk.extend_from_slice(kind);
    chunk.extend_from_slice(data);
    chunk.extend_from_slice(&crc.sum().to_be_bytes());
    chunk
}

fn deflated(zeros: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let block = vec![0; 1024 * 1024];
    let mut left = zeros;
    while left > 0 {
        let count = left.min(block.len());
        encoder.write_all(&block[..count]).unwrap();
        left -= count;
    }
    encoder.finish().unwrap()
}

/// A PNG of one bit a pixel, all black, with further chunks.
fn black_png(side: u32, more: &[u8]) -> Vec<u8> {
    let header = [
        &side.to_be_bytes()[..],
        &side.to_be_bytes(),
        &[1, 0, 0, 0, 0],
    ]
    .concat();
    let rows = (side as usize).div_ceil(8) + 1;
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        more.to_vec(),
        chunk(b"IDAT", &deflated(rows * side as usize)),
        chunk(b"IEND", b""),
    ]
    .concat()
}

fn gif(frames: usize) -> Vec<u8> {
    let head = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0";
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    [head.as_slice(), &frame.repeat(frames), b"\x3b"].concat()
}

/// A JPEG with a segment after its first marker.
fn jpeg_with(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut jpeg = photo(300, 200, ImageFormat::Jpeg);
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xff, marker][..], &length, content].concat();
    jpeg.splice(2..2, segment);
    jpeg
}

#[tokio::test]
async fn f2_a_one_bit_png_of_30_000_pixels_a_side() {
    let png = black_png(30_000, b"");
    assert!(png.len() < 1024 * 1024, "small enough to be sent");
    refused(&[("30 000² PNG", png)]).await;
}

#[tokio::test]
async fn f2_a_gif_of_10_000_frames() {
    refused(&[("10 000-frame GIF", gif(10_000))]).await;
}

#[tokio::test]
async fn f2_a_compressed_text_that_swells() {
    let bomb = [b"Comment\0\0".to_vec(), deflated(512 * 1024 * 1024)].concat();
    let png = black_png(64, &chunk(b"zTXt", &bomb));
    refused(&[("zTXt bomb", png)]).await;
}

#[tokio::test]
async fn f2_what_is_no_picture_or_not_whole() {
    let html = b"<!doctype html><script>alert(1)</script>".to_vec();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    let mut inputs = vec![
        ("SVG", svg.clone()),
        (
            "SVG with declaration",
            [b"<?xml version=\"1.0\"?>".to_vec(), svg].concat(),
        ),
        ("HTML", html.clone()),
        (
            "HTML, then JPEG",
            [html, photo(64, 64, ImageFormat::Jpeg)].concat(),
        ),
        ("nothing", Vec::new()),
    ];
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let mut cut = photo(400, 300, format);
        cut.truncate(cut.len() / 2);
        inputs.push(("truncated file", cut));
    }
    refused(&inputs).await;
}

#[tokio::test]
async fn f2_what_is_taken_keeps_the_memory_of_decoders() {
    /// What is sent, and the squares that are made of it, in KiB.
    const BESIDE: u64 = 16 * 1024;
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    let (side, wide) = (4000, (4096, 3900));
    let shade = |x: u32, y: u32| u8::try_from((x + y) / 64).unwrap();
    let rgb = |(width, height): (u32, u32)| {
        RgbImage::from_fn(width, height, |x, y| Rgb([shade(x, y), 0, 90]))
    };
    let clear = RgbaImage::from_fn(side, side, |x, y| Rgba([0, 90, 0, shade(x, y)]));
    let deep = ImageBuffer::from_pixel(2800, 2800, Rgba([9_u16, 99, 999, 9999]));
    for (name, picture) in [
        ("progressive JPEG", progressive_jpeg(2900)),
        (
            "JPEG, not square",
            file(&rgb(wide).into(), ImageFormat::Jpeg),
        ),
        ("PNG, not square", file(&rgb(wide).into(), ImageFormat::Png)),
        (
            "PNG with alpha",
            file(&clear.clone().into(), ImageFormat::Png),
        ),
        ("PNG of 16 bits", file(&deep.into(), ImageFormat::Png)),
        ("WebP with alpha", file(&clear.into(), ImageFormat::WebP)),
    ] {
        let answer = upload_within(&app, &user, name, &picture, LITTLE + BESIDE).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn f2_a_webp_that_takes_more_than_a_decoder_may_have() {
    let opaque = file(&RgbImage::new(4000, 4000).into(), ImageFormat::WebP);
    refused(&[("lossless WebP", opaque)]).await;
}

#[tokio::test]
async fn f2_of_a_picture_that_is_taken_nothing_but_pixels_is_left() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    // Big-endian TIFF; GPS latitude and longitude in text.
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"GPSLatitude 48.2082 GPSLongitude 16.3738");
    for (name, picture, trace) in [
        (
            "GPS EXIF",
            jpeg_with(0xe1, &exif),
            b"GPSLatitude".as_slice(),
        ),
        (
            "JPEG that is HTML, too",
            jpeg_with(0xfe, b"<script>alert(1)</script>"),
            b"<script>",
        ),
    ] {
        let contains = |bytes: &[u8]| bytes.windows(trace.len()).any(|window| window == trace);
        assert!(contains(&picture));
        let answer = upload(&app, &user, name, &picture).await;
        let url = avatar_url(&answer.expect(200));
        for side in [64, 256, 1024] {
            let (status, bytes) = app.picture(&format!("{url}?size={side}")).await;
            assert_eq!(status, 200);
            assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::WebP);
            assert!(!contains(&bytes), "{name}");
            for kind in [b"EXIF".as_slice(), b"XMP ", b"ICCP"] {
                assert!(!bytes.windows(4).any(|window| window == kind), "{name}");
            }
        }
    }
}
