use std::time::Instant;

use aws_lc_rs::hmac;
use vestibule_domain::kernel::{SessionId, UserId};

use super::*;

const NOW: i64 = 1_800_000_000;
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn now() -> Timestamp {
    from_seconds(NOW)
}

fn settings(algorithm: TokenAlgorithm) -> TokenSettings {
    TokenSettings {
        issuer: "https://id.example".to_owned(),
        audience: "vestibule".to_owned(),
        algorithm,
    }
}

fn eddsa(secrets: &Secrets) -> SignedTokens {
    SignedTokens::new(settings(TokenAlgorithm::EdDsa), secrets).expect("keys")
}

fn hs256() -> SignedTokens {
    let algorithm = TokenAlgorithm::Hs256(Secret::new(SECRET));
    SignedTokens::new(settings(algorithm), &Secrets::generate()).expect("a secret")
}

fn claims() -> AccessClaims {
    AccessClaims {
        user: "usr_01h455vb4pex5vsknk084sn02q"
            .parse::<UserId>()
            .expect("a uid"),
        session: "ses_01h455vb4pex5vsknk084sn02q"
            .parse::<SessionId>()
            .expect("a uid"),
        issued_at: now(),
        expires_at: from_seconds(NOW + 600),
    }
}

/// What `claims()` is on the wire.
fn payload() -> Value {
    json!({
        "iss": "https://id.example",
        "aud": "vestibule",
        "sub": "usr_01h455vb4pex5vsknk084sn02q",
        "sid": "ses_01h455vb4pex5vsknk084sn02q",
        "typ": "access",
        "iat": NOW,
        "exp": NOW + 600,
    })
}

fn with(key: &str, value: Value) -> String {
    let mut payload = payload();
    payload[key] = value;
    payload.to_string()
}

fn without(key: &str) -> String {
    let mut payload = payload();
    payload.as_object_mut().expect("an object").remove(key);
    payload.to_string()
}

fn message(header: &str, payload: &str) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    )
}

