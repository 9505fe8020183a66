//! S1: an avatar URL opens no way into the network that the service is in.
//!
//! Redirects from a public address to a private one, and which address a
//! connection goes to after a look-up, are tested where a public address can
//! be stood in for: `crates/infra/src/media/fetcher_tests.rs`.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use image::ImageFormat;
use serde_json::json;

use crate::support::dns::NameServer;
use crate::support::pictures::{avatar_url, photo};
use crate::support::{Account, Reply, TestApp};

const PATH: &str = "/api/v1/user/me/avatar/from-url/";
/// A fetch is cut off after 10 s; the answer needs a moment.
const CUT: Duration = Duration::from_secs(12);

/// A body of 5 MiB, and as much again where it grows; in KiB.
const LITTLE: u64 = 16 * 1024;

/// Counts the connections to a port, and answers each.
struct Host {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Host {
    fn start(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), answer)
    }

    fn on(listener: TcpListener, answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (Arc::clone(&connections), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                count.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                thread::spawn(move || {
                    let mut head = Vec::new();
                    let mut byte = [0];
                    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                        head.push(byte[0]);
                    }
                    answer(&mut stream);
                });
            }
        });
        Self { port, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/a.png", self.port)
    }
}

fn respond(stream: &mut TcpStream, headers: &str, body: &[u8]) {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{headers}\r\n");
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
}

async fn from_url(app: &TestApp, user: &Account, url: &str) -> Reply {
    app.post(PATH, &user.access, json!({"url": url})).await
}

/// Whatever is wrong, the answer is the same; the request ids differ.
async fn assert_refused(app: &TestApp, user: &Account, url: &str) {
    let answer = from_url(app, user, url).await;
    assert_eq!(answer.status, 400, "{url}: {}", answer.text);
    answer.bad_fields(&[("url", "invalid_source")]);
    let detail = answer.json()["errors"][0]["message"].clone();
    assert!(
        detail
            .as_str()
            .unwrap()
            .starts_with("Use the http or https")
    );
}

/// For tests of what happens after the connection.
async fn lenient() -> TestApp {
    TestApp::start_with(&[("VESTIBULE_AVATARS__ALLOW_PRIVATE_SOURCES", "true")]).await
}

#[tokio::test]
async fn s1_addresses_that_are_not_public_in_every_spelling() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    let secret = |stream: &mut TcpStream| respond(stream, "", b"secret");
    let any_port = Host::start(secret);
    // Port 80 is the one that would be connected to; not everybody may bind it.
    let usual = TcpListener::bind((Ipv4Addr::LOCALHOST, 80));
    let usual = usual.ok().map(|listener| Host::on(listener, secret));
    let began = Instant::now();
    for host in [
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "127.0.0.1",
        "localhost",
        "localhost.",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "0.0.0.0",
        "0",
        "0177.0.0.1",
        "017700000001",
        "0x7f000001",
        "0x7f.0x0.0x0.0x1",
        "127.0.1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
        "\u{2460}\u{2461}\u{2466}\u{3002}0\u{3002}0\u{3002}1",
        "127.255.255.254",
        "172.31.255.255",
        "198.18.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:169.254.169.254]",
        "[0:0:0:0:0:0:0:1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::1]",
        "[2001:db8::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00::1]",
        "[ff02::1]",
    ] {
        assert_refused(&app, &user, &format!("http://{host}/")).await;
    }
    assert_refused(&app, &user, &any_port.url()).await;
    assert!(began.elapsed() < CUT, "nothing was waited for");
    assert_eq!(any_port.connections(), 0);
    if let Some(usual) = usual {
        assert_eq!(usual.connections(), 0);
    }
}

#[tokio::test]
async fn s1_other_schemes_ports_and_user_information() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    for url in [
        "file:///etc/passwd",
        "ftp://1.1.1.1/a.png",
        "gopher://1.1.1.1/",
        "data:image/png;base64,iVBORw0KGgo=",
        "http://user@1.1.1.1/",
        "http://user:password@1.1.1.1/",
        "http://1.1.1.1@127.0.0.1/",
        "http://1.1.1.1:22/",
        "http://1.1.1.1:8080/",
        "https://1.1.1.1:8443/",
        "http://",
        "no URL",
    ] {
        assert_refused(&app, &user, url).await;
    }
}

