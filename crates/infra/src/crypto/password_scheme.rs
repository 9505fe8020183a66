//! The format of password hashes.
//!
//! `$v1$<key id>$2b$<cost>$…` is
//! `bcrypt(base64(HMAC-SHA384(key, password)))`: bcrypt alone ignores what
//! follows byte 72 and ends at a NUL; 64 characters of base64 have neither.
//! A hash without `$v1$` was imported: bcrypt of the raw bytes.

use std::collections::HashMap;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bcrypt::{BcryptError, HashParts};
use thiserror::Error;
use vestibule_domain::credentials::{PasswordHash, Verified};

use super::Secrets;

/// The costs that may be configured. bcrypt's lowest is 4; 16 takes 4 s.
pub(super) const COSTS: std::ops::RangeInclusive<u32> = 4..=16;
const PREFIX: &str = "$v1$";
/// The key without a pepper: not secret, it only keeps these HMACs apart from
/// any other use of the same password.
const DEFAULT_KEY_ID: &str = "d";
const DEFAULT_KEY: &[u8] = b"vestibule password hash, version 1";

/// Why a stored hash cannot be checked.
#[derive(Debug, Error)]
pub(super) enum SchemeError {
    #[error("the pepper {0:?} of a stored hash is not in the secrets file")]
    UnknownKey(String),
    #[error("a stored hash has cost {0}, which takes too long to check")]
    Cost(u32),
    #[error("a stored hash is malformed")]
    Bcrypt(#[from] BcryptError),
}

/// Hashes and checks; blocks for as long as bcrypt takes.
#[derive(Debug)]
pub(super) struct PasswordScheme {
    cost: u32,
    /// The id of the key of new hashes.
    current: String,
    /// A hash as new ones are, of no password that anybody knows.
    decoy: PasswordHash,
    keys: HashMap<String, hmac::Key>,
}

impl PasswordScheme {
    /// New hashes get this cost and the first pepper of the secrets file.
    pub(super) fn new(cost: u32, secrets: &Secrets) -> Self {
        let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA384, bytes);
        let mut keys = HashMap::from([(DEFAULT_KEY_ID.to_owned(), key(DEFAULT_KEY))]);
        for pepper in &secrets.peppers {
            keys.insert(pepper.id.clone(), key(pepper.bytes()));
        }
        let current = secrets.peppers.first();
        let current = current.map_or_else(|| DEFAULT_KEY_ID.to_owned(), |key| key.id.clone());
        // Salt and hash of zeros, which in bcrypt's base64 are dots.
        let zeros = ".".repeat(22 + 31);
        Self {
            cost,
            decoy: PasswordHash::new(format!("{PREFIX}{current}$2b${cost:02}${zeros}")),
            current,
            keys,
        }
    }

    pub(super) fn hash(&self, password: &str) -> Result<PasswordHash, SchemeError> {
        let hash = bcrypt::hash(self.prepare(&self.current, password)?, self.cost)?;
        Ok(PasswordHash::new(format!("{PREFIX}{}{hash}", self.current)))
    }

    pub(super) fn verify(
        &self,
        password: &str,
        hash: &PasswordHash,
    ) -> Result<Verified, SchemeError> {
        let Some(rest) = hash.as_str().strip_prefix(PREFIX) else {
            checked_cost(hash.as_str())?;
            // bcrypt takes `pw\0pw` for `pw`.
            let matches = bcrypt::verify(password, hash.as_str())? && !password.contains('\0');
            return Ok(Verified {
                matches,
                outdated: true,
            });
        };
        let end = rest.find('$').unwrap_or(rest.len());
        let (key, hash) = rest.split_at(end);
        let cost = checked_cost(hash)?;
        Ok(Verified {
            matches: bcrypt::verify(self.prepare(key, password)?, hash)?,
            outdated: cost != self.cost || key != self.current,
        })
    }

    /// Does all that `verify` of a hash of today's cost does, so that it takes as long.
    pub(super) fn verify_nothing(&self, password: &str) -> Result<Verified, SchemeError> {
        let verified = self.verify(password, &self.decoy)?;
        Ok(Verified {
            matches: false,
            ..std::hint::black_box(verified)
        })
    }

    fn prepare(&self, key: &str, password: &str) -> Result<String, SchemeError> {
        let key = self
            .keys
            .get(key)
            .ok_or_else(|| SchemeError::UnknownKey(key.to_owned()))?;
        Ok(STANDARD.encode(hmac::sign(key, password.as_bytes())))
    }
}

