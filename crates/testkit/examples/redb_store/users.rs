use std::collections::BTreeSet;
use std::ops::Bound::Unbounded;
use std::sync::Arc;

use async_trait::async_trait;
use redb::WriteTransaction;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::credentials::{Credential, CredentialVersion, PasswordHash, TokenKind};
use vestibule_domain::kernel::{
    FieldError, GuardError, Page, PageRequest, StoreError, Timestamp, UserId, Write, kinds,
};
use vestibule_domain::users::{
    Account, EmailAddress, MergeSettings, NewUser, Settings, UpdateUser, UserFilter, UserStore,
    Username, VerifyEmail,
};

use crate::account_row::AccountRow;
use crate::credentials::{live_token, put_token, remove_token};
use crate::database::RedbStorage;
use crate::page::page;
use crate::schema::{USER_OF_EMAIL, USER_OF_USERNAME, USERS};
use crate::sessions::put_session;
use crate::table::{Place, Reads, Stored, Writes as _};

#[async_trait]
impl UserStore for RedbStorage {
    async fn register(&self, write: Write<NewUser, ()>) -> Result<(), StoreError> {
        self.write(write, |tx, new, _| {
            let NewUser {
                account,
                password_hash,
                session,
                token,
                invitation,
            } = new;
            // No invitation is valid where there are no organizations.
            if invitation.is_some() {
                return Err(StoreError::Missing("invitation"));
            }
            let (email, username) = (account.email.canonical(), account.username.canonical());
            if tx.get(&USER_OF_EMAIL, &email)?.is_some() {
                return Err(StoreError::Duplicate("email"));
            }
            if tx.get(&USER_OF_USERNAME, &username)?.is_some() {
                return Err(StoreError::Duplicate("username"));
            }
            let id = account.id;
            tx.put(&USER_OF_EMAIL, &email, &id.to_string())?;
            tx.put(&USER_OF_USERNAME, &username, &id.to_string())?;
            let user = User {
                account,
                password_hash,
                credential_version: CredentialVersion(1),
                settings: Settings::default(),
            };
            put_user(tx, &user)?;
            if let Some(session) = session {
                put_session(tx, session)?;
            }
            if let Some(token) = token {
                put_token(tx, id, token)?;
            }
            Ok(((), Some(())))
        })
        .await
    }

    async fn account(&self, user: UserId) -> Result<Option<Arc<Account>>, StoreError> {
        self.read(move |tx| Ok(find_user(tx, user)?.map(|user| Arc::new(user.account))))
            .await
    }

