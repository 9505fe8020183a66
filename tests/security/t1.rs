//! T1: no token but what the service signed is accepted, whatever a header says,
//! and the service asks nobody about it.

use std::io::ErrorKind;
use std::net::TcpListener;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::TestApp;

const ME: &str = "/api/v1/user/me/";

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

/// A service with a user, and what an attacker could know at best: everything.
struct Forge {
    app: TestApp,
    /// A good token in its three parts.
    good: [String; 3],
    header: Value,
    claims: Value,
    /// The service's own signing key.
    pair: Ed25519KeyPair,
    public: Vec<u8>,
}

impl Forge {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let user = app.register("vinyl_dealer").await;
        let mut parts = user.access.split('.').map(str::to_owned);
        let good = std::array::from_fn(|_| parts.next().unwrap());
        let json = |part: &str| serde_json::from_slice(&decode(part)).unwrap();
        let secrets = std::fs::read(app.data_dir().join("secrets.json")).unwrap();
        let secrets: Value = serde_json::from_slice(&secrets).unwrap();
        let pkcs8 = secrets["signing_keys"][0]["key"].as_str().unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(&STANDARD.decode(pkcs8).unwrap()).unwrap();
        let jwks = app.get("/.well-known/jwks.json", "").await.expect(200);
        let public = decode(jwks["keys"][0]["x"].as_str().unwrap());
        Self {
            header: json(&good[0]),
            claims: json(&good[1]),
            good,
            app,
            pair,
            public,
        }
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = encode(self.pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    /// The good header with more in it, signed as it should be.
    fn with_header(&self, more: &Value) -> String {
        let mut header = self.header.clone();
        for (name, value) in more.as_object().unwrap() {
            header[name] = value.clone();
        }
        self.sign(&header.to_string(), &self.claims.to_string())
    }

    /// The good header, byte for byte, over other claims.
    fn with_claims(&self, claims: &str) -> String {
        let message = format!("{}.{}", self.good[0], encode(claims));
        let signature = encode(self.pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    async fn is_refused(&self, what: &str, token: &str) {
        let reply = self.app.get(ME, token).await;
        assert_eq!(reply.status, 401, "{what}: {}", reply.text);
        reply.problem(401, "invalid_token");
    }

    async fn accepts_its_own(&self) {
        self.app.get(ME, &self.good.join(".")).await.expect(200);
        // The forge forges well: what it signs without a change is accepted.
        let same = self.with_claims(&String::from_utf8(decode(&self.good[1])).unwrap());
        self.app.get(ME, &same).await.expect(200);
    }
}

#[tokio::test]
async fn t1_only_the_pinned_algorithm_counts() {
    let forge = Forge::open().await;
    forge.accepts_its_own().await;
    let claims = encode(forge.claims.to_string());
    for alg in ["none", "nOnE", "NONE", "None", ""] {
        for header in [json!({"alg": alg, "typ": "JWT"}), json!({"alg": alg})] {
            let unsigned = format!("{}.{claims}.", encode(header.to_string()));
            forge.is_refused(alg, &unsigned).await;
            let [_, _, signature] = &forge.good;
            forge
                .is_refused(alg, &format!("{unsigned}{signature}"))
                .await;
        }
        let signed = forge.with_header(&json!({"alg": alg}));
        forge.is_refused(alg, &signed).await;
    }
    let [header, payload, _] = &forge.good;
    forge
        .is_refused("an empty signature", &format!("{header}.{payload}."))
        .await;
    forge
        .is_refused("no signature", &format!("{header}.{payload}"))
        .await;
    // The public key taken for a shared secret, in each form that it has.
    let der = [
        &[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..],
        &forge.public,
    ]
    .concat();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(&der)
    );
    let secrets = [
        forge.public.clone(),
        encode(&forge.public).into_bytes(),
        der,
        pem.into_bytes(),
    ];
    for secret in secrets {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        for alg in ["HS256", "EdDSA"] {
            let mut changed = forge.header.clone();
            changed["alg"] = json!(alg);
            let message = format!("{}.{claims}", encode(changed.to_string()));
            let tag = encode(hmac::sign(&key, message.as_bytes()));
            forge.is_refused(alg, &format!("{message}.{tag}")).await;
        }
    }
    for alg in ["HS256", "RS256", "ES256", "PS512"] {
        forge
            .is_refused(alg, &forge.with_header(&json!({"alg": alg})))
            .await;
    }
    forge.accepts_its_own().await;
}

#[tokio::test]
async fn t1_a_header_names_no_key() {
    let forge = Forge::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let own = Ed25519KeyPair::generate().unwrap();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&forge.public)});
    for more in [
        json!({"kid": "../../../dev/null"}),
        json!({"kid": "x' OR 1=1 --"}),
        json!({"kid": ""}),
        json!({"kid": null}),
        json!({"kid": url}),
        json!({"jku": url}),
        json!({"x5u": url}),
        json!({"jwk": jwk}),
        json!({"x5c": ["MIIB"]}),
        json!({"crit": ["exp"]}),
        json!({"b64": false, "crit": ["b64"]}),
        json!({"zip": "DEF"}),
        json!({"typ": "at+jwt"}),
    ] {
        // Signed by the service's key, and by one of the attacker's own.
        let token = forge.with_header(&more);
        forge.is_refused(&more.to_string(), &token).await;
        let (message, _) = token.rsplit_once('.').unwrap();
        let signature = encode(own.sign(message.as_bytes()));
        forge
            .is_refused(&more.to_string(), &format!("{message}.{signature}"))
            .await;
    }
    let asked = listener.accept();
    assert!(
        asked
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::WouldBlock),
        "{asked:?}"
    );
    forge.accepts_its_own().await;
}

