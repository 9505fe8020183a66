use std::cmp::Reverse;
use std::sync::Arc;

use async_trait::async_trait;
use vestibule_domain::contact::{
    CancelEmailChange, ConfirmEmailChange, EmailChange, EmailChangeStore, FormerEmail,
    MAX_CODE_TRIES, PendingEmailChange, PendingUndo, StartEmailChange, TryCode, UndoEmailChange,
};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, UserId, Write};
use vestibule_domain::users::{Account, EmailAddress};

use super::MemoryStorage;
use super::state::{EmailChangeRow, State};

#[async_trait]
impl EmailChangeStore for MemoryStorage {
    async fn start(&self, write: Write<StartEmailChange>) -> Result<(), StoreError> {
        self.write(write, |state, start, _| {
            let StartEmailChange {
                change,
                token,
                code,
            } = start;
            state.require_user(change.user)?;
            let row = EmailChangeRow {
                token,
                code,
                tries: 0,
                change,
            };
            state.email_changes.insert(row.change.user, row);
            Ok(((), Some(())))
        })
    }

    async fn pending(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<EmailChange>, StoreError> {
        self.read(|state| Some(state.live_change(user, now)?.change.clone()))
    }

    async fn cancel(&self, write: Write<CancelEmailChange>) -> Result<bool, StoreError> {
        self.write(write, |state, cancel, at| {
            let Some(row) = state.live_change(cancel.user, at) else {
                return Ok((false, None));
            };
            if cancel
                .expected
                .is_some_and(|seen| seen != row.change.created_at)
            {
                return Err(StoreError::Conflict);
            }
            state.email_changes.remove(&cancel.user);
            Ok((true, Some(())))
        })
    }

    async fn by_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<PendingEmailChange>, StoreError> {
        self.read(|state| {
            let mut rows = state.email_changes.values();
            let row = rows.find(|row| row.token == token)?;
            state.pending_change(row.change.user, now)
        })
    }

    async fn try_code(
        &self,
        write: Write<TryCode>,
    ) -> Result<Option<PendingEmailChange>, StoreError> {
        self.write(write, |state, TryCode { user }, at| {
            let Some(pending) = state.pending_change(user, at) else {
                return Ok((None, None));
            };
            let row = state.email_changes.get_mut(&user);
            let Some(row) = row.filter(|row| row.tries < MAX_CODE_TRIES) else {
                return Ok((None, None));
            };
            row.tries += 1;
            Ok((Some(pending), Some(())))
        })
    }

    async fn confirm(
        &self,
        write: Write<ConfirmEmailChange>,
    ) -> Result<Option<Arc<Account>>, StoreError> {
        self.write(write, |state, confirm, at| {
            let ConfirmEmailChange {
                user,
                token,
                old,
                undo,
                undo_expires_at,
            } = confirm;
            let row = state.live_change(user, at);
            let Some(row) = row.filter(|row| row.token == token) else {
                return Ok((None, None));
            };
            let email = row.change.new_email.clone();
            let former = FormerEmail {
                user,
                email: state.user_mut(user)?.account.email.clone(),
                expires_at: undo_expires_at,
            };
            if former.email.canonical() != old.canonical() {
                return Err(StoreError::Conflict);
            }
            state.set_email(user, email, at)?;
            state.email_changes.remove(&user);
            state.tokens.retain(|_, row| row.user != user);
            state.former_emails.insert(undo, former);
            Ok((state.account(user), Some(())))
        })
    }

    async fn by_undo_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<PendingUndo>, StoreError> {
        self.read(|state| {
            let former = state.live_former(token, now)?.clone();
            let account = state.account(former.user)?;
            Some(PendingUndo { former, account })
        })
    }

    async fn undo(&self, write: Write<UndoEmailChange>) -> Result<bool, StoreError> {
        self.write(write, |state, undo, at| {
            let UndoEmailChange { user, token, reset } = undo;
            let former = state.live_former(token, at);
            let Some(former) = former.filter(|former| former.user == user).cloned() else {
                return Ok((false, None));
            };
            state.set_email(user, former.email, at)?;
            let row = state.user_mut(user)?;
            row.password_hash = None;
            row.credential_version.0 += 1;
            row.account_mut().auth_epoch += 1;
            state.end_sessions(|session| session.user == user);
            state.api_keys.retain(|_, key| key.owner != Some(user));
            state.drop_identities(|identity| identity.user == user);
            state.tokens.retain(|_, row| row.user != user);
            state.email_changes.remove(&user);
            state
                .former_emails
                .retain(|_, other| other.user != user || other.expires_at < former.expires_at);
            state.put_token(user, reset);
            Ok((true, Some(())))
        })
    }

    async fn former(&self, user: UserId, now: Timestamp) -> Result<Vec<FormerEmail>, StoreError> {
        self.read(|state| {
            let mut former: Vec<_> = state
                .former_emails
                .values()
                .filter(|former| former.user == user && now < former.expires_at)
                .cloned()
                .collect();
            former.sort_by_key(|former| Reverse(former.expires_at));
            former
        })
    }
}

impl State {
    fn live_change(&self, user: UserId, now: Timestamp) -> Option<&EmailChangeRow> {
        self.email_changes
            .get(&user)
            .filter(|row| now < row.change.expires_at)
    }

    fn pending_change(&self, user: UserId, now: Timestamp) -> Option<PendingEmailChange> {
        let row = self.live_change(user, now)?;
        Some(PendingEmailChange {
            change: row.change.clone(),
            token: row.token,
            code: row.code,
            account: self.account(user)?,
        })
    }

    fn live_former(&self, token: Digest, now: Timestamp) -> Option<&FormerEmail> {
        self.former_emails
            .get(&token)
            .filter(|former| now < former.expires_at)
    }

    /// Sets the account's address, as proved, unless it is another's.
    fn set_email(
        &mut self,
        user: UserId,
        email: EmailAddress,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let canonical = email.canonical();
        let owner = self.user_by(|account| account.email.canonical() == canonical);
        if owner.is_some_and(|owner| owner != user) {
            return Err(StoreError::Duplicate("email"));
        }
        let row = self.user_mut(user)?;
        row.account_mut().email = email;
        row.account_mut().email_verified = true;
        row.touch(at);
        Ok(())
    }
}
