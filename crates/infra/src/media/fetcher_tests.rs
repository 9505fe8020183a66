use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use super::*;

#[path = "../../../../tests/support/dns.rs"]
mod dns;
use dns::NameServer;

/// Stands in for a public address; `127.0.0.1` for one that is not.
const PUBLIC: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const PRIVATE: Ipv4Addr = Ipv4Addr::LOCALHOST;

fn stand_in(address: IpAddr) -> bool {
    address == IpAddr::V4(PUBLIC)
}

fn fetcher(dns_server: Option<SocketAddr>) -> HttpImageFetcher {
    HttpImageFetcher::vetting(stand_in, true, dns_server).expect("a client")
}

async fn fetch(fetcher: &HttpImageFetcher, url: &str) -> Result<Vec<u8>, FetchError> {
    fetcher.fetch(&ImageUrl::parse(url).expect("a URL")).await
}

/// A server that answers each request by what `respond` makes of its head.
struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(listener: TcpListener, respond: fn(&str) -> Vec<u8>) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let answer = respond(&head);
                seen.lock().expect("no panic").push(head);
                let _ = stream.write_all(&answer);
            }
        });
        Self { port, requests }
    }

    fn at(address: Ipv4Addr, respond: fn(&str) -> Vec<u8>) -> Self {
        Self::start(TcpListener::bind((address, 0)).expect("a port"), respond)
    }

    fn seen(&self) -> usize {
        self.requests.lock().expect("no panic").len()
    }
}

fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn redirect(to: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_picture_is_fetched_from_where_it_may_be() {
    let server = Server::at(PUBLIC, |_| ok("", b"picture"));
    let url = format!("http://{PUBLIC}:{}/a.png", server.port);
    let fetched = fetch(&fetcher(None), &url).await.expect("fetched");
    assert_eq!(fetched, b"picture");
    let head = server.requests.lock().expect("no panic")[0].to_lowercase();
    assert!(head.contains("accept-encoding: identity\r\n"), "{head}");
    for secret in ["cookie", "authorization", "referer"] {
        assert!(!head.contains(secret), "{head}");
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_the_connection_goes_to_what_was_found() {
    // The same port on both, so that only the address decides.
    let listener = TcpListener::bind((PUBLIC, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let private = TcpListener::bind((PRIVATE, port)).expect("the same port");
    let public = Server::start(listener, |_| ok("", b"picture"));
    let private = Server::start(private, |_| ok("", b"secret"));
    let names = NameServer::start(&[&[PUBLIC.into()], &[PRIVATE.into()]]);
    let fetcher = fetcher(Some(names.address));
    let url = format!("http://rebind.example:{port}/a.png");
    assert_eq!(fetch(&fetcher, &url).await.expect("public"), b"picture");
    assert_eq!(names.look_ups(), 1);
    assert_eq!((public.seen(), private.seen()), (1, 0));
    // From now on the name is private.
    fetch(&fetcher, &url).await.expect_err("private");
    assert_eq!((public.seen(), private.seen()), (1, 0));
}

#[tokio::test]
async fn a_name_with_one_address_that_may_not_be_is_refused_whole() {
    let server = Server::at(PUBLIC, |_| ok("", b"picture"));
    let names = NameServer::start(&[&[PUBLIC.into(), PRIVATE.into()]]);
    let url = format!("http://both.example:{}/a.png", server.port);
    let refused = fetch(&fetcher(Some(names.address)), &url).await;
    refused.expect_err("one of them is private");
    assert_eq!(server.seen(), 0);
}

#[tokio::test]
async fn redirects_are_vetted_like_the_first_address_and_end_after_three() {
    let private = Server::at(PRIVATE, |_| ok("", b"secret"));
    // `/PORT` leads to loopback, `/N` to `/N-1`, `/f`, `/u` elsewhere.
    let public = Server::at(PUBLIC, |head| {
        let path = head.split(' ').nth(1).unwrap_or("/");
        match path.trim_start_matches('/') {
            "0" => ok("", b"picture"),
            "file" => redirect("file:///etc/passwd"),
            "user" => redirect(&format!("http://user@{PUBLIC}/")),
            "nowhere" => b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
            number if number.len() == 1 => {
                let number: u8 = number.parse().unwrap_or(0);
                redirect(&format!("/{}", number.saturating_sub(1)))
            }
            port => redirect(&format!("http://127.0.0.1:{port}/")),
        }
    });
    let fetcher = fetcher(None);
    let url = |path: &str| format!("http://{PUBLIC}:{}/{path}", public.port);
    for path in ["0", "1", "3"] {
        let answer = fetch(&fetcher, &url(path)).await;
        assert_eq!(answer.expect(path), b"picture");
    }
    let loopback = private.port.to_string();
    for path in ["4", "file", "user", "nowhere", loopback.as_str()] {
        fetch(&fetcher, &url(path)).await.expect_err(path);
    }
    assert_eq!(private.seen(), 0);
}

#[tokio::test]
async fn bodies_that_are_encoded_or_too_large_and_other_answers_are_refused() {
    fn chunked() -> Vec<u8> {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        let chunk = [b"100000\r\n".as_slice(), &vec![0; 0x10_0000], b"\r\n"].concat();
        [head, chunk.repeat(6), b"0\r\n\r\n".to_vec()].concat()
    }
    let answers: [fn(&str) -> Vec<u8>; 7] = [
        |_| ok("Content-Encoding: gzip\r\n", b"\x1f\x8b\x08"),
        |_| ok("", &vec![0; MAX_FILE_BYTES + 1]),
        |_| chunked(),
        |_| b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        |_| b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx".to_vec(),
        |_| b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort".to_vec(),
        |_| b"nonsense\r\n\r\n".to_vec(),
    ];
    for respond in answers {
        let server = Server::at(PUBLIC, respond);
        let url = format!("http://{PUBLIC}:{}/", server.port);
        let fetched = fetch(&fetcher(None), &url).await;
        assert!(fetched.is_err(), "{} bytes", fetched.map_or(0, |b| b.len()));
        assert_eq!(server.seen(), 1);
    }
    let server = Server::at(PUBLIC, |_| ok("", &vec![7; MAX_FILE_BYTES]));
    let url = format!("http://{PUBLIC}:{}/", server.port);
    let largest = fetch(&fetcher(None), &url).await.expect("the largest");
    assert_eq!(largest.len(), MAX_FILE_BYTES);
}

#[tokio::test]
async fn in_service_only_public_addresses_on_usual_ports_are_tried() {
    let fetcher = HttpImageFetcher::new(SourceSettings::default()).expect("a client");
    let began = Instant::now();
    for url in [
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://localhost/",
        "http://1.1.1.1:8080/",
        "http://1.1.1.1:22/",
        "https://user@1.1.1.1/",
        "https://:password@1.1.1.1/",
        "file:///etc/passwd",
        "ftp://1.1.1.1/",
        "data:image/png;base64,AAAA",
        "//1.1.1.1/",
        "nonsense",
    ] {
        fetch(&fetcher, url).await.expect_err(url);
    }
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "nothing was tried"
    );
}
