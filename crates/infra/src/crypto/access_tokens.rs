//! Access tokens: JWT (RFC 7519) under one pinned algorithm.
//!
//! A token's header must be, byte for byte, the one that this service writes
//! for one of its keys. So `alg`, `kid`, `jku`, `jwk`, `x5u`, `crit` and what
//! else a header may say never decide anything.

use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;
use vestibule_domain::kernel::{Secret, Timestamp};
use vestibule_domain::sessions::{AccessClaims, AccessTokens, InvalidToken};

use super::Secrets;
use super::secret_source::sha256;

/// Clocks may differ by this much (SECURITY.md).
pub(super) const LEEWAY: Duration = Duration::from_secs(5);
/// The `typ` claim of an access token.
const ACCESS: &str = "access";
/// The shortest HS256 secret, in bytes (RFC 7518 section 3.2).
const SHORTEST_SECRET: usize = 32;
/// Longer texts are no tokens of this service, and are refused unread.
const LONGEST_TOKEN: usize = 2048;
/// How many verified tokens are remembered; about 10 MB when full.
const REMEMBERED: usize = 100_000;

/// What access tokens are signed with.
#[derive(Debug, Clone)]
pub enum TokenAlgorithm {
    /// Ed25519 (RFC 8037) with the keys of the secrets file.
    EdDsa,
    /// HMAC-SHA-256 with a configured secret of at least 32 bytes.
    Hs256(Secret),
}

/// What access tokens say about the service.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// The `iss` claim: the public URL.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// What they are signed with.
    pub algorithm: TokenAlgorithm,
}

/// Why tokens cannot be signed.
#[derive(Debug, Error)]
pub enum TokenKeyError {
    /// The configured HS256 secret is too short.
    #[error("the HS256 secret has less than {SHORTEST_SECRET} bytes")]
    ShortSecret,
    /// A signing key of the secrets file cannot be used.
    #[error("the signing key {0} is not an Ed25519 key")]
    SigningKey(String),
}

/// The domain's `AccessTokens`: signs JWTs, and remembers the ones verified.
pub struct SignedTokens {
    settings: TokenSettings,
    keys: RwLock<KeySet>,
}

/// The keys in use, and what was verified with them.
struct KeySet {
    /// Newest first. The first that is in use signs; all of them verify.
    keys: Vec<TokenKey>,
    validation: Validation,
    /// Claims by the SHA-256 of the whole token; verified ones only.
    verified: Cache<[u8; 32], AccessClaims>,
}

struct TokenKey {
    /// When it begins to sign.
    used_from: Timestamp,
    header: Header,
    /// The header as it stands in every token under this key.
    encoded_header: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    /// The public key as a JWK (RFC 7517); none for a shared secret.
    jwk: Option<Value>,
}

/// Strictly typed: a missing, repeated or differently typed claim is an error.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    typ: String,
    iat: i64,
    exp: i64,
}

impl SignedTokens {
    /// Signs and verifies with the keys that the settings name.
    pub fn new(settings: TokenSettings, secrets: &Secrets) -> Result<Self, TokenKeyError> {
        Ok(Self {
            keys: RwLock::new(KeySet::new(&settings, secrets)?),
            settings,
        })
    }

