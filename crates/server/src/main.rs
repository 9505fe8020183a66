//! The `vestibule` binary: user and account service.

mod cli;
mod commands;
mod config;
mod mail_counter;
mod operations;
mod secrets_watch;
mod tasks;
mod telemetry;
mod wiring;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

fn main() -> ExitCode {
    match commands::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // There is nobody left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "{failure}");
            failure.exit_code()
        }
    }
}