fn checked_cost(hash: &str) -> Result<u32, SchemeError> {
    let cost = hash.parse::<HashParts>()?.get_cost();
    if cost > *COSTS.end() {
        return Err(SchemeError::Cost(cost));
    }
    Ok(cost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::secrets_file::NamedKey;

    const MATCHES: Verified = Verified {
        matches: true,
        outdated: false,
    };
    const DIFFERS: Verified = Verified {
        matches: false,
        outdated: false,
    };

    fn scheme() -> PasswordScheme {
        PasswordScheme::new(4, &Secrets::generate())
    }

    #[test]
    fn the_format_is_bcrypt_of_base64_of_hmac_sha_384() {
        let hash = scheme().hash("correct horse").expect("hashed");
        let bcrypt_hash = hash.as_str().strip_prefix("$v1$d").expect("the format");
        assert!(bcrypt_hash.starts_with("$2b$04$"));
        let key = hmac::Key::new(hmac::HMAC_SHA384, b"vestibule password hash, version 1");
        let text = STANDARD.encode(hmac::sign(&key, b"correct horse"));
        assert_eq!(text.len(), 64);
        assert!(bcrypt::verify(text, bcrypt_hash).expect("checked"));
    }

    /// Made with the HMAC of Python and the bcrypt of libxcrypt.
    #[test]
    fn hashes_agree_with_other_implementations() {
        let hash = PasswordHash::new(KNOWN);
        assert_eq!(
            scheme().verify("correct horse", &hash).expect("checked"),
            MATCHES
        );
        assert_eq!(
            scheme().verify("correct hors", &hash).expect("checked"),
            DIFFERS
        );
    }

    const KNOWN: &str = "$v1$d$2b$04$abcdefghijklmnopqrstuu5YWOeJA1Mf/6BqJkdB/T5o8wZokxGeG";

    /// Check A1 of SECURITY.md: what bcrypt alone would take for the same.
    #[test]
    fn every_byte_of_a_password_counts() {
        let scheme = scheme();
        let long = "x".repeat(72);
        for (password, other) in [
            (format!("{long}A"), format!("{long}B")),
            (format!("{long}A"), long.clone()),
            ("pw".to_owned(), "pw\0pw".to_owned()),
            ("pw\0a".to_owned(), "pw\0b".to_owned()),
            ("pw".to_owned(), "pw\0".to_owned()),
            ("pw".to_owned(), String::new()),
        ] {
            let hash = scheme.hash(&password).expect("hashed");
            assert_eq!(scheme.verify(&password, &hash).expect("checked"), MATCHES);
            assert_eq!(scheme.verify(&other, &hash).expect("checked"), DIFFERS);
        }
    }

    /// Check A2 of SECURITY.md.
    #[test]
    fn sixty_four_emoji_work() {
        let scheme = scheme();
        let emoji = "🦀".repeat(64);
        let hash = scheme.hash(&emoji).expect("hashed");
        assert_eq!(scheme.verify(&emoji, &hash).expect("checked"), MATCHES);
        let other = format!("{}🦞", "🦀".repeat(63));
        assert_eq!(scheme.verify(&other, &hash).expect("checked"), DIFFERS);
    }

    #[test]
    fn equal_passwords_have_different_hashes() {
        let scheme = scheme();
        assert_ne!(
            scheme.hash("same").expect("hashed"),
            scheme.hash("same").expect("hashed")
        );
    }

    /// Vectors of jBCrypt, in its two spellings of the version.
    #[test]
    fn imported_hashes_verify_the_raw_bytes_and_are_outdated() {
        let scheme = scheme();
        for hash in [
            "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
            "$2b$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
        ] {
            let hash = PasswordHash::new(hash);
            let verified = scheme.verify("a", &hash).expect("checked");
            assert!(verified.matches && verified.outdated);
            for other in ["b", "a\0a", ""] {
                assert!(!scheme.verify(other, &hash).expect("checked").matches);
            }
        }
    }

    #[test]
    fn a_hash_of_another_cost_or_key_is_outdated() {
        let plain = scheme();
        let hash = plain.hash("secret").expect("hashed");
        let mut secrets = Secrets::generate();
        let costlier = PasswordScheme::new(5, &secrets);
        let outdated = Verified {
            matches: true,
            outdated: true,
        };
        assert_eq!(costlier.verify("secret", &hash).expect("checked"), outdated);

        let pepper = NamedKey::random();
        secrets.peppers.push(pepper.clone());
        let peppered = PasswordScheme::new(4, &secrets);
        assert_eq!(peppered.verify("secret", &hash).expect("checked"), outdated);
        let hash = peppered.hash("secret").expect("hashed");
        assert!(
            hash.as_str()
                .starts_with(&format!("$v1${}$2b$04$", pepper.id))
        );
        assert_eq!(peppered.verify("secret", &hash).expect("checked"), MATCHES);
        let lost = plain.verify("secret", &hash);
        assert!(matches!(lost, Err(SchemeError::UnknownKey(id)) if id == pepper.id));

        secrets.peppers.insert(0, NamedKey::random());
        let rotated = PasswordScheme::new(4, &secrets);
        assert_eq!(rotated.verify("secret", &hash).expect("checked"), outdated);
    }

    #[test]
    fn a_malformed_or_costly_stored_hash_is_an_error() {
        for hash in [
            "",
            "plain",
            "$v1$",
            "$v1$d",
            "$v1$d$2b$04$short",
            "$2b$04$short",
            "$2b$17$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
            "$v1$d$2b$31$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
        ] {
            let checked = scheme().verify("a", &PasswordHash::new(hash));
            assert!(checked.is_err(), "{hash}");
        }
    }

    #[test]
    fn without_a_hash_nothing_matches() {
        let mut secrets = Secrets::generate();
        secrets.peppers.push(NamedKey::random());
        for scheme in [scheme(), PasswordScheme::new(5, &secrets)] {
            for password in ["", "a", "correct horse"] {
                let checked = scheme.verify_nothing(password).expect("checked");
                // Of today's cost and key: not outdated.
                assert_eq!(checked, DIFFERS);
            }
        }
    }
}
