//! Who the transcripts speak of, made by calls of the native API.

use serde_json::{Value, json};
use vestibule_domain::kernel::{CompanyId, OrganizationId, UserId};

use super::transcript::{Request, Response, Service, Variables};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Where letters arrive.
pub(crate) trait Letters {
    /// The token of the link in the newest letter to this address.
    async fn token(&self, to: &str) -> String;
}

/// Makes an organization of this user: `${<name>.uid}`, `.uuid`, `.number`,
/// and the UUID of its company `.company`.
async fn organize(service: &impl Service, owner: &str, name: &str, variables: &mut Variables) {
    let made = json!({"display_name": name});
    let bearer = &variables[&format!("{owner}.access")];
    let made = post_as(service, bearer, "/api/v1/organizations/", &made, 201).await;
    let made: Value = serde_json::from_str(&made.body).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let uid = text(&made["uid"]);
    let organization: OrganizationId = uid.parse().expect("a uid of an organization");
    let company: CompanyId = text(&made["company"]["uid"]).parse().expect("a company");
    for (field, value) in [
        ("uid", uid),
        ("uuid", organization.uuid().to_string()),
        ("number", made["number"].to_string()),
        ("company", company.uuid().to_string()),
    ] {
        variables.insert(format!("{name}.{field}"), value);
    }
}

/// Ada, who owns "Acme" and "Looms", grace, who is a member of "Acme", and eve.
pub(crate) async fn colleagues(service: &(impl Service + Letters), variables: &mut Variables) {
    sign_up(service, "ada", variables).await;
    organize(service, "ada", "Acme", variables).await;
    organize(service, "ada", "Looms", variables).await;
    join(service, "ada", "Acme", "grace", variables).await;
    sign_up(service, "eve", variables).await;
}

/// Signs a user up as [`sign_up`] does, by an invitation to an organization.
async fn join(
    service: &(impl Service + Letters),
    owner: &str,
    organization: &str,
    name: &str,
    variables: &mut Variables,
) {
    let email = format!("{name}@example.com");
    let uid = &variables[&format!("{organization}.uid")];
    let path = format!("/api/v1/organizations/{uid}/invitations/");
    let bearer = &variables[&format!("{owner}.access")];
    let invitation = json!({"email": email, "role": "member"});
    post_as(service, bearer, &path, &invitation, 201).await;
    let token = service.token(&email).await;
    let registration = registration(name, json!({"invitation": token}));
    post(service, "/api/auth/registration/", &registration, 201).await;
    sign_in(service, name, variables).await;
}

/// Registers a user and signs in: `${<name>.uid}`, `.uuid`, `.email`,
/// `.access` and `.cookie`.
pub(crate) async fn sign_up(service: &impl Service, name: &str, variables: &mut Variables) {
    let registration = registration(name, json!({}));
    post(service, "/api/auth/registration/", &registration, 201).await;
    sign_in(service, name, variables).await;
}

fn registration(name: &str, mut more: Value) -> Value {
    for (field, value) in [
        ("username", name),
        ("email", &format!("{name}@example.com")),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("password1", PASSWORD),
        ("password2", PASSWORD),
    ] {
        more[field] = value.into();
    }
    more
}

async fn sign_in(service: &impl Service, name: &str, variables: &mut Variables) {
    let email = format!("{name}@example.com");
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
    post_with(service, Vec::new(), path, body, status).await
}

async fn post_as(
    service: &impl Service,
    bearer: &str,
    path: &str,
    body: &Value,
    status: u16,
) -> Response {
    let bearer = ("Authorization".to_owned(), format!("Bearer {bearer}"));
    post_with(service, vec![bearer], path, body, status).await
}

async fn post_with(
    service: &impl Service,
    mut headers: Vec<(String, String)>,
    path: &str,
    body: &Value,
    status: u16,
) -> Response {
    headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    let request = Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        headers,
        body: body.to_string().into_bytes(),
    };
    let response = service.send(request).await;
    assert_eq!(response.status, status, "{path}: {}", response.body);
    response
}