/// A token signed by the service's own Ed25519 key, whatever it says.
fn signed(secrets: &Secrets, header: &str, payload: &str) -> String {
    let pair = Ed25519KeyPair::from_pkcs8(secrets.signing[0].bytes()).expect("a key");
    let message = message(header, payload);
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn signed_with_secret(secret: &[u8], header: &str, payload: &str) -> String {
    let message = message(header, payload);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
    format!("{message}.{signature}")
}

fn own_header(secrets: &Secrets) -> String {
    format!(
        r#"{{"typ":"JWT","alg":"EdDSA","kid":"{}"}}"#,
        secrets.signing[0].id
    )
}

#[track_caller]
fn assert_refused(tokens: &SignedTokens, token: &str) {
    assert_eq!(tokens.verify(token, now()), Err(InvalidToken), "{token}");
    assert!(
        tokens.keys().verified.is_empty(),
        "only successes are remembered"
    );
}

#[test]
fn what_is_signed_verifies_and_says_the_same() {
    let secrets = Secrets::generate();
    for tokens in [eddsa(&secrets), hs256()] {
        let token = tokens.sign(&claims());
        // The second time it is remembered.
        for _ in 0..2 {
            assert_eq!(tokens.verify(token.expose(), now()), Ok(claims()));
        }
        assert_eq!(tokens.keys().verified.len(), 1);
    }
}

#[test]
fn the_forgery_kit_of_these_tests_makes_good_tokens() {
    let secrets = Secrets::generate();
    let token = signed(&secrets, &own_header(&secrets), &payload().to_string());
    assert_eq!(eddsa(&secrets).verify(&token, now()), Ok(claims()));
    let header = r#"{"typ":"JWT","alg":"HS256"}"#;
    let token = signed_with_secret(SECRET.as_bytes(), header, &payload().to_string());
    assert_eq!(hs256().verify(&token, now()), Ok(claims()));
}

#[test]
fn a_remembered_token_is_refused_once_it_has_expired() {
    let tokens = eddsa(&Secrets::generate());
    let token = tokens.sign(&claims());
    let at = |seconds| tokens.verify(token.expose(), from_seconds(seconds));
    assert!(at(NOW).is_ok());
    assert!(at(NOW + 604).is_ok(), "within the leeway");
    assert_eq!(at(NOW + 605), Err(InvalidToken));
    assert_eq!(tokens.keys().verified.len(), 1, "it was remembered");
}

#[test]
fn an_expired_token_is_refused_at_first_sight() {
    let secrets = Secrets::generate();
    let token = signed(
        &secrets,
        &own_header(&secrets),
        &with("exp", json!(NOW - 5)),
    );
    assert_refused(&eddsa(&secrets), &token);
}

#[test]
fn every_claim_is_required_and_strictly_typed() {
    let secrets = Secrets::generate();
    let tokens = eddsa(&secrets);
    let header = own_header(&secrets);
    for key in ["iss", "aud", "sub", "sid", "typ", "iat", "exp"] {
        assert_refused(&tokens, &signed(&secrets, &header, &without(key)));
        for value in [json!(null), json!([]), json!({}), json!(true), json!(1.5)] {
            assert_refused(&tokens, &signed(&secrets, &header, &with(key, value)));
        }
    }
    let exp = |text: &str| {
        payload()
            .to_string()
            .replace(&(NOW + 600).to_string(), text)
    };
    for text in [
        format!("\"{}\"", NOW + 600),
        "1e400".into(),
        "1e18".into(),
        "-1".into(),
    ] {
        assert_refused(&tokens, &signed(&secrets, &header, &exp(&text)));
    }
    for list in ["iss", "aud"] {
        let value = json!([payload()[list]]);
        assert_refused(&tokens, &signed(&secrets, &header, &with(list, value)));
    }
    let twice = payload().to_string().replacen('{', "{\"exp\":1,", 1);
    assert_refused(&tokens, &signed(&secrets, &header, &twice));
}

#[test]
fn claims_of_others_are_refused() {
    let secrets = Secrets::generate();
    let tokens = eddsa(&secrets);
    for (key, value) in [
        ("iss", "https://id.example/"),
        ("aud", "another"),
        ("typ", "refresh"),
        ("sub", "ses_01h455vb4pex5vsknk084sn02q"),
        ("sub", "01h455vb4pex5vsknk084sn02q"),
        ("sid", "usr_01h455vb4pex5vsknk084sn02q"),
        ("sid", ""),
    ] {
        let token = signed(&secrets, &own_header(&secrets), &with(key, json!(value)));
        assert_refused(&tokens, &token);
    }
}

#[test]
fn no_header_but_its_own_is_accepted() {
    let secrets = Secrets::generate();
    let tokens = eddsa(&secrets);
    let id = &secrets.signing[0].id;
    let jwk = &tokens.jwks()["keys"][0];
    let payload = payload().to_string();
    for header in [
        r#"{"typ":"JWT","alg":"EdDSA"}"#.to_owned(),
        r#"{"typ":"JWT","alg":"EdDSA","kid":"other"}"#.to_owned(),
        r#"{"typ":"JWT","alg":"EdDSA","kid":"../../dev/null"}"#.to_owned(),
        format!(r#"{{"typ":"JWT","alg":"none","kid":"{id}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"nOnE","kid":"{id}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{id}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"ES256","kid":"{id}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{id}","jwk":{jwk}}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{id}","jku":"http://127.0.0.1:9/"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{id}","x5u":"http://127.0.0.1:9/"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{id}","crit":["b64"],"b64":false}}"#),
    ] {
        assert_refused(&tokens, &signed(&secrets, &header, &payload));
        let (unsigned, _) = {
            let token = signed(&secrets, &header, &payload);
            let (message, signature) = token.rsplit_once('.').expect("a signature");
            (message.to_owned(), signature.to_owned())
        };
        assert_refused(&tokens, &format!("{unsigned}."));
        assert_refused(&tokens, &unsigned);
    }
}

#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    let secrets = Secrets::generate();
    let tokens = eddsa(&secrets);
    let x = tokens.jwks()["keys"][0]["x"]
        .as_str()
        .expect("a key")
        .to_owned();
    let public = URL_SAFE_NO_PAD.decode(&x).expect("base64url");
    let id = &secrets.signing[0].id;
    for secret in [public.as_slice(), x.as_bytes()] {
        for header in [
            r#"{"typ":"JWT","alg":"HS256"}"#.to_owned(),
            format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{id}"}}"#),
            own_header(&secrets),
        ] {
            let token = signed_with_secret(secret, &header, &payload().to_string());
            assert_refused(&tokens, &token);
        }
    }
    // And the other way round: under HS256 a signature by any Ed25519 key.
    let token = signed(&secrets, &own_header(&secrets), &payload().to_string());
    assert_refused(&hs256(), &token);
}

#[test]
fn a_changed_token_is_refused() {
    let secrets = Secrets::generate();
    let tokens = eddsa(&secrets);
    let token = tokens.sign(&claims()).expose().to_owned();
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    let other = eddsa(&Secrets::generate())
        .sign(&claims())
        .expose()
        .to_owned();
    for changed in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{message}."),
        format!("{message}.{}", &signature[1..]),
        format!("{message}.{}", "A".repeat(signature.len())),
        format!("{token}."),
        format!("{token}="),
        format!(" {token}"),
        format!("{token}.{token}"),
        "a".repeat(LONGEST_TOKEN + 1),
        other,
    ] {
        assert_refused(&tokens, &changed);
    }
}

