//! A `PostgreSQL` for tests: throw-away clusters, and a database for each test.
//!
//! The file stands alone, with the folder `postgres/`: several test targets
//! include it by its path.

#![allow(
    dead_code,
    reason = "several test targets include this file, and each uses its part"
)]

#[path = "postgres/client.rs"]
mod client;
#[path = "postgres/server.rs"]
mod server;
#[path = "postgres/system.rs"]
mod system;

use std::io::Write as _;
use std::sync::OnceLock;

use client::Client;
use server::{Binaries, Server};
use system::{random_hex, wait_until};

/// The role that owns the databases of tests; no superuser.
const OWNER: &str = "vestibule";
/// The superuser of throw-away clusters.
const SUPERUSER: &str = "postgres";
/// What the databases of a throw-away cluster are copied from.
const TEMPLATE: &str = "vestibule_template";
/// An existing server: the URL of a role that may create databases.
const EXISTING: &str = "TEST_DATABASE_URL";
/// `1` makes the absence of `PostgreSQL` a failure.
const REQUIRED: &str = "REQUIRE_POSTGRES";

/// A `PostgreSQL` server, or several databases of one that exists already.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// As a role that may create databases; a superuser of an own server.
    admin: Client,
    /// As the role that the service uses.
    owner: Client,
    /// `None` for an existing server.
    server: Option<Server>,
}

impl Cluster {
    /// The cluster of this process, started at the first call: the server of
    /// `TEST_DATABASE_URL`, else a throw-away one, which ends with the process
    /// however that ends. `None`, said on standard error, without either.
    ///
    /// # Panics
    ///
    /// When there is none and `REQUIRE_POSTGRES` is 1, or when it fails.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED
            .get_or_init(|| match std::env::var(EXISTING) {
                Ok(url) => Some(Self::existing(&url)),
                // A password is hashed thousands of times by SCRAM, on either
                // side of each connection: half the time of a short case.
                Err(_) => Self::start_own_with("md5", &[("password_encryption", "md5")]),
            })
            .as_ref()
    }

    /// A throw-away server of the caller's own, which it may stop or kill;
    /// gone when dropped. `settings` are those of `postgresql.conf`. `None`,
    /// said on standard error, when `PostgreSQL` is not installed.
    ///
    /// # Panics
    ///
    /// When there is none and `REQUIRE_POSTGRES` is 1, or when it fails.
    pub(crate) fn start_own(settings: &[(&str, &str)]) -> Option<Self> {
        Self::start_own_with("scram-sha-256", settings)
    }

    fn start_own_with(authentication: &str, settings: &[(&str, &str)]) -> Option<Self> {
        let Some(binaries) = Binaries::find() else {
            absent();
            return None;
        };
        let password = random_hex();
        let server = Server::init(binaries, SUPERUSER, &password, authentication, settings);
        let cluster = Self::reached(server, &password);
        // Sorted by a language, as in most installations, so that what must
        // sort by bytes has to say so. ICU is optional, and came with 15.
        cluster.psql(
            "postgres",
            &format!(
                "CREATE ROLE {OWNER} LOGIN PASSWORD '{password}';
                 SELECT 'CREATE DATABASE {TEMPLATE} TEMPLATE template0' || CASE
                     WHEN current_setting('server_version_num')::int >= 150000
                         AND EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i')
                     THEN ' LOCALE_PROVIDER icu ICU_LOCALE ''en-US''' ELSE '' END \\gexec"
            ),
        );
        Some(cluster)
    }

    fn reached(server: Server, password: &str) -> Self {
        let (host, port) = ("127.0.0.1", server.port());
        let client = |user| {
            let url = format!("postgres://{user}:{password}@{host}:{port}/postgres");
            Client::new(&url, Some(server.binaries()))
        };
        Self {
            admin: client(SUPERUSER),
            owner: client(OWNER),
            server: Some(server),
        }
    }

    fn existing(url: &str) -> Self {
        let client = Client::new(url, Binaries::find().as_ref());
        Self {
            admin: client.clone(),
            owner: client,
            server: None,
        }
    }

    /// A new empty database, gone when dropped.
    pub(crate) fn create_database(&self) -> Database {
        let template = self.server.is_some().then_some(TEMPLATE);
        self.create_from(template)
    }

    /// A new copy of a database that nobody is connected to, gone when dropped.
    pub(crate) fn copy_database(&self, original: &Database) -> Database {
        self.create_from(Some(&original.name))
    }

    fn create_from(&self, template: Option<&str>) -> Database {
        let name = format!("vestibule_{}", random_hex());
        let owner = self.server.as_ref().map(|_| format!(" OWNER {OWNER}"));
        let template = template.map(|template| format!(" TEMPLATE {template}"));
        // Copying files is faster than writing them to the log, which is what
        // is done unasked since 15.
        self.psql(
            "postgres",
            &format!(
                "SELECT 'CREATE DATABASE {name}{}{}' || CASE
                     WHEN current_setting('server_version_num')::int >= 150000
                     THEN ' STRATEGY file_copy' ELSE '' END \\gexec",
                owner.unwrap_or_default(),
                template.unwrap_or_default(),
            ),
        );
        Database {
            url: self.owner.url(&name),
            admin: self.admin.clone(),
            name,
        }
    }

    /// The URL of a database for the service's role, with its password.
    pub(crate) fn url(&self, database: &str) -> String {
        self.owner.url(database)
    }

    /// The URL of a database on this server or its standby, whichever takes
    /// writes.
    pub(crate) fn url_with_standby(&self, standby: &Self, database: &str) -> String {
        let first = format!("@127.0.0.1:{}/", self.port());
        let both = format!("@127.0.0.1:{},127.0.0.1:{}/", self.port(), standby.port());
        let url = self.url(database).replace(&first, &both);
        format!("{url}?target_session_attrs=read-write")
    }

    /// Runs SQL as an administrator; answers the rows, one a line, columns
    /// separated by `|`.
    ///
    /// # Panics
    ///
    /// When a statement fails.
    pub(crate) fn psql(&self, database: &str, sql: &str) -> String {
        self.admin.psql(database, sql)
    }

    /// The password of the service's role.
    pub(crate) fn password(&self) -> &str {
        self.owner.password()
    }

    /// Where the server listens on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.own_server().port()
    }

    /// Offers TLS from now on, with a certificate and its key as PEM.
    pub(crate) fn offer_tls(&self, certificate: &str, key: &str) {
        self.own_server().write_certificate(certificate, key);
        self.psql(
            "postgres",
            "ALTER SYSTEM SET ssl = on;
             SELECT pg_reload_conf();",
        );
        wait_until("the server offers TLS", || {
            self.psql("postgres", "SHOW ssl") == "on"
        });
    }

    /// Stops the server: connections are ended, what was committed is kept.
    pub(crate) fn stop(&mut self) {
        self.own_server_mut().stop();
    }

    /// Starts the server again where it was.
    pub(crate) fn start(&mut self) {
        self.own_server_mut().start();
    }

    /// Kills each process of the server, as the loss of its machine would.
    pub(crate) fn kill(&mut self) {
        self.own_server_mut().kill();
    }

    /// Stops each process of the server where it is: connections stay open and
    /// nothing is answered.
    pub(crate) fn freeze(&self) {
        // Again, for what was started while the first went round.
        for _ in 0..2 {
            self.own_server().signal_all("STOP");
        }
    }

    /// Lets a frozen server go on.
    pub(crate) fn thaw(&self) {
        self.own_server().signal_all("CONT");
    }

    /// A second server that follows this one by streaming replication. From
    /// now on this one acknowledges a commit when both have written it.
    pub(crate) fn synchronous_standby(&self, settings: &[(&str, &str)]) -> Self {
        let password = self.admin.password();
        let server = self.own_server().copy(SUPERUSER, password, settings);
        let standby = Self::reached(server, password);
        self.psql(
            "postgres",
            "ALTER SYSTEM SET synchronous_standby_names = '*';
             SELECT pg_reload_conf();",
        );
        wait_until("the standby follows", || {
            let states = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'";
            self.psql("postgres", states) == "sync"
        });
        standby
    }

    /// Makes a standby the primary; returns when it takes writes.
    pub(crate) fn promote(&self) {
        let promoted = self.psql("postgres", "SELECT pg_promote(true, 60)");
        assert_eq!(promoted, "t", "the standby was not promoted");
    }

    fn own_server(&self) -> &Server {
        self.server.as_ref().expect("a server of one's own")
    }

    fn own_server_mut(&mut self) -> &mut Server {
        self.server.as_mut().expect("a server of one's own")
    }
}

