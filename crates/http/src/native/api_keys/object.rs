//! The objects of an API key.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::api_keys::{ApiKey, CreatedKey, Scope};
use vestibule_domain::kernel::{ApiKeyId, Timestamp};

/// An API key. The key itself is shown only when it is made.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "key_01jabcdefghjkmnpqrstvwxyz0")]
    uid: ApiKeyId,
    /// What it is for.
    name: &'a str,
    /// Its first characters, by which you recognize it.
    #[schema(example = "vst_AbC-_123")]
    prefix: &'a str,
    /// What it may do. Without scopes it acts for its owner.
    scopes: Vec<&'static str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used, up to five minutes old, or null.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_used_at: Option<Timestamp>,
    /// When it ends, or null.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Timestamp>,
}

/// An API key that was just made, with the key itself, which is shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeyWithSecret)]
pub(crate) struct KeyWithSecret<'a> {
    /// Its id.
    #[schema(value_type = String, example = "key_01jabcdefghjkmnpqrstvwxyz0")]
    uid: ApiKeyId,
    /// What it is for.
    name: &'a str,
    /// Its first characters, by which you recognize it.
    #[schema(example = "vst_AbC-_123")]
    prefix: &'a str,
    /// What it may do. Without scopes it acts for its owner.
    scopes: Vec<&'static str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used, up to five minutes old, or null.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_used_at: Option<Timestamp>,
    /// When it ends, or null.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Timestamp>,
    /// The key. Keep it: it is not shown again.
    key: &'a str,
}

impl<'a> From<&'a ApiKey> for KeyObject<'a> {
    fn from(key: &'a ApiKey) -> Self {
        Self {
            uid: key.id,
            name: key.name.as_str(),
            prefix: &key.prefix,
            scopes: scopes(key),
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            expires_at: key.expires_at,
        }
    }
}

impl<'a> From<&'a CreatedKey> for KeyWithSecret<'a> {
    fn from(created: &'a CreatedKey) -> Self {
        let key = &created.key;
        Self {
            uid: key.id,
            name: key.name.as_str(),
            prefix: &key.prefix,
            scopes: scopes(key),
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            expires_at: key.expires_at,
            key: created.secret.expose(),
        }
    }
}

fn scopes(key: &ApiKey) -> Vec<&'static str> {
    key.scopes.iter().copied().map(Scope::as_str).collect()
}
