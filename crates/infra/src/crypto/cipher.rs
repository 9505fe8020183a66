//! Encryption of what waits at rest: AES-256-GCM under a random nonce.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

use super::Secrets;

/// Encrypts payloads for the database.
pub trait PayloadCipher: Send + Sync {
    /// Encrypts `plain`; only the same `context` (the id of the row) opens it,
    /// so that a payload cannot be moved to another row.
    fn seal(&self, context: &[u8], plain: &[u8]) -> Vec<u8>;

    /// Decrypts; `None` when it was sealed in another context, under a key that
    /// is no longer in the secrets file, or is damaged.
    fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>>;
}

/// `PayloadCipher` under the payload keys of the secrets file.
///
/// Sealed: key id, `:`, nonce (12 bytes), ciphertext, tag (16 bytes).
pub struct AeadCipher {
    keys: Vec<Key>,
}

struct Key {
    /// The key id and `:`.
    prefix: Vec<u8>,
    aead: RandomizedNonceKey,
}

impl AeadCipher {
    /// A cipher under these keys.
    pub fn new(secrets: &Secrets) -> Self {
        let keys = secrets.payload.iter().map(|key| Key {
            prefix: format!("{}:", key.id).into_bytes(),
            aead: aead(key.bytes()),
        });
        Self {
            keys: keys.collect(),
        }
    }
}

impl fmt::Debug for AeadCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AeadCipher").finish_non_exhaustive()
    }
}

impl PayloadCipher for AeadCipher {
    fn seal(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let key = &self.keys[0];
        let mut sealed = key.prefix.clone();
        seal_into(&mut sealed, &key.aead, context, plain);
        sealed
    }

    fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (key, rest) = self
            .keys
            .iter()
            .find_map(|key| Some((key, sealed.strip_prefix(key.prefix.as_slice())?)))?;
        open(&key.aead, context, rest)
    }
}

/// AES-256-GCM under this key of 32 bytes.
pub(super) fn aead(key: &[u8]) -> RandomizedNonceKey {
    RandomizedNonceKey::new(&AES_256_GCM, key).expect("a key of 32 bytes")
}

/// Appends nonce, ciphertext and tag.
pub(super) fn seal_into(
    sealed: &mut Vec<u8>,
    aead: &RandomizedNonceKey,
    context: &[u8],
    plain: &[u8],
) {
    let mut text = plain.to_vec();
    let nonce = aead
        .seal_in_place_append_tag(Aad::from(context), &mut text)
        .expect("payloads are far shorter than AES-GCM's limit of 64 GiB");
    sealed.extend_from_slice(nonce.as_ref());
    sealed.extend_from_slice(&text);
}

/// Decrypts what [`seal_into`] appended.
pub(super) fn open(aead: &RandomizedNonceKey, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = text.to_vec();
    let length = aead
        .open_in_place(nonce, Aad::from(context), &mut text)
        .ok()?
        .len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_in_the_same_context_only() {
        let secrets = Secrets::generate();
        let cipher = AeadCipher::new(&secrets);
        let sealed = cipher.seal(b"job_1", b"a letter");
        assert_eq!(
            cipher.open(b"job_1", &sealed).as_deref(),
            Some(&b"a letter"[..])
        );
        assert_eq!(cipher.open(b"job_2", &sealed), None);
        let again = AeadCipher::new(&secrets);
        assert_eq!(
            again.open(b"job_1", &sealed).as_deref(),
            Some(&b"a letter"[..])
        );
        assert_eq!(
            AeadCipher::new(&Secrets::generate()).open(b"job_1", &sealed),
            None
        );
        assert_ne!(
            sealed,
            cipher.seal(b"job_1", b"a letter"),
            "a fresh nonce each time"
        );
    }

    #[test]
    fn damage_of_any_byte_is_seen() {
        let cipher = AeadCipher::new(&Secrets::generate());
        let sealed = cipher.seal(b"job_1", b"secret");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(cipher.open(b"job_1", &damaged), None, "byte {at}");
            assert_eq!(cipher.open(b"job_1", &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn an_older_key_still_opens_and_the_first_one_seals() {
        let old = Secrets::generate();
        let mut both = Secrets::generate();
        both.payload.extend(old.payload.iter().cloned());
        let (old, both) = (AeadCipher::new(&old), AeadCipher::new(&both));
        let sealed = old.seal(b"job_1", b"a letter");
        assert_eq!(
            both.open(b"job_1", &sealed).as_deref(),
            Some(&b"a letter"[..])
        );
        assert_eq!(old.open(b"job_1", &both.seal(b"job_1", b"a letter")), None);
    }
}
