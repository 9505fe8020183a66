use super::{ConfirmResetError, Credentials, PasswordContext, ResetPassword, new_password};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{FieldErrors, Origin, Secret, UserId, Write};

/// A new password, by the link that was mailed.
#[derive(Debug, Clone)]
pub struct ConfirmReset {
    /// Whose, as the link says; `None` when it is no uid at all.
    pub user: Option<UserId>,
    /// The token of the link.
    pub token: Secret,
    /// The new password, as typed.
    pub password: Secret,
}

impl Credentials {
    /// Sets a new password. Every session of the user ends, a pending change of
    /// the address is dead, the address counts as verified, and a letter tells
    /// the owner. The token works once; a refused password does not
    /// spend it, and is an error of `new_password1`.
    pub async fn confirm_reset(
        &self,
        reset: ConfirmReset,
        origin: &Origin,
    ) -> Result<(), ConfirmResetError> {
        let user = reset.user.ok_or(ConfirmResetError::InvalidToken)?;
        let token = self.secrets.digest(reset.token.expose().as_bytes());
        let credential = self
            .store
            .by_reset_token(user, token, self.clock.now())
            .await?
            .ok_or(ConfirmResetError::InvalidToken)?;
        let account = &credential.account;
        let context = PasswordContext {
            username: account.username.as_str(),
            email_local_part: account.email.local_part(),
            first_name: account.first_name.as_str(),
            last_name: account.last_name.as_str(),
        };
        let password = new_password(reset.password.expose(), &context, &*self.strength)
            .map_err(|invalid| FieldErrors::from(invalid.at("new_password1")))?;
        let password_hash = self.hasher.hash(&password).await?;
        let command = ResetPassword {
            user,
            token,
            password_hash,
        };
        let entry = LogEntry {
            id: self.ids.id(),
            user,
            event: Event::PasswordReset,
            session: None,
            origin: origin.clone(),
            details: Details::default(),
        };
        // Whoever has the mail need not wait for those who guess.
        let write = Write::new(command, self.clock.now())
            .log(entry)
            .job(self.password_changed(account))
            .throttled(self.throttling.clear(self.throttling.account(user)));
        if self.store.reset_password(write).await? {
            Ok(())
        } else {
            Err(ConfirmResetError::InvalidToken)
        }
    }
}