#[test]
fn tokens_of_an_older_key_still_count_and_the_first_key_signs() {
    let old = Secrets::generate();
    let mut both = Secrets::generate();
    both.signing.extend(old.signing.iter().cloned());
    let token = eddsa(&old).sign(&claims());
    let tokens = eddsa(&both);
    assert_eq!(tokens.verify(token.expose(), now()), Ok(claims()));
    let fresh = tokens.sign(&claims());
    assert_eq!(eddsa(&old).verify(fresh.expose(), now()), Err(InvalidToken));
    assert_eq!(tokens.jwks()["keys"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_jwk_set_verifies_what_is_signed_and_holds_nothing_private() {
    let secrets = Secrets::generate();
    let tokens = eddsa(&secrets);
    let set = tokens.jwks();
    let jwk: jsonwebtoken::jwk::Jwk =
        serde_json::from_value(set["keys"][0].clone()).expect("a JWK");
    let key = DecodingKey::from_jwk(&jwk).expect("a key");
    let mut validation = tokens.keys().validation.clone();
    validation.validate_exp = false;
    let token = tokens.sign(&claims());
    decode::<Claims>(token.expose(), &key, &validation).expect("verified");
    let members = set["keys"][0].as_object().expect("an object");
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(hs256().jwks(), json!({ "keys": [] }));
}

#[test]
fn a_short_secret_is_refused() {
    let algorithm = TokenAlgorithm::Hs256(Secret::new(&SECRET[1..]));
    let refused = SignedTokens::new(settings(algorithm), &Secrets::generate());
    assert!(matches!(refused, Err(TokenKeyError::ShortSecret)));
}

/// Prints what a remembered token costs; run by hand in the release profile.
#[test]
#[ignore = "a measurement, not a check"]
#[expect(clippy::print_stderr, reason = "it prints what it measures")]
fn cost_of_a_remembered_token() {
    const ROUNDS: u32 = 200_000;
    let tokens = eddsa(&Secrets::generate());
    let token = tokens.sign(&claims());
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let verified = tokens.verify(std::hint::black_box(token.expose()), now());
        assert!(verified.is_ok());
    }
    let each = start.elapsed() / ROUNDS;
    eprintln!("{} bytes: {each:?}", token.expose().len());
}

#[test]
fn a_key_signs_from_its_time_on_and_verifies_before() {
    let mut secrets = Secrets::generate();
    let tokens = eddsa(&secrets);
    let before = tokens.sign(&claims());
    let old = secrets.signing[0].clone();
    let mut next = crate::crypto::secrets_file::NamedKey::signing();
    next.used_from = claims().issued_at.as_seconds() + 1;
    secrets.signing = vec![next.clone(), old.clone()];
    tokens.reload(&secrets).expect("reloaded");
    let kid = |token: &Secret| {
        let header = token
            .expose()
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned();
        let header = URL_SAFE_NO_PAD.decode(header).expect("base64");
        let header: Value = serde_json::from_slice(&header).expect("JSON");
        header["kid"].as_str().expect("a kid").to_owned()
    };
    assert_eq!(kid(&tokens.sign(&claims())), old.id);
    let later = AccessClaims {
        issued_at: claims().issued_at.after(Duration::from_secs(1)),
        ..claims()
    };
    let after = tokens.sign(&later);
    assert_eq!(kid(&after), next.id);
    for token in [&before, &after] {
        assert!(tokens.verify(token.expose(), now()).is_ok());
    }
    assert_eq!(tokens.jwks()["keys"].as_array().map(Vec::len), Some(2));
    // What was verified with a key that is gone is forgotten.
    secrets.signing = vec![next];
    tokens.reload(&secrets).expect("reloaded");
    assert_eq!(tokens.verify(before.expose(), now()), Err(InvalidToken));
    assert!(tokens.verify(after.expose(), now()).is_ok());
}
