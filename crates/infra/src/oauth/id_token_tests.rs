use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://issuer.example/tenant";
const NOW: i64 = 1_800_000_000;

const EXPECTED: Expected<'static> = Expected {
    issuer: ISSUER,
    client_id: "us",
    nonce: Some("nonce"),
};

/// A key pair: what signs, and the set that verifies.
fn keys() -> (EncodingKey, JwkSet) {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new());
    let pkcs8 = pkcs8.expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key");
    let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let set = json!({"keys": [{
        "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "k1", "x": public,
    }]});
    let signing = EncodingKey::from_ed_der(pkcs8.as_ref());
    (signing, serde_json::from_value(set).expect("a set"))
}

fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": "ada", "aud": "us", "nonce": "nonce",
        "iat": NOW, "exp": NOW + 300, "preferred_username": "ada_l",
    });
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

fn now() -> Timestamp {
    Timestamp::from_micros(NOW * 1_000_000)
}

fn header() -> Header {
    Header {
        kid: Some("k1".to_owned()),
        ..Header::new(Algorithm::EdDSA)
    }
}

#[test]
fn only_a_token_that_says_everything_right_counts() {
    let (signing, set) = keys();
    let verified = |changes: Value| {
        let token = encode(&header(), &claims(&changes), &signing).expect("a token");
        verify(&token, &set, EXPECTED, now()).map(|claims| claims.sub)
    };
    let good = [
        json!({}),
        json!({"aud": ["us"]}),
        json!({"aud": ["them", "us"], "azp": "us"}),
        json!({"exp": NOW - 59}),
        json!({"iat": NOW + 60}),
    ];
    for changes in good {
        assert_eq!(verified(changes.clone()), Ok("ada".to_owned()), "{changes}");
    }
    let bad = [
        (json!({"iss": "https://issuer.example/tenant/"}), "issuer"),
        (json!({"iss": "https://issuer.example"}), "issuer"),
        (json!({"aud": "them"}), "audience"),
        (json!({"aud": ["them", "us"]}), "audience"),
        (json!({"aud": ["us", "them"], "azp": "them"}), "audience"),
        (json!({"azp": "them"}), "audience"),
        (json!({"exp": NOW - 60}), "expiry"),
        (json!({"iat": NOW + 61}), "time of issue"),
        (json!({"nonce": "another"}), "nonce"),
        (json!({"nonce": null}), "nonce"),
        (json!({"exp": null}), "signature"),
        (json!({"sub": null}), "signature"),
    ];
    for (changes, check) in bad {
        let answer = verified(changes.clone());
        assert_eq!(answer, Err(Rejected::Untrusted(check)), "{changes}");
    }
}

#[test]
fn a_refreshed_token_has_no_nonce() {
    let (signing, set) = keys();
    let expected = Expected {
        nonce: None,
        ..EXPECTED
    };
    let claims = claims(&json!({"nonce": null}));
    let token = encode(&header(), &claims, &signing).expect("a token");
    assert!(verify(&token, &set, expected, now()).is_ok());
}

#[test]
fn a_signature_counts_under_the_providers_own_keys_only() {
    let (signing, set) = keys();
    let (other, _) = keys();
    let body = claims(&json!({}));
    let verified = |token: &str| verify(token, &set, EXPECTED, now()).map(|claims| claims.sub);
    let token = encode(&header(), &body, &signing).expect("a token");
    assert!(verified(&token).is_ok());

    let forged = encode(&header(), &body, &other).expect("a token");
    assert_eq!(verified(&forged), Err(Rejected::Untrusted("signature")));
    let (head, _) = token.rsplit_once('.').expect("a signature");
    let unsigned = format!("{head}.");
    assert_eq!(verified(&unsigned), Err(Rejected::Untrusted("signature")));

    let unknown = Header {
        kid: Some("k2".to_owned()),
        ..header()
    };
    let unknown = encode(&unknown, &body, &signing).expect("a token");
    assert_eq!(verified(&unknown), Err(Rejected::UnknownKey));
    // Without a name the only key is meant.
    let unnamed = encode(&Header::new(Algorithm::EdDSA), &body, &signing).expect("a token");
    assert!(verified(&unnamed).is_ok());
}

#[test]
fn neither_none_nor_a_shared_secret_is_a_signature() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let (_, set) = keys();
    let body = URL_SAFE_NO_PAD.encode(claims(&json!({})).to_string());
    for alg in ["none", "nOnE", ""] {
        let head = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "kid": "k1"}).to_string());
        let answer = verify(&format!("{head}.{body}."), &set, EXPECTED, now());
        assert_eq!(answer.map(|_| ()), Err(Rejected::Untrusted("header")));
    }
    // The public key, which anybody has, as a shared secret.
    let public = serde_json::to_value(&set).expect("a set")["keys"][0]["x"].clone();
    let secret = EncodingKey::from_secret(public.as_str().expect("x").as_bytes());
    let header = Header {
        kid: Some("k1".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    let token = encode(&header, &claims(&json!({})), &secret).expect("a token");
    let answer = verify(&token, &set, EXPECTED, now());
    assert_eq!(answer.map(|_| ()), Err(Rejected::Untrusted("algorithm")));
}
