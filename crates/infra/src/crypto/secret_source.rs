//! Opaque secrets and what stands for them at rest.

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule_domain::kernel::{Digest, Secret, SecretSource};

use super::Secrets;
use super::key_derivation::derive;

const SECRET_LENGTH: usize = 32;

/// The domain's `SecretSource` on the system's randomness and the MAC key of
/// the secrets file.
#[derive(Debug)]
pub struct ServerSecrets {
    successor: hmac::Key,
    fingerprint: hmac::Key,
}

impl ServerSecrets {
    /// A source of secrets under these keys.
    pub fn new(secrets: &Secrets) -> Self {
        // Two keys: a fingerprint may be seen at rest, and whoever chooses what
        // is fingerprinted must not thereby compute the successor of a token.
        let key = |purpose: &[u8]| {
            let bytes = derive(&[], secrets.mac.bytes(), purpose);
            hmac::Key::new(hmac::HMAC_SHA256, &bytes)
        };
        Self {
            successor: key(b"successor of a refresh token"),
            fingerprint: key(b"fingerprint"),
        }
    }
}

impl SecretSource for ServerSecrets {
    fn generate(&self) -> Secret {
        let mut bytes = [0; SECRET_LENGTH];
        rand::fill(&mut bytes).expect("the system has randomness");
        Secret::new(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn successor(&self, secret: &Secret) -> Secret {
        let tag = hmac::sign(&self.successor, secret.expose().as_bytes());
        Secret::new(URL_SAFE_NO_PAD.encode(tag))
    }

    fn digest(&self, bytes: &[u8]) -> Digest {
        Digest(sha256(bytes))
    }

    fn mac(&self, bytes: &[u8]) -> Digest {
        let mut mac = [0; digest::SHA256_OUTPUT_LEN];
        mac.copy_from_slice(hmac::sign(&self.fingerprint, bytes).as_ref());
        Digest(mac)
    }
}

/// SHA-256 of `bytes`.
pub(super) fn sha256(bytes: &[u8]) -> [u8; digest::SHA256_OUTPUT_LEN] {
    let mut hash = [0; digest::SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn secrets_are_256_random_bits_in_base64url() {
        let source = ServerSecrets::new(&Secrets::generate());
        let made: HashSet<_> = (0..1000)
            .map(|_| source.generate().expose().to_owned())
            .collect();
        assert_eq!(made.len(), 1000);
        for secret in made {
            assert_eq!(
                URL_SAFE_NO_PAD.decode(&secret).expect("base64url").len(),
                32
            );
        }
    }

    #[test]
    fn successors_are_the_same_under_the_same_file_and_differ_under_another() {
        let file = Secrets::generate();
        let source = ServerSecrets::new(&file);
        let again = ServerSecrets::new(&file);
        let other = ServerSecrets::new(&Secrets::generate());
        let token = source.generate();
        let successor = source.successor(&token);
        assert_eq!(successor.expose(), again.successor(&token).expose());
        assert_ne!(successor.expose(), other.successor(&token).expose());
        assert_ne!(successor.expose(), token.expose());
        assert_eq!(successor.expose().len(), token.expose().len());
        let mac = source.mac(token.expose().as_bytes());
        assert_eq!(mac, again.mac(token.expose().as_bytes()));
        assert_ne!(mac, other.mac(token.expose().as_bytes()));
        assert_ne!(URL_SAFE_NO_PAD.encode(mac.0), successor.expose());
    }

    /// FIPS 180-2, appendix B.1.
    #[test]
    fn digest_is_sha_256() {
        let source = ServerSecrets::new(&Secrets::generate());
        let Digest(digest) = source.digest(b"abc");
        assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(digest[28..], [0xf2, 0x00, 0x15, 0xad]);
    }

    #[test]
    fn debug_shows_no_key() {
        let file = Secrets::generate();
        let shown = format!("{:?}", ServerSecrets::new(&file));
        assert!(!shown.contains(&format!("{:?}", file.mac.bytes())));
        assert!(shown.len() < 200, "{shown}");
    }
}
