//! Organizations on the running service: every rule at its door and under
//! parallel requests.

use std::future::Future;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Account, PASSWORD, Reply, TestApp};

const ORGANIZATIONS: &str = "/api/v1/organizations/";
const ME: &str = "/api/v1/user/me/";

pub(crate) async fn create(app: &TestApp, user: &Account, name: &str) -> Value {
    let body = json!({"display_name": name});
    app.post(ORGANIZATIONS, &user.access, body)
        .await
        .expect(201)
}

fn path(organization: &Value) -> String {
    format!("{ORGANIZATIONS}{}/", organization["uid"].as_str().unwrap())
}

/// Invites an address that has got `before` letters; answers the token.
async fn invite(
    app: &TestApp,
    owner: &Account,
    to: &Value,
    email: &str,
    role: &str,
    before: usize,
) -> String {
    let invitations = format!("{}invitations/", path(to));
    let body = json!({"email": email, "role": role});
    let sent = app.post(&invitations, &owner.access, body).await;
    assert!(matches!(sent.status, 200 | 201), "{}", sent.text);
    app.mailed(email, before + 1, "token").await
}

/// Registers a user by an invitation.
pub(crate) async fn member(
    app: &TestApp,
    owner: &Account,
    of: &Value,
    name: &str,
    role: &str,
) -> Account {
    let email = format!("{name}@example.com");
    let invitation = invite(app, owner, of, &email, role, 0).await;
    let body = json!({
        "username": name,
        "email": email,
        "password1": PASSWORD,
        "password2": PASSWORD,
        "invitation": invitation,
    });
    let answer = app
        .post("/api/auth/registration/", "", body)
        .await
        .expect(201);
    assert_eq!(answer["user"]["email_verified"], true);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Account {
        uid: text(&answer["user"]["uid"]),
        username: name.to_owned(),
        email,
        access: text(&answer["access"]),
        refresh: text(&answer["refresh"]),
    }
}

/// Sends all requests at once; answers their statuses, sorted.
async fn statuses<F: Future<Output = Reply>>(calls: impl Iterator<Item = F>) -> Vec<u16> {
    let replies = join_all(calls).await;
    let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    statuses
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

#[tokio::test]
async fn a_hundred_parallel_creations_fill_the_quota_exactly() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let statuses = statuses((0..100).map(|number| {
        let body = json!({"display_name": format!("Number {number}")});
        app.post(ORGANIZATIONS, &user.access, body)
    }))
    .await;
    assert_eq!(count(&statuses, 201), 50, "{statuses:?}");
    assert_eq!(count(&statuses, 409), 50, "{statuses:?}");
    let list = app.get(ORGANIZATIONS, &user.access).await.expect(200);
    assert_eq!(list["count"], 50);
    let one_more = json!({"display_name": "One more"});
    app.post(ORGANIZATIONS, &user.access, one_more)
        .await
        .problem(409, "quota_exceeded");
    let companies = app
        .get("/api/v1/companies/", &user.access)
        .await
        .expect(200);
    assert_eq!(companies["count"], 50);
}

#[tokio::test]
async fn a_slug_is_given_once_under_parallel_requests() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let given = statuses((0..50).map(|_| {
        let body = json!({"display_name": "Acme", "slug": "acme"});
        app.post(ORGANIZATIONS, &user.access, body)
    }))
    .await;
    assert_eq!(
        (count(&given, 201), count(&given, 409)),
        (1, 49),
        "{given:?}"
    );
    let other = app.register("other_dealer").await;
    let made = join_all((0..20).map(|_| create(&app, &other, "Acme"))).await;
    let mut slugs: Vec<_> = made.iter().map(|o| o["slug"].to_string()).collect();
    let mut numbers: Vec<_> = made.iter().map(|o| o["number"].as_u64().unwrap()).collect();
    slugs.sort();
    slugs.dedup();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((slugs.len(), numbers.len()), (20, 20));
    let paths: Vec<_> = made.iter().map(path).collect();
    let renamed = statuses(paths.iter().map(|path| {
        let body = json!({"slug": "wanted"});
        app.patch(path, &other.access, body)
    }))
    .await;
    assert_eq!(
        (count(&renamed, 200), count(&renamed, 409)),
        (1, 19),
        "{renamed:?}"
    );
}

