use image::ImageFormat;

use super::*;
use crate::media::formats::jpeg::header;

/// Made by libjpeg-turbo of the same picture of 157 × 109 pixels.
const FILES: [(&str, &[u8]); 5] = [
    (
        "progressive",
        include_bytes!("fixtures/progressive_420.jpg"),
    ),
    (
        "progressive with restarts",
        include_bytes!("fixtures/progressive_422_restarts.jpg"),
    ),
    (
        "progressive RGB",
        include_bytes!("fixtures/progressive_rgb.jpg"),
    ),
    (
        "progressive grey",
        include_bytes!("fixtures/progressive_grey.jpg"),
    ),
    (
        "a scan for each component",
        include_bytes!("fixtures/three_scans.jpg"),
    ),
];

fn halved(file: &[u8]) -> Option<Pixels> {
    decode(file, &header(file)?)
}

#[test]
fn a_halved_picture_is_the_whole_one_made_smaller() {
    for (name, file) in FILES {
        let halved = halved(file).expect(name);
        assert_eq!((halved.width, halved.height), (79, 55), "{name}");
        let halved = halved.into_image().expect(name).to_rgb8();
        // The crate gets this one wrong, but not the same one in one scan.
        let is_sequential = name == "a scan for each component";
        let same = include_bytes!("fixtures/one_scan.jpg");
        let whole = if is_sequential { same } else { file };
        let whole = image::load_from_memory_with_format(whole, ImageFormat::Jpeg);
        let whole = whole.expect(name).to_rgb8();
        let mut sum = 0;
        for (x, y, pixel) in halved.enumerate_pixels() {
            let (right, below) = ((2 * x + 1).min(156), (2 * y + 1).min(108));
            let four = [
                (2 * x, 2 * y),
                (right, 2 * y),
                (2 * x, below),
                (right, below),
            ];
            for channel in 0..3 {
                let all: u16 = four.iter().map(|at| u16::from(whole[*at].0[channel])).sum();
                sum += u64::from(u16::from(pixel.0[channel]).abs_diff(all / 4));
            }
        }
        let mean = sum * 100 / (79 * 55 * 3);
        assert!(mean < 300, "{name}: a channel is {mean} hundredths off");
    }
}

#[test]
fn small_files_are_halved_only_where_the_crate_gets_them_wrong() {
    for (name, file) in FILES {
        let expected = if name == "a scan for each component" {
            (79, 55)
        } else {
            (157, 109)
        };
        let pixels = crate::media::formats::decode(file).expect(name).pixels;
        assert_eq!((pixels.width, pixels.height), expected, "{name}");
    }
}

#[test]
fn what_is_cut_off_or_garbled_is_refused_or_grey_and_never_a_panic() {
    for (name, file) in FILES {
        for at in (2..file.len()).step_by(7) {
            assert!(halved(&file[..at]).is_none(), "{name}, cut at {at}");
            for garbage in [0x00, 0x5a, 0xff] {
                let mut garbled = file.to_vec();
                garbled[at] = garbage;
                let _ = halved(&garbled);
            }
        }
    }
}

#[test]
fn sixteen_megapixels_of_any_sampling_are_affordable() {
    let header = |samples: &[(u8, u8)]| {
        let count = u8::try_from(samples.len()).expect("few");
        let mut frame = vec![8, 0x0f, 0xa0, 0x0f, 0xa0, count];
        for (id, (across, down)) in (1..).zip(samples) {
            frame.extend([id, across << 4 | down, 0]);
        }
        super::super::jpeg::frame(&frame, true).expect("a frame")
    };
    for samples in [
        &[(1, 1), (1, 1), (1, 1)][..],
        &[(2, 2), (1, 1), (1, 1)],
        &[(1, 1)],
    ] {
        let cost = cost(&header(samples));
        assert!(cost < 48 * 1024 * 1024, "{samples:?}: {cost}");
    }
}
