//! Transcripts: what a client of a published API sends, and what the document
//! promises, as files. The file stands alone: several test targets include it.
//!
//! A transcript is a list of exchanges:
//!
//! ```text
//! ### What it shows
//! PATCH /api/user/update
//! Authorization: Bearer ${ada.access}
//! Content-Type: application/json
//!
//! {"bio": "Updated."}
//!
//! < 200
//! {"id": "${ada.uid}", "createdAt": "<time>"}
//! = created $.createdAt
//! ```
//!
//! `${name}` stands for a variable; `= name $.path` takes one from the answer.
//! In an expected body every name stands in the order of the wire, and a text
//! in angle brackets stands for any value of a kind: `<time>` (RFC 3339, UTC),
//! `<seconds>` (the same without fractions of a second), `<uuid>`, `<int>`, `<text>`, `<url>`, `<any>`, `<object>`. A body of
//! `(empty)` is none. Lines `Name: value` after the status are headers of the
//! answer. A body of `multipart/form-data` has a line `name=value` for each
//! part, `name=@file` for a file of the folder `files`.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A request as a client sends it.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What came back.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A service that a transcript is played to.
pub(crate) trait Service {
    async fn send(&self, request: Request) -> Response;
}

const BOUNDARY: &str = "----transcript-boundary";

/// JSON whose objects keep their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Variables by name.
pub(crate) type Variables = HashMap<String, String>;

/// Plays every exchange of a transcript, and panics with the first answer that
/// is not what the document promises.
pub(crate) async fn play(transcript: &str, service: &impl Service, variables: &mut Variables) {
    let mut count = 0;
    for exchange in transcript.split("\n### ").skip(1) {
        let (title, rest) = exchange.split_once('\n').expect("a title");
        let (request, expected) = rest.split_once("\n< ").expect("an expected answer");
        let request = read_request(&fill(request, variables), title);
        let told = format!("{title}: {} {}", request.method, request.path);
        let response = service.send(request).await;
        check(&fill(expected, variables), &response, &told, variables);
        count += 1;
    }
    assert!(count > 0, "a transcript has exchanges");
}

fn fill(text: &str, variables: &Variables) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').expect("a closed variable");
        filled.push_str(before);
        let value = variables.get(name);
        filled.push_str(value.unwrap_or_else(|| panic!("no variable {name}")));
        rest = after;
    }
    filled + rest
}

fn read_request(text: &str, title: &str) -> Request {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_else(|| panic!("{title}: a request"));
    let (method, path) = first.split_once(' ').expect("a method and a path");
    let mut headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").expect("a header"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut body = body.trim_end().as_bytes().to_vec();
    for (name, value) in &mut headers {
        if name.eq_ignore_ascii_case("content-type") && value == "multipart/form-data" {
            *value = format!("multipart/form-data; boundary={BOUNDARY}");
            body = multipart(&body);
        }
    }
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers,
        body,
    }
}

