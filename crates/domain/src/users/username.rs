use std::fmt;

use super::EmailAddress;
use crate::kernel::{Invalid, trim};

/// Names that would be mistaken for a part of a path or for the service.
const RESERVED: &[&str] = &[
    "me",
    "self",
    "user",
    "users",
    "account",
    "accounts",
    "admin",
    "administrator",
    "root",
    "system",
    "staff",
    "support",
    "help",
    "api",
    "auth",
    "login",
    "logout",
    "register",
    "registration",
    "settings",
    "security",
    "null",
    "undefined",
    "anonymous",
    "everyone",
    "vestibule",
    ".",
    "..",
];

/// Fewest and most characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=30;
/// What stands between a name and what tells it from others like it.
const JOINT: char = '-';

/// A login name: 3–30 of `A-Za-z0-9_.-`, unique ignoring case, immutable.
///
/// ```
/// use vestibule_domain::users::Username;
///
/// let username = Username::parse("Vinyl_Dealer").expect("a username");
/// assert_eq!(username.canonical(), "vinyl_dealer");
/// assert_eq!(Username::parse("admin").expect_err("refused").code, "reserved");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// Reads a username.
    ///
    /// Errors: `required`, `too_short`, `too_long`, `invalid_characters`, `reserved`.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let name = trim(raw);
        if name.is_empty() {
            return Err(Invalid::new("required", "This field may not be blank."));
        }
        if !name.chars().all(is_plain) {
            return Err(Invalid::new(
                "invalid_characters",
                "Use letters from A to Z, digits, underscores, dots and hyphens only.",
            ));
        }
        if name.len() < *LENGTHS.start() {
            return Err(if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                reserved()
            } else {
                Invalid::new("too_short", "Use at least 3 characters.")
            });
        }
        if name.len() > *LENGTHS.end() {
            return Err(Invalid::new("too_long", "Use at most 30 characters."));
        }
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(reserved());
        }
        Ok(Self(name.to_owned()))
    }

    /// A name for somebody who has not chosen one: the local part of the
    /// address, cut to the length that is allowed, other characters replaced.
    /// `None` when that is too short, or reserved: see [`Username::like`].
    ///
    /// ```
    /// use vestibule_domain::users::{EmailAddress, Username};
    ///
    /// let email = EmailAddress::parse("jamie+shop@example.com").expect("an address");
    /// let username = Username::of(&email).expect("a username");
    /// assert_eq!(username.as_str(), "jamie-shop");
    /// # let like = Username::like(&email, "7f").expect("a username");
    /// # assert_eq!(like.as_str(), "jamie-shop-7f");
    /// ```
    pub fn of(email: &EmailAddress) -> Option<Self> {
        Self::parse(&plain(email, *LENGTHS.end())).ok()
    }

    /// The same with `tail`, of letters and digits, so that it is told from
    /// others like it. `None` when the tail leaves no room.
    pub fn like(email: &EmailAddress, tail: &str) -> Option<Self> {
        let room = LENGTHS.end().checked_sub(tail.len() + JOINT.len_utf8())?;
        Self::parse(&format!("{}{JOINT}{tail}", plain(email, room))).ok()
    }

    /// As the user spelled it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case: what is unique and looked up.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// At most `room` characters of the local part, all of them allowed.
fn plain(email: &EmailAddress, room: usize) -> String {
    let letters = email.local_part().chars().take(room);
    letters
        .map(|c| if is_plain(c) { c } else { JOINT })
        .collect()
}

fn reserved() -> Invalid {
    Invalid::new("reserved", "This username is reserved. Choose another one.")
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
