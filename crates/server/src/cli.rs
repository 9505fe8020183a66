//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::Overrides;

/// User and account service: one binary, one database file.
#[derive(Debug, Parser)]
#[command(
    name = "vestibule",
    version,
    after_help = "Every setting of vestibule.toml is also read from the environment: VESTIBULE_ and its name, with __ for a dot (VESTIBULE_LOG__LEVEL)."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) flags: Flags,
    /// `serve` when there is none.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Settings that have flags.
#[derive(Debug, Default, Args)]
pub(crate) struct Flags {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDR")]
    listen: Option<String>,
    /// Folder of the database, the secrets and mail [default: vestibule-data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// postgres://… of a server, or a file: its path, with or without sqlite: before it [default: vestibule.db in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Configuration file [default: vestibule.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Flags {
    /// The settings that the flags give.
    pub(crate) fn overrides(self) -> Overrides {
        let flags = [
            ("--listen", "listen", self.listen),
            ("--data-dir", "data_dir", self.data_dir),
            ("--database-url", "database_url", self.database_url),
        ];
        Overrides {
            file: self.config,
            flags: flags
                .into_iter()
                .filter_map(|(flag, path, value)| Some((flag, path, value?)))
                .collect(),
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve requests (the default): migrates the database first
    Serve,
    /// Bring the database up to date, and nothing else
    Migrate,
    /// Manage users
    #[command(subcommand)]
    User(UserCommand),
    /// Manage API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Manage the secrets file
    #[command(subcommand)]
    Secrets(SecretsCommand),
    #[command(about = "Print the OpenAPI document")]
    Openapi,
    /// Check the configuration, and start nothing
    CheckConfig,
}

/// What to do with users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create a user; the password is the first line of standard input
    Create(CreateUser),
}

/// A user to create.
#[derive(Debug, Args)]
pub(crate) struct CreateUser {
    /// Login name, 3–30 of A-Za-z0-9_.-
    #[arg(long)]
    pub(crate) username: String,
    /// E-mail address
    #[arg(long)]
    pub(crate) email: String,
    /// The address counts as verified; no verification mail is sent
    #[arg(long)]
    pub(crate) verified: bool,
    /// The user is an administrator
    #[arg(long)]
    pub(crate) admin: bool,
}

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Create a key without an owner, and print it; it is shown this once
    Create(CreateServiceKey),
    /// List all keys, those of users too, newest first
    List,
    /// Delete a key, whoever's it is
    Revoke(RevokeKey),
}

/// A key to delete.
#[derive(Debug, Args)]
pub(crate) struct RevokeKey {
    /// The key's uid, as `key list` shows it
    pub(crate) uid: String,
}

/// A key to create.
#[derive(Debug, Args)]
pub(crate) struct CreateServiceKey {
    /// What the key is for, 1–100 characters
    #[arg(long)]
    pub(crate) name: String,
    /// What it may do; may be repeated
    #[arg(long = "scope", required = true, value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
}

/// What to do with the secrets file.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Put a new key in that signs access tokens; older ones stay until their tokens have expired
    Rotate(RotateSecrets),
}

/// How to rotate.
#[derive(Debug, Args)]
pub(crate) struct RotateSecrets {
    /// When the new key begins to sign [default: at once; with `PostgreSQL` after 600 seconds, in which all servers must get the file]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=2_592_000))]
    pub(crate) after: Option<u32>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(words: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(words.split_whitespace())
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_serves_and_flags_stand_before_or_after_one() {
        let cli = parse("vestibule --listen 127.0.0.1:0").expect("parses");
        assert!(cli.command.is_none());
        let flags = cli.flags.overrides().flags;
        assert_eq!(flags, [("--listen", "listen", "127.0.0.1:0".to_owned())]);
        for words in [
            "vestibule serve --data-dir d --database-url u --config f",
            "vestibule --data-dir d --database-url u --config f serve",
        ] {
            let cli = parse(words).expect("parses");
            assert!(matches!(cli.command, Some(Command::Serve)));
            let overrides = cli.flags.overrides();
            assert_eq!(overrides.file, Some(PathBuf::from("f")));
            assert_eq!(overrides.flags.len(), 2);
        }
    }

    #[test]
    fn user_create_takes_its_flags() {
        let words = "vestibule user create --username ada --email ada@example.com --admin";
        let Some(Command::User(UserCommand::Create(user))) = parse(words).expect("parses").command
        else {
            panic!("another command");
        };
        assert_eq!(
            (user.username.as_str(), user.email.as_str()),
            ("ada", "ada@example.com")
        );
        assert!(user.admin && !user.verified);
        assert!(parse("vestibule user create --username ada").is_err());
        assert!(parse("vestibule user").is_err());
    }

    #[test]
    fn key_create_takes_one_scope_or_more() {
        let words = "vestibule key create --name n --scope admin --scope users:read";
        let Some(Command::Key(KeyCommand::Create(key))) = parse(words).expect("parses").command
        else {
            panic!("another command");
        };
        assert_eq!(key.scopes, ["admin", "users:read"]);
        assert!(parse("vestibule key create --name n").is_err());
    }

    #[test]
    fn key_revoke_takes_one_uid() {
        let parsed = parse("vestibule key revoke key_1").expect("parses").command;
        let Some(Command::Key(KeyCommand::Revoke(key))) = parsed else {
            panic!("another command");
        };
        assert_eq!(key.uid, "key_1");
        assert!(parse("vestibule key revoke").is_err());
        assert!(parse("vestibule key list").is_ok());
    }

    #[test]
    fn secrets_rotate_takes_a_delay() {
        for (words, delay) in [
            ("vestibule secrets rotate", None),
            ("vestibule secrets rotate --after 600", Some(600)),
        ] {
            let parsed = parse(words).expect("parses").command;
            let Some(Command::Secrets(SecretsCommand::Rotate(rotate))) = parsed else {
                panic!("another command");
            };
            assert_eq!(rotate.after, delay);
        }
        assert!(parse("vestibule secrets rotate --after -1").is_err());
        assert!(parse("vestibule secrets").is_err());
    }

    #[test]
    fn the_other_commands_have_their_names() {
        for words in ["migrate", "openapi", "check-config"] {
            assert!(parse(&format!("vestibule {words}")).is_ok(), "{words}");
        }
        assert!(parse("vestibule no-such-command").is_err());
        assert!(parse("vestibule --no-such-flag").is_err());
    }
}
