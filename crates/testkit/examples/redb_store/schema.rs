//! Every table, and what its keys are.

use redb::WriteTransaction;
use vestibule_domain::activity::ActivityRecord;
use vestibule_domain::kernel::StoreError;

use crate::credentials::StoredToken;
use crate::devices::StoredDevice;
use crate::idempotency::StoredOnce;
use crate::outbox::StoredJob;
use crate::sessions::{RefreshToken, StoredSession};
use crate::table::{Reads as _, Table};
use crate::throttle::StoredBucket;
use crate::users::User;

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident: $keeps:ty = $name:literal;)+) => {
        $($(#[$doc])* pub(crate) static $table: Table<$keeps> = Table::new($name);)+

        /// Makes the tables that are not there yet: redb makes a table when a
        /// write transaction first opens it, and a read transaction cannot
        /// open one that was never made.
        pub(crate) fn make_tables(tx: &WriteTransaction) -> Result<(), StoreError> {
            $(tx.open(&$table)?;)+
            Ok(())
        }
    };
}

tables! {
    /// User id.
    USERS: User = "users";
    /// Canonical address → key in `users`. What is unique is a key somewhere.
    USER_OF_EMAIL: String = "user_of_email";
    /// Canonical username → key in `users`.
    USER_OF_USERNAME: String = "user_of_username";
    /// Digest of a single-use token.
    TOKENS: StoredToken = "tokens";
    /// User id / kind of token → key in `tokens`: a user has one of each kind.
    TOKEN_OF_USER: String = "token_of_user";
    /// User id / session id.
    SESSIONS: StoredSession = "sessions";
    /// Digest of a cookie → key in `sessions`.
    SESSION_OF_COOKIE: String = "session_of_cookie";
    /// Digest of a refresh token.
    REFRESH_TOKENS: RefreshToken = "refresh_tokens";
    /// User id / session id / digest → key in `refresh_tokens`.
    REFRESH_TOKEN_OF_SESSION: String = "refresh_token_of_session";
    /// User id / device id.
    DEVICES: StoredDevice = "devices";
    /// Digest of a push token → key in `devices`.
    DEVICE_OF_TOKEN: String = "device_of_token";
    /// User id / activity id.
    ACTIVITY: ActivityRecord = "activity";
    /// Job id.
    JOBS: StoredJob = "jobs";
    /// Digest of caller, route and idempotency key.
    ONCE: StoredOnce = "once";
    /// Key of a bucket.
    BUCKETS: StoredBucket = "buckets";
}
