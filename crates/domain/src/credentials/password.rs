//! What makes a password acceptable (CONTRACTS.md section 1).

use unicode_normalization::UnicodeNormalization;

use crate::kernel::{Invalid, Secret};

/// The shortest new password, in code points.
pub const MIN_PASSWORD_LENGTH: usize = 8;
/// The longest password, in code points.
pub const MAX_PASSWORD_LENGTH: usize = 256;
/// From this many code points on a password is judged by its length alone.
const LONG_PASSWORD: usize = 20;
/// The lowest zxcvbn score of a short password.
const MIN_SCORE: u8 = 2;
/// Own words shorter than this may occur in a password.
const MIN_OWN_WORD: usize = 4;

/// Judges passwords. Port.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait PasswordStrength: Send + Sync {
    /// Whether the password is on the list of known passwords, ignoring case.
    fn is_common(&self, password: &str) -> bool;

    /// zxcvbn score, 0–4; `own_words` count as guessed first.
    #[expect(clippy::needless_lifetimes, reason = "automock needs the name")]
    fn score<'a>(&self, password: &str, own_words: &[&'a str]) -> u8;
}

/// Words of the account that a password must not contain.
#[derive(Debug, Clone, Copy)]
pub struct PasswordContext<'a> {
    /// Username.
    pub username: &'a str,
    /// Local part of the e-mail address.
    pub email_local_part: &'a str,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
}

/// NFC of a password, never trimmed; `too_long` over 256 code points.
pub fn normalize_password(raw: &str) -> Result<Secret, Invalid> {
    // NFC at most triples the code points, each of at most four bytes: more
    // than this cannot come out short enough, and is refused before any work.
    let too_long = || {
        Invalid::new(
            "too_long",
            format!("Use at most {MAX_PASSWORD_LENGTH} characters."),
        )
    };
    if raw.len() > MAX_PASSWORD_LENGTH * 12 {
        return Err(too_long());
    }
    let normalized: String = raw.nfc().collect();
    if normalized.chars().count() > MAX_PASSWORD_LENGTH {
        return Err(too_long());
    }
    Ok(Secret::new(normalized))
}

/// Checks a new password; answers it in NFC.
///
/// Errors: `too_short`, `too_long`, `contains_personal_data`, `too_common`, `too_weak`.
pub fn new_password(
    raw: &str,
    context: &PasswordContext<'_>,
    strength: &dyn PasswordStrength,
) -> Result<Secret, Invalid> {
    let password = normalize_password(raw)?;
    let text = password.expose();
    let length = text.chars().count();
    if length < MIN_PASSWORD_LENGTH {
        return Err(Invalid::new(
            "too_short",
            format!("Use at least {MIN_PASSWORD_LENGTH} characters."),
        ));
    }
    if strength.is_common(text) {
        return Err(Invalid::new(
            "too_common",
            "This password is too common. Choose one that nobody else would.",
        ));
    }
    let own_words = [
        context.username,
        context.email_local_part,
        context.first_name,
        context.last_name,
    ];
    let lower = text.to_lowercase();
    let contains = own_words
        .iter()
        .filter(|word| word.chars().count() >= MIN_OWN_WORD)
        .any(|word| lower.contains(&word.to_lowercase()));
    if contains {
        return Err(Invalid::new(
            "contains_personal_data",
            "The password must not contain your username, name or e-mail address.",
        ));
    }
    if length < LONG_PASSWORD && strength.score(text, &own_words) < MIN_SCORE {
        return Err(Invalid::new(
            "too_weak",
            "This password is too easy to guess. Use a longer or less usual one.",
        ));
    }
    Ok(password)
}
