//! `vestibule serve`

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, available_parallelism};
use std::time::Duration;

use actix_http::HttpService;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::{AppConfig, Server};
use actix_web::rt::System;
use actix_web::rt::net::TcpStream;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::TcpSocket;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};
use vestibule_domain::outbox::Mailer;
use vestibule_http::{Api, Compat, Connection, ForwardedHeader, HttpConfig, Proxies, Site};
use vestibule_infra::database::{DataFolderLock, Location};
use vestibule_infra::mail::{EmlMailer, Letters, SmtpMailer};
use vestibule_infra::time::SystemClock;

use super::Failure;
use crate::config::{IpRange, ProxyHeader, Settings};
use crate::mail_counter::MailCounter;
use crate::operations::{self, Operations};
use crate::secrets_watch::SecretsWatch;
use crate::tasks::Tasks;
use crate::telemetry::Telemetry;
use crate::wiring::{Adapters, caches, make_data_folder, migrate_database};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// A client has this long to send the head of its request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that the service ends is gone after this time.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);
/// A connection stays open this long without a request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// More workers than this do not answer faster: what they wait for is the
/// database's threads.
const MOST_WORKERS: usize = 2;
/// How long `/readyz` says 503 before new connections are refused.
const DRAIN: Duration = Duration::from_millis(250);
/// How long a stop waits for tasks and for the last checkpoint.
const LAST_WRITES: Duration = Duration::from_secs(4);
/// How long a start waits for the data folder, which a command may hold for a
/// moment.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Serves until SIGTERM or SIGINT.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    make_data_folder(settings)?;
    let _lock = lock(settings)?;
    let clock = Arc::new(SystemClock);
    let (telemetry, _guard) = Telemetry::start(&settings.log, clock)
        .map_err(|error| Failure::Failed(format!("cannot start the log: {error}")))?;
    raise_open_files();
    for version in migrate_database(settings)? {
        tracing::info!(version, "migration applied");
    }
    System::new().block_on(serve(settings, telemetry))
}

/// The lock on the data folder, where the database lies in it. The servers of
/// a `PostgreSQL` database may be many.
fn lock(settings: &Settings) -> Result<Option<DataFolderLock>, Failure> {
    if is_shared(settings) {
        return Ok(None);
    }
    let folder = settings.data_dir.display();
    for _ in 0..LOCK_TRIES {
        let lock = DataFolderLock::acquire(&settings.data_dir)
            .map_err(|error| Failure::Failed(format!("cannot lock {folder}: {error}")))?;
        if lock.is_some() {
            return Ok(lock);
        }
        thread::sleep(LOCK_PAUSE);
    }
    Err(Failure::Failed(format!(
        "the data folder {folder} is in use by another server"
    )))
}

fn is_shared(settings: &Settings) -> bool {
    matches!(settings.location(), Location::Postgres(_))
}

/// Each connection takes a file descriptor, and the usual soft limit of 1 024
/// is less than a thousand slow clients and the rest.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