/// A database of one test; dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    admin: Client,
    name: String,
    url: String,
}

impl Database {
    /// Its URL with the password, as the service takes it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// As [`Cluster::psql`], in this database.
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.admin.psql(&self.name, sql)
    }

    /// Everything in it, as `pg_dump` writes it.
    pub(crate) fn dump(&self) -> Vec<u8> {
        self.admin.dump(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that a test has stopped takes its databases with it, and one
        // without its standby acknowledges nothing.
        let drop = format!(
            "SET synchronous_commit = off;
             DROP DATABASE {} WITH (FORCE)",
            self.name
        );
        let _ = self.admin.try_psql("postgres", &drop);
    }
}

/// Says that there is no `PostgreSQL`.
fn absent() {
    static SAID: OnceLock<()> = OnceLock::new();
    let missing = "no PostgreSQL was found: no initdb on PATH, none in \
                   /usr/lib/postgresql/*/bin, and TEST_DATABASE_URL is not set";
    assert!(
        std::env::var(REQUIRED).as_deref() != Ok("1"),
        "{missing}. REQUIRE_POSTGRES=1 asks for it: install it (Debian and Ubuntu: \
         apt-get install postgresql; Fedora: dnf install postgresql-server; \
         macOS: brew install postgresql) or set TEST_DATABASE_URL"
    );
    SAID.get_or_init(|| {
        // Not with `eprintln`, which the test harness keeps to itself.
        let _ = writeln!(
            std::io::stderr(),
            "PostgreSQL cases did NOT run: {missing}."
        );
    });
}
