use std::fmt;

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
        if !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        {
            return Err(Invalid::new(
                "invalid_characters",
                "Use letters from A to Z, digits, underscores, dots and hyphens only.",
            ));
        }
        if name.len() < 3 {
            return Err(if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                reserved()
            } else {
                Invalid::new("too_short", "Use at least 3 characters.")
            });
        }
        if name.len() > 30 {
            return Err(Invalid::new("too_long", "Use at most 30 characters."));
        }
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(reserved());
        }
        Ok(Self(name.to_owned()))
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

fn reserved() -> Invalid {
    Invalid::new("reserved", "This username is reserved. Choose another one.")
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
