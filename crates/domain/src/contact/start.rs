use super::model::{code_text, six_digits, unchanged};
use super::{Contact, EMAIL_CHANGE_LIFETIME, EmailChange, StartEmailChange, StartEmailChangeError};
use crate::activity::{Details, Event, LogEntry};
use crate::credentials::Proof;
use crate::kernel::{FieldErrors, Once, Origin, Write};
use crate::outbox::{Mail, NewJob};
use crate::sessions::SignedIn;
use crate::throttling::MailKind;
use crate::users::EmailAddress;

impl Contact {
    /// Starts a change of the e-mail address, or starts it again, after a
    /// step-up: the new address gets a link and a code.
    ///
    /// Whether the address is another account's is not looked at, so that
    /// nothing here can tell; the confirmation says so to whoever has the mail.
    /// The mail limit of the new address counts it.
    /// `once` seals the answer.
    pub async fn start_email_change(
        &self,
        caller: &SignedIn,
        new_email: EmailAddress,
        proof: Proof<'_>,
        origin: &Origin,
        once: impl FnOnce(&EmailChange) -> Option<Once<()>>,
    ) -> Result<EmailChange, StartEmailChangeError> {
        let account = &caller.account;
        self.credentials.step_up(caller, proof).await?;
        if new_email.canonical() == account.email.canonical() {
            return Err(FieldErrors::from(unchanged()).into());
        }
        let now = self.clock.now();
        let link = self.secrets.generate();
        let token = self.secrets.digest(link.expose().as_bytes());
        let code = self.secrets.generate();
        let code = six_digits(self.secrets.digest(code.expose().as_bytes()));
        let change = EmailChange {
            user: account.id,
            new_email,
            created_at: now,
            expires_at: now.after(EMAIL_CHANGE_LIFETIME),
        };
        let job = NewJob {
            id: self.ids.id(),
            user: Some(account.id),
            work: Mail::ConfirmEmailChange {
                to: change.new_email.as_str().to_owned(),
                username: account.username.as_str().to_owned(),
                code: code.clone(),
                token: link.expose().to_owned(),
            }
            .into(),
        };
        let entry = LogEntry {
            id: self.ids.id(),
            user: account.id,
            event: Event::EmailChangeRequested,
            session: Some(caller.session.id),
            origin: origin.clone(),
            details: Details::of([("new_email", change.new_email.as_str())]),
        };
        let once = once(&change);
        let command = StartEmailChange {
            code: self.secrets.mac(&code_text(account.id, token, &code)),
            token,
            change: change.clone(),
        };
        let limit = self
            .credentials
            .throttling
            .mail(MailKind::EmailChange, &change.new_email);
        let write = Write::new(command, now)
            .log(entry)
            .job(job)
            .once(once)
            .throttled(limit);
        self.store.start(write).await?;
        Ok(change)
    }
}
