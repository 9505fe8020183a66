use std::fmt;

use crate::kernel::{Invalid, OrganizationId, trim};

/// The longest slug, in characters.
const MAX_LENGTH: usize = 63;
/// Characters at the end of an id's text that tell ids apart: 40 random bits.
const ID_TAIL: usize = 8;
/// Numbered slugs that are tried before one that bears a part of the id.
const NUMBERED: std::ops::RangeInclusive<u32> = 2..=9;

/// An organization's name in URLs: 1–63 of `a-z`, `0-9` and `-`; unique.
///
/// ```
/// use vestibule_domain::organizations::Slug;
///
/// assert!(Slug::parse("vinyl-dealers").is_ok());
/// let refused = Slug::parse("Vinyl Dealers").expect_err("capitals and a space");
/// assert_eq!(refused.code, "invalid_characters");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Reads a slug (`required`, `too_long`, `invalid_characters`).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let slug = trim(raw);
        if slug.is_empty() {
            return Err(Invalid::new("required", "This field may not be blank."));
        }
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !slug.bytes().all(allowed) {
            return Err(Invalid::new(
                "invalid_characters",
                "Use lower-case letters a to z, digits and hyphens only.",
            ));
        }
        if slug.len() > MAX_LENGTH {
            return Err(Invalid::new("too_long", "Use at most 63 characters."));
        }
        Ok(Self(slug.to_owned()))
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The slugs that a name can have, the preferred one first: its letters in
    /// Latin, then those with a number, then one with a part of the id, which
    /// nobody else has. A name without letters is called `organization`.
    pub fn candidates(name: &str, id: OrganizationId) -> Vec<Self> {
        let base = from_name(name);
        let id = id.to_string();
        let tail = &id[id.len() - ID_TAIL..];
        let numbered = NUMBERED.map(|number| with_suffix(&base, &number.to_string()));
        let mut slugs = vec![Self(base.clone())];
        slugs.extend(numbered);
        slugs.push(with_suffix(&base, tail));
        slugs
    }
}

/// Letters and digits in lower-case ASCII, whatever else is between them as
/// one hyphen.
fn from_name(name: &str) -> String {
    let mut slug = String::new();
    let mut between = false;
    for letter in deunicode::deunicode(name).chars() {
        if letter.is_ascii_alphanumeric() {
            if between && !slug.is_empty() {
                slug.push('-');
            }
            between = false;
            slug.push(letter.to_ascii_lowercase());
        } else if letter != '\'' {
            between = true;
        }
    }
    slug.truncate(MAX_LENGTH);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "organization".to_owned()
    } else {
        slug.to_owned()
    }
}

fn with_suffix(base: &str, suffix: &str) -> Slug {
    let room = MAX_LENGTH - suffix.len() - 1;
    let start = &base[..base.len().min(room)];
    Slug(format!("{}-{suffix}", start.trim_end_matches('-')))
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which slug a new organization gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlugChoice {
    /// This one, or none at all.
    Given(Slug),
    /// The first of these that is free.
    Generated(Vec<Slug>),
}

impl SlugChoice {
    /// Every slug that it may come to, the preferred one first.
    pub fn candidates(&self) -> &[Slug] {
        match self {
            Self::Given(slug) => std::slice::from_ref(slug),
            Self::Generated(slugs) => slugs,
        }
    }
}
