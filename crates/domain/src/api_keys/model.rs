use std::sync::Arc;

use super::error::KeyRule;
use crate::kernel::{ApiKeyId, Digest, Secret, SecretSource, Timestamp, UserId, Version};
use crate::sessions::SignedIn;
use crate::users::Account;

/// What every key starts with, so that secret scanners find leaked ones.
pub const KEY_PREFIX: &str = "vst_";
const CHECKSUM_LENGTH: usize = 6;
const SHOWN_LENGTH: usize = 12;

text_type! {
    /// What the key is for, 1–100 code points.
    KeyName, 1..=100, No
}

choice! {
    /// What a key may do beyond, or instead of, acting for its owner.
    Scope {
        /// Everything that staff may.
        Admin = "admin",
        /// Look accounts up.
        UsersRead = "users:read",
        /// Make accounts.
        UsersWrite = "users:write",
        /// Look tokens up (RFC 7662).
        Introspect = "introspect",
        /// Stand for an application.
        App = "app",
    }
}

impl Scope {
    /// Whether only administrators and the command line grant it. Such a scope
    /// of an owner's key counts only while the owner is an administrator.
    pub const fn is_privileged(self) -> bool {
        match self {
            Self::Admin | Self::UsersRead | Self::UsersWrite | Self::Introspect => true,
            Self::App => false,
        }
    }
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whom it acts for; `None` for service keys, which act within their scopes only.
    pub owner: Option<UserId>,
    /// What it is for.
    pub name: KeyName,
    /// Its first characters, by which its owner recognizes it.
    pub prefix: String,
    /// What it may do, each at most once.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used; bookkeeping.
    pub last_used_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Grows with each rotation.
    pub version: Version,
}

/// A key with its owner, as the store has them.
#[derive(Debug, Clone)]
pub struct HeldKey {
    /// The key.
    pub key: Arc<ApiKey>,
    /// Its owner; `None` for service keys.
    pub owner: Option<Arc<Account>>,
}

impl HeldKey {
    /// Whether the key still counts: it has not expired, and its owner, if it
    /// has one, may have keys and is not suspended.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.key.expires_at.is_none_or(|end| now < end)
            && match (self.key.owner, &self.owner) {
                (None, None) => true,
                (Some(id), Some(owner)) => owner.id == id && may_have_keys(owner),
                (None, Some(_)) | (Some(_), None) => false,
            }
    }

    /// Whom the key acts for: its owner, when it has no scopes.
    pub fn acts_for(&self) -> Option<&Arc<Account>> {
        self.owner.as_ref().filter(|_| self.key.scopes.is_empty())
    }

    /// Whether the key may do what `scope` says, by that scope itself or, for
    /// what staff may, by `admin`. Never more than its owner may grant now.
    pub fn allows(&self, scope: Scope) -> bool {
        let has = |scope: Scope| {
            self.key.scopes.contains(&scope)
                && (!scope.is_privileged()
                    || self.owner.as_ref().is_none_or(|owner| owner.is_admin))
        };
        has(scope) || (scope.is_privileged() && has(Scope::Admin))
    }
}

fn may_have_keys(account: &Account) -> bool {
    account.can_manage_api_environment && !account.is_suspended()
}

/// Proof that the caller manages API keys: a user in a session, with the right.
#[derive(Debug, Clone)]
pub struct KeyManager(SignedIn);

impl KeyManager {
    /// The caller as a manager of keys; `None` without the right.
    pub fn of(caller: &SignedIn) -> Option<Self> {
        may_have_keys(&caller.account).then(|| Self(caller.clone()))
    }

    /// Who it is.
    pub fn id(&self) -> UserId {
        self.0.account.id
    }

    /// The session and the account.
    pub const fn signed_in(&self) -> &SignedIn {
        &self.0
    }
}

/// What making or rotating a key depends on, read in its own transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerFacts {
    /// Whether the owner may have keys.
    pub can_manage_api_environment: bool,
    /// Whether the owner is staff.
    pub is_admin: bool,
    /// Whether the owner is suspended.
    pub is_suspended: bool,
}

/// Decides whether an owner with `count` keys may make one with these scopes
/// (`NotAllowed`, `ScopeNotAllowed`, `QuotaExceeded`).
pub fn decide_create(
    facts: &OwnerFacts,
    scopes: &[Scope],
    count: u64,
    quota: u32,
) -> Result<(), KeyRule> {
    decide_use(facts)?;
    if let Some(scope) = scopes.iter().find(|scope| scope.is_privileged())
        && !facts.is_admin
    {
        return Err(KeyRule::ScopeNotAllowed { scope: *scope });
    }
    if count >= u64::from(quota) {
        return Err(KeyRule::QuotaExceeded { quota });
    }
    Ok(())
}

/// Decides whether an owner may manage keys at all (`NotAllowed`).
pub fn decide_use(facts: &OwnerFacts) -> Result<(), KeyRule> {
    if facts.can_manage_api_environment && !facts.is_suspended {
        Ok(())
    } else {
        Err(KeyRule::NotAllowed)
    }
}

/// A new key in the clear: `vst_`, 256 random bits in base64url, and six hex
/// digits of a checksum, so that a typo is told apart from a dead key without
/// a look into the store.
pub(super) fn new_key(secrets: &dyn SecretSource) -> Secret {
    let body = format!("{KEY_PREFIX}{}", secrets.generate().expose());
    Secret::new(format!("{body}{}", checksum(&body, secrets)))
}

/// The digest of a key whose checksum is right; `None` for anything else.
pub(super) fn key_digest(key: &str, secrets: &dyn SecretSource) -> Option<Digest> {
    let split = key.len().checked_sub(CHECKSUM_LENGTH)?;
    let (body, sum) = key.split_at_checked(split)?;
    (body.starts_with(KEY_PREFIX) && sum == checksum(body, secrets))
        .then(|| secrets.digest(key.as_bytes()))
}

/// The characters of a key that may be shown again.
pub(super) fn shown_prefix(key: &Secret) -> String {
    key.expose().chars().take(SHOWN_LENGTH).collect()
}

fn checksum(body: &str, secrets: &dyn SecretSource) -> String {
    let Digest(bytes) = secrets.digest(body.as_bytes());
    let [a, b, c, ..] = bytes;
    format!("{a:02x}{b:02x}{c:02x}")
}
