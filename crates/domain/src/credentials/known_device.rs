use super::{CredentialVersion, Credentials};
use crate::kernel::{Secret, Timestamp, UserId};
use std::fmt::Write as _;
use std::time::Duration;

/// A proof that a login to an account was made from here is good for so long
/// after the last one.
const LIFETIME: Duration = Duration::from_hours(365 * 24);
/// Accounts that one device is known to: the latest ones.
const MOST: usize = 4;
/// A longer value was not made here.
const LONGEST: usize = 1024;

/// The device from which an account was signed in to before.
///
/// What the client keeps for it holds up to four proofs, one an account:
/// `<nonce>.<end>.<HMAC>`, joined by `~`. The HMAC binds the nonce and the end to
/// the account and to the state of its credential, so nothing is stored: proofs
/// work on every instance and after a restart, and die with any change of the
/// password. No account can be read from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownDevice {
    /// Tells apart the devices of an account.
    pub(super) nonce: String,
}

impl Credentials {
    /// Whether what the client keeps proves an earlier login to the account.
    pub(super) fn known_device(
        &self,
        kept: Option<&Secret>,
        user: UserId,
        version: CredentialVersion,
    ) -> Option<KnownDevice> {
        let now = self.clock.now();
        proofs(kept?).find_map(|proof| {
            let mut parts = proof.split('.');
            let (nonce, end, mac) = (parts.next()?, parts.next()?, parts.next()?);
            let ends_at: i64 = end.parse().ok()?;
            let right = self.device_mac(user, version, nonce, ends_at);
            let is_right = parts.next().is_none()
                && now.as_seconds() < ends_at
                && is_equal(mac.as_bytes(), right.as_bytes());
            is_right.then(|| KnownDevice {
                nonce: nonce.to_owned(),
            })
        })
    }

    /// What the client is to keep after a login: a proof for this account, and
    /// those for other accounts that it has.
    pub(super) fn keep_device(
        &self,
        kept: Option<&Secret>,
        known: Option<&KnownDevice>,
        user: UserId,
        version: CredentialVersion,
        now: Timestamp,
    ) -> Secret {
        let nonce = match known {
            Some(known) => known.nonce.clone(),
            None => self.secrets.generate().expose().to_owned(),
        };
        let ends_at = now.after(LIFETIME).as_seconds();
        let mac = self.device_mac(user, version, &nonce, ends_at);
        let mut all = format!("{nonce}.{ends_at}.{mac}");
        let others = kept.into_iter().flat_map(proofs).filter(|proof| {
            known.is_none_or(|known| proof.split('.').next() != Some(known.nonce.as_str()))
        });
        for other in others.take(MOST - 1) {
            all.push('~');
            all.push_str(other);
        }
        Secret::new(all)
    }

    fn device_mac(
        &self,
        user: UserId,
        version: CredentialVersion,
        nonce: &str,
        ends_at: i64,
    ) -> String {
        let text = format!("known device\0{user}\0{}\0{nonce}\0{ends_at}", version.0);
        let mac = self.secrets.mac(text.as_bytes());
        mac.0.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// The proofs in what a client keeps, if it looks like what it was given.
fn proofs(kept: &Secret) -> impl Iterator<Item = &str> {
    let text = kept.expose();
    let is_sane = text.len() <= LONGEST
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~'));
    let proofs = is_sane.then(|| text.split('~').filter(|proof| !proof.is_empty()));
    proofs.into_iter().flatten().take(MOST)
}

/// Takes as long wherever the two differ.
fn is_equal(a: &[u8], b: &[u8]) -> bool {
    let differences = a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differences == 0
}
