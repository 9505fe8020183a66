//! psql and `pg_dump`. Passwords go through the environment: a command line is
//! for all to see.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::server::Binaries;

/// Reaches a server as one role.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// Up to the `@` of the password, without it: `postgres://user`.
    user: String,
    /// As in the URL, percent-encoded.
    password: Option<String>,
    /// `@host:port`
    host: String,
    /// `?…`, or nothing.
    parameters: String,
    folder: Option<PathBuf>,
}

impl Client {
    /// Of a URL `postgres://user:password@host:port/database?parameters`; its
    /// database does not matter.
    pub(super) fn new(url: &str, binaries: Option<&Binaries>) -> Self {
        let (address, parameters) = match url.split_once('?') {
            Some((address, parameters)) => (address, format!("?{parameters}")),
            None => (url, String::new()),
        };
        let (scheme, address) = address
            .split_once("://")
            .expect("a URL of PostgreSQL starts with postgres://");
        let authority = address.split('/').next().unwrap_or_default();
        let (credentials, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password.to_owned())),
            None => (credentials, None),
        };
        Self {
            user: format!("{scheme}://{user}"),
            password,
            host: format!("@{host}"),
            parameters,
            folder: binaries.map(|binaries| binaries.folder().to_owned()),
        }
    }

    /// The password as in the URL; empty when there is none.
    pub(super) fn password(&self) -> &str {
        self.password.as_deref().unwrap_or_default()
    }

    /// The URL of a database, with the password.
    pub(super) fn url(&self, database: &str) -> String {
        let Self {
            user,
            host,
            parameters,
            ..
        } = self;
        match &self.password {
            Some(password) => format!("{user}:{password}{host}/{database}{parameters}"),
            None => format!("{user}{host}/{database}{parameters}"),
        }
    }

    /// Runs SQL; answers its rows.
    pub(super) fn psql(&self, database: &str, sql: &str) -> String {
        let output = self.try_psql(database, sql);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors} in: {sql}");
        let rows = String::from_utf8(output.stdout).expect("UTF-8");
        rows.trim_end().to_owned()
    }

    pub(super) fn try_psql(&self, database: &str, sql: &str) -> Output {
        let mut child = self
            .command("psql", database)
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .args(["--no-password", "--set=ON_ERROR_STOP=1", "--file=-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql starts");
        let mut input = child.stdin.take().expect("piped");
        // One that could not connect reads nothing.
        let _ = input.write_all(sql.as_bytes());
        drop(input);
        child.wait_with_output().expect("psql ends")
    }

    pub(super) fn dump(&self, database: &str) -> Vec<u8> {
        let output = self
            .command("pg_dump", database)
            .arg("--no-password")
            .output()
            .expect("pg_dump starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        output.stdout
    }

    fn command(&self, program: &str, database: &str) -> Command {
        let path = match &self.folder {
            Some(folder) => folder.join(program),
            None => PathBuf::from(program),
        };
        let mut command = Command::new(path);
        command.arg(format!(
            "--dbname={}{}/{database}{}",
            self.user, self.host, self.parameters
        ));
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", decoded(password));
        }
        command
    }
}

/// Percent-decoding (RFC 3986 section 2.1).
fn decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).expect("two digits after %");
        bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal digits after %"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("a password in UTF-8")
}
