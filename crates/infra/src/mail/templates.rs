//! The words of the letters: templates in the binary, or in a folder.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::Display;
use std::fs;
use std::path::Path;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use thiserror::Error;
use vestibule_domain::kernel::BoxError;

/// What the first line of a text template starts with.
const SUBJECT: &str = "Subject: ";
/// Longest template, in bytes.
const LONGEST: u64 = 256 * 1024;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("templates/", $name)))),*]
    };
}

const EMBEDDED: &[(&str, &str)] = embedded![
    "_button.html",
    "account_deleted.html",
    "account_deleted.txt",
    "confirm_email_change.html",
    "confirm_email_change.txt",
    "email_change_notice.html",
    "email_change_notice.txt",
    "invitation.html",
    "invitation.txt",
    "key_created.html",
    "key_created.txt",
    "layout.html",
    "new_device.html",
    "new_device.txt",
    "password_changed.html",
    "password_changed.txt",
    "reset_password.html",
    "reset_password.txt",
    "set_password.html",
    "set_password.txt",
    "verify_email.html",
    "verify_email.txt",
];

/// Why a template cannot be used; one line with file and line.
#[derive(Debug, Error)]
#[error("{place}: {why}")]
pub struct TemplateError {
    place: String,
    why: String,
}

impl TemplateError {
    fn new(place: impl Display, why: impl Display) -> Self {
        let why = why.to_string().replace(['\r', '\n'], " ");
        Self {
            place: place.to_string(),
            why,
        }
    }
}

/// What a letter says.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) subject: String,
    /// Lines end with `\n`.
    pub(super) text: String,
    pub(super) html: String,
}

/// The templates of all letters.
#[derive(Debug, Clone)]
pub(super) struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// The templates in the binary; those found in `folder` replace them.
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| {
            if is_html(name) {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        for (name, source) in EMBEDDED {
            environment
                .add_template(name, source)
                .map_err(|error| fault(None, name, &error))?;
        }
        if let Some(folder) = folder {
            for (name, source) in read(folder)? {
                environment
                    .add_template_owned(name.clone(), source)
                    .map_err(|error| fault(Some(folder), &name, &error))?;
            }
        }
        Ok(Self { environment })
    }

    /// The letter of this name with these values.
    pub(super) fn words(
        &self,
        name: &str,
        values: &[(&'static str, String)],
    ) -> Result<Words, BoxError> {
        Ok(self.render(None, name, values)?)
    }

    /// Whether the letter of this name can be written with these values, so
    /// that a broken template is found at the start.
    pub(super) fn check(
        &self,
        folder: Option<&Path>,
        name: &str,
        values: &[(&'static str, String)],
    ) -> Result<(), TemplateError> {
        self.render(folder, name, values).map(drop)
    }

    fn render(
        &self,
        folder: Option<&Path>,
        name: &str,
        values: &[(&'static str, String)],
    ) -> Result<Words, TemplateError> {
        let values = values.iter().map(|(name, value)| (*name, value.clone()));
        let context = Value::from(values.collect::<BTreeMap<_, _>>());
        let part = |ending: &str| {
            let name = format!("{name}.{ending}");
            self.environment
                .get_template(&name)
                .and_then(|template| template.render(context.clone()))
                .map_err(|error| fault(folder, &name, &error))
        };
        let html = part("html")?;
        let text = part("txt")?.replace("\r\n", "\n");
        let (subject, text) = text
            .strip_prefix(SUBJECT)
            .and_then(|text| text.split_once('\n'))
            .filter(|(subject, _)| !subject.trim().is_empty())
            .ok_or_else(|| {
                let name = format!("{name}.txt");
                TemplateError::new(
                    place(folder, &name, Some(1)),
                    "the first line must be `Subject: ` and a subject",
                )
            })?;
        Ok(Words {
            subject: subject.trim().to_owned(),
            text: format!("{}\n", text.trim_matches('\n')),
            html,
        })
    }
}

fn is_html(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "html")
}

/// The templates of a folder by name. Those that start with `_` are parts of
/// others; any other name must be one that the service knows.
fn read(folder: &Path) -> Result<Vec<(String, String)>, TemplateError> {
    let unreadable =
        |path: &Path, error| TemplateError::new(path.display(), format!("cannot be read: {error}"));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let is_template =
            is_html(name) || path.extension().is_some_and(|extension| extension == "txt");
        if name.starts_with('.') || !is_template {
            continue;
        }
        if !name.starts_with('_') && !EMBEDDED.iter().any(|(known, _)| *known == name) {
            let known: Vec<_> = EMBEDDED.iter().map(|(name, _)| *name).collect();
            let why = format!("there is no such template; there are {}", known.join(", "));
            return Err(TemplateError::new(path.display(), why));
        }
        let size = path.metadata().map_err(|error| unreadable(&path, error))?;
        if size.len() > LONGEST {
            return Err(TemplateError::new(path.display(), "is larger than 256 KiB"));
        }
        let source = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        found.push((name.to_owned(), source));
    }
    // The first fault of several is the same one each time.
    found.sort_unstable();
    Ok(found)
}

/// Where and why a template is wrong. The fault may lie in another one that it
/// includes: what is innermost counts.
fn fault(folder: Option<&Path>, name: &str, error: &minijinja::Error) -> TemplateError {
    let inner = error.source().and_then(|inner| inner.downcast_ref());
    if let Some(inner) = inner {
        return fault(folder, name, inner);
    }
    let name = error.name().unwrap_or(name);
    let why = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    TemplateError::new(place(folder, name, error.line()), why)
}

fn place(folder: Option<&Path>, name: &str, line: Option<usize>) -> String {
    let file = match folder {
        Some(folder) if folder.join(name).exists() => folder.join(name).display().to_string(),
        _ => format!("the built-in template {name}"),
    };
    match line {
        Some(line) => format!("{file}:{line}"),
        None => file,
    }
}
