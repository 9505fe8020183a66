use std::sync::Arc;

use super::model::{code_text, reference_text};
use super::{
    ConfirmEmailChange, ConfirmEmailChangeError, Contact, EmailChange, PendingEmailChange, TryCode,
    UNDO_LIFETIME,
};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Origin, Secret, SessionId, Write};
use crate::outbox::{Mail, NewJob};
use crate::sessions::SignedIn;
use crate::users::{Account, EmailAddress};

/// What a client sends that was told a change's reference when it was started.
#[derive(Debug, Clone)]
pub struct ReferencedCode {
    /// The address that it changes to.
    pub new_email: EmailAddress,
    /// The reference, as sent.
    pub reference: String,
    /// The six digits, as typed.
    pub code: Secret,
}

impl Contact {
    /// Makes the new address the account's, by the link that was mailed to it;
    /// works once, and needs no sign-in.
    pub async fn confirm_by_token(
        &self,
        token: &Secret,
        origin: &Origin,
    ) -> Result<Arc<Account>, ConfirmEmailChangeError> {
        let token = self.secrets.digest(token.expose().as_bytes());
        let pending = self.store.by_token(token, self.clock.now()).await?;
        let pending = pending.ok_or(ConfirmEmailChangeError::InvalidToken)?;
        self.confirm(pending, None, origin)
            .await?
            .ok_or(ConfirmEmailChangeError::InvalidToken)
    }

    /// Makes the new address the account's, by the six digits that were mailed
    /// to it. Each call takes one of the code's tries, whatever comes of it.
    pub async fn confirm_by_code(
        &self,
        caller: &SignedIn,
        code: &Secret,
        origin: &Origin,
    ) -> Result<Arc<Account>, ConfirmEmailChangeError> {
        let pending = self.try_code(caller, code).await?;
        self.confirm(pending, Some(caller.session.id), origin)
            .await?
            .ok_or(ConfirmEmailChangeError::DeadCode)
    }

    /// The same for a client that was told the change's
    /// [reference](Contact::reference), and names the address: code, reference
    /// and address must be those of one change (`IncorrectCode` otherwise).
    pub async fn confirm_by_reference(
        &self,
        caller: &SignedIn,
        given: &ReferencedCode,
        origin: &Origin,
    ) -> Result<Arc<Account>, ConfirmEmailChangeError> {
        let ReferencedCode {
            new_email,
            reference,
            code,
        } = given;
        let pending = self.try_code(caller, code).await?;
        if new_email.canonical() != pending.change.new_email.canonical()
            || *reference != self.reference(&pending.change)
        {
            return Err(ConfirmEmailChangeError::IncorrectCode);
        }
        self.confirm(pending, Some(caller.session.id), origin)
            .await?
            .ok_or(ConfirmEmailChangeError::DeadCode)
    }

    /// Names a pending change, and none that takes its place: 64 hex digits
    /// that nobody but this service can make. It proves nothing by itself.
    pub fn reference(&self, change: &EmailChange) -> String {
        self.secrets.mac(&reference_text(change)).to_hex()
    }

    /// The caller's pending change, when this is its code; takes a try.
    async fn try_code(
        &self,
        caller: &SignedIn,
        code: &Secret,
    ) -> Result<PendingEmailChange, ConfirmEmailChangeError> {
        let user = caller.account.id;
        let write = Write::new(TryCode { user }, self.clock.now());
        let pending = self.store.try_code(write).await?;
        let pending = pending.ok_or(ConfirmEmailChangeError::DeadCode)?;
        let given = code_text(user, pending.token, code.expose());
        if self.secrets.mac(&given) == pending.code {
            Ok(pending)
        } else {
            Err(ConfirmEmailChangeError::IncorrectCode)
        }
    }

    async fn confirm(
        &self,
        pending: PendingEmailChange,
        session: Option<SessionId>,
        origin: &Origin,
    ) -> Result<Option<Arc<Account>>, ConfirmEmailChangeError> {
        let PendingEmailChange {
            change,
            token,
            code: _,
            account,
        } = pending;
        let now = self.clock.now();
        let undo = self.secrets.generate();
        let job = NewJob {
            id: self.ids.id(),
            user: Some(account.id),
            work: Mail::EmailChangeNotice {
                to: account.email.as_str().to_owned(),
                username: account.username.as_str().to_owned(),
                new_email: change.new_email.as_str().to_owned(),
                token: undo.expose().to_owned(),
            }
            .into(),
        };
        let entry = LogEntry {
            id: self.ids.id(),
            user: account.id,
            event: Event::EmailChanged,
            session,
            origin: origin.clone(),
            details: Details::of([("new_email", change.new_email.as_str())])
                .and("old_email", account.email.as_str()),
        };
        let command = ConfirmEmailChange {
            user: account.id,
            token,
            old: account.email.clone(),
            undo: self.secrets.digest(undo.expose().as_bytes()),
            undo_expires_at: now.after(UNDO_LIFETIME),
        };
        let write = Write::new(command, now).log(entry).job(job);
        Ok(self.store.confirm(write).await?)
    }
}