fn multipart(lines: &[u8]) -> Vec<u8> {
    let lines = std::str::from_utf8(lines).expect("UTF-8");
    let mut body = Vec::new();
    for line in lines.lines() {
        let (name, value) = line.split_once('=').expect("a part");
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
        body.extend_from_slice(head.as_bytes());
        match value.strip_prefix('@') {
            None => {
                body.extend_from_slice(b"\r\n\r\n");
                body.extend_from_slice(value.as_bytes());
            }
            Some(file) => {
                let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/compat/files/");
                let bytes = std::fs::read(format!("{path}{file}")).expect("a file");
                let head = format!("; filename=\"{file}\"\r\n\r\n");
                body.extend_from_slice(head.as_bytes());
                body.extend_from_slice(&bytes);
            }
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn check(expected: &str, response: &Response, told: &str, variables: &mut Variables) {
    let mut lines = expected.lines().peekable();
    let status = lines.next().expect("a status").trim();
    let shown = format!("{told} answered {} {}", response.status, response.body);
    assert_eq!(response.status.to_string(), status, "{shown}");
    while let Some((name, value)) = lines
        .peek()
        .filter(|line| !line.starts_with(['{', '[', '(', '=']))
        .and_then(|line| line.split_once(": "))
    {
        let found = response
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let found = found.map_or("", |(_, value)| value.as_str());
        assert!(fits(value, found), "{name}: {found}, not {value}; {shown}");
        lines.next();
    }
    let (captures, body): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with("= "));
    let body = body.join("\n");
    if body.trim() == "(empty)" {
        assert_eq!(response.body, "", "{shown}");
        return;
    }
    let wanted: Json =
        serde_json::from_str(&body).unwrap_or_else(|e| panic!("{told}: {e}: {body}"));
    let found: Json =
        serde_json::from_str(&response.body).unwrap_or_else(|e| panic!("{e}: {shown}"));
    let mut differences = String::new();
    compare(&wanted, &found, "$", &mut differences);
    assert!(differences.is_empty(), "{differences}{shown}");
    for capture in captures {
        let (name, path) = capture[2..].split_once(' ').expect("a name and a path");
        let value = look_up(&found, path);
        let value = value.unwrap_or_else(|| panic!("no {path}: {shown}"));
        variables.insert(name.to_owned(), value);
    }
}

/// Whether a text is what was asked for, itself or of its kind.
fn fits(wanted: &str, found: &str) -> bool {
    match wanted {
        "<time>" => {
            found.len() >= 20
                && found.ends_with('Z')
                && found.as_bytes()[10] == b'T'
                && found[..4].bytes().all(|b| b.is_ascii_digit())
        }
        "<seconds>" => found.len() == 20 && fits("<time>", found),
        "<uuid>" => {
            found.len() == 36
                && found.split('-').map(str::len).eq([8, 4, 4, 4, 12])
                && found.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        }
        "<int>" => !found.is_empty() && found.bytes().all(|b| b.is_ascii_digit()),
        "<text>" => !found.is_empty(),
        "<url>" => found.starts_with("http://") || found.starts_with("https://"),
        _ => wanted == found,
    }
}

fn compare(wanted: &Json, found: &Json, path: &str, differences: &mut String) {
    let same = match (wanted, found) {
        (Json::Text(wanted), _) if wanted == "<any>" => true,
        (Json::Text(wanted), Json::Object(_)) => wanted == "<object>",
        (Json::Text(wanted), Json::Number(number)) => wanted == "<int>" && number.is_i64(),
        (Json::Text(wanted), Json::Text(found)) => wanted != "<int>" && fits(wanted, found),
        (Json::List(wanted), Json::List(found)) => {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                compare(wanted, found, &format!("{path}[{index}]"), differences);
            }
            wanted.len() == found.len()
        }
        (Json::Object(wanted), Json::Object(found)) => {
            for ((name, wanted), (_, found)) in wanted.iter().zip(found) {
                compare(wanted, found, &format!("{path}.{name}"), differences);
            }
            let wanted = wanted.iter().map(|(name, _)| name);
            wanted.eq(found.iter().map(|(name, _)| name))
        }
        _ => wanted == found,
    };
    if !same {
        let _ = writeln!(differences, "{path}: {found:?}, not {wanted:?}");
    }
}

/// A value as a request would bear it: `$.data.user.uid`, `$[0].id`.
fn look_up(json: &Json, path: &str) -> Option<String> {
    let mut value = json;
    let path = path
        .trim_start_matches('$')
        .replace('[', ".")
        .replace(']', "");
    for step in path.split('.').filter(|step| !step.is_empty()) {
        value = match value {
            Json::Object(members) => &members.iter().find(|(name, _)| name == step)?.1,
            Json::List(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    match value {
        Json::Text(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Number(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Number(value.into()))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
                serde_json::Number::from_f64(value)
                    .map(Json::Number)
                    .ok_or_else(|| E::custom("no number"))
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
                let mut object = Vec::new();
                while let Some(member) = members.next_entry()? {
                    object.push(member);
                }
                Ok(Json::Object(object))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