    async fn by_username(&self, username: &Username) -> Result<Option<Arc<Account>>, StoreError> {
        let username = username.canonical();
        self.read(move |tx| {
            let user = user_of(tx, tx.get(&USER_OF_USERNAME, &username)?)?;
            Ok(user.map(|user| Arc::new(user.account)))
        })
        .await
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Arc<Account>>, StoreError> {
        let email = email.canonical();
        self.read(move |tx| {
            let user = user_of(tx, tx.get(&USER_OF_EMAIL, &email)?)?;
            Ok(user.map(|user| Arc::new(user.account)))
        })
        .await
    }

    async fn update(&self, write: Write<UpdateUser>) -> Result<Arc<Account>, StoreError> {
        self.write(write, |tx, update, at| {
            let UpdateUser {
                user,
                expected,
                changes,
                end_sessions,
            } = update;
            let mut user = require_user(tx, user)?;
            if expected.is_some_and(|expected| expected != user.account.version) {
                return Err(StoreError::Conflict);
            }
            changes.apply(&mut user.account);
            user.count_change(at);
            if end_sessions {
                user.account.auth_epoch += 1;
            }
            put_user(tx, &user)?;
            Ok((Arc::new(user.account), Some(())))
        })
        .await
    }

    async fn verify_email(
        &self,
        write: Write<VerifyEmail>,
    ) -> Result<Option<Arc<Account>>, StoreError> {
        self.write(write, |tx, verify, at| {
            let Some(mut user) = live_token(tx, verify.token, TokenKind::VerifyEmail, at)? else {
                return Ok((None, None));
            };
            remove_token(tx, user.account.id, TokenKind::VerifyEmail)?;
            user.account.email_verified = true;
            user.count_change(at);
            put_user(tx, &user)?;
            Ok((Some(Arc::new(user.account)), Some(())))
        })
        .await
    }

    async fn settings(&self, user: UserId) -> Result<Option<Settings>, StoreError> {
        self.read(move |tx| Ok(find_user(tx, user)?.map(|user| user.settings)))
            .await
    }

    async fn merge_settings(
        &self,
        write: Write<MergeSettings>,
    ) -> Result<Settings, GuardError<FieldError>> {
        self.write(write, |tx, merge, _| {
            let mut user = require_user(tx, merge.user)?;
            if merge
                .expected
                .is_some_and(|expected| expected != user.settings)
            {
                return Err(StoreError::Conflict.into());
            }
            let merged = user.settings.merged(&merge.changes);
            user.settings = merged.map_err(GuardError::Rule)?;
            put_user(tx, &user)?;
            Ok((user.settings, Some(())))
        })
        .await
    }

    async fn avatars_in_use(&self, keys: &[AvatarKey]) -> Result<Vec<AvatarKey>, StoreError> {
        let keys: BTreeSet<AvatarKey> = keys.iter().cloned().collect();
        self.read(move |tx| {
            // Asked for in the background; an index would cost each registration.
            let mut used = BTreeSet::new();
            for user in tx.open(&USERS)?.range((Unbounded, Unbounded))? {
                used.extend(user?.account.avatar.filter(|key| keys.contains(key)));
            }
            Ok(used.into_iter().collect())
        })
        .await
    }

    async fn list(
        &self,
        filter: UserFilter,
        request: PageRequest<kinds::User>,
    ) -> Result<Page<Arc<Account>>, StoreError> {
        self.read(move |tx| {
            let users = tx.open(&USERS)?;
            // Without an index of words a search reads every account.
            let mut count = 0;
            if filter == UserFilter::default() {
                count = users.count("")?;
            } else {
                for user in users.range((Unbounded, Unbounded))? {
                    count += u64::from(matches(&filter, &user?.account));
                }
            }
            page(&users, "", request, count, |user| {
                matches(&filter, &user.account).then(|| Arc::new(user.account))
            })
        })
        .await
    }
}

fn matches(filter: &UserFilter, account: &Account) -> bool {
    let UserFilter { search, email } = filter;
    let searched = [
        account.username.as_str(),
        account.email.as_str(),
        account.first_name.as_str(),
        account.last_name.as_str(),
    ];
    let found = |search: &String| {
        let search = search.to_ascii_lowercase();
        let mut texts = searched.iter().map(|text| text.to_ascii_lowercase());
        texts.any(|text| text.contains(&search))
    };
    search.as_ref().is_none_or(found)
        && email
            .as_ref()
            .is_none_or(|email| email.canonical() == account.email.canonical())
}

pub(crate) fn find_user(tx: &impl Reads, user: UserId) -> Result<Option<User>, StoreError> {
    tx.get(&USERS, &user.to_string())
}

/// `Missing("user")` without account.
pub(crate) fn require_user(tx: &impl Reads, user: UserId) -> Result<User, StoreError> {
    find_user(tx, user)?.ok_or(StoreError::Missing("user"))
}

/// The account that an index points to.
pub(crate) fn user_of(tx: &impl Reads, key: Option<String>) -> Result<Option<User>, StoreError> {
    key.map_or(Ok(None), |key| tx.get(&USERS, &key))
}

pub(crate) fn put_user(tx: &WriteTransaction, user: &User) -> Result<(), StoreError> {
    tx.put(&USERS, &user.account.id.to_string(), user)
}

/// An account with all that is kept of it.
pub(crate) struct User {
    pub(crate) account: Account,
    pub(crate) password_hash: Option<PasswordHash>,
    pub(crate) credential_version: CredentialVersion,
    settings: Settings,
}

impl User {
    /// Grows the version, as each change of the account does.
    pub(crate) fn count_change(&mut self, at: Timestamp) {
        self.account.version.0 += 1;
        self.account.updated_at = at;
    }

    pub(crate) fn into_credential(self) -> Credential {
        Credential {
            account: Arc::new(self.account),
            password_hash: self.password_hash,
            version: self.credential_version,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UserRow {
    account: AccountRow,
    password_hash: Option<String>,
    credential_version: i64,
    settings: Map<String, Value>,
}

impl Stored for User {
    type Row = UserRow;

    fn to_row(&self) -> UserRow {
        let Self {
            account,
            password_hash,
            credential_version,
            settings,
        } = self;
        UserRow {
            account: AccountRow::new(account),
            password_hash: password_hash.as_ref().map(|hash| hash.as_str().to_owned()),
            credential_version: credential_version.0,
            settings: settings.as_map().clone(),
        }
    }

    fn from_row(row: UserRow, at: Place<'_>) -> Result<Self, StoreError> {
        let UserRow {
            account,
            password_hash,
            credential_version,
            settings,
        } = row;
        Ok(Self {
            account: account.into_account(at)?,
            password_hash: password_hash.map(PasswordHash::new),
            credential_version: CredentialVersion(credential_version),
            settings: Settings::from_map(settings),
        })
    }
}
