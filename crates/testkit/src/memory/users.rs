use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::credentials::{CredentialVersion, TokenKind};
use vestibule_domain::kernel::{FieldError, GuardError, Page, PageRequest, StoreError};
use vestibule_domain::kernel::{UserId, Write, kinds};
use vestibule_domain::users::{
    Account, EmailAddress, MergeSettings, NewUser, Settings, UpdateUser, UserFilter, UserStore,
    Username, VerifyEmail,
};

use super::MemoryStorage;
use super::page::page;
use super::state::{State, UserRow};

#[async_trait]
impl UserStore for MemoryStorage {
    async fn register(&self, write: Write<NewUser, ()>) -> Result<(), StoreError> {
        self.write(write, |state, new, at| {
            let account = new.account;
            if by_email(state, &account.email).is_some() {
                return Err(StoreError::Duplicate("email"));
            }
            if by_username(state, &account.username).is_some() {
                return Err(StoreError::Duplicate("username"));
            }
            let user = account.id;
            let row = UserRow {
                account: Arc::new(account),
                password_hash: new.password_hash,
                credential_version: CredentialVersion(1),
                settings: Settings::default(),
            };
            state.users.insert(user, row);
            if let Some(session) = new.session {
                state.put_session(session);
            }
            if let Some(token) = new.token {
                state.put_token(user, token);
            }
            if let Some(invitation) = new.invitation {
                state.accept(&invitation, at).map_err(|error| match error {
                    GuardError::Store(error) => error,
                    GuardError::Rule(_) => StoreError::Missing("invitation"),
                })?;
            }
            Ok(((), Some(())))
        })
    }

    async fn account(&self, user: UserId) -> Result<Option<Arc<Account>>, StoreError> {
        self.read(|state| state.account(user))
    }

    async fn by_username(&self, username: &Username) -> Result<Option<Arc<Account>>, StoreError> {
        self.read(|state| state.account(by_username(state, username)?))
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Arc<Account>>, StoreError> {
        self.read(|state| state.account(by_email(state, email)?))
    }

    async fn update(&self, write: Write<UpdateUser>) -> Result<Arc<Account>, StoreError> {
        self.write(write, |state, update, at| {
            let row = state.user_mut(update.user)?;
            if update
                .expected
                .is_some_and(|expected| expected != row.account.version)
            {
                return Err(StoreError::Conflict);
            }
            update.changes.apply(row.account_mut());
            row.touch(at);
            if update.end_sessions {
                row.account_mut().auth_epoch += 1;
            }
            let account = state
                .account(update.user)
                .ok_or(StoreError::Missing("user"))?;
            Ok((account, Some(())))
        })
    }

    async fn verify_email(
        &self,
        write: Write<VerifyEmail>,
    ) -> Result<Option<Arc<Account>>, StoreError> {
        self.write(write, |state, verify, at| {
            let Some(user) = state.live_token(verify.token, TokenKind::VerifyEmail, at) else {
                return Ok((None, None));
            };
            state.tokens.remove(&verify.token);
            let row = state.user_mut(user)?;
            row.account_mut().email_verified = true;
            row.touch(at);
            Ok((state.account(user), Some(())))
        })
    }

    async fn settings(&self, user: UserId) -> Result<Option<Settings>, StoreError> {
        self.read(|state| state.users.get(&user).map(|row| row.settings.clone()))
    }

    async fn merge_settings(
        &self,
        write: Write<MergeSettings>,
    ) -> Result<Settings, GuardError<FieldError>> {
        self.write(write, |state, merge, _| {
            let row = state.user_mut(merge.user)?;
            if merge
                .expected
                .is_some_and(|expected| expected != row.settings)
            {
                return Err(StoreError::Conflict.into());
            }
            row.settings = row
                .settings
                .merged(&merge.changes)
                .map_err(GuardError::Rule)?;
            Ok((row.settings.clone(), Some(())))
        })
    }

    async fn avatars_in_use(&self, keys: &[AvatarKey]) -> Result<Vec<AvatarKey>, StoreError> {
        self.read(|state| {
            let avatars = state.users.values().filter_map(|row| {
                let avatar = row.account.avatar.as_ref();
                avatar.filter(|key| keys.contains(key)).cloned()
            });
            avatars.collect::<BTreeSet<_>>().into_iter().collect()
        })
    }

    async fn list(
        &self,
        filter: UserFilter,
        request: PageRequest<kinds::User>,
    ) -> Result<Page<Arc<Account>>, StoreError> {
        self.read(|state| {
            let rows = state
                .users
                .iter()
                .filter(|(_, row)| matches(&filter, &row.account))
                .filter_map(|(id, _)| Some((*id, state.account(*id)?)));
            page(rows, request)
        })
    }
}

pub(super) fn by_username(state: &State, username: &Username) -> Option<UserId> {
    let wanted = username.canonical();
    state.user_by(|account| account.username.canonical() == wanted)
}

pub(super) fn by_email(state: &State, email: &EmailAddress) -> Option<UserId> {
    let wanted = email.canonical();
    state.user_by(|account| account.email.canonical() == wanted)
}

fn matches(filter: &UserFilter, account: &Account) -> bool {
    let UserFilter { search, email } = filter;
    let found = search.as_ref().is_none_or(|search| {
        let search = search.to_ascii_lowercase();
        [
            account.username.as_str(),
            account.email.as_str(),
            account.first_name.as_str(),
            account.last_name.as_str(),
        ]
        .iter()
        .any(|text| text.to_ascii_lowercase().contains(&search))
    });
    found
        && email
            .as_ref()
            .is_none_or(|email| email.canonical() == account.email.canonical())
}
