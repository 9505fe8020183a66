use super::register::new_account;
use super::{Credentials, NewToken, ProvisionError, TokenKind};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{ApiKeyId, Digest, Once, Origin, StoreError, Timestamp, Write};
use crate::organizations::INVITATION_LIFETIME;
use crate::outbox::{Mail, NewJob};
use crate::preferences::Country;
use crate::throttling::MailKind;
use crate::users::{Account, EmailAddress, NewUser, OtherId, PersonName, Username};

/// How many usernames are tried, each with another random tail of 24 bits.
const TRIES: u32 = 8;

/// An account that a program makes for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// Address; a letter goes there by which its owner sets a password.
    pub email: EmailAddress,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// Country of residence.
    pub country: Option<Country>,
    /// The account's id in another system of the operator.
    pub other_id: Option<OtherId>,
}

impl Provision {
    /// Somebody of whom the address alone is known.
    pub fn new(email: EmailAddress) -> Self {
        Self {
            email,
            first_name: PersonName::default(),
            last_name: PersonName::default(),
            country: None,
            other_id: None,
        }
    }

    fn account(&self, username: Username, credentials: &Credentials, at: Timestamp) -> Account {
        let names = (self.first_name.clone(), self.last_name.clone());
        let id = credentials.ids.id();
        let mut account = new_account(id, username, self.email.clone(), names, at);
        account.preferences.country.clone_from(&self.country);
        account.other_id.clone_from(&self.other_id);
        account
    }
}

impl Credentials {
    /// Makes an account without a password and without a session, for the key
    /// `by`, and mails a link that sets the password: a password reset that
    /// lives as long as an invitation, 7 days. The address counts as proved
    /// once the password is set.
    ///
    /// The username is made of the address ([`Username::of`]), with a random
    /// tail where that is taken or is none. How often an address is written to
    /// is limited as for invitations; the caller is a program of the operator,
    /// and not limited as registrations are.
    ///
    /// `once` seals the answer; the record goes when the account goes.
    pub async fn provision(
        &self,
        provision: Provision,
        by: ApiKeyId,
        once: impl Fn(&Account) -> Option<Once<()>> + Send,
    ) -> Result<Account, ProvisionError> {
        if self.users.by_email(&provision.email).await?.is_some() {
            return Err(ProvisionError::EmailTaken);
        }
        let mut first = Username::of(&provision.email);
        for _ in 0..TRIES {
            let username = first
                .take()
                .or_else(|| self.username_like(&provision.email));
            let username = username.ok_or(ProvisionError::NoUsername)?;
            let now = self.clock.now();
            let account = provision.account(username, self, now);
            let once = once(&account).map(|once| Once {
                user: Some(account.id),
                ..once
            });
            let write = self.provisioning(&account, by, now).once(once);
            match self.users.register(write).await {
                Ok(()) => return Ok(account),
                Err(StoreError::Duplicate("username")) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ProvisionError::NoUsername)
    }

    fn provisioning(&self, account: &Account, by: ApiKeyId, now: Timestamp) -> Write<NewUser> {
        let secret = self.secrets.generate();
        let token = NewToken {
            digest: self.secrets.digest(secret.expose().as_bytes()),
            kind: TokenKind::ResetPassword,
            email_canonical: account.email.canonical(),
            expires_at: now.after(INVITATION_LIFETIME),
        };
        let mail = Mail::SetPassword {
            to: account.email.as_str().to_owned(),
            username: account.username.as_str().to_owned(),
            uid: account.id.to_string(),
            token: secret.expose().to_owned(),
            invited: true,
        };
        // Not from where: it is not the account's owner who calls.
        let entry = LogEntry {
            id: self.ids.id(),
            user: account.id,
            event: Event::AccountCreated,
            session: None,
            origin: Origin::default(),
            details: Details::of([("api_key", by.to_string())]),
        };
        let command = NewUser {
            account: account.clone(),
            password_hash: None,
            session: None,
            token: Some(token),
            invitation: None,
        };
        Write::new(command, now)
            .log(entry)
            .job(NewJob::new(self.ids.id(), Some(account.id), mail))
            .throttled(self.throttling.mail(MailKind::Invitation, &account.email))
    }

    fn username_like(&self, email: &EmailAddress) -> Option<Username> {
        let random = self.secrets.generate();
        let Digest([a, b, c, ..]) = self.secrets.digest(random.expose().as_bytes());
        Username::like(email, &format!("{a:02x}{b:02x}{c:02x}"))
    }
}
