use super::step_up::incorrect;
use super::{
    ChangePasswordError, CredentialVersion, Credentials, PasswordContext, ReplacePassword,
    new_password, normalize_password,
};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{FieldError, FieldErrors, Invalid, Origin, Secret, Write};
use crate::outbox::{Mail, NewJob};
use crate::sessions::SignedIn;
use crate::users::Account;

/// A change of one's own password.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// The current password, as typed; `None` for an account without one.
    pub current: Option<Secret>,
    /// The new password, as typed.
    pub new: Secret,
    /// What the client keeps of earlier logins ([`crate::sessions::Grant::device`]).
    pub device: Option<Secret>,
    /// Name of the field that bears the current password, for errors.
    pub current_field: &'static str,
    /// Name of the field that bears the new password, for errors.
    pub new_field: &'static str,
}

impl Credentials {
    /// Replaces the password. Every other session of the user ends; the one
    /// that asked stays, and a letter tells the owner. Answers what a known
    /// device is to keep instead of what it kept, which is worth nothing from
    /// now on.
    ///
    /// A wrong current password is an error of its field (`incorrect`), and
    /// counts as one at a login does.
    pub async fn change_password(
        &self,
        caller: &SignedIn,
        change: ChangePassword,
        origin: &Origin,
    ) -> Result<Option<Secret>, ChangePasswordError> {
        let credential = self
            .store
            .by_user(caller.account.id)
            .await?
            .ok_or(ChangePasswordError::NotFound)?;
        let account = &credential.account;
        let context = PasswordContext {
            username: account.username.as_str(),
            email_local_part: account.email.local_part(),
            first_name: account.first_name.as_str(),
            last_name: account.last_name.as_str(),
        };
        let mut errors: Vec<FieldError> = Vec::new();
        let password = match new_password(change.new.expose(), &context, &*self.strength) {
            Ok(password) => Some(password),
            Err(invalid) => {
                errors.push(invalid.at(change.new_field));
                None
            }
        };
        let mut is_wrong = false;
        let kept = change.device.as_ref();
        let device = self.known_device(kept, account.id, credential.version);
        let bucket = self.password_bucket(account.id, device.as_ref());
        if let Some(hash) = &credential.password_hash {
            let refused = match &change.current {
                // None that is sent is no guess.
                None => Some(Invalid::new("required", "This field is required.")),
                Some(current) => {
                    let counted = self.throttling.password(bucket);
                    self.throttling.apply(counted).await?;
                    let matches = match normalize_password(current.expose()) {
                        Ok(current) => self.hasher.verify(&current, Some(hash)).await?.matches,
                        Err(_) => false,
                    };
                    (!matches).then(incorrect)
                }
            };
            if let Some(invalid) = refused {
                is_wrong = true;
                errors.insert(0, invalid.at(change.current_field));
            }
        } else if !caller.session.is_recent(self.clock.now()) {
            return Err(ChangePasswordError::RecentLoginRequired);
        }
        let (Some(password), true) = (password, errors.is_empty()) else {
            if credential.password_hash.is_some() && !is_wrong {
                self.throttling.apply(self.throttling.clear(bucket)).await?;
            }
            FieldErrors::check(errors)?;
            return Err(ChangePasswordError::Stale);
        };
        let password_hash = self.hasher.hash(&password).await?;
        let command = ReplacePassword {
            user: account.id,
            checked: credential.version,
            password_hash,
            keep: Some(caller.session.id),
        };
        let entry = LogEntry {
            id: self.ids.id(),
            user: account.id,
            event: Event::PasswordChanged,
            session: Some(caller.session.id),
            origin: origin.clone(),
            details: Details::default(),
        };
        let now = self.clock.now();
        let write = Write::new(command, now)
            .log(entry)
            .job(self.password_changed(account))
            .throttled(self.throttling.clear(bucket));
        self.store.replace_password(write).await?;
        let next = CredentialVersion(credential.version.0 + 1);
        Ok(device.map(|device| self.keep_device(kept, Some(&device), account.id, next, now)))
    }

    /// Tells the owner that the password is another one.
    pub(super) fn password_changed(&self, account: &Account) -> NewJob {
        NewJob {
            id: self.ids.id(),
            user: Some(account.id),
            work: Mail::PasswordChanged {
                to: account.email.as_str().to_owned(),
                username: account.username.as_str().to_owned(),
            }
            .into(),
        }
    }
}
