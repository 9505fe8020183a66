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