async fn serve(settings: &Settings, telemetry: Telemetry) -> Result<(), Failure> {
    let telemetry = Arc::new(telemetry);
    let (listener, address) = listen(settings.listen).map_err(|error| {
        Failure::Failed(format!("cannot listen on {}: {error}", settings.listen))
    })?;
    let public_url = settings.public_url(address);
    let adapters = Adapters::open(settings, caches(settings)).await?;
    let mail = Arc::new(MailCounter::new(mailer(settings, &public_url, &adapters)?));
    let tokens = adapters.tokens(settings)?;
    let signed = Arc::clone(&tokens);
    let jwks = Arc::new(move || signed.jwks());
    let watch = SecretsWatch::new(
        settings.secrets_file(),
        adapters.secrets.clone(),
        Arc::clone(&tokens),
        adapters.database.clone(),
        Arc::clone(&adapters.clock),
    );
    let app = adapters.app(
        settings,
        &public_url,
        tokens,
        Arc::<MailCounter>::clone(&mail),
    )?;
    let tasks = Tasks::start(&adapters, &app, watch, !is_shared(settings));
    let operations = Arc::new(Operations {
        database: adapters.database.clone(),
        telemetry: Arc::clone(&telemetry),
        mail,
        hashing: adapters.hashing.get().cloned().unwrap_or_default(),
        metrics_allowed: settings.metrics.allowed.clone(),
        started: adapters.clock.now(),
        stopping: AtomicBool::new(false),
    });
    let api = Api::new(app, http_config(settings, public_url), jwks);
    let site = Site::new(api, telemetry);
    let stop = stop_signal(Arc::clone(&operations))
        .map_err(|error| Failure::Failed(format!("cannot wait for signals: {error}")))?;
    let workers = workers(settings);
    let builder = Server::build();
    let draining = builder.graceful_shutdown_signal();
    // As `HttpServer` does it, but for the connection.
    let service = move || {
        let operations = Arc::clone(&operations);
        let app = site
            .app(move |config| operations::register(config, operations))
            .into_factory()
            .map_err(|error| error.error_response());
        let draining = draining.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let draining = draining.clone();
                async move { draining.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(GOODBYE_TIMEOUT)
            .tcp_nodelay(true)
            .local_addr(address)
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(async |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            Ok((Connection::new(stream), peer))
        })
        .and_then(http)
    };
    let server = builder
        .workers(workers)
        .shutdown_timeout(settings.server.shutdown_seconds.into())
        .shutdown_signal(stop)
        .listen("vestibule", listener, service)
        .map_err(|error| Failure::Failed(format!("cannot listen on {address}: {error}")))?
        .run();
    tracing::info!(%address, workers, version = env!("CARGO_PKG_VERSION"), "listening");
    let outcome = server.await;
    let last_writes = async {
        tasks.stop().await;
        adapters.database.shutdown().await;
    };
    if timeout(LAST_WRITES, last_writes).await.is_err() {
        tracing::warn!("stopped before the last bookkeeping was written");
    }
    tracing::info!("stopped");
    outcome.map_err(|error| Failure::Failed(format!("the server failed: {error}")))
}

/// Takes the address; answers it with the port that was picked.
fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A restart must not wait for the connections of the last run to fade.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?.into_std()?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn mailer(
    settings: &Settings,
    public_url: &str,
    adapters: &Adapters,
) -> Result<Arc<dyn Mailer>, Failure> {
    let letters = Letters::new(&settings.letters(public_url.to_owned()))
        .map_err(|error| Failure::Failed(error.to_string()))?;
    if let Some(url) = &settings.mail.smtp_url {
        return SmtpMailer::new(url, letters, Arc::clone(&adapters.clock))
            .map(|mailer| Arc::new(mailer) as _)
            .map_err(|error| Failure::Failed(error.to_string()));
    }
    let folder = settings.data_dir.join("mail");
    EmlMailer::new(folder, letters, Arc::clone(&adapters.clock))
        .map(|mailer| Arc::new(mailer) as _)
        .map_err(|error| Failure::Failed(format!("cannot use the mail folder: {error}")))
}

fn http_config(settings: &Settings, public_url: String) -> HttpConfig {
    // Without storage caches no snapshot is seen twice.
    let rendered_profiles = if settings.cache.enabled {
        usize::try_from(settings.cache.capacity).unwrap_or(usize::MAX)
    } else {
        0
    };
    HttpConfig {
        identity_return_url: settings.identity_return_url(&public_url),
        public_url,
        rendered_profiles,
        compat: Compat {
            boltonsea: settings.compat.boltonsea.mount(),
            epixel: settings.compat.epixel.mount(),
            epixel_images: settings.compat.epixel.images(),
            exante: settings.compat.exante.mount(),
            interlinedlist: settings.compat.interlinedlist.mount(),
        },
        proxies: Proxies {
            trusted: settings
                .server
                .trusted_proxies
                .iter()
                .map(IpRange::network)
                .collect(),
            header: match settings.server.forwarded_header {
                ProxyHeader::XForwardedFor => ForwardedHeader::XForwardedFor,
                ProxyHeader::Forwarded => ForwardedHeader::Forwarded,
            },
        },
    }
}

fn workers(settings: &Settings) -> usize {
    match usize::try_from(settings.server.workers) {
        Ok(workers) if workers > 0 => workers,
        _ => available_parallelism().map_or(1, |cores| cores.get().min(MOST_WORKERS)),
    }
}

/// Waits for SIGTERM or SIGINT, and a moment longer, in which `/readyz`
/// already says that no further requests should come.
fn stop_signal(
    operations: Arc<Operations>,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        operations.stopping.store(true, Ordering::Release);
        tracing::info!("stopping");
        sleep(DRAIN).await;
    })
}
