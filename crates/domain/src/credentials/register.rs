use std::sync::Arc;

use super::{
    CredentialVersion, Credentials, NewToken, PasswordContext, RegisterError, TokenKind,
    new_password,
};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{
    Digest, FieldErrors, Invalid, JobId, Once, Origin, Secret, Timestamp, UserId, Version, Write,
};
use crate::organizations::{AcceptInvitation, DefaultOrganization};
use crate::outbox::{Mail, NewJob};
use crate::preferences::Preferences;
use crate::sessions::Grant;
use crate::users::{
    Account, CustomerStatus, EmailAddress, FeatureFlags, NewUser, PersonName, Username, Visibility,
};

/// Who registers.
#[derive(Debug, Clone)]
pub struct Register {
    /// Login name.
    pub username: Username,
    /// Address; a verification mail goes there.
    pub email: EmailAddress,
    /// The password, as typed.
    pub password: Secret,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// What the client keeps of earlier logins ([`crate::sessions::Grant::device`]).
    pub device: Option<Secret>,
    /// The token of an invitation to this address. It proves the address, and
    /// the account joins the organization.
    pub invitation: Option<Secret>,
}

impl Register {
    /// Somebody who gives no names.
    pub fn new(username: Username, email: EmailAddress, password: Secret) -> Self {
        Self {
            username,
            email,
            password,
            first_name: PersonName::default(),
            last_name: PersonName::default(),
            device: None,
            invitation: None,
        }
    }

    fn password_context(&self) -> PasswordContext<'_> {
        PasswordContext {
            username: self.username.as_str(),
            email_local_part: self.email.local_part(),
            first_name: self.first_name.as_str(),
            last_name: self.last_name.as_str(),
        }
    }

    fn account(self, id: UserId, at: Timestamp) -> Account {
        let names = (self.first_name, self.last_name);
        new_account(id, self.username, self.email, names, at)
    }
}

/// A new account: everything has its default, and the address is not proved.
pub(super) fn new_account(
    id: UserId,
    username: Username,
    email: EmailAddress,
    (first_name, last_name): (PersonName, PersonName),
    at: Timestamp,
) -> Account {
    Account {
        id,
        username,
        email,
        email_verified: false,
        first_name,
        last_name,
        phone_number: None,
        avatar: None,
        can_manage_api_environment: false,
        is_admin: false,
        suspended_at: None,
        customer_status: CustomerStatus::Free,
        default_visibility: Visibility::Public,
        bio: None,
        other_id: None,
        features: FeatureFlags::new(),
        preferences: Preferences::default(),
        has_primary_address: false,
        organization: None,
        last_seen_at: None,
        auth_epoch: 0,
        version: Version(1),
        created_at: at,
        updated_at: at,
    }
}

impl Credentials {
    /// Judges a new password before the rest of the input is right, so that
    /// one answer names every bad field; [`Credentials::register`] judges it
    /// again.
    pub fn judge_password(
        &self,
        raw: &Secret,
        context: &PasswordContext<'_>,
    ) -> Result<(), Invalid> {
        new_password(raw.expose(), context, &*self.strength).map(drop)
    }

