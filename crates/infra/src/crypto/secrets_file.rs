//! The secrets file: made on first start, readable by its owner only, never
//! overwritten by the service.
//!
//! JSON; every key has an id that what was made with it bears, so that keys can
//! be replaced while what older ones made stays readable: the first of a list is
//! in use, the others only verify and decrypt. A signing key that was rotated in
//! ([`super::SigningRotation`]) says from when on it is in use.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use vestibule_domain::kernel::Timestamp;

use super::key_derivation::{KEY_LENGTH, derive};
use crate::durable_file;

const FORMAT: u32 = 1;
/// Far above what some dozens of keys take.
const LONGEST_FILE: u64 = 64 * 1024;
const LONGEST_KEY_ID: usize = 32;
/// Permissions that anyone but the owner has.
const OTHERS: u32 = 0o077;

/// A key and the id that names it.
#[derive(Clone)]
pub(super) struct NamedKey {
    /// 1–32 of `a-z0-9`.
    pub(super) id: String,
    /// From when on a signing key is in use, in seconds since 1970; 0 for others.
    pub(super) used_from: i64,
    bytes: SecretSlice<u8>,
}

impl NamedKey {
    /// The key itself.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.expose_secret()
    }

    /// From when on it is in use.
    pub(super) fn used_from(&self) -> Timestamp {
        Timestamp::from_micros(self.used_from.saturating_mul(1_000_000))
    }

    pub(super) fn random() -> Self {
        Self::new(random_bytes::<KEY_LENGTH>().to_vec())
    }

    /// A new Ed25519 key.
    pub(super) fn signing() -> Self {
        let pair = Ed25519KeyPair::generate().expect("the system makes keys");
        let pkcs8 = pair.to_pkcs8().expect("a new key can be encoded");
        Self::new(pkcs8.as_ref().to_vec())
    }

    fn new(bytes: Vec<u8>) -> Self {
        Self {
            id: format!("{:016x}", u64::from_ne_bytes(random_bytes())),
            used_from: 0,
            bytes: bytes.into(),
        }
    }
}

impl fmt::Debug for NamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedKey({})", self.id)
    }
}

/// What a database notes of a key.
pub(crate) struct Fingerprint {
    pub(crate) key_id: String,
    pub(crate) bytes: [u8; KEY_LENGTH],
    /// Servers may lack the key until then.
    pub(crate) used_from: Timestamp,
}

/// The keys of the service.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Ed25519 keys of access tokens, PKCS#8; the first signs.
    pub(super) signing: Vec<NamedKey>,
    /// What refresh tokens and fingerprints of guessable data are derived with.
    pub(super) mac: NamedKey,
    /// What stored payloads are encrypted with; the first encrypts.
    pub(super) payload: Vec<NamedKey>,
    /// What passwords are mixed with before they are hashed; none by default.
    pub(super) peppers: Vec<NamedKey>,
}

/// Why the secrets file cannot be used.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// It cannot be read or made.
    #[error("secrets file {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others than its owner may read or write it.
    #[error(
        "secrets file {} is open to others (mode {mode:04o}); run: chmod 600 {}",
        path.display(),
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Its content makes no sense. It is not replaced by a new one, which
    /// would end all sessions and make stored payloads unreadable.
    #[error("secrets file {} is damaged ({reason}); restore it from a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong; shows nothing of the content.
        reason: String,
    },
}

