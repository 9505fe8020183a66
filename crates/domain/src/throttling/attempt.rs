use std::net::IpAddr;

use super::{Limit, Limits, MailKind, Throttle, Throttling};
use crate::kernel::{Digest, JobId, StoreError, UserId, Write};
use crate::users::EmailAddress;

impl Throttling {
    /// One more login, from this address, on this bucket of passwords.
    pub fn login(&self, ip: Option<IpAddr>, bucket: Digest) -> Vec<Throttle> {
        let mut throttles = self.by_address("login", ip, |limits| limits.logins);
        throttles.extend(self.password(bucket));
        throttles
    }

    /// One more password, tried on this bucket.
    pub fn password(&self, bucket: Digest) -> Vec<Throttle> {
        self.count(bucket, |limits| limits.passwords)
    }

    /// One more registration from this address.
    pub fn registration(&self, ip: Option<IpAddr>) -> Vec<Throttle> {
        self.by_address("registration", ip, |limits| limits.registrations)
    }

    /// One more mail of a kind to an address, whether an account has it or not.
    pub fn mail(&self, kind: MailKind, to: &EmailAddress) -> Vec<Throttle> {
        let key = self.key("mail", &[kind.as_str(), &to.canonical()]);
        self.count(key, |limits| limits.mails)
    }

    /// The same for a mail that is left out of its write beyond the limit.
    pub fn notice(&self, kind: MailKind, to: &EmailAddress, job: JobId) -> Vec<Throttle> {
        let counts = self.mail(kind, to).into_iter();
        counts
            .map(|throttle| match throttle {
                Throttle::Count { key, limit } => Throttle::Job { key, limit, job },
                other => other,
            })
            .collect()
    }

    /// The bucket of pictures that an account made its avatar.
    pub fn pictures(&self, user: UserId) -> Digest {
        self.key("pictures", &[&user.to_string()])
    }

    /// The password was right: what was tried before is forgotten.
    pub fn clear(&self, bucket: Digest) -> Vec<Throttle> {
        let clear = Throttle::Clear { key: bucket };
        self.limits.iter().map(|_| clear).collect()
    }

    /// The bucket of passwords of an account, whatever it was named by.
    pub fn account(&self, user: UserId) -> Digest {
        self.key("account", &[&user.to_string()])
    }

    /// The bucket of passwords of a name that is no account's.
    pub fn nobody(&self, canonical: &str) -> Digest {
        self.key("nobody", &[canonical])
    }

    /// The bucket of passwords of an account on one of its known devices.
    pub fn device(&self, user: UserId, device: &str) -> Digest {
        self.key("device", &[&user.to_string(), device])
    }

    /// Carries out a write of buckets alone: asks and counts, or forgets.
    ///
    /// Errors: `Throttled`, and the store's.
    pub async fn apply(&self, throttles: Vec<Throttle>) -> Result<(), StoreError> {
        if throttles.is_empty() {
            return Ok(());
        }
        let write = Write::new((), self.clock.now()).throttled(throttles);
        self.once.record(write).await
    }

    fn by_address(
        &self,
        what: &str,
        ip: Option<IpAddr>,
        limit: impl Fn(&Limits) -> Limit,
    ) -> Vec<Throttle> {
        let Some(ip) = ip else {
            return Vec::new();
        };
        self.count(self.key(what, &[&network(ip)]), limit)
    }

    fn count(&self, key: Digest, limit: impl Fn(&Limits) -> Limit) -> Vec<Throttle> {
        let count = |limits| Throttle::Count {
            key,
            limit: limit(limits),
        };
        self.limits.iter().map(count).collect()
    }

    /// No part holds a NUL, so that no two lists of parts meet.
    fn key(&self, kind: &str, parts: &[&str]) -> Digest {
        let mut text = format!("throttle\0{kind}");
        for part in parts {
            text.push('\0');
            text.push_str(part);
        }
        self.secrets.mac(text.as_bytes())
    }
}

/// Who shares a limit: one IPv4 address, or the /64 that one IPv6 customer has.
fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