    /// Makes an account with its first session, and mails the key that proves
    /// the address. Who was invited joins in the same write, and has proved
    /// the address by the invitation.
    ///
    /// `once` seals the answer; it is given the grant, which is known before
    /// anything is stored. A refused password is an error of `password1`.
    pub async fn register(
        &self,
        register: Register,
        origin: &Origin,
        once: impl FnOnce(&Grant) -> Option<Once<()>>,
    ) -> Result<Grant, RegisterError> {
        let password = new_password(
            register.password.expose(),
            &register.password_context(),
            &*self.strength,
        )
        .map_err(|invalid| FieldErrors::from(invalid.at("password1")))?;
        self.throttling
            .apply(self.throttling.registration(origin.ip))
            .await?;
        // A taken name costs no hash; the unique index decides in the end.
        if self.users.by_email(&register.email).await?.is_some() {
            return Err(RegisterError::EmailTaken);
        }
        if self.users.by_username(&register.username).await?.is_some() {
            return Err(RegisterError::UsernameTaken);
        }
        let invited = self.invited(&register).await?;
        let password_hash = self.hasher.hash(&password).await?;
        let now = self.clock.now();
        let register_device = register.device.clone();
        let mut account = register.account(self.ids.id(), now);
        account.last_seen_at = Some(now);
        let invitation = invited.map(|(token, organization)| {
            account.email_verified = true;
            account.organization = Some(organization);
            AcceptInvitation {
                user: account.id,
                token,
                membership: self.ids.id(),
                quota: u32::MAX,
            }
        });
        let (verification, mail) = if invitation.is_some() {
            (None, None)
        } else {
            let (token, mail) = self.verification(&account, now);
            (Some(token), Some(mail))
        };
        let (session, mut grant) =
            self.sessions
                .prepare(&Arc::new(account.clone()), origin, now, true);
        let kept = register_device.as_ref();
        grant.device =
            Some(self.keep_device(kept, None, account.id, CredentialVersion::FIRST, now));
        let entry = |event| LogEntry {
            id: self.ids.id(),
            user: account.id,
            event,
            session: Some(grant.session.id),
            origin: origin.clone(),
            details: Details::default(),
        };
        let mut log = vec![entry(Event::AccountCreated), entry(Event::SessionCreated)];
        if invitation.is_some() {
            log.push(entry(Event::OrganizationJoined));
        }
        let write = Write {
            command: NewUser {
                account: account.clone(),
                password_hash: Some(password_hash),
                session: Some(session),
                token: verification,
                invitation,
            },
            at: now,
            log,
            jobs: mail.into_iter().collect(),
            once: once(&grant),
            throttle: Vec::new(),
        };
        self.users.register(write).await?;
        Ok(grant)
    }

    /// The digest of the token that the registration brings, and where it
    /// leads; the store looks again when it writes.
    async fn invited(
        &self,
        register: &Register,
    ) -> Result<Option<(Digest, DefaultOrganization)>, RegisterError> {
        let Some(token) = &register.invitation else {
            return Ok(None);
        };
        let token = self.secrets.digest(token.expose().as_bytes());
        let found = self.invitations.by_token(token, self.clock.now()).await?;
        let found = found.ok_or(RegisterError::InvalidInvitation)?;
        if found.invitation.email.canonical() != register.email.canonical() {
            return Err(RegisterError::OtherAddress);
        }
        let organization = DefaultOrganization {
            summary: found.organization,
            role: found.invitation.role.into(),
        };
        Ok(Some((token, organization)))
    }

    /// Makes an account without a session, for operators on the command line.
    /// A verification mail goes out unless the address counts as `verified`.
    pub async fn create(
        &self,
        register: Register,
        verified: bool,
        admin: bool,
    ) -> Result<Account, RegisterError> {
        let password = new_password(
            register.password.expose(),
            &register.password_context(),
            &*self.strength,
        )
        .map_err(|invalid| FieldErrors::from(invalid.at("password")))?;
        let password_hash = self.hasher.hash(&password).await?;
        let now = self.clock.now();
        let mut account = register.account(self.ids.id(), now);
        account.email_verified = verified;
        account.is_admin = admin;
        let (verification, jobs) = if verified {
            (None, Vec::new())
        } else {
            let (token, mail) = self.verification(&account, now);
            (Some(token), vec![mail])
        };
        let entry = LogEntry {
            id: self.ids.id(),
            user: account.id,
            event: Event::AccountCreated,
            session: None,
            origin: Origin::default(),
            details: Details::default(),
        };
        let write = Write {
            command: NewUser {
                account: account.clone(),
                password_hash: Some(password_hash),
                session: None,
                token: verification,
                invitation: None,
            },
            at: now,
            log: vec![entry],
            jobs,
            once: None,
            throttle: Vec::new(),
        };
        self.users.register(write).await?;
        Ok(account)
    }

    /// A verification token for the account's address, and the mail that bears it.
    pub(super) fn verification(&self, account: &Account, now: Timestamp) -> (NewToken, NewJob) {
        let key = self.secrets.generate();
        let token = NewToken {
            digest: self.secrets.digest(key.expose().as_bytes()),
            kind: TokenKind::VerifyEmail,
            email_canonical: account.email.canonical(),
            expires_at: now.after(TokenKind::VerifyEmail.lifetime()),
        };
        let id: JobId = self.ids.id();
        let mail = Mail::VerifyEmail {
            to: account.email.as_str().to_owned(),
            username: account.username.as_str().to_owned(),
            key: key.expose().to_owned(),
        };
        (token, NewJob::new(id, Some(account.id), mail))
    }
}
