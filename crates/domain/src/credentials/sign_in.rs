use super::known_device::KnownDevice;
use super::{Credential, Credentials};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Digest, Origin, Secret, StoreError, Timestamp, Write};
use crate::outbox::{Mail, NewJob};
use crate::sessions::{Grant, OpenSession, SessionUse};
use crate::throttling::MailKind;
use crate::users::Account;

/// Whence somebody signs in to an account.
pub(crate) struct SignInFrom<'a> {
    origin: &'a Origin,
    /// What the client keeps of earlier logins.
    kept: Option<&'a Secret>,
    /// What that proves of this account.
    pub(super) known: Option<KnownDevice>,
}

/// By what somebody signed in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SignInBy {
    /// The password; the attempts at it that counted in this bucket are forgotten.
    Password {
        /// Where they counted.
        attempts: Digest,
    },
    /// A linked identity.
    Identity,
}

impl Credentials {
    /// What the client proves with what it keeps.
    pub(crate) fn sign_in_from<'a>(
        &self,
        origin: &'a Origin,
        kept: Option<&'a Secret>,
        credential: Option<&Credential>,
    ) -> SignInFrom<'a> {
        let known = credential.and_then(|credential| {
            self.known_device(kept, credential.account.id, credential.version)
        });
        SignInFrom {
            origin,
            kept,
            known,
        }
    }

    /// Opens a session for who has shown who they are. A sign-in from a device
    /// that the account is not known to have been signed in from is told by
    /// mail; from then on it is known.
    ///
    /// `Conflict` when the account's sessions were ended, or its credential
    /// changed, since `credential` was read.
    pub(crate) async fn sign_in(
        &self,
        credential: &Credential,
        from: &SignInFrom<'_>,
        by: SignInBy,
    ) -> Result<Grant, StoreError> {
        let now = self.clock.now();
        let account = &credential.account;
        let (session, mut grant) = self.sessions.prepare(account, from.origin, now, true);
        let details = match by {
            SignInBy::Password { .. } => Details::default(),
            SignInBy::Identity => Details::of([("by", "identity")]),
        };
        let entry = LogEntry {
            id: self.ids.id(),
            user: account.id,
            event: Event::SessionCreated,
            session: Some(grant.session.id),
            origin: from.origin.clone(),
            details,
        };
        let command = OpenSession {
            session,
            checked: credential.version,
        };
        let mut write = Write::new(command, now).log(entry);
        if let SignInBy::Password { attempts } = by {
            write = write.throttled(self.throttling.clear(attempts));
        }
        if from.known.is_none() {
            let job = self.new_device(account, from.origin, now);
            let limit = self
                .throttling
                .notice(MailKind::NewDevice, &account.email, job.id);
            write = write.job(job).throttled(limit);
        }
        self.sessions.store.open(write).await?;
        self.sessions.usage.note(SessionUse {
            user: account.id,
            session: grant.session.id,
            at: now,
        });
        let (known, version) = (from.known.as_ref(), credential.version);
        let device = self.keep_device(from.kept, known, account.id, version, now);
        grant.device = Some(device);
        Ok(grant)
    }

    /// Tells of a sign-in from a device that is not known.
    fn new_device(&self, account: &Account, origin: &Origin, at: Timestamp) -> NewJob {
        let unknown = || "unknown".to_owned();
        NewJob {
            id: self.ids.id(),
            user: Some(account.id),
            work: Mail::NewDevice {
                to: account.email.as_str().to_owned(),
                username: account.username.as_str().to_owned(),
                ip: origin.ip.map_or_else(unknown, |ip| ip.to_string()),
                user_agent: origin.user_agent.clone().unwrap_or_else(unknown),
                at: at.to_string(),
            }
            .into(),
        }
    }
}
