//! Pictures that tests send, and what they look at of those that come back.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::Value;

use super::{Reply, TestApp};

const BOUNDARY: &str = "a-boundary-that-no-picture-has";

/// A picture with fine colours, which compresses as a photo does.
pub(crate) fn photo(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| {
        let wave = |number: u32| u8::try_from(number % 256).unwrap();
        image::Rgb([
            wave(x * 7 / 5 + y / 3),
            wave(x / 9 + y * 2),
            wave((x ^ y) / 4),
        ])
    });
    file(&image.into(), format)
}

/// A picture as a file.
pub(crate) fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A progressive JPEG of grey, three components of full size and no more than
/// the scans that it must have.
pub(crate) fn progressive_jpeg(side: u16) -> Vec<u8> {
    let [high, low] = side.to_be_bytes();
    let blocks = usize::from(side).div_ceil(8).pow(2);
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, content].concat()
    };
    // The code of the one symbol is a bit that is 0.
    let table = |class: u8, symbol: u8| {
        let mut content = vec![class, 1];
        content.resize(17, 0);
        content.push(symbol);
        segment(0xc4, &content)
    };
    let components = [1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
    let frame = [&[8, high, low, high, low, 3][..], &components].concat();
    let mut jpeg = [
        vec![0xff, 0xd8],
        segment(0xdb, &[&[0][..], &[1; 64]].concat()),
        segment(0xc2, &frame),
        // No difference; no coefficients in 2^14 blocks and some more.
        table(0x00, 0x00),
        table(0x10, 0xe0),
        segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 0, 0]),
        vec![0; (blocks * 3).div_ceil(8)],
    ]
    .concat();
    for component in 1..=3 {
        jpeg.extend(segment(0xda, &[1, component, 0, 1, 63, 0]));
        // A bit that is 0 and fourteen that are 1: 2^15 - 1 blocks.
        let bits = (0..blocks.div_ceil(0x7fff) * 15).map(|bit| bit % 15 != 0);
        for byte in bits.collect::<Vec<_>>().chunks(8) {
            let byte = byte.iter().enumerate().fold(0xff, |byte, (place, is_one)| {
                byte & !(u8::from(!is_one) << (7 - place))
            });
            jpeg.push(byte);
            if byte == 0xff {
                jpeg.push(0);
            }
        }
    }
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

impl TestApp {
    /// Uploads files as parts of a form.
    pub(crate) async fn upload(&self, bearer: &str, parts: &[(&str, &[u8])]) -> Reply {
        let mut body = Vec::new();
        for (name, content) in parts {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; \
                 filename=\"picture\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let request = self
            .request("POST", "/api/v1/user/me/avatar/")
            .bearer_auth(bearer)
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(body);
        Reply::read(request.send().await.unwrap()).await
    }

    /// Status and bytes of what is at a URL of the service, asked for without
    /// any credential.
    pub(crate) async fn picture(&self, url: &str) -> (u16, Vec<u8>) {
        let path = url.strip_prefix(&self.url).unwrap_or(url);
        let answer = self.request("GET", path).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.bytes().await.unwrap().to_vec())
    }
}

/// The URL in an answer.
pub(crate) fn avatar_url(answer: &Value) -> String {
    answer["avatar_url"].as_str().unwrap().to_owned()
}
