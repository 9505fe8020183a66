use std::sync::Arc;

use async_trait::async_trait;

use super::model::{EmailChange, FormerEmail};
use crate::credentials::NewToken;
use crate::kernel::{Digest, StoreError, Timestamp, UserId, Write};
use crate::preferences::Country;
use crate::users::{Account, EmailAddress, PhoneNumber};

/// Starts a change of the e-mail address in place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartEmailChange {
    /// The change.
    pub change: EmailChange,
    /// Digest of the token of its link.
    pub token: Digest,
    /// MAC of its six digits.
    pub code: Digest,
}

/// Gives a change up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelEmailChange {
    /// Whose.
    pub user: UserId,
    /// `created_at` of the change that the caller saw; `None` unless the
    /// caller insists.
    pub expected: Option<Timestamp>,
}

/// Takes one of the tries that a code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryCode {
    /// Whose.
    pub user: UserId,
}

/// A pending change as it is found for its confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEmailChange {
    /// The change.
    pub change: EmailChange,
    /// Digest of the token of its link: which change it is.
    pub token: Digest,
    /// MAC of its six digits.
    pub code: Digest,
    /// The account, at the old address still.
    pub account: Arc<Account>,
}

/// Makes the new address the account's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmEmailChange {
    /// Whose.
    pub user: UserId,
    /// Digest of the token of the change.
    pub token: Digest,
    /// The address that is replaced, and that the notice goes to.
    pub old: EmailAddress,
    /// Digest of the token that undoes it.
    pub undo: Digest,
    /// When it can no longer be undone.
    pub undo_expires_at: Timestamp,
}

/// Restores the address that a change replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoEmailChange {
    /// Whose.
    pub user: UserId,
    /// Digest of the undo token.
    pub token: Digest,
    /// The token by which a new password is set, for the restored address.
    pub reset: NewToken,
}

/// An undo token as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingUndo {
    /// What it restores.
    pub former: FormerEmail,
    /// The account, at the new address.
    pub account: Arc<Account>,
}

/// Stored changes of e-mail addresses.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait EmailChangeStore: Send + Sync {
    /// Stores the change with no try taken; an earlier one of the user, and
    /// its token and code, are gone. `Missing("user")` without account.
    async fn start(&self, write: Write<StartEmailChange>) -> Result<(), StoreError>;

    /// The user's change that has not expired at `now`.
    async fn pending(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<EmailChange>, StoreError>;

    /// Deletes the user's change; whether there was one that had not expired.
    /// MUST answer `Conflict`, and change nothing, when `expected` is given
    /// and is not that change's `created_at`.
    async fn cancel(&self, write: Write<CancelEmailChange>) -> Result<bool, StoreError>;

    /// The live change with this token, and the account. Changes nothing.
    async fn by_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<PendingEmailChange>, StoreError>;

    /// Counts a try and answers the user's live change, when fewer than
    /// [`MAX_CODE_TRIES`](super::MAX_CODE_TRIES) were counted before. `None`,
    /// and nothing changes, otherwise. Parallel calls count one each.
    async fn try_code(
        &self,
        write: Write<TryCode>,
    ) -> Result<Option<PendingEmailChange>, StoreError>;

    /// When this is the token of the user's live change: sets the account's
    /// address, which counts as verified, grows the version by one, sets
    /// `updated_at`, deletes the change and every single-use token of the
    /// user, and stores the undo token with the address as it was spelled.
    /// Sessions and epoch stay. Answers the account; `None`, and nothing
    /// changes, otherwise. Of parallel calls exactly one gets the account.
    ///
    /// MUST answer `Conflict` when `old` is not the account's canonical
    /// address, and `Duplicate("email")` when the new one is another
    /// account's, and change nothing then.
    async fn confirm(
        &self,
        write: Write<ConfirmEmailChange>,
    ) -> Result<Option<Arc<Account>>, StoreError>;

    /// What the live undo token restores, and the account. Changes nothing.
    async fn by_undo_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<PendingUndo>, StoreError>;

    /// When this is a live undo token of the user: sets the account's address
    /// to the one that the token restores, which counts as verified, grows
    /// version, credential version and epoch by one, sets `updated_at`,
    /// removes the password, deletes every session, API key, identity and
    /// single-use token of the user, the pending change, this undo token and
    /// those that expire no earlier (they were made after it), and stores
    /// `reset`.
    /// Answers whether it was so; of parallel calls exactly one is.
    ///
    /// MUST answer `Duplicate("email")`, and change nothing, when the address
    /// is another account's by now.
    async fn undo(&self, write: Write<UndoEmailChange>) -> Result<bool, StoreError>;

    /// The addresses that can be restored at `now`, those of the newest
    /// changes first; a user makes few changes in 72 hours.
    async fn former(&self, user: UserId, now: Timestamp) -> Result<Vec<FormerEmail>, StoreError>;
}

/// A phone number as some clients show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneParts {
    /// Country calling code, digits without `+`.
    pub calling_code: String,
    /// National significant number, digits, leading zeros among them.
    pub national_number: String,
    /// The number's region; where the metadata has none for it, the main one
    /// of its calling code; `None` for numbers of no country (`+800`).
    pub region: Option<Country>,
}

/// What is known of the world's phone numbers.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait PhoneMetadata: Send + Sync {
    /// Whether a number of this length can exist. It need not be assigned.
    fn is_possible(&self, number: &PhoneNumber) -> bool;

    /// Reads digits as they are dialled in `region`, or in international form
    /// with or without `+`: the first of these by which the number is
    /// possible. `None` when there is none.
    fn parse(&self, raw: &str, region: Option<Country>) -> Option<PhoneNumber>;

    /// Takes a number apart. `None` when its calling code is unknown.
    fn parts(&self, number: &PhoneNumber) -> Option<PhoneParts>;
}
