//! Encryption of answers that are kept for retries.

use std::fmt;

use aws_lc_rs::aead::RandomizedNonceKey;
use vestibule_domain::idempotency::AnswerSealer;

use super::Secrets;
use super::cipher::{aead, open, seal_into};
use super::key_derivation::{KEY_LENGTH, derive};

/// The domain's `AnswerSealer`: AES-256-GCM under a key derived from the
/// request, salted with the MAC key of the secrets file.
///
/// The salt keeps a thief of the database from trying guesses of a request (it
/// may hold a password) against its stored answer.
pub struct RequestSealer {
    salt: [u8; KEY_LENGTH],
}

impl RequestSealer {
    /// A sealer under these keys.
    pub fn new(secrets: &Secrets) -> Self {
        Self {
            salt: derive(&[], secrets.mac.bytes(), b"salt of sealed answers"),
        }
    }

    fn key(&self, request: &[u8]) -> RandomizedNonceKey {
        aead(&derive(&self.salt, request, b"sealed answer"))
    }
}

impl fmt::Debug for RequestSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSealer").finish_non_exhaustive()
    }
}

impl AnswerSealer for RequestSealer {
    fn seal(&self, request: &[u8], answer: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        seal_into(&mut sealed, &self.key(request), &[], answer);
        sealed
    }

    fn open(&self, request: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        open(&self.key(request), &[], sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_request_under_the_same_file_opens_an_answer() {
        let secrets = Secrets::generate();
        let sealer = RequestSealer::new(&secrets);
        let kept = sealer.seal(b"key\0body", b"an answer");
        let again = RequestSealer::new(&secrets);
        assert_eq!(
            again.open(b"key\0body", &kept).as_deref(),
            Some(&b"an answer"[..])
        );
        assert_eq!(sealer.open(b"key\0bodY", &kept), None);
        assert_eq!(sealer.open(b"key\0body", &kept[1..]), None);
        assert_eq!(sealer.open(b"key\0body", b""), None);
        let other = RequestSealer::new(&Secrets::generate());
        assert_eq!(other.open(b"key\0body", &kept), None);
    }
}
