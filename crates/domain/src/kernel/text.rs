//! The common rules of text input: NFC, trimmed, no control characters,
//! lengths in code points.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::Invalid;

/// Whether newline and tab are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongText {
    /// A single line.
    No,
    /// Newlines and tabs are kept; CR LF becomes LF.
    Yes,
}

/// Takes white space off both ends. Control characters stay, line ends among
/// them, so that they are refused wherever they stand.
pub(crate) fn trim(raw: &str) -> &str {
    raw.trim_matches(|c: char| c.is_whitespace() && !c.is_control())
}

/// Trims and normalizes `raw` and checks its length in code points.
///
/// Errors: `control_character`, `required` (too short and empty), `too_short`,
/// `too_long`.
pub fn text(raw: &str, min: usize, max: usize, long: LongText) -> Result<String, Invalid> {
    let raw = match long {
        LongText::Yes if raw.contains("\r\n") => Cow::Owned(raw.replace("\r\n", "\n")),
        _ => Cow::Borrowed(raw),
    };
    let allowed = |c: char| !c.is_control() || long == LongText::Yes && matches!(c, '\n' | '\t');
    let trimmed = raw.trim_matches(|c: char| c.is_whitespace() && allowed(c));
    // A code point has at most four bytes and NFC at most triples them, so
    // this bounds the work before any is done.
    if trimmed.len() > max.saturating_mul(12).max(64) {
        return Err(too_long(max));
    }
    let value: String = match is_nfc_quick(trimmed.chars()) {
        IsNormalized::Yes => trimmed.to_owned(),
        _ => trimmed.nfc().collect(),
    };
    if !value.chars().all(allowed) {
        return Err(Invalid::new(
            "control_character",
            "Control characters are not allowed here.",
        ));
    }
    let length = value.chars().count();
    if length < min {
        return Err(if length == 0 {
            Invalid::new("required", "This field may not be blank.")
        } else {
            Invalid::new("too_short", format!("Use at least {min} characters."))
        });
    }
    if length > max {
        return Err(too_long(max));
    }
    Ok(value)
}

fn too_long(max: usize) -> Invalid {
    Invalid::new("too_long", format!("Use at most {max} characters."))
}
