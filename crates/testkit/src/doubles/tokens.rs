use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule_domain::kernel::{Secret, Timestamp};
use vestibule_domain::sessions::{AccessClaims, AccessTokens, InvalidToken};

use super::secrets::hash;

/// Access tokens of readable claims and a checksum: `usr_… ses_… iat exp sum`,
/// in base64url. Times are whole seconds, as in a JWT.
#[derive(Debug, Default)]
pub struct PlainTokens;

impl AccessTokens for PlainTokens {
    fn sign(&self, claims: &AccessClaims) -> Secret {
        let text = text(claims);
        Secret::new(URL_SAFE_NO_PAD.encode(format!("{text} {}", sum(&text))))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, InvalidToken> {
        let claims = parse(token).ok_or(InvalidToken)?;
        if now < claims.expires_at {
            Ok(claims)
        } else {
            Err(InvalidToken)
        }
    }
}

fn text(claims: &AccessClaims) -> String {
    format!(
        "{} {} {} {}",
        claims.user,
        claims.session,
        claims.issued_at.as_seconds(),
        claims.expires_at.as_seconds()
    )
}

fn sum(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash("access", text.as_bytes()).0)
}

fn parse(token: &str) -> Option<AccessClaims> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (text, found) = std::str::from_utf8(&bytes).ok()?.rsplit_once(' ')?;
    if found != sum(text) {
        return None;
    }
    let mut parts = text.split(' ');
    let user = parts.next()?.parse().ok()?;
    let session = parts.next()?.parse().ok()?;
    let mut seconds = || {
        let seconds: i64 = parts.next()?.parse().ok()?;
        Some(Timestamp::from_micros(seconds.checked_mul(1_000_000)?))
    };
    Some(AccessClaims {
        user,
        session,
        issued_at: seconds()?,
        expires_at: seconds()?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use vestibule_domain::kernel::{Id, IdGenerator};

    use super::*;
    use crate::ids::SequentialIds;

    #[test]
    fn a_token_says_its_claims_until_it_expires() {
        let ids = SequentialIds::default();
        let issued_at = Timestamp::from_micros(1_700_000_000_000_000);
        let claims = AccessClaims {
            user: Id::from_uuid(ids.next_uuid()),
            session: Id::from_uuid(ids.next_uuid()),
            issued_at,
            expires_at: issued_at.after(Duration::from_mins(10)),
        };
        let token = PlainTokens.sign(&claims);
        let token = token.expose();
        assert_eq!(PlainTokens.verify(token, issued_at), Ok(claims));
        let expired = PlainTokens.verify(token, claims.expires_at);
        assert_eq!(expired, Err(InvalidToken));
        // Another letter in the first place changes a claim, not the checksum.
        let forged = format!("e{}", &token[1..]);
        assert_eq!(PlainTokens.verify(&forged, issued_at), Err(InvalidToken));
        assert_eq!(PlainTokens.verify("", issued_at), Err(InvalidToken));
    }
}
