//! Where settings come from, and how a wrong one is named.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use config::builder::DefaultState;
use config::{Config, ConfigBuilder, File, FileFormat};
use vestibule_infra::mail::{LetterSettingsError, Letters};

use super::{Algorithm, Settings};

/// The file that is read when it is in the working directory.
const DEFAULT_FILE: &str = "vestibule.toml";
const PREFIX: &str = "VESTIBULE_";

/// The settings that flags give, as typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    /// `--config`: the file to read, which then must exist.
    pub(crate) file: Option<PathBuf>,
    /// Flag, setting and value.
    pub(crate) flags: Vec<(&'static str, &'static str, String)>,
}

/// Why the settings do not count: one line that names the one that is wrong
/// and says what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Puts the layers together: defaults, file, `environment`, flags.
///
/// Each part is checked by itself first, so that an error names the line's
/// file, the variable or the flag that it comes from, also when a later layer
/// overrules it.
pub(crate) fn load(
    overrides: &Overrides,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, ConfigError> {
    let mut all = Config::builder();
    if let Some((path, text)) = read_file(overrides.file.as_deref())? {
        let file = File::from_str(&text, FileFormat::Toml);
        let config = Config::builder().add_source(file.clone()).build();
        let config = config
            .map_err(|error| ConfigError(format!("{}: {}", path.display(), syntax(&error))))?;
        settings(config).map_err(|wrong| {
            ConfigError(format!("{}: {}: {}", path.display(), wrong.path, wrong.why))
        })?;
        all = all.add_source(file);
    }
    for (name, path, value) in variables(environment)? {
        all = layer(all, &name, &path, &value)?;
    }
    for (flag, path, value) in &overrides.flags {
        all = layer(all, flag, path, value)?;
    }
    let config = all.build().map_err(|error| ConfigError(one_line(&error)))?;
    let settings =
        settings(config).map_err(|wrong| ConfigError(format!("{}: {}", wrong.path, wrong.why)))?;
    if settings.tokens.algorithm == Algorithm::Hs256 && settings.tokens.hs256_secret.is_none() {
        return Err(ConfigError(
            "tokens.hs256_secret: required with tokens.algorithm hs256; use a random secret of at least 32 bytes"
                .to_owned(),
        ));
    }
    check_letters(&settings)?;
    settings.identities.providers().map_err(ConfigError)?;
    Ok(settings)
}

/// Letters are written as configured, or not at all.
fn check_letters(settings: &Settings) -> Result<(), ConfigError> {
    let letters = settings.letters(settings.public_url(settings.listen));
    Letters::new(&letters).map(drop).map_err(|error| {
        let setting = match &error {
            LetterSettingsError::PublicUrl(_) => "public_url",
            LetterSettingsError::From(_) => "mail.from",
            LetterSettingsError::Template(_) => "mail.templates_dir",
            LetterSettingsError::Path(path) => {
                let paths = &letters.paths;
                [
                    ("mail.verify_path", &paths.verify_email),
                    ("mail.reset_path", &paths.reset_password),
                    ("mail.email_change_path", &paths.email_change),
                    ("mail.undo_path", &paths.undo_email_change),
                    ("mail.invitation_path", &paths.invitation),
                ]
                .into_iter()
                .find_map(|(setting, refused)| (refused == path).then_some(setting))
                .unwrap_or("mail")
            }
        };
        ConfigError(format!("{setting}: {error}"))
    })
}

fn read_file(named: Option<&Path>) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError(format!(
            "{}: cannot be read: {error}",
            path.display()
        ))),
    }
}

/// The variables of this service with the paths of their settings, by name.
fn variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String, String)>, ConfigError> {
    let mut variables = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let value = value
            .into_string()
            .map_err(|_| ConfigError(format!("{name}: must be UTF-8 text")))?;
        let path = name[PREFIX.len()..].to_lowercase().replace("__", ".");
        variables.push((name.to_owned(), path, value));
    }
    variables.sort_unstable();
    Ok(variables)
}

/// Adds one setting to `all`, checked by itself; `name` is what its user knows
/// it by.
fn layer(
    all: ConfigBuilder<DefaultState>,
    name: &str,
    path: &str,
    value: &str,
) -> Result<ConfigBuilder<DefaultState>, ConfigError> {
    let alone = Config::builder()
        .set_override(path, value)
        .and_then(ConfigBuilder::<DefaultState>::build)
        .map_err(|_| ConfigError(format!("{name}: there is no such setting")))?;
    settings(alone).map_err(|wrong| ConfigError(format!("{name}: {}", wrong.why)))?;
    all.set_override(path, value)
        .map_err(|error| ConfigError(format!("{name}: {error}")))
}

/// A setting that was refused, and why.
struct Wrong {
    path: String,
    why: String,
}

fn settings(config: Config) -> Result<Settings, Wrong> {
    serde_path_to_error::deserialize(config).map_err(|error| {
        let path = error.path().to_string();
        Wrong {
            path,
            why: reason(error.inner()),
        }
    })
}

fn reason(error: &config::ConfigError) -> String {
    match error {
        config::ConfigError::At { error, .. } => reason(error),
        // The value itself stays unsaid: it may be secret.
        config::ConfigError::Type { expected, .. } => format!("use {expected}"),
        config::ConfigError::Message(message) => match message.split_once(", expected ") {
            Some((unknown, known)) if unknown.starts_with("unknown field") => {
                let known = known.replace('`', "");
                let known = known.trim_start_matches("one of ");
                format!("there is no such setting; there are {known}")
            }
            Some((wrong, right)) if wrong.starts_with("invalid ") => format!("use {right}"),
            _ => message.clone(),
        },
        other => one_line(other),
    }
}

/// What is wrong with the syntax of the file, and where, without the excerpt
/// between the two, which may show a secret.
fn syntax(error: &config::ConfigError) -> String {
    let config::ConfigError::FileParse { cause, .. } = error else {
        return one_line(error);
    };
    let text = cause.to_string();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(place), Some(fault)) => format!("{place}: {fault}"),
        _ => text,
    }
}

fn one_line(error: &config::ConfigError) -> String {
    error.to_string().lines().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
