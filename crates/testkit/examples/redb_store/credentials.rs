use async_trait::async_trait;
use redb::WriteTransaction;
use serde::{Deserialize, Serialize};
use vestibule_domain::credentials::{
    Credential, CredentialStore, IssueToken, NewToken, Rehash, ReplacePassword, ResetPassword,
    TokenKind,
};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, UserId, Write};
use vestibule_domain::users::{EmailAddress, Username};

use crate::database::RedbStorage;
use crate::devices::remove_devices;
use crate::schema::{TOKEN_OF_USER, TOKENS, USER_OF_EMAIL, USER_OF_USERNAME};
use crate::sessions::{end_session, move_session, sessions_of};
use crate::table::{Place, Reads, Stored, Writes as _, digest_key};
use crate::users::{User, find_user, put_user, require_user, user_of};

#[async_trait]
impl CredentialStore for RedbStorage {
    async fn by_username(&self, username: &Username) -> Result<Option<Credential>, StoreError> {
        let username = username.canonical();
        self.read(move |tx| {
            let user = user_of(tx, tx.get(&USER_OF_USERNAME, &username)?)?;
            Ok(user.map(User::into_credential))
        })
        .await
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Credential>, StoreError> {
        let email = email.canonical();
        self.read(move |tx| {
            let user = user_of(tx, tx.get(&USER_OF_EMAIL, &email)?)?;
            Ok(user.map(User::into_credential))
        })
        .await
    }

    async fn by_user(&self, user: UserId) -> Result<Option<Credential>, StoreError> {
        self.read(move |tx| Ok(find_user(tx, user)?.map(User::into_credential)))
            .await
    }

    async fn replace_password(&self, write: Write<ReplacePassword>) -> Result<(), StoreError> {
        self.write(write, |tx, replace, _| {
            let mut user = require_user(tx, replace.user)?;
            if user.credential_version != replace.checked {
                return Err(StoreError::Conflict);
            }
            let old_epoch = user.account.auth_epoch;
            user.password_hash = Some(replace.password_hash);
            user.credential_version.0 += 1;
            user.account.auth_epoch += 1;
            put_user(tx, &user)?;
            for session in sessions_of(tx, replace.user)? {
                if Some(session.id) == replace.keep && session.auth_epoch == old_epoch {
                    move_session(tx, &session, user.account.auth_epoch)?;
                } else {
                    end_session(tx, replace.user, session.id)?;
                }
            }
            remove_token(tx, replace.user, TokenKind::ResetPassword)?;
            Ok(((), Some(())))
        })
        .await
    }

    async fn issue_token(&self, write: Write<IssueToken>) -> Result<(), StoreError> {
        self.write(write, |tx, issue, _| {
            require_user(tx, issue.user)?;
            put_token(tx, issue.user, issue.token)?;
            Ok(((), Some(())))
        })
        .await
    }

    async fn by_reset_token(
        &self,
        user: UserId,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<Credential>, StoreError> {
        self.read(move |tx| {
            let owner = live_token(tx, token, TokenKind::ResetPassword, now)?;
            let owner = owner.filter(|owner| owner.account.id == user);
            Ok(owner.map(User::into_credential))
        })
        .await
    }

    async fn reset_password(&self, write: Write<ResetPassword>) -> Result<bool, StoreError> {
        self.write(write, |tx, reset, at| {
            let owner = live_token(tx, reset.token, TokenKind::ResetPassword, at)?;
            let Some(mut user) = owner.filter(|owner| owner.account.id == reset.user) else {
                return Ok((false, None));
            };
            remove_token(tx, reset.user, TokenKind::ResetPassword)?;
            user.password_hash = Some(reset.password_hash);
            user.credential_version.0 += 1;
            user.account.auth_epoch += 1;
            if !user.account.email_verified {
                // Whoever held the account until now may not be who proves
                // the address. API keys would go too, had this store any.
                remove_devices(tx, reset.user)?;
                user.account.email_verified = true;
                user.count_change(at);
            }
            put_user(tx, &user)?;
            for session in sessions_of(tx, reset.user)? {
                end_session(tx, reset.user, session.id)?;
            }
            Ok((true, Some(())))
        })
        .await
    }

    async fn rehash(&self, write: Write<Rehash>) -> Result<(), StoreError> {
        self.write(write, |tx, rehash, _| {
            let mut user = require_user(tx, rehash.user)?;
            if user.credential_version != rehash.checked {
                return Err(StoreError::Conflict);
            }
            user.password_hash = Some(rehash.password_hash);
            put_user(tx, &user)?;
            Ok(((), Some(())))
        })
        .await
    }
}

fn kind_of_user(user: UserId, kind: TokenKind) -> String {
    format!("{user}/{kind}")
}

/// Stores a token; its user has no other one of its kind afterwards.
pub(crate) fn put_token(
    tx: &WriteTransaction,
    user: UserId,
    token: NewToken,
) -> Result<(), StoreError> {
    remove_token(tx, user, token.kind)?;
    let key = digest_key(token.digest);
    tx.put(&TOKEN_OF_USER, &kind_of_user(user, token.kind), &key)?;
    tx.put(&TOKENS, &key, &StoredToken { user, token })
}

/// Deletes the user's token of this kind, where there is one.
pub(crate) fn remove_token(
    tx: &WriteTransaction,
    user: UserId,
    kind: TokenKind,
) -> Result<(), StoreError> {
    let index = kind_of_user(user, kind);
    if let Some(token) = tx.get(&TOKEN_OF_USER, &index)? {
        tx.remove(&TOKENS, &token)?;
        tx.remove(&TOKEN_OF_USER, &index)?;
    }
    Ok(())
}

/// Whose live token of this kind it is; its address must be the account's still.
pub(crate) fn live_token(
    tx: &impl Reads,
    token: Digest,
    kind: TokenKind,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    let Some(StoredToken { user, token }) = tx.get(&TOKENS, &digest_key(token))? else {
        return Ok(None);
    };
    let user = find_user(tx, user)?;
    Ok(user.filter(|user| {
        token.kind == kind
            && now < token.expires_at
            && token.email_canonical == user.account.email.canonical()
    }))
}

/// A single-use token, and whose it is.
pub(crate) struct StoredToken {
    user: UserId,
    token: NewToken,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TokenRow {
    user: String,
    digest: [u8; 32],
    kind: String,
    email_canonical: String,
    expires_at: i64,
}

impl Stored for StoredToken {
    type Row = TokenRow;

    fn to_row(&self) -> TokenRow {
        let Self { user, token } = self;
        let NewToken {
            digest,
            kind,
            email_canonical,
            expires_at,
        } = token;
        TokenRow {
            user: user.to_string(),
            digest: digest.0,
            kind: kind.to_string(),
            email_canonical: email_canonical.clone(),
            expires_at: expires_at.as_micros(),
        }
    }

    fn from_row(row: TokenRow, at: Place<'_>) -> Result<Self, StoreError> {
        let TokenRow {
            user,
            digest,
            kind,
            email_canonical,
            expires_at,
        } = row;
        Ok(Self {
            user: at.parsed("user", user.parse())?,
            token: NewToken {
                digest: Digest(digest),
                kind: at.parsed("kind", TokenKind::parse(&kind))?,
                email_canonical,
                expires_at: Timestamp::from_micros(expires_at),
            },
        })
    }
}
