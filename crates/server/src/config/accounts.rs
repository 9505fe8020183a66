//! Settings of accounts: passwords, sessions, tokens, quotas, eligibility.

use serde::Deserialize;
use vestibule_domain::eligibility::Rules;

use super::readers::{algorithm, between, optional, parsed, rules};
use super::values::{Algorithm, HmacSecret};

/// Password hashing.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Password {
    /// Cost of bcrypt, 4–16; one more takes twice as long, and 16 some 4 s. `12`.
    #[serde(deserialize_with = "between::<_, 4, 16>")]
    pub(crate) bcrypt_cost: u32,
    /// Threads that hash, 1–256; 0 for one less than there are processors. `0`.
    #[serde(deserialize_with = "between::<_, 0, 256>")]
    pub(crate) threads: u32,
}

impl Default for Password {
    fn default() -> Self {
        Self {
            bcrypt_cost: 12,
            threads: 0,
        }
    }
}

/// Who may list items.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Eligibility {
    /// The rules that apply: a list, or a text with commas. An empty one
    /// switches all off. All four.
    #[serde(deserialize_with = "rules")]
    pub(crate) rules: Rules,
}

/// Most objects a user may have, 1–1 000 000 each.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Quotas {
    /// Push devices. `50`.
    #[serde(deserialize_with = "between::<_, 1, 1_000_000>")]
    pub(crate) devices: u32,
    /// API keys. `25`.
    #[serde(deserialize_with = "between::<_, 1, 1_000_000>")]
    pub(crate) api_keys: u32,
    /// Organizations that a user may be a member of. `50`.
    #[serde(deserialize_with = "between::<_, 1, 1_000_000>")]
    pub(crate) organizations: u32,
    /// Addresses. `50`.
    #[serde(deserialize_with = "between::<_, 1, 1_000_000>")]
    pub(crate) addresses: u32,
    /// Open inquiries. `100`.
    #[serde(deserialize_with = "between::<_, 1, 1_000_000>")]
    pub(crate) inquiries: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            devices: 50,
            api_keys: 25,
            organizations: 50,
            addresses: 50,
            inquiries: 100,
        }
    }
}

/// Lifetimes of sessions.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sessions {
    /// Of an access token, 1–1 440 minutes. `10`.
    #[serde(deserialize_with = "between::<_, 1, 1_440>")]
    pub(crate) access_minutes: u32,
    /// Of a session that is not used, 1–3 650 days. `14`.
    #[serde(deserialize_with = "between::<_, 1, 3_650>")]
    pub(crate) idle_days: u32,
    /// Of any session, 1–3 650 days. `30`.
    #[serde(deserialize_with = "between::<_, 1, 3_650>")]
    pub(crate) absolute_days: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            access_minutes: 10,
            idle_days: 14,
            absolute_days: 30,
        }
    }
}

/// Access tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tokens {
    /// `eddsa` or `hs256`. `eddsa`.
    #[serde(deserialize_with = "algorithm")]
    pub(crate) algorithm: Algorithm,
    /// The shared secret of `hs256`, 32 bytes or more; `eddsa` has its own key
    /// in the secrets file.
    #[serde(deserialize_with = "optional")]
    pub(crate) hs256_secret: Option<HmacSecret>,
    /// `iss` of the tokens. The public URL where one is set, else `vestibule`.
    #[serde(deserialize_with = "optional")]
    pub(crate) issuer: Option<String>,
    /// `aud` of the tokens. `vestibule`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) audience: String,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::EdDsa,
            hs256_secret: None,
            issuer: None,
            audience: "vestibule".to_owned(),
        }
    }
}
