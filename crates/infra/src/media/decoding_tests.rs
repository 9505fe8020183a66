use std::io::{Cursor, Write as _};

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{Delay, Frame, ImageEncoder as _, ImageFormat, Rgb, RgbImage, RgbaImage};
use vestibule_domain::avatars::{MAX_GIF_FRAMES, MAX_SIDE};

use super::*;

const RED: Rgb<u8> = Rgb([220, 20, 20]);
const GREEN: Rgb<u8> = Rgb([20, 200, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 220]);

/// Three stripes from left to right.
fn stripes(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| match x * 3 / width {
        0 => RED,
        1 => GREEN,
        _ => BLUE,
    })
}

fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// A JPEG with an EXIF block that says which way is up, and where it was taken.
fn turned(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS 48.2082N 16.3738E");
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.set_exif_metadata(exif).expect("room for it");
    encoder.encode_image(image).expect("encoded");
    bytes
}

fn upload(file: Vec<u8>) -> Upload {
    Upload { file, crop: None }
}

fn refused(file: Vec<u8>) -> bool {
    matches!(render(&upload(file)), Err(DecodeError::Refused(parts)) if parts == [Part::File])
}

fn made(upload: &Upload) -> Vec<(AvatarSize, DynamicImage)> {
    let rendered = render(upload).expect("rendered");
    rendered
        .into_iter()
        .map(|image| {
            assert_eq!(&image.webp[..4], b"RIFF");
            assert_eq!(&image.webp[8..12], b"WEBP");
            let decoded = image::load_from_memory(&image.webp).expect("a WebP");
            (image.size, decoded)
        })
        .collect()
}

#[track_caller]
fn assert_color(image: &DynamicImage, x: u32, y: u32, expected: Rgb<u8>) {
    let found = image.to_rgb8()[(x, y)];
    let near = found
        .0
        .iter()
        .zip(expected.0)
        .all(|(a, b)| a.abs_diff(b) < 40);
    assert!(near, "{found:?}, not {expected:?} at {x}, {y}");
}

#[test]
fn every_format_becomes_three_squares_of_its_middle() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        // The middle third is green, and as wide as the picture is high.
        let squares = made(&upload(file(stripes(900, 300), format)));
        let sizes: Vec<_> = squares.iter().map(|(size, _)| *size).collect();
        assert_eq!(sizes, AvatarSize::SQUARES.map(|(size, _)| size));
        for ((_, image), (_, side)) in squares.iter().zip(AvatarSize::SQUARES) {
            assert_eq!(image.dimensions(), (side, side), "{format:?}");
            for (x, y) in [(side / 2, side / 2), (side / 8, side / 8)] {
                assert_color(image, x, y, GREEN);
            }
        }
    }
}

#[test]
fn pictures_are_upright_and_their_metadata_is_gone() {
    // Red is on the left; each orientation says where it is to be seen.
    for (orientation, (x, y)) in [
        (1, (8, 128)),
        (3, (248, 128)),
        (6, (128, 8)),
        (8, (128, 248)),
    ] {
        let bytes = turned(&stripes(300, 300), orientation);
        assert!(bytes.windows(3).any(|window| window == b"GPS"));
        let rendered = render(&upload(bytes.clone())).expect("rendered");
        for image in &rendered {
            let text = &image.webp;
            for trace in [b"GPS".as_slice(), b"EXIF", b"Exif", b"XMP ", b"ICCP"] {
                assert!(!text.windows(trace.len()).any(|window| window == trace));
            }
        }
        let squares = made(&upload(bytes));
        assert_color(&squares[1].1, x, y, RED);
    }
}

#[test]
fn a_crop_is_shown_and_the_whole_picture_is_kept_beside_it() {
    let whole = file(stripes(2400, 1200), ImageFormat::Jpeg);
    let crop = file(RgbImage::from_pixel(500, 500, BLUE), ImageFormat::Png);
    let pictures = made(&Upload {
        file: whole,
        crop: Some(crop),
    });
    assert_eq!(pictures.len(), 4);
    for (_, square) in &pictures[..3] {
        assert_color(square, 10, 10, BLUE);
    }
    let (size, whole) = &pictures[3];
    assert_eq!((*size, whole.dimensions()), (AvatarSize::Full, (1024, 512)));
    assert_color(whole, 10, 10, RED);
    let picture = || file(stripes(90, 30), ImageFormat::Png);
    let other = || b"no image".to_vec();
    for (whole, crop, parts) in [
        (picture(), other(), &[Part::Crop][..]),
        (other(), picture(), &[Part::File]),
        (other(), other(), &[Part::File, Part::Crop]),
    ] {
        let refused = render(&Upload {
            file: whole,
            crop: Some(crop),
        });
        assert!(matches!(refused, Err(DecodeError::Refused(found)) if found == parts));
    }
}

#[test]
fn what_is_clear_stays_clear_and_small_pictures_are_enlarged() {
    let clear = RgbaImage::from_pixel(10, 10, image::Rgba([0, 0, 0, 0]));
    let squares = made(&upload(file(clear, ImageFormat::Png)));
    for (_, square) in squares {
        assert_eq!(square.to_rgba8()[(5, 5)].0[3], 0);
    }
    let single = RgbImage::from_pixel(1, 1, RED);
    let squares = made(&upload(file(single, ImageFormat::Png)));
    assert_color(&squares[0].1, 512, 512, RED);
}

