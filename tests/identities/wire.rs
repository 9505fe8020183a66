//! A local server that answers by a function.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::Value;

/// A request, read whole.
pub(crate) struct Request {
    /// Where the server is.
    pub(crate) base: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// By lower-case name.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

/// An answer.
pub(crate) struct Reply {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
}

impl Reply {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "whoever answers makes it on the spot"
    )]
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            kind: "application/json",
            body: body.to_string().into_bytes(),
        }
    }

    pub(crate) fn file(kind: &'static str, body: Vec<u8>) -> Self {
        Self {
            status: 200,
            kind,
            body,
        }
    }
}

impl Request {
    /// The fields of a form, each of which must stand once.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        let kind = self.headers.get("content-type").unwrap();
        assert!(kind.starts_with("application/x-www-form-urlencoded"));
        let url = reqwest::Url::parse(&format!("http://form/?{}", self.body)).unwrap();
        let mut fields = HashMap::new();
        for (name, value) in url.query_pairs() {
            let before = fields.insert(name.clone().into_owned(), value.into_owned());
            assert_eq!(before, None, "{name} stands twice");
        }
        fields
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// What stands after `Bearer`.
    pub(crate) fn bearer(&self) -> &str {
        let value = self.headers.get("authorization").map(String::as_str);
        value.unwrap_or("").strip_prefix("Bearer ").unwrap_or("")
    }
}

/// A server on a port of its own. Its thread ends with the test.
pub(crate) struct Wire {
    pub(crate) base: String,
}

impl Wire {
    pub(crate) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let answer = Arc::new(answer);
        let at = base.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, base) = (Arc::clone(&answer), at.clone());
                thread::spawn(move || serve(stream.unwrap(), &base, &*answer));
            }
        });
        Self { base }
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        self.base.trim_start_matches("http://")
    }
}

/// One request a connection.
fn serve(mut stream: TcpStream, base: &str, answer: &dyn Fn(&Request) -> Reply) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let request = loop {
        let count = stream.read(&mut chunk).unwrap_or(0);
        if count == 0 {
            return;
        }
        bytes.extend_from_slice(&chunk[..count]);
        if let Some(request) = parse(&bytes, base) {
            break request;
        }
    };
    let Reply { status, kind, body } = answer(&request);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
}

/// The request, when all of it is there.
fn parse(bytes: &[u8], base: &str) -> Option<Request> {
    let text = str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length");
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    (body.len() >= length).then(|| Request {
        base: base.to_owned(),
        method,
        path,
        headers,
        body: body.to_owned(),
    })
}
