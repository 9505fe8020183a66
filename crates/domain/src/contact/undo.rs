use super::{Contact, UndoEmailChange, UndoEmailChangeError};
use crate::activity::{Details, Event, LogEntry};
use crate::credentials::{NewToken, TokenKind};
use crate::kernel::{Origin, Secret, Write};
use crate::outbox::{Mail, NewJob};

impl Contact {
    /// Restores the address that a change replaced, by the link of the notice
    /// to it; works once, and needs no sign-in.
    ///
    /// Whoever made the change had the account in hand, and may have linked an
    /// identity: sessions, keys and identities end, and the password is gone. A
    /// link that sets a new one is mailed to the restored address.
    pub async fn undo_email_change(
        &self,
        token: &Secret,
        origin: &Origin,
    ) -> Result<(), UndoEmailChangeError> {
        let now = self.clock.now();
        let token = self.secrets.digest(token.expose().as_bytes());
        let pending = self.store.by_undo_token(token, now).await?;
        let pending = pending.ok_or(UndoEmailChangeError::InvalidToken)?;
        let (account, former) = (pending.account, pending.former.email);
        let secret = self.secrets.generate();
        let reset = NewToken {
            digest: self.secrets.digest(secret.expose().as_bytes()),
            kind: TokenKind::ResetPassword,
            email_canonical: former.canonical(),
            expires_at: now.after(TokenKind::ResetPassword.lifetime()),
        };
        let job = NewJob {
            id: self.ids.id(),
            user: Some(account.id),
            work: Mail::SetPassword {
                to: former.as_str().to_owned(),
                username: account.username.as_str().to_owned(),
                uid: account.id.to_string(),
                token: secret.expose().to_owned(),
                invited: false,
            }
            .into(),
        };
        let entry = LogEntry {
            id: self.ids.id(),
            user: account.id,
            event: Event::EmailChangeUndone,
            session: None,
            origin: origin.clone(),
            details: Details::of([("restored_email", former.as_str())])
                .and("dropped_email", account.email.as_str()),
        };
        let command = UndoEmailChange {
            user: account.id,
            token,
            reset,
        };
        let write = Write::new(command, now).log(entry).job(job);
        if self.store.undo(write).await? {
            Ok(())
        } else {
            Err(UndoEmailChangeError::InvalidToken)
        }
    }
}