#[tokio::test]
async fn an_invitation_is_used_once_under_parallel_requests() {
    let app = TestApp::start().await;
    let owner = app.register("the_owner").await;
    let made = create(&app, &owner, "Acme").await;
    let jane = app.register("jane_dealer").await;
    let key = app.mailed(&jane.email, 1, "key").await;
    app.post(
        "/api/auth/registration/verify-email/",
        "",
        json!({"key": key}),
    )
    .await
    .expect(200);
    let token = invite(&app, &owner, &made, &jane.email, "admin", 1).await;
    let accept = format!("{ORGANIZATIONS}invitations/accept/");
    let accepted = statuses((0..50).map(|_| {
        let body = json!({"token": token});
        app.post(&accept, &jane.access, body)
    }))
    .await;
    assert_eq!(
        (count(&accepted, 200), count(&accepted, 400)),
        (1, 49),
        "{accepted:?}"
    );
    let seen = app.get(&path(&made), &jane.access).await.expect(200);
    assert_eq!(
        (&seen["role"], &seen["member_count"]),
        (&json!("admin"), &json!(2))
    );
    let token = invite(&app, &owner, &made, "new@example.com", "member", 0).await;
    let registered = statuses((0..50).map(|number| {
        let body = json!({
            "username": format!("new_{number}"),
            "email": "new@example.com",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "invitation": token,
        });
        app.post("/api/auth/registration/", "", body)
    }))
    .await;
    assert_eq!(count(&registered, 201), 1, "{registered:?}");
    assert_eq!(count(&registered, 400) + count(&registered, 409), 49);
    let seen = app.get(&path(&made), &owner.access).await.expect(200);
    assert_eq!(seen["member_count"], 3);
}

#[tokio::test]
async fn the_last_owner_stays_under_parallel_requests() {
    let app = TestApp::start().await;
    let first = app.register("the_owner").await;
    let made = create(&app, &first, "Acme").await;
    let mut owners = vec![first.clone()];
    for number in 0..4 {
        let name = format!("owner_{number}");
        let owner = member(&app, &first, &made, &name, "admin").await;
        let one = format!("{}members/{}/", path(&made), owner.uid);
        let body = json!({"role": "owner"});
        app.patch(&one, &first.access, body).await.expect(200);
        owners.push(owner);
    }
    let one = |user: &Account| format!("{}members/{}/", path(&made), user.uid);
    let paths: Vec<_> = owners.iter().map(one).collect();
    // Everybody leaves and steps down, ten times each.
    let left = statuses((0..50).map(|number| {
        let (owner, path) = (&owners[number % 5], &paths[number % 5]);
        let method = if number < 25 { "DELETE" } else { "PATCH" };
        let body = if number < 25 {
            Value::Null
        } else {
            json!({"role": "member"})
        };
        app.send(method, path, &owner.access, body)
    }))
    .await;
    assert!(left.iter().all(|status| *status < 500), "{left:?}");
    let mut roles = Vec::new();
    for owner in &owners {
        let seen = app.get(&path(&made), &owner.access).await;
        if seen.status == 200 {
            roles.push(seen.json()["role"].as_str().unwrap().to_owned());
        }
    }
    let owning = roles.iter().filter(|role| *role == "owner").count();
    assert_eq!(owning, 1, "{roles:?}");
}

#[tokio::test]
async fn an_organization_is_transferred_once_under_parallel_requests() {
    let app = TestApp::start().await;
    let owner = app.register("the_owner").await;
    let made = create(&app, &owner, "Acme").await;
    let mut heirs = Vec::new();
    for number in 0..5 {
        let name = format!("heir_{number}");
        heirs.push(member(&app, &owner, &made, &name, "member").await);
    }
    // The first one takes from the owner what the others need.
    let transfer = format!("{}transfer/", path(&made));
    let transferred = statuses((0..50).map(|number| {
        let body = json!({"user": heirs[number % 5].uid});
        app.post(&transfer, &owner.access, body)
    }))
    .await;
    assert_eq!(
        (count(&transferred, 200), count(&transferred, 403)),
        (1, 49),
        "{transferred:?}"
    );
    let members = format!("{}members/", path(&made));
    let list = app.get(&members, &owner.access).await.expect(200);
    let roles = list["results"].as_array().unwrap().iter();
    let owning = roles.filter(|member| member["role"] == "owner").count();
    assert_eq!(owning, 1, "{list}");
}

#[tokio::test]
async fn a_rename_and_a_deletion_show_in_every_members_me_at_once() {
    let app = TestApp::start().await;
    let owner = app.register("the_owner").await;
    let made = create(&app, &owner, "Before").await;
    let mut users = vec![owner.clone()];
    for name in ["jane_dealer", "john_dealer"] {
        users.push(member(&app, &owner, &made, name, "member").await);
    }
    let shown = async |user: &Account| {
        let me = app.get(ME, &user.access).await.expect(200);
        me["organization"].clone()
    };
    for user in &users {
        assert_eq!(shown(user).await["display_name"], "Before");
    }
    for round in 0..20 {
        let name = format!("Round {round}");
        let body = json!({"display_name": name});
        app.patch(&path(&made), &owner.access, body)
            .await
            .expect(200);
        for user in &users {
            assert_eq!(shown(user).await["display_name"], name.as_str());
        }
    }
    let jane = &users[1];
    let one = format!("{}members/{}/", path(&made), jane.uid);
    app.delete(&one, &owner.access).await.expect(204);
    assert_eq!(shown(jane).await, Value::Null);
    let own = create(&app, &users[2], "Own").await;
    assert_eq!(shown(&users[2]).await["uid"], made["uid"]);
    app.delete(&path(&made), &owner.access).await.expect(204);
    assert_eq!(shown(&owner).await, Value::Null);
    assert_eq!(shown(&users[2]).await["uid"], own["uid"]);
    app.get(&path(&made), &owner.access)
        .await
        .problem(404, "not_found");
}
