//! Who the transcripts speak of, made by calls of the native API.

use serde_json::{Value, json};
use vestibule_domain::kernel::UserId;

use super::transcript::{Request, Response, Service, Variables};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Registers a user and signs in: `${<name>.uid}`, `.uuid`, `.email`,
/// `.access` and `.cookie`.
pub(crate) async fn sign_up(service: &impl Service, name: &str, variables: &mut Variables) {
    let email = format!("{name}@example.com");
    let registration = json!({
        "username": name, "email": email, "first_name": "Ada", "last_name": "Lovelace",
        "password1": PASSWORD, "password2": PASSWORD,
    });
    post(service, "/api/auth/registration/", &registration, 201).await;
    let login = json!({"username": name, "password": PASSWORD});
    let signed_in = post(service, "/api/auth/login/", &login, 200).await;
    let body: Value = serde_json::from_str(&signed_in.body).expect("JSON");
    let uid = body["user"]["uid"].as_str().expect("a uid");
    let user: UserId = uid.parse().expect("a uid of a user");
    let access = body["access"].as_str().expect("a token");
    let cookie = signed_in.headers.iter().find(|(header, value)| {
        header.eq_ignore_ascii_case("set-cookie") && value.contains("vestibule_session=")
    });
    let (_, cookie) = cookie.expect("a session cookie");
    let cookie = cookie.split(';').next().expect("a value");
    for (field, value) in [
        ("uid", uid),
        ("uuid", &user.uuid().to_string()),
        ("email", &email),
        ("access", access),
        ("cookie", cookie),
    ] {
        variables.insert(format!("{name}.{field}"), value.to_owned());
    }
}

async fn post(service: &impl Service, path: &str, body: &Value, status: u16) -> Response {
    let request = Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    };
    let response = service.send(request).await;
    assert_eq!(response.status, status, "{path}: {}", response.body);
    response
}
