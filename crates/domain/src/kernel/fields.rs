//! Errors of input fields, collected so that one answer names them all.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

/// Why one value was refused: a machine-readable code and a sentence that says
/// what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Invalid {
    /// `snake_case` code, for example `out_of_range`.
    pub code: &'static str,
    /// A full sentence for people.
    pub message: Cow<'static, str>,
}

impl Invalid {
    /// An error with a code and a message.
    pub fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The same error, placed at `field` (a dotted path, `preferences.theme`).
    pub fn at(self, field: impl Into<String>) -> FieldError {
        FieldError {
            field: field.into(),
            code: self.code,
            message: self.message,
        }
    }
}

/// One refused field of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Dotted path of the field, `preferences.items_per_page`.
    pub field: String,
    /// `snake_case` code, for example `out_of_range`.
    pub code: &'static str,
    /// A full sentence for people.
    pub message: Cow<'static, str>,
}

/// One or more refused fields; never empty.
///
/// ```
/// use vestibule_domain::kernel::FieldErrors;
/// use vestibule_domain::users::{EmailAddress, Username};
///
/// let mut errors = Vec::new();
/// if let Err(invalid) = Username::parse("a b") {
///     errors.push(invalid.at("username"));
/// }
/// if let Err(invalid) = EmailAddress::parse("") {
///     errors.push(invalid.at("email"));
/// }
/// let refused = FieldErrors::check(errors).expect_err("both");
/// let codes: Vec<_> = refused.as_slice().iter().map(|e| (&*e.field, e.code)).collect();
/// assert_eq!(codes, [("username", "invalid_characters"), ("email", "required")]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// `Err` with all errors, or `Ok` when there are none.
    pub fn check(errors: Vec<FieldError>) -> Result<(), Self> {
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Self(errors))
        }
    }

    /// The refused fields, in the order in which they were found.
    pub fn as_slice(&self) -> &[FieldError] {
        &self.0
    }

    /// The refused fields, by value.
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{}: {}", error.field, error.message)?;
        }
        Ok(())
    }
}