#[test]
fn sides_and_areas_past_the_limits_are_refused() {
    let edge = file(image::GrayImage::new(MAX_SIDE, 8), ImageFormat::Png);
    assert!(!refused(edge));
    for (width, height) in [(MAX_SIDE + 1, 8), (8, MAX_SIDE + 1), (4096, 4000)] {
        let image = file(image::GrayImage::new(width, height), ImageFormat::Png);
        assert!(refused(image), "{width} × {height}");
    }
    // 16 bits a channel would be past the memory; 8 of them are kept.
    let deep = DynamicImage::new_rgba16(3000, 3000);
    assert!(!refused(file(deep, ImageFormat::Png)));
}

#[test]
fn what_is_no_picture_of_these_kinds_is_refused() {
    for bytes in [
        b"".as_slice(),
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBP",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"<!doctype html><script>alert(1)</script>",
        b"BM\0\0",
    ] {
        assert!(refused(bytes.to_vec()), "{bytes:?}");
    }
    let html = [b"<html>".to_vec(), file(stripes(30, 30), ImageFormat::Jpeg)].concat();
    assert!(refused(html));
}

#[test]
fn a_picture_that_is_cut_off_is_refused() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let whole = file(stripes(300, 300), format);
        assert!(!refused(whole.clone()));
        for part in [whole.len() / 4, whole.len() / 2] {
            assert!(refused(whole[..part].to_vec()), "{format:?} {part}");
        }
    }
    // The end of a thumbnail is not the end of the picture.
    let mut photo = turned(&stripes(300, 300), 1);
    let exif = photo
        .windows(3)
        .position(|window| window == b"GPS")
        .expect("there");
    photo[exif..exif + 2].copy_from_slice(b"\xff\xd9");
    assert!(!refused(photo.clone()));
    photo.truncate(photo.len() * 3 / 4);
    assert!(refused(photo));
}

#[test]
fn a_text_that_swells_is_refused_and_a_modest_one_is_not() {
    let png = |text: usize| {
        let mut bytes = file(stripes(30, 30), ImageFormat::Png);
        let mut deflated = Vec::new();
        let mut encoder =
            flate2::write::ZlibEncoder::new(&mut deflated, flate2::Compression::best());
        encoder.write_all(&vec![b'a'; text]).expect("deflated");
        encoder.finish().expect("deflated");
        let data = [b"zTXtComment\0\0".to_vec(), deflated].concat();
        let mut chunk = u32::try_from(data.len() - 4)
            .expect("short")
            .to_be_bytes()
            .to_vec();
        let mut crc = flate2::Crc::new();
        crc.update(&data);
        chunk.extend(data);
        chunk.extend(crc.sum().to_be_bytes());
        // After the header: 8 bytes of signature, 25 of IHDR.
        bytes.splice(33..33, chunk);
        bytes
    };
    assert!(!refused(png(1000)));
    assert!(refused(png(64 * 1024 * 1024)));
}

#[test]
fn of_an_animation_the_first_picture_is_taken_and_a_film_is_refused() {
    let film = |frames: u32| {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        for number in 0..frames {
            let color = if number == 0 { RED } else { BLUE };
            let image = DynamicImage::from(RgbImage::from_pixel(4, 4, color)).to_rgba8();
            let delay = Delay::from_numer_denom_ms(10, 1);
            let frame = Frame::from_parts(image, 0, 0, delay);
            encoder.encode_frame(frame).expect("encoded");
        }
        drop(encoder);
        bytes
    };
    let squares = made(&upload(film(3)));
    assert_color(&squares[2].1, 32, 32, RED);
    let most = u32::try_from(MAX_GIF_FRAMES).expect("few");
    assert!(!refused(film(most)));
    assert!(refused(film(most + 1)));
}

/// A frame of three stripes on a larger screen.
fn gif(interlaced: bool, (left, top): (u16, u16)) -> Vec<u8> {
    let (width, height) = (90, 30);
    let colors: Vec<u8> = [RED, GREEN, BLUE]
        .iter()
        .flat_map(|color| color.0)
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, 120, 120, &colors).expect("begun");
    let row: Vec<u8> = (0..width)
        .map(|x| u8::try_from(x / 30).expect("3"))
        .collect();
    let frame = gif::Frame {
        left,
        top,
        width,
        height,
        interlaced,
        buffer: row.repeat(height.into()).into(),
        ..gif::Frame::default()
    };
    encoder.write_frame(&frame).expect("written");
    drop(encoder);
    bytes
}

#[test]
fn a_frame_is_where_it_is_on_the_screen_and_what_is_off_it_is_left_out() {
    for interlaced in [false, true] {
        let squares = made(&upload(gif(interlaced, (15, 45))));
        let square = &squares[0].1;
        // 120 pixels are 1024 now.
        for (x, y, color) in [(20, 50, RED), (60, 60, GREEN), (100, 70, BLUE)] {
            assert_color(square, x * 1024 / 120, y * 1024 / 120, color);
        }
        for (x, y) in [(5, 60), (115, 60), (60, 40), (60, 80)] {
            let at = (x * 1024 / 120, y * 1024 / 120);
            assert_eq!(square.to_rgba8()[at].0[3], 0, "{x}, {y}");
        }
        let outside = made(&upload(gif(interlaced, (75, 105))));
        assert_color(&outside[0].1, 90 * 1024 / 120, 110 * 1024 / 120, RED);
        assert!(!refused(gif(interlaced, (500, 500))));
    }
}
