use super::{Credential, Credentials, LoginError, Rehash, normalize_password};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Origin, Secret, StoreError, Write};
use crate::sessions::{Grant, OpenSession, SessionUse};
use crate::users::{EmailAddress, Username};

/// By what a user is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginName {
    /// By username.
    Username(Username),
    /// By e-mail address.
    Email(EmailAddress),
    /// By something that no account can have; costs a hash all the same.
    Impossible,
}

impl LoginName {
    /// What `raw` may name: an address when it holds an `@`, else a username.
    pub fn guess(raw: &str) -> Self {
        if raw.contains('@') {
            EmailAddress::parse(raw).map_or(Self::Impossible, Self::Email)
        } else {
            Username::parse(raw).map_or(Self::Impossible, Self::Username)
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
}

impl Credentials {
    /// Checks the password and opens a session.
    ///
    /// Unknown names, wrong passwords and accounts without a password answer
    /// alike and take one hash each.
    pub async fn login(&self, login: Login, origin: &Origin) -> Result<Grant, LoginError> {
        let Ok(password) = normalize_password(login.password.expose()) else {
            return Err(LoginError::InvalidCredentials);
        };
        let credential = match &login.name {
            LoginName::Username(username) => self.store.by_username(username).await?,
            LoginName::Email(email) => self.store.by_email(email).await?,
            LoginName::Impossible => None,
        };
        let hash = credential.as_ref().and_then(|c| c.password_hash.as_ref());
        let verified = self.hasher.verify(&password, hash).await?;
        let Some(credential) = credential.filter(|_| verified.matches) else {
            return Err(LoginError::InvalidCredentials);
        };
        if credential.account.is_suspended() {
            return Err(LoginError::Suspended);
        }
        let grant = self.open_session(&credential, origin).await?;
        if verified.outdated {
            self.rehash_later(&credential, password);
        }
        Ok(grant)
    }

    async fn open_session(
        &self,
        credential: &Credential,
        origin: &Origin,
    ) -> Result<Grant, LoginError> {
        let now = self.clock.now();
        let (session, grant) = self
            .sessions
            .prepare(&credential.account, origin, now, true);
        let entry = LogEntry {
            id: self.ids.id(),
            user: credential.account.id,
            event: Event::SessionCreated,
            session: Some(grant.session.id),
            origin: origin.clone(),
            details: Details::default(),
        };
        let command = OpenSession {
            session,
            checked: credential.version,
        };
        match self
            .sessions
            .store
            .open(Write::new(command, now).log(entry))
            .await
        {
            Ok(()) => {
                self.sessions.usage.note(SessionUse {
                    user: grant.account.id,
                    session: grant.session.id,
                    at: now,
                });
                Ok(grant)
            }
            // The password or the account changed while it was checked: what
            // was checked no longer holds.
            Err(StoreError::Conflict | StoreError::Missing(_)) => {
                Err(LoginError::InvalidCredentials)
            }
            Err(error) => Err(error.into()),
        }
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
