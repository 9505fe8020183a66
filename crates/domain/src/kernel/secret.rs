//! Secrets that never show in `Debug`, and digests that stand for them at rest.

use std::fmt::{self, Write as _};

use secrecy::{ExposeSecret, SecretString};

/// A password, token or key in the clear. Zeroed on drop, redacted in `Debug`.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself, for hashing, comparing and for the one answer that
    /// shows it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A SHA-256 or HMAC-SHA-256 value that stands for a secret at rest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// 64 hex digits in lower case.
    pub fn to_hex(self) -> String {
        let mut hex = String::with_capacity(2 * self.0.len());
        for byte in self.0 {
            // Writing into a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// Makes and fingerprints opaque secrets. Port.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait SecretSource: Send + Sync {
    /// A new secret of 256 random bits, as URL-safe base64 without padding.
    fn generate(&self) -> Secret;

    /// The secret that follows `secret` in a chain: `HMAC(server key, secret)`.
    /// MUST be the same each time, also after a restart.
    fn successor(&self, secret: &Secret) -> Secret;

    /// SHA-256: what is stored and looked up in place of a secret.
    fn digest(&self, bytes: &[u8]) -> Digest;

    /// HMAC-SHA-256 under a key of the server: what stands for data that can
    /// be guessed.
    fn mac(&self, bytes: &[u8]) -> Digest;
}
