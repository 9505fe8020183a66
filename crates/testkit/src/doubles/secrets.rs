use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule_domain::idempotency::AnswerSealer;
use vestibule_domain::kernel::{Digest, Secret, SecretSource};

/// Secrets that are the same in every run. The digests are `SipHash` and
/// collide by accident no more than real ones, but anybody can make them.
#[derive(Debug, Default)]
pub struct FixedSecrets(AtomicU64);

impl SecretSource for FixedSecrets {
    fn generate(&self) -> Secret {
        let count = self.0.fetch_add(1, Ordering::SeqCst);
        encode(hash("generate", &count.to_be_bytes()))
    }

    fn successor(&self, secret: &Secret) -> Secret {
        encode(hash("successor", secret.expose().as_bytes()))
    }

    fn digest(&self, bytes: &[u8]) -> Digest {
        hash("digest", bytes)
    }

    fn mac(&self, bytes: &[u8]) -> Digest {
        hash("mac", bytes)
    }
}

fn encode(digest: Digest) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(digest.0))
}

/// 256 bits out of `bytes`; each purpose has values of its own.
pub(crate) fn hash(purpose: &str, bytes: &[u8]) -> Digest {
    let mut digest = [0; 32];
    for (part, chunk) in (0_u8..).zip(digest.chunks_exact_mut(8)) {
        let mut hasher = DefaultHasher::new();
        hasher.write(purpose.as_bytes());
        hasher.write_u8(part);
        hasher.write(bytes);
        chunk.copy_from_slice(&hasher.finish().to_be_bytes());
    }
    Digest(digest)
}

/// Binds an answer to its request by a tag in front of it. The answer itself
/// stays readable.
#[derive(Debug, Default)]
pub struct TaggedAnswers;

impl AnswerSealer for TaggedAnswers {
    fn seal(&self, request: &[u8], answer: &[u8]) -> Vec<u8> {
        [&tag(request, answer)[..], answer].concat()
    }

    fn open(&self, request: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (found, answer) = sealed.split_at_checked(32)?;
        (found == tag(request, answer)).then(|| answer.to_vec())
    }
}

fn tag(request: &[u8], answer: &[u8]) -> [u8; 32] {
    let length = request.len().to_be_bytes();
    hash("seal", &[&length, request, answer].concat()).0
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn secrets_differ_from_each_other_and_have_256_bits() {
        let secrets = FixedSecrets::default();
        let made: HashSet<String> = (0..1000)
            .map(|_| secrets.generate().expose().to_owned())
            .collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|secret| secret.len() == 43));
    }

    #[test]
    fn a_successor_is_the_same_each_time_and_not_its_predecessor() {
        let (secret, other) = (Secret::new("one"), Secret::new("two"));
        let successor = FixedSecrets::default().successor(&secret);
        let again = FixedSecrets::default().successor(&secret);
        assert_eq!(successor.expose(), again.expose());
        assert_ne!(successor.expose(), secret.expose());
        let next = FixedSecrets::default().successor(&other);
        assert_ne!(successor.expose(), next.expose());
    }

    #[test]
    fn digest_and_mac_tell_inputs_and_purposes_apart() {
        let secrets = FixedSecrets::default();
        assert_eq!(secrets.digest(b"a"), secrets.digest(b"a"));
        assert_ne!(secrets.digest(b"a"), secrets.digest(b"b"));
        assert_ne!(secrets.digest(b"a"), secrets.mac(b"a"));
    }

    #[test]
    fn an_answer_opens_for_its_own_request_only() {
        let sealed = TaggedAnswers.seal(b"request", b"answer");
        let opened = TaggedAnswers.open(b"request", &sealed);
        assert_eq!(opened.as_deref(), Some(&b"answer"[..]));
        assert_eq!(TaggedAnswers.open(b"other", &sealed), None);
        assert_eq!(TaggedAnswers.open(b"requestanswer", &sealed[..32]), None);
        let mut damaged = sealed.clone();
        damaged[35] ^= 1;
        assert_eq!(TaggedAnswers.open(b"request", &damaged), None);
        assert_eq!(TaggedAnswers.open(b"request", b"short"), None);
    }
}
