use std::sync::Arc;

use async_trait::async_trait;
use vestibule_domain::credentials::{
    Credential, CredentialStore, IssueToken, Rehash, ReplacePassword, ResetPassword, TokenKind,
};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, UserId, Write};
use vestibule_domain::users::{EmailAddress, Username};

use super::MemoryStorage;
use super::state::State;
use super::users::{by_email, by_username};

#[async_trait]
impl CredentialStore for MemoryStorage {
    async fn by_username(&self, username: &Username) -> Result<Option<Credential>, StoreError> {
        self.read(|state| state.credential(by_username(state, username)?))
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Credential>, StoreError> {
        self.read(|state| state.credential(by_email(state, email)?))
    }

    async fn by_user(&self, user: UserId) -> Result<Option<Credential>, StoreError> {
        self.read(|state| state.credential(user))
    }

    async fn replace_password(&self, write: Write<ReplacePassword>) -> Result<(), StoreError> {
        self.write(write, |state, replace, _| {
            let user = replace.user;
            let row = state.user_mut(user)?;
            if row.credential_version != replace.checked {
                return Err(StoreError::Conflict);
            }
            row.password_hash = Some(replace.password_hash);
            row.credential_version.0 += 1;
            let old_epoch = row.account.auth_epoch;
            row.account_mut().auth_epoch += 1;
            state.end_sessions(|session| {
                let kept = Some(session.id) == replace.keep && session.auth_epoch == old_epoch;
                session.user == user && !kept
            });
            for row in state.sessions.values_mut() {
                if row.session.user == user {
                    Arc::make_mut(&mut row.session).auth_epoch = old_epoch + 1;
                }
            }
            state
                .tokens
                .retain(|_, row| row.user != user || row.token.kind != TokenKind::ResetPassword);
            Ok(((), Some(())))
        })
    }

    async fn issue_token(&self, write: Write<IssueToken>) -> Result<(), StoreError> {
        self.write(write, |state, issue, _| {
            state.require_user(issue.user)?;
            state.put_token(issue.user, issue.token);
            Ok(((), Some(())))
        })
    }

    async fn by_reset_token(
        &self,
        user: UserId,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<Credential>, StoreError> {
        self.read(|state| {
            state
                .live_token(token, TokenKind::ResetPassword, now)
                .filter(|owner| *owner == user)
                .and_then(|owner| state.credential(owner))
        })
    }

    async fn reset_password(&self, write: Write<ResetPassword>) -> Result<bool, StoreError> {
        self.write(write, |state, reset, at| {
            let user = reset.user;
            if state.live_token(reset.token, TokenKind::ResetPassword, at) != Some(user) {
                return Ok((false, None));
            }
            state.tokens.remove(&reset.token);
            let row = state.user_mut(user)?;
            row.password_hash = Some(reset.password_hash);
            row.credential_version.0 += 1;
            row.account_mut().auth_epoch += 1;
            let was_verified = row.account.email_verified;
            if !was_verified {
                row.account_mut().email_verified = true;
                row.touch(at);
            }
            state.end_sessions(|session| session.user == user);
            state.email_changes.remove(&user);
            if !was_verified {
                state.api_keys.retain(|_, key| key.owner != Some(user));
                state.devices.retain(|_, row| row.device.user != user);
                state.drop_identities(|identity| identity.user == user);
            }
            Ok((true, Some(())))
        })
    }

    async fn rehash(&self, write: Write<Rehash>) -> Result<(), StoreError> {
        self.write(write, |state, rehash, _| {
            let row = state.user_mut(rehash.user)?;
            if row.credential_version != rehash.checked {
                return Err(StoreError::Conflict);
            }
            row.password_hash = Some(rehash.password_hash);
            Ok(((), Some(())))
        })
    }
}

impl State {
    /// Whose live token of this kind it is; its address must be the account's still.
    pub(super) fn live_token(
        &self,
        token: Digest,
        kind: TokenKind,
        now: Timestamp,
    ) -> Option<UserId> {
        let row = self.tokens.get(&token)?;
        let account = &self.users.get(&row.user)?.account;
        (row.token.kind == kind
            && now < row.token.expires_at
            && row.token.email_canonical == account.email.canonical())
        .then_some(row.user)
    }
}
