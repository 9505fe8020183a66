use super::{Credentials, IssueToken, NewToken, RequestMailError, TokenKind};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Once, Origin, Write};
use crate::outbox::{Mail, NewJob};
use crate::throttling::MailKind;
use crate::users::EmailAddress;

impl Credentials {
    /// Mails a link that sets a new password, when the address belongs to an
    /// account. Nobody is told whether it does: the answer, what is written and
    /// how often it may be asked for are alike.
    pub async fn request_reset(
        &self,
        email: &EmailAddress,
        origin: &Origin,
        once: Option<Once<()>>,
    ) -> Result<(), RequestMailError> {
        let started = self.clock.now();
        let asked = self.ask_for_reset(email, origin, once).await;
        self.even_out_mail(started).await;
        asked
    }

    async fn ask_for_reset(
        &self,
        email: &EmailAddress,
        origin: &Origin,
        once: Option<Once<()>>,
    ) -> Result<(), RequestMailError> {
        let limit = self.throttling.mail(MailKind::ResetPassword, email);
        let Some(account) = self.users.by_email(email).await? else {
            return self.mail_nobody(limit, once).await;
        };
        let now = self.clock.now();
        let secret = self.secrets.generate();
        let token = NewToken {
            digest: self.secrets.digest(secret.expose().as_bytes()),
            kind: TokenKind::ResetPassword,
            email_canonical: account.email.canonical(),
            expires_at: now.after(TokenKind::ResetPassword.lifetime()),
        };
        let mail = Mail::ResetPassword {
            to: account.email.as_str().to_owned(),
            username: account.username.as_str().to_owned(),
            uid: account.id.to_string(),
            token: secret.expose().to_owned(),
        };
        let job = NewJob::new(self.ids.id(), Some(account.id), mail);
        let entry = LogEntry {
            id: self.ids.id(),
            user: account.id,
            event: Event::PasswordResetRequested,
            session: None,
            origin: origin.clone(),
            details: Details::default(),
        };
        let command = IssueToken {
            user: account.id,
            token,
        };
        let write = Write::new(command, now)
            .log(entry)
            .job(job)
            .once(once)
            .throttled(limit);
        Ok(self.store.issue_token(write).await?)
    }
}