    /// Signs and verifies with the keys of these secrets from now on; what was
    /// verified with others is forgotten.
    pub fn reload(&self, secrets: &Secrets) -> Result<(), TokenKeyError> {
        let next = KeySet::new(&self.settings, secrets)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// The public keys, as a JWK set (RFC 7517 section 5); empty under HS256.
    pub fn jwks(&self) -> Value {
        let set = self.keys();
        let keys: Vec<&Value> = set.keys.iter().filter_map(|key| key.jwk.as_ref()).collect();
        json!({ "keys": keys })
    }

    fn keys(&self) -> RwLockReadGuard<'_, KeySet> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeySet {
    fn new(settings: &TokenSettings, secrets: &Secrets) -> Result<Self, TokenKeyError> {
        let keys = match &settings.algorithm {
            TokenAlgorithm::EdDsa => secrets
                .signing
                .iter()
                .map(|key| {
                    TokenKey::ed25519(&key.id, key.used_from(), key.bytes())
                        .ok_or_else(|| TokenKeyError::SigningKey(key.id.clone()))
                })
                .collect::<Result<_, _>>()?,
            TokenAlgorithm::Hs256(secret) => vec![TokenKey::hs256(secret)?],
        };
        let mut validation = Validation::new(keys[0].header.alg);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        // Checked by `verify` itself against the clock that it is given.
        validation.validate_exp = false;
        Ok(Self {
            keys,
            validation,
            verified: Cache::new(REMEMBERED),
        })
    }

    /// The claims of a token of this service, expired or not.
    fn read(&self, token: &str) -> Option<AccessClaims> {
        let (header, _) = token.split_once('.')?;
        let key = self.keys.iter().find(|key| key.encoded_header == header)?;
        let claims = decode::<Claims>(token, &key.verifying, &self.validation)
            .ok()?
            .claims;
        if claims.typ != ACCESS {
            return None;
        }
        Some(AccessClaims {
            user: claims.sub.parse().ok()?,
            session: claims.sid.parse().ok()?,
            issued_at: from_seconds(claims.iat),
            expires_at: from_seconds(claims.exp),
        })
    }
}

fn from_seconds(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds.saturating_mul(1_000_000))
}

impl fmt::Debug for SignedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedTokens")
            .field("issuer", &self.settings.issuer)
            .field("audience", &self.settings.audience)
            .finish_non_exhaustive()
    }
}

impl AccessTokens for SignedTokens {
    fn sign(&self, claims: &AccessClaims) -> Secret {
        let set = self.keys();
        let in_use = set
            .keys
            .iter()
            .find(|key| key.used_from <= claims.issued_at);
        // Of a clock that was turned back the oldest key is left.
        let key = in_use.unwrap_or(&set.keys[set.keys.len() - 1]);
        let claims = Claims {
            iss: self.settings.issuer.clone(),
            aud: self.settings.audience.clone(),
            sub: claims.user.to_string(),
            sid: claims.session.to_string(),
            typ: ACCESS.to_owned(),
            iat: claims.issued_at.as_seconds(),
            exp: claims.expires_at.as_seconds(),
        };
        let token = encode(&key.header, &claims, &key.signing);
        Secret::new(token.expect("the keys were tried when they were loaded"))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, InvalidToken> {
        if token.len() > LONGEST_TOKEN {
            return Err(InvalidToken);
        }
        let digest = sha256(token.as_bytes());
        let live = |claims: &AccessClaims| now < claims.expires_at.after(LEEWAY);
        let set = self.keys();
        if let Some(claims) = set.verified.get(&digest) {
            return Some(claims).filter(live).ok_or(InvalidToken);
        }
        let claims = set.read(token).filter(live).ok_or(InvalidToken)?;
        set.verified.insert(digest, claims);
        Ok(claims)
    }
}

impl TokenKey {
    fn ed25519(id: &str, used_from: Timestamp, pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        let public = pair.public_key().as_ref();
        let header = Header {
            kid: Some(id.to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        let jwk = json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
            "kid": id,
            "x": URL_SAFE_NO_PAD.encode(public),
        });
        Self::new(
            header,
            used_from,
            EncodingKey::from_ed_der(pkcs8),
            DecodingKey::from_ed_der(public),
            Some(jwk),
        )
    }

    fn hs256(secret: &Secret) -> Result<Self, TokenKeyError> {
        let secret = secret.expose().as_bytes();
        if secret.len() < SHORTEST_SECRET {
            return Err(TokenKeyError::ShortSecret);
        }
        Self::new(
            Header::new(Algorithm::HS256),
            Timestamp::from_micros(0),
            EncodingKey::from_secret(secret),
            DecodingKey::from_secret(secret),
            None,
        )
        .ok_or(TokenKeyError::ShortSecret)
    }

    /// `None` when the key does not sign.
    fn new(
        header: Header,
        used_from: Timestamp,
        signing: EncodingKey,
        verifying: DecodingKey,
        jwk: Option<Value>,
    ) -> Option<Self> {
        let sample = encode(&header, &json!({}), &signing).ok()?;
        let (encoded_header, _) = sample.split_once('.')?;
        Some(Self {
            used_from,
            encoded_header: encoded_header.to_owned(),
            header,
            signing,
            verifying,
            jwk,
        })
    }
}

#[cfg(test)]
#[path = "access_tokens_tests.rs"]
mod tests;
