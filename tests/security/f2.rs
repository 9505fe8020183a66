//! F2: pictures that are made to do harm are refused at once, within little
//! memory; of those that are taken no metadata is left.

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use image::ImageFormat;

use crate::support::pictures::{avatar_url, photo};
use crate::support::{Account, Reply, TestApp};

/// A refusal is there after this time …
const AT_ONCE: Duration = Duration::from_millis(200);
/// … and the service has at most so many KiB more by then: 64 MiB.
const LITTLE: u64 = 64 * 1024;
/// The machine may be busy with something else: the best of so many tries counts.
const TRIES: usize = 5;

/// A value of `/proc/<pid>/status`, in KiB.
fn memory(app: &TestApp, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", app.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let number = line.split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

/// Uploads a picture, and holds the service to little memory.
async fn upload(app: &TestApp, user: &Account, name: &str, picture: &[u8]) -> Reply {
    // From here on the peak is that of this upload.
    fs::write(format!("/proc/{}/clear_refs", app.pid()), "5").unwrap();
    let before = memory(app, "VmRSS:");
    let reply = app.upload(&user.access, &[("file", picture)]).await;
    let more = memory(app, "VmHWM:").saturating_sub(before);
    assert!(more < LITTLE, "{name}: {more} KiB more");
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
