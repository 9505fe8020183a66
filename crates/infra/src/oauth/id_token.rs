//! ID tokens (OpenID Connect Core section 3.1.3.7).

use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use vestibule_domain::kernel::Timestamp;

/// The clock of a provider may differ from ours by this much.
const LEEWAY: Duration = Duration::from_mins(1);
/// Longer texts are not read.
const LONGEST: usize = 64 * 1024;
/// Signatures of a private key. A shared secret proves nothing here: whoever
/// has our public keys could sign with them as one.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Exactly the configured issuer.
    pub(super) issuer: &'a str,
    /// Us.
    pub(super) client_id: &'a str,
    /// The nonce that the user took along; `None` for a refreshed token, which
    /// has none (section 12.2).
    pub(super) nonce: Option<&'a str>,
}

/// What a token says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nonce: Option<String>,
    pub(super) preferred_username: Option<String>,
    pub(super) name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejected {
    /// None of the keys is the one that it names; it may be new.
    UnknownKey,
    /// The check of this name failed.
    Untrusted(&'static str),
}

/// Checks signature and claims.
pub(super) fn verify(
    token: &str,
    keys: &JwkSet,
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<Claims, Rejected> {
    use Rejected::Untrusted;
    if token.len() > LONGEST {
        return Err(Untrusted("length"));
    }
    let header = decode_header(token).map_err(|_| Untrusted("header"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Untrusted("algorithm"));
    }
    let key = find(keys, header.kid.as_deref(), header.alg)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Untrusted("key"))?;
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    // Checked below, against the clock that we are given and without leniency.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = decode::<Claims>(token, &key, &validation)
        .map_err(|_| Untrusted("signature"))?
        .claims;
    if claims.iss != expected.issuer {
        return Err(Untrusted("issuer"));
    }
    let for_us = match &claims.aud {
        Audience::One(audience) => audience == expected.client_id,
        Audience::Many(all) => all.iter().any(|audience| audience == expected.client_id),
    };
    let several = matches!(&claims.aud, Audience::Many(all) if all.len() > 1);
    let authorized = match &claims.azp {
        Some(party) => party == expected.client_id,
        None => !several,
    };
    if !for_us || !authorized {
        return Err(Untrusted("audience"));
    }
    let seconds = |at: Timestamp| {
        #[expect(clippy::cast_precision_loss, reason = "seconds of this era are exact")]
        let seconds = at.as_seconds() as f64;
        seconds
    };
    if claims.exp <= seconds(now.before(LEEWAY)) {
        return Err(Untrusted("expiry"));
    }
    if claims.iat > seconds(now.after(LEEWAY)) {
        return Err(Untrusted("time of issue"));
    }
    if expected.nonce.is_some() && claims.nonce.as_deref() != expected.nonce {
        return Err(Untrusted("nonce"));
    }
    Ok(claims)
}

/// The key that the header names, or the only one where it names none.
fn find<'a>(
    keys: &'a JwkSet,
    kid: Option<&str>,
    algorithm: Algorithm,
) -> Result<&'a Jwk, Rejected> {
    let fits = |key: &&Jwk| {
        let common = &key.common;
        let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
        let same = common
            .key_algorithm
            .is_none_or(|of_key| of_key.to_string() == format!("{algorithm:?}"));
        signs && same && (kid.is_none() || common.key_id.as_deref() == kid)
    };
    let mut found = keys.keys.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(Rejected::UnknownKey),
        (Some(_), Some(_)) => Err(Rejected::Untrusted("key")),
    }
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
