//! The commands, one file each.

mod check_config;
mod key_create;
mod key_list;
mod key_revoke;
mod migrate;
mod openapi;
mod secrets_rotate;
mod serve;
mod user_create;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use vestibule_domain::api_keys::KeyError;
use vestibule_domain::kernel::{FieldError, StoreError};
use vestibule_infra::database::{DataFolderLock, Location};

use crate::cli::{Cli, Command, KeyCommand, SecretsCommand, UserCommand};
use crate::config::{ConfigError, Settings, load};

/// Why a command failed, as lines for standard error.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The settings are wrong; exit code 2, as for wrong flags.
    Config(ConfigError),
    /// Anything else; exit code 1.
    Failed(String),
}

impl Failure {
    /// The exit code of the process.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "{error}"),
            Self::Failed(message) => f.write_str(message),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// Carries out what the command line says.
pub(crate) fn run(cli: Cli) -> Result<(), Failure> {
    let command = cli.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Openapi) {
        return openapi::run();
    }
    let settings = load(&cli.flags.overrides(), std::env::vars_os())?;
    match command {
        Command::Serve => serve::run(&settings),
        Command::Migrate => migrate::run(&settings),
        Command::User(UserCommand::Create(user)) => user_create::run(&settings, &user),
        Command::Key(KeyCommand::Create(key)) => key_create::run(&settings, &key),
        Command::Key(KeyCommand::List) => key_list::run(&settings),
        Command::Key(KeyCommand::Revoke(key)) => key_revoke::run(&settings, &key),
        Command::Secrets(SecretsCommand::Rotate(rotate)) => secrets_rotate::run(&settings, &rotate),
        Command::Openapi => openapi::run(),
        Command::CheckConfig => check_config::run(),
    }
}

/// Writes a line to standard output.
fn print(line: impl fmt::Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{line}")
        .map_err(|error| Failure::Failed(format!("cannot write to standard output: {error}")))
}

/// Runs a command that needs a runtime.
fn block_on<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("cannot start: {error}")))?
        .block_on(command)
}

/// Refused input, one line a field.
fn refused(errors: impl IntoIterator<Item = FieldError>) -> Failure {
    let lines: Vec<_> = errors
        .into_iter()
        .map(|error| format!("{}: {}", error.field, error.message))
        .collect();
    Failure::Failed(lines.join("\n"))
}

/// A failure of the database, with its cause.
fn store_failed(error: &StoreError) -> Failure {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    Failure::Failed(message)
}

/// A failure of a command on API keys.
fn key_failed(error: KeyError) -> Failure {
    match error {
        KeyError::Store(error) => store_failed(&error),
        error => Failure::Failed(error.to_string()),
    }
}

/// Waits until the servers have seen what was committed, so that it counts
/// from their next request on.
fn wait_for_server(settings: &Settings) {
    // A server on the same data folder looks for commits of others every
    // 100 ms; those on PostgreSQL have been told, and may read their caches
    // for as long.
    const SEEN_AFTER: Duration = Duration::from_millis(250);
    let shared = matches!(settings.location(), Location::Postgres(_));
    if shared || !matches!(DataFolderLock::acquire(&settings.data_dir), Ok(Some(_))) {
        thread::sleep(SEEN_AFTER);
    }
}