#[tokio::test]
async fn t1_every_claim_is_there_once_and_right() {
    let forge = Forge::open().await;
    forge.accepts_its_own().await;
    let text = forge.claims.to_string();
    let exp = forge.claims["exp"].to_string();
    let number = format!("\"exp\":{exp}");
    assert!(text.contains(&number), "{text}");
    for other in [
        format!("\"exp\":\"{exp}\""),
        "\"exp\":1e400".to_owned(),
        format!("\"exp\":{exp}.5"),
        "\"exp\":null".to_owned(),
        "\"exp\":[]".to_owned(),
        "\"exp\":true".to_owned(),
        "\"exp\":99999999999999999999".to_owned(),
        "\"exp\":-1".to_owned(),
        "\"exp\":0".to_owned(),
        format!("{number},{number}"),
        format!("\"EXP\":{exp}"),
    ] {
        let claims = text.replace(&number, &other);
        forge.is_refused(&other, &forge.with_claims(&claims)).await;
    }
    let mut names: Vec<_> = forge.claims.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "sid", "sub", "typ"]);
    for name in names {
        let mut claims = forge.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        forge
            .is_refused(
                &format!("without {name}"),
                &forge.with_claims(&claims.to_string()),
            )
            .await;
    }
    let other = forge.app.register("jane_dealer").await;
    for (name, wrong) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!([forge.claims["iss"]])),
        ("aud", json!("other")),
        ("aud", json!(["other"])),
        ("typ", json!("refresh")),
        ("typ", json!("mfa")),
        ("sub", json!(other.uid)),
        ("sub", json!("usr_01jabcdefghjkmnpqrstvwxyz0")),
        ("sub", json!(1)),
        ("sid", json!("ses_01jabcdefghjkmnpqrstvwxyz0")),
        ("sid", forge.claims["sub"].clone()),
    ] {
        let mut claims = forge.claims.clone();
        claims[name] = wrong.clone();
        forge
            .is_refused(
                &format!("{name} {wrong}"),
                &forge.with_claims(&claims.to_string()),
            )
            .await;
    }
    for claims in ["", "[]", "null", "{}", "{"] {
        forge.is_refused(claims, &forge.with_claims(claims)).await;
    }
    forge.accepts_its_own().await;
}
