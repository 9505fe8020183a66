//! The line that is logged for each request. It names the route, never the
//! path, so that nothing personal or secret that clients put into an address
//! gets into a log.

use vestibule_domain::kernel::Timestamp;
use vestibule_http::RequestRecord;

use super::lines::LineWriter;
use super::requests::micros;

/// One JSON object, its first members as in all other lines.
pub(super) fn json(line: &mut LineWriter<'_>, at: Timestamp, record: &RequestRecord<'_>) {
    line.raw(br#"{"timestamp":""#);
    line.time(at);
    line.raw(br#"","level":"INFO","message":"request","request_id":""#);
    plain(line, record.request_id);
    line.raw(br#"","method":""#);
    plain(line, record.method.as_str());
    match record.route {
        Some(route) => {
            line.raw(br#"","route":""#);
            line.raw(route.as_bytes());
            line.raw(br#"","status":"#);
        }
        None => line.raw(br#"","route":null,"status":"#),
    }
    line.number(record.status.as_u16().into());
    line.raw(br#","duration_us":"#);
    line.number(micros(record.duration));
    line.raw(br#","bytes":"#);
    line.number(record.bytes);
    line.raw(b",\"target\":\"vestibule::access\"}\n");
}

/// The same for people.
pub(super) fn text(line: &mut LineWriter<'_>, at: Timestamp, record: &RequestRecord<'_>) {
    line.time(at);
    line.raw(b"  INFO vestibule::access: ");
    plain(line, record.method.as_str());
    line.raw(b" ");
    line.raw(record.route.unwrap_or("-").as_bytes());
    line.raw(b" ");
    line.number(record.status.as_u16().into());
    line.raw(b" ");
    line.number(micros(record.duration));
    line.raw(b"us ");
    line.number(record.bytes);
    line.raw(b"B request_id=");
    plain(line, record.request_id);
    line.raw(b"\n");
}

/// What a client chose; anything that could end a text or a line becomes `?`.
fn plain(line: &mut LineWriter<'_>, text: &str) {
    let is_plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\');
    if text.bytes().all(is_plain) {
        line.raw(text.as_bytes());
    } else {
        for byte in text.bytes() {
            line.raw(&[if is_plain(byte) { byte } else { b'?' }]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::http::{Method, StatusCode};

    use super::super::lines::Lines;
    use super::*;

    type Format = fn(&mut LineWriter<'_>, Timestamp, &RequestRecord<'_>);

    fn logged(format: Format, route: Option<&'static str>, request_id: &str) -> String {
        let record = RequestRecord {
            method: &Method::GET,
            route,
            status: StatusCode::NOT_FOUND,
            duration: Duration::from_nanos(1_234_567),
            bytes: 512,
            request_id,
        };
        let mut lines = Lines::default();
        lines.append(|line| format(line, Timestamp::from_micros(1_000_001), &record));
        let mut bytes = Vec::new();
        lines.take(&mut bytes);
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_json_line_is_one_object_with_everything() {
        let line = logged(json, Some("/api/v1/device-tokens/{uid}/"), "abc-1");
        assert!(line.ends_with("}\n"));
        let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let expected = serde_json::json!({
            "timestamp": "1970-01-01T00:00:01.000001Z",
            "level": "INFO",
            "message": "request",
            "request_id": "abc-1",
            "method": "GET",
            "route": "/api/v1/device-tokens/{uid}/",
            "status": 404,
            "duration_us": 1234,
            "bytes": 512,
            "target": "vestibule::access",
        });
        assert_eq!(value, expected);
        let value: serde_json::Value = serde_json::from_str(&logged(json, None, "")).expect("JSON");
        assert!(value["route"].is_null());
    }

    #[test]
    fn a_text_line_is_one_line() {
        assert_eq!(
            logged(text, Some("/healthz/"), "abc-1"),
            "1970-01-01T00:00:01.000001Z  INFO vestibule::access: GET /healthz/ 404 1234us 512B request_id=abc-1\n"
        );
    }

    #[test]
    fn nothing_of_a_client_ends_a_text_or_a_line() {
        let id = "a\",\"status\":200,\"\\\n\u{e9}";
        let value: serde_json::Value = serde_json::from_str(&logged(json, None, id)).expect("JSON");
        assert_eq!(value["status"], 404);
        assert_eq!(logged(text, None, id).lines().count(), 1);
    }
}