#[tokio::test]
async fn s1_a_name_that_resolves_to_a_public_and_then_to_a_private_address() {
    let usual = TcpListener::bind((Ipv4Addr::LOCALHOST, 80));
    let secret = |stream: &mut TcpStream| respond(stream, "", b"secret");
    let usual = usual.ok().map(|listener| Host::on(listener, secret));
    // Handed out to nobody: a connection to it comes to nothing.
    let public: IpAddr = Ipv6Addr::new(0x2606, 0x4700, 0xffff, 0, 0, 0, 0, 1).into();
    let private: IpAddr = Ipv4Addr::LOCALHOST.into();
    for rounds in [
        &[&[public][..], &[private]][..],
        &[&[private]],
        &[&[public, private]],
        &[&["::ffff:127.0.0.1".parse().unwrap()]],
    ] {
        let names = NameServer::start(rounds);
        let server = names.address.to_string();
        let app = TestApp::start_with(&[("VESTIBULE_AVATARS__DNS_SERVER", &server)]).await;
        let user = app.register("ada").await;
        for look_ups in 1..=2 {
            let began = Instant::now();
            assert_refused(&app, &user, "http://rebind.example/a.png").await;
            assert!(began.elapsed() < CUT);
            // Once for each fetch: there is no second look-up to lie to.
            assert_eq!(names.look_ups(), look_ups, "{rounds:?}");
        }
    }
    if let Some(usual) = usual {
        assert_eq!(usual.connections(), 0);
    }
}

#[tokio::test]
async fn s1_a_redirect_to_where_a_url_may_not_lead() {
    let app = lenient().await;
    let user = app.register("ada").await;
    for location in [
        "file:///etc/passwd",
        "http://user@127.0.0.1/",
        "ftp://127.0.0.1/",
        "",
    ] {
        let host = Host::start(move |stream| {
            let head =
                format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
        });
        assert_refused(&app, &user, &host.url()).await;
        // To itself, three times.
        let most = if location.is_empty() { 4 } else { 1 };
        assert_eq!(host.connections(), most, "{location}");
    }
}

#[tokio::test]
async fn s1_one_byte_a_second_is_cut_within_ten_seconds() {
    let app = lenient().await;
    let user = app.register("ada").await;
    let slow_body = Host::start(|stream| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        let mut alive = stream.write_all(head).is_ok();
        while alive {
            thread::sleep(Duration::from_secs(1));
            alive = stream.write_all(b"x").is_ok();
        }
    });
    let slow_head = Host::start(|stream| {
        let mut alive = stream.write_all(b"HTTP/1.1 200 OK\r\n").is_ok();
        while alive {
            thread::sleep(Duration::from_secs(1));
            alive = stream.write_all(b"x").is_ok();
        }
    });
    let began = Instant::now();
    let (body, head) = (slow_body.url(), slow_head.url());
    tokio::join!(
        assert_refused(&app, &user, &body),
        assert_refused(&app, &user, &head),
    );
    let took = began.elapsed();
    assert!(took < CUT, "{took:?}");
    assert!(took > Duration::from_secs(9), "{took:?}");
}

#[tokio::test]
async fn s1_a_gzip_bomb_and_a_body_without_end() {
    let app = lenient().await;
    let user = app.register("ada").await;
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..256 {
        bomb.write_all(&vec![0; 1024 * 1024]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let gzip = Host::start(move |stream| respond(stream, "Content-Encoding: gzip\r\n", &bomb));
    let endless = Host::start(|stream| {
        let mut alive = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").is_ok();
        while alive {
            alive = stream.write_all(&vec![0; 64 * 1024]).is_ok();
        }
    });
    let announced = Host::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
    });
    let began = Instant::now();
    for (name, host) in [("gzip", &gzip), ("endless", &endless), ("long", &announced)] {
        let before = app.memory_before();
        assert_refused(&app, &user, &host.url()).await;
        let more = app.peak_of_memory() - before;
        assert!(more < LITTLE, "{name}: {more} KiB more");
    }
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "refused, not waited for"
    );
}

#[tokio::test]
async fn s1_what_may_be_fetched_is() {
    let app = lenient().await;
    let user = app.register("ada").await;
    let picture = photo(300, 200, ImageFormat::Jpeg);
    let host = Host::start(move |stream| respond(stream, "Content-Type: text/html\r\n", &picture));
    let answer = from_url(&app, &user, &host.url()).await;
    assert_eq!(app.picture(&avatar_url(&answer.expect(200))).await.0, 200);
    // A page is no picture, whatever it says it is.
    let page = Host::start(|stream| respond(stream, "Content-Type: image/png\r\n", b"<html>"));
    assert_refused(&app, &user, &page.url()).await;
}
