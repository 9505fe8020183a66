use crate::kernel::{ApiKeyId, Digest, Secret, SecretSource, Timestamp, UserId};

/// What every key starts with, so that secret scanners find leaked ones.
pub const KEY_PREFIX: &str = "vst_";
const CHECKSUM_LENGTH: usize = 6;
const SHOWN_LENGTH: usize = 12;

text_type! {
    /// What the key is for, 1–100 code points.
    KeyName, 1..=100, No
}

choice! {
    /// What a key may do beyond, or instead of, acting for its owner.
    Scope {
        /// Everything that staff may.
        Admin = "admin",
        /// Look accounts up.
        UsersRead = "users:read",
        /// Make accounts.
        UsersWrite = "users:write",
        /// Look tokens up (RFC 7662).
        Introspect = "introspect",
        /// Stand for an application.
        App = "app",
    }
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whom it acts for; `None` for service keys, which act within their scopes only.
    pub owner: Option<UserId>,
    /// What it is for.
    pub name: KeyName,
    /// Its first characters, by which its owner recognizes it.
    pub prefix: String,
    /// What it may do, each at most once.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used; bookkeeping.
    pub last_used_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A new key in the clear: `vst_`, 256 random bits in base64url, and six hex
/// digits of a checksum, so that a typo is told apart from a dead key without
/// a look into the store.
pub(super) fn new_key(secrets: &dyn SecretSource) -> Secret {
    let body = format!("{KEY_PREFIX}{}", secrets.generate().expose());
    Secret::new(format!("{body}{}", checksum(&body, secrets)))
}

/// The digest of a key whose checksum is right; `None` for anything else.
pub(super) fn key_digest(key: &str, secrets: &dyn SecretSource) -> Option<Digest> {
    let split = key.len().checked_sub(CHECKSUM_LENGTH)?;
    let (body, sum) = key.split_at_checked(split)?;
    (body.starts_with(KEY_PREFIX) && sum == checksum(body, secrets))
        .then(|| secrets.digest(key.as_bytes()))
}

/// The characters of a key that may be shown again.
pub(super) fn shown_prefix(key: &Secret) -> String {
    key.expose().chars().take(SHOWN_LENGTH).collect()
}

fn checksum(body: &str, secrets: &dyn SecretSource) -> String {
    let Digest(bytes) = secrets.digest(body.as_bytes());
    let [a, b, c, ..] = bytes;
    format!("{a:02x}{b:02x}{c:02x}")
}
