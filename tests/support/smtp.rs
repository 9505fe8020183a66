//! A mail server that keeps what it gets.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// Recipients with this in their address are refused for good.
pub(crate) const REFUSED: &str = "no-such-mailbox";
/// `user:password` in base64, as AUTH PLAIN sends it.
const CREDENTIALS: &str = "AHBvc3QAc2VzYW1l";

/// A letter as it was handed over.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
    /// Whether it came over TLS, after a login.
    pub(crate) secure: bool,
}

#[derive(Default)]
struct Shared {
    letters: Mutex<Vec<Letter>>,
    refusals: Mutex<u32>,
}

/// A running mail server.
pub(crate) struct SmtpServer {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    running: JoinHandle<()>,
}

impl SmtpServer {
    /// Takes letters in the clear, on a free port.
    pub(crate) async fn start() -> Self {
        Self::listen("127.0.0.1:0".parse().unwrap(), Arc::default(), None).await
    }

    /// Takes letters after STARTTLS and a login as `post` with `sesame`; its
    /// certificate for `localhost` is put into a file.
    pub(crate) async fn start_secure(certificate: &Path) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(certificate, cert.pem()).unwrap();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        Self::listen("127.0.0.1:0".parse().unwrap(), Arc::default(), Some(tls)).await
    }

    async fn listen(address: SocketAddr, shared: Arc<Shared>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::clone(&shared);
        let running = tokio::spawn(async move {
            // Its connections end with it.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&shared), tls.clone()));
            }
        });
        Self {
            address,
            shared: kept,
            running,
        }
    }

    /// Goes away, with its connections.
    pub(crate) async fn stop(&mut self) {
        self.running.abort();
        let _ = (&mut self.running).await;
    }

    /// Comes back on the same port, with the letters that it had.
    pub(crate) async fn come_back(&mut self) {
        let shared = Arc::clone(&self.shared);
        *self = Self::listen(self.address, shared, None).await;
    }

    /// The letters so far.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.shared.letters.lock().unwrap().clone()
    }

    /// How often a recipient was refused.
    pub(crate) fn refusals(&self) -> u32 {
        *self.shared.refusals.lock().unwrap()
    }

    /// Waits until so many letters have come.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Letter> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let letters = self.letters();
            if letters.len() >= count {
                return letters;
            }
            assert!(Instant::now() < deadline, "{count} letters: {letters:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, tls: Option<TlsAcceptor>) {
    let offers = tls.as_ref().map(|_| "STARTTLS");
    let mut stream = BufStream::new(stream);
    if say(&mut stream, "220 localhost ESMTP").await.is_none() {
        return;
    }
    let wants_tls = converse(&mut stream, &shared, offers, false).await;
    if let (Some(true), Some(tls)) = (wants_tls, tls)
        && let Ok(stream) = tls.accept(stream.into_inner()).await
    {
        let mut stream = BufStream::new(stream);
        converse(&mut stream, &shared, Some("AUTH PLAIN"), true).await;
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, line: &str) -> Option<()> {
    stream
        .write_all(format!("{line}\r\n").as_bytes())
        .await
        .ok()?;
    stream.flush().await.ok()
}

/// Answers commands (RFC 5321) until the other side is done; whether it wants
/// TLS now.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufStream<S>,
    shared: &Shared,
    offers: Option<&str>,
    encrypted: bool,
) -> Option<bool> {
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut logged_in = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        let command = line.split([' ', ':']).next().unwrap_or("").to_uppercase();
        let address = || line[line.find('<')? + 1..].split('>').next();
        match command.as_str() {
            "EHLO" => {
                let offers = offers.map(|it| format!("250-{it}\r\n")).unwrap_or_default();
                say(stream, &format!("250-localhost\r\n{offers}250 8BITMIME")).await?;
            }
            "STARTTLS" if !encrypted => {
                say(stream, "220 go ahead").await?;
                return Some(true);
            }
            "AUTH" if line == format!("AUTH PLAIN {CREDENTIALS}") => {
                logged_in = true;
                say(stream, "235 welcome").await?;
            }
            "AUTH" => say(stream, "535 who are you").await?,
            "MAIL" if offers.is_some() && !logged_in => say(stream, "530 log in first").await?,
            "MAIL" => {
                address()?.clone_into(&mut from);
                to.clear();
                say(stream, "250 yes").await?;
            }
            "RCPT" if address()?.contains(REFUSED) => {
                *shared.refusals.lock().unwrap() += 1;
                say(stream, &format!("550 5.1.1 <{}> is unknown", address()?)).await?;
            }
            "RCPT" => {
                to.push(address()?.to_owned());
                say(stream, "250 yes").await?;
            }
            "DATA" => {
                say(stream, "354 go on").await?;
                let mut text = String::new();
                loop {
                    let start = text.len();
                    if stream.read_line(&mut text).await.ok()? == 0 {
                        return None;
                    }
                    if &text[start..] == ".\r\n" {
                        text.truncate(start);
                        break;
                    }
                }
                shared.letters.lock().unwrap().push(Letter {
                    from: from.clone(),
                    to: std::mem::take(&mut to),
                    text,
                    secure: encrypted && logged_in,
                });
                say(stream, "250 taken").await?;
            }
            "RSET" | "NOOP" => say(stream, "250 yes").await?,
            "QUIT" => {
                say(stream, "221 bye").await?;
                return None;
            }
            _ => say(stream, "502 what").await?,
        }
    }
}
