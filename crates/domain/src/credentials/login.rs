use std::borrow::Cow;
use std::time::Duration;

use super::known_device::KnownDevice;
use super::sign_in::{SignInBy, SignInFrom};
use super::{Credential, Credentials, LoginError, Rehash, normalize_password};
use crate::kernel::{Digest, Origin, Secret, StoreError, UserId, Write, even_out};
use crate::sessions::Grant;
use crate::users::{EmailAddress, Username};

/// To look a name up and to count the attempt takes no less.
const LOOK_UP_FLOOR: Duration = Duration::from_millis(10);

/// By what a user is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginName {
    /// By username.
    Username(Username),
    /// By e-mail address.
    Email(EmailAddress),
    /// By something that no account can have, in lower case; costs a hash all
    /// the same.
    Impossible(String),
}

impl LoginName {
    /// What `raw` may name: an address when it holds an `@`, else a username.
    pub fn guess(raw: &str) -> Self {
        let name = if raw.contains('@') {
            EmailAddress::parse(raw).map(Self::Email)
        } else {
            Username::parse(raw).map(Self::Username)
        };
        name.unwrap_or_else(|_| Self::Impossible(raw.trim().to_lowercase()))
    }

    fn canonical(&self) -> Cow<'_, str> {
        match self {
            Self::Username(username) => username.canonical().into(),
            Self::Email(email) => email.canonical().into(),
            Self::Impossible(name) => name.into(),
        }
    }
}

/// A login by password.
#[derive(Debug, Clone)]
pub struct Login {
    /// Who.
    pub name: LoginName,
    /// The password, as typed.
    pub password: Secret,
    /// What the client keeps of earlier logins ([`Grant::device`]).
    pub device: Option<Secret>,
}

impl Login {
    /// A login from a device that keeps nothing.
    pub const fn new(name: LoginName, password: Secret) -> Self {
        Self {
            name,
            password,
            device: None,
        }
    }
}

impl Credentials {
    /// Checks the password and opens a session. A login from a device that the
    /// account is not known to have been signed in from is told by mail.
    ///
    /// Unknown names, wrong passwords and accounts without a password answer
    /// alike, take one hash each, and are throttled alike: the attempt counts
    /// before the password is looked at. A known device has a bucket of its
    /// own, so that nobody else locks its user out.
    pub async fn login(&self, login: Login, origin: &Origin) -> Result<Grant, LoginError> {
        let Ok(password) = normalize_password(login.password.expose()) else {
            return Err(LoginError::InvalidCredentials);
        };
        let started = self.clock.now();
        let credential = match &login.name {
            LoginName::Username(username) => self.store.by_username(username).await?,
            LoginName::Email(email) => self.store.by_email(email).await?,
            LoginName::Impossible(_) => None,
        };
        let from = self.sign_in_from(origin, login.device.as_ref(), credential.as_ref());
        let bucket = match &credential {
            Some(credential) => self.password_bucket(credential.account.id, from.known.as_ref()),
            None => self.throttling.nobody(&login.name.canonical()),
        };
        let attempt = self.throttling.login(origin.ip, bucket);
        let admitted = self.throttling.apply(attempt).await;
        // An account that is found takes longer to read than one that is not.
        let background = &*self.sessions.background;
        even_out(background, &*self.clock, started, LOOK_UP_FLOOR).await;
        admitted?;
        let hash = credential.as_ref().and_then(|c| c.password_hash.as_ref());
        let verified = self.hasher.verify(&password, hash).await?;
        let Some(credential) = credential.filter(|_| verified.matches) else {
            return Err(LoginError::InvalidCredentials);
        };
        if credential.account.is_suspended() {
            return Err(LoginError::Suspended);
        }
        let by = SignInBy::Password { attempts: bucket };
        let grant = self.open_session(&credential, &from, by).await?;
        if verified.outdated {
            self.rehash_later(&credential, password);
        }
        Ok(grant)
    }

    /// Where attempts at the account's password count.
    pub(super) fn password_bucket(&self, user: UserId, device: Option<&KnownDevice>) -> Digest {
        match device {
            Some(device) => self.throttling.device(user, &device.nonce),
            None => self.throttling.account(user),
        }
    }

    async fn open_session(
        &self,
        credential: &Credential,
        from: &SignInFrom<'_>,
        by: SignInBy,
    ) -> Result<Grant, LoginError> {
        match self.sign_in(credential, from, by).await {
            Err(StoreError::Conflict) => {}
            opened => return opened.map_err(of_open),
        }
        // All sessions were ended while the password was checked; it may be
        // right still, and then this is a login after that.
        let user = credential.account.id;
        let fresh =
            self.store.by_user(user).await?.filter(|fresh| {
                fresh.version == credential.version && !fresh.account.is_suspended()
            });
        let fresh = fresh.ok_or(LoginError::InvalidCredentials)?;
        let opened = self.sign_in(&fresh, from, by).await;
        opened.map_err(of_open)
    }

    /// Brings the stored hash to today's parameters, after the answer.
    fn rehash_later(&self, credential: &Credential, password: Secret) {
        let (hasher, store, clock) = (self.hasher.clone(), self.store.clone(), self.clock.clone());
        let (user, checked) = (credential.account.id, credential.version);
        self.sessions.background.spawn(Box::pin(async move {
            // A failure leaves the old hash, and the next login tries again.
            if let Ok(password_hash) = hasher.hash_later(&password).await {
                let command = Rehash {
                    user,
                    checked,
                    password_hash,
                };
                let _ = store.rehash(Write::new(command, clock.now())).await;
            }
        }));
    }
}

fn of_open(error: StoreError) -> LoginError {
    match error {
        // The password or the account changed while it was checked: what was
        // checked no longer holds.
        StoreError::Conflict | StoreError::Missing(_) => LoginError::InvalidCredentials,
        error => error.into(),
    }
}