impl Secrets {
    /// Reads the file; makes it first, mode 0600, where there is none. Of
    /// several processes that start at once all end with the same file.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretsError> {
        let failed = |source| SecretsError::Io {
            path: path.to_owned(),
            source,
        };
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                durable_file::create(path, &Self::generate().to_json()).map_err(failed)?;
                File::open(path)
            }
            opened => opened,
        }
        .map_err(failed)?;
        Self::read(path, &file)
    }

    /// Reads the file, which must be there.
    pub fn load(path: &Path) -> Result<Self, SecretsError> {
        let file = File::open(path).map_err(|source| SecretsError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::read(path, &file)
    }

    pub(super) fn read(path: &Path, file: &File) -> Result<Self, SecretsError> {
        let failed = |source| SecretsError::Io {
            path: path.to_owned(),
            source,
        };
        let damaged = |reason: String| SecretsError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let metadata = file.metadata().map_err(failed)?;
        refuse_exposed(path, &metadata)?;
        if metadata.len() > LONGEST_FILE {
            return Err(damaged(format!("longer than {LONGEST_FILE} bytes")));
        }
        let mut text = Vec::new();
        file.take(LONGEST_FILE)
            .read_to_end(&mut text)
            .map_err(failed)?;
        // The parser's own message may quote what it read.
        let content: Content = serde_json::from_slice(&text).map_err(|error| {
            damaged(format!(
                "unexpected content in line {}, column {}",
                error.line(),
                error.column()
            ))
        })?;
        content.decode().map_err(damaged)
    }

    /// New random keys, stored nowhere.
    ///
    /// # Panics
    ///
    /// When the system has no randomness.
    pub fn generate() -> Self {
        Self {
            signing: vec![NamedKey::signing()],
            mac: NamedKey::random(),
            payload: vec![NamedKey::random()],
            peppers: Vec::new(),
        }
    }

    /// Id and fingerprint of every key, and from when on it is in use. A
    /// fingerprint tells nothing of its key, which is random.
    pub(crate) fn fingerprints(&self) -> Vec<Fingerprint> {
        let keys = self.signing.iter().chain(self.others());
        keys.map(|key| Fingerprint {
            key_id: key.id.clone(),
            bytes: derive(b"vestibule", key.bytes(), b"fingerprint"),
            used_from: key.used_from(),
        })
        .collect()
    }

    fn others(&self) -> impl Iterator<Item = &NamedKey> {
        let keys = [&self.mac].into_iter().chain(&self.payload);
        keys.chain(&self.peppers)
    }

    /// Whether the two have the same signing keys, in use from the same times.
    pub fn has_same_signing_keys(&self, other: &Self) -> bool {
        let keys = |secrets: &Self| -> Vec<_> {
            let keys = secrets.signing.iter();
            keys.map(|key| (key.id.clone(), key.used_from)).collect()
        };
        keys(self) == keys(other)
    }

    /// Whether the two differ in signing keys at most.
    pub fn has_same_other_keys(&self, other: &Self) -> bool {
        let keys = |secrets: &Self| -> Vec<_> {
            let keys = secrets.others();
            keys.map(|key| (key.id.clone(), key.bytes().to_vec()))
                .collect()
        };
        keys(self) == keys(other)
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        let encode = |key: &NamedKey| EncodedKey {
            id: key.id.clone(),
            used_from: key.used_from,
            key: STANDARD.encode(key.bytes()),
        };
        let content = Content {
            format: FORMAT,
            signing_keys: self.signing.iter().map(encode).collect(),
            mac_key: encode(&self.mac),
            payload_keys: self.payload.iter().map(encode).collect(),
            peppers: self.peppers.iter().map(encode).collect(),
        };
        let mut json = serde_json::to_vec_pretty(&content).expect("texts and lists are JSON");
        json.push(b'\n');
        json
    }
}

fn refuse_exposed(path: &Path, metadata: &fs::Metadata) -> Result<(), SecretsError> {
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & OTHERS == 0 {
        Ok(())
    } else {
        Err(SecretsError::Exposed {
            path: path.to_owned(),
            mode,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    format: u32,
    signing_keys: Vec<EncodedKey>,
    mac_key: EncodedKey,
    payload_keys: Vec<EncodedKey>,
    #[serde(default)]
    peppers: Vec<EncodedKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EncodedKey {
    id: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    used_from: i64,
    key: String,
}

impl Content {
    fn decode(self) -> Result<Secrets, String> {
        if self.format != FORMAT {
            return Err(format!("format {} is not known", self.format));
        }
        let secrets = Secrets {
            signing: decode_list(self.signing_keys)?,
            mac: self.mac_key.decode()?,
            payload: decode_list(self.payload_keys)?,
            peppers: decode_list(self.peppers)?,
        };
        if secrets.signing.is_empty() || secrets.payload.is_empty() {
            return Err("a list of keys is empty".to_owned());
        }
        for key in &secrets.signing {
            Ed25519KeyPair::from_pkcs8(key.bytes())
                .map_err(|_| format!("signing key {} is not an Ed25519 key", key.id))?;
        }
        let symmetric = secrets.payload.iter().chain([&secrets.mac]);
        for key in symmetric.chain(&secrets.peppers) {
            if key.bytes().len() != KEY_LENGTH {
                return Err(format!("key {} has not {KEY_LENGTH} bytes", key.id));
            }
        }
        Ok(secrets)
    }
}

fn decode_list(keys: Vec<EncodedKey>) -> Result<Vec<NamedKey>, String> {
    let mut ids = HashSet::new();
    keys.into_iter()
        .map(|key| {
            if ids.insert(key.id.clone()) {
                key.decode()
            } else {
                Err("two keys of one list have the same id".to_owned())
            }
        })
        .collect()
}

impl EncodedKey {
    fn decode(self) -> Result<NamedKey, String> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !(1..=LONGEST_KEY_ID).contains(&self.id.len()) || !self.id.bytes().all(allowed) {
            return Err(format!("a key id is not 1 to {LONGEST_KEY_ID} of a-z0-9"));
        }
        let bytes = STANDARD
            .decode(&self.key)
            .map_err(|_| format!("key {} is not base64", self.id))?;
        Ok(NamedKey {
            id: self.id,
            used_from: self.used_from,
            bytes: bytes.into(),
        })
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has randomness");
    bytes
}

#[cfg(test)]
#[path = "secrets_file_tests.rs"]
mod tests;
