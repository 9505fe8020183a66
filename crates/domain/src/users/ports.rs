use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::model::{Account, UserChanges};
use super::{EmailAddress, Settings, Username};
use crate::avatars::AvatarKey;
use crate::credentials::{NewToken, PasswordHash};
use crate::kernel::{
    Digest, FieldError, GuardError, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};
use crate::organizations::AcceptInvitation;
use crate::sessions::NewSession;

/// Makes an account with its first session, in one go.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The account as it will be stored, at version 1 and epoch 0.
    pub account: Account,
    /// What the password is checked against; `None` for accounts without one.
    /// The credential is at version 1 either way.
    pub password_hash: Option<PasswordHash>,
    /// The session that the registration opens; none for accounts made by staff.
    pub session: Option<NewSession>,
    /// The token that is mailed at once: one that proves the address, or one
    /// that sets the first password.
    pub token: Option<NewToken>,
    /// The invitation by which the account joins an organization.
    pub invitation: Option<AcceptInvitation>,
}

/// Sets fields of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateUser {
    /// Whose.
    pub user: UserId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
    /// What to set.
    pub changes: UserChanges,
    /// Whether every session of the user ends: the epoch grows by one.
    pub end_sessions: bool,
}

/// Merges changes into the settings.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeSettings {
    /// Whose.
    pub user: UserId,
    /// What to merge; see [`Settings::merged`].
    pub changes: Map<String, Value>,
    /// The settings that the caller saw; `None` unless the caller insists.
    pub expected: Option<Settings>,
}

/// Proves an address by a single-use key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyEmail {
    /// Digest of the key.
    pub token: Digest,
}

/// Which users staff look for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// Part of the username, e-mail address or a name, ignoring case (ASCII).
    pub search: Option<String>,
    /// Exactly this address, ignoring case.
    pub email: Option<EmailAddress>,
}

/// Stored accounts.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Stores a new account with its password hash, first session and
    /// single-use token, and joins by its invitation, where it has one, as
    /// [`InvitationStore::accept`](crate::organizations::InvitationStore::accept)
    /// does.
    ///
    /// MUST answer `Duplicate("email")` when the canonical address is taken,
    /// and `Duplicate("username")` when the canonical username is (the address
    /// first when both are), `Missing("invitation")` when a rule keeps the
    /// account from joining, and store nothing then.
    async fn register(&self, write: Write<NewUser, ()>) -> Result<(), StoreError>;

    /// One consistent snapshot of the account.
    async fn account(&self, user: UserId) -> Result<Option<Arc<Account>>, StoreError>;

    /// The account with this canonical username.
    async fn by_username(&self, username: &Username) -> Result<Option<Arc<Account>>, StoreError>;

    /// The account with this canonical address.
    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Arc<Account>>, StoreError>;

    /// Sets only the given fields, grows the version by one, sets `updated_at`
    /// to the write's time, and answers the account as it is then.
    ///
    /// MUST answer `Missing("user")` when there is none, and `Conflict` when
    /// `expected` is given and is not the stored version. With `end_sessions`
    /// it MUST grow `auth_epoch` by one in the same statement.
    async fn update(&self, write: Write<UpdateUser>) -> Result<Arc<Account>, StoreError>;

    /// Sets `email_verified` when the token is a live verification token of an
    /// account whose canonical address is still the one that the token was
    /// made for, and deletes the token; answers the account. `None`, and
    /// nothing changes, otherwise. Of parallel calls exactly one gets the account.
    async fn verify_email(
        &self,
        write: Write<VerifyEmail>,
    ) -> Result<Option<Arc<Account>>, StoreError>;

    /// The settings; empty when none were ever stored; `None` without account.
    async fn settings(&self, user: UserId) -> Result<Option<Settings>, StoreError>;

    /// Loads the settings, calls [`Settings::merged`] and stores its result,
    /// in one transaction; answers the result. `Missing("user")` without
    /// account, `Conflict` when `expected` is given and is not what is stored.
    async fn merge_settings(
        &self,
        write: Write<MergeSettings>,
    ) -> Result<Settings, GuardError<FieldError>>;

    /// Which of these avatars an account names; in no order, without repeats.
    async fn avatars_in_use(&self, keys: &[AvatarKey]) -> Result<Vec<AvatarKey>, StoreError>;

    /// A page of accounts, newest first (largest id first).
    async fn list(
        &self,
        filter: UserFilter,
        page: PageRequest<kinds::User>,
    ) -> Result<Page<Arc<Account>>, StoreError>;
}
