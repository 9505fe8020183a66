//! Organizations: who may do what, and what everybody sees.

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_domain::outbox::Mail;

use crate::site::{Answer, As, TestSite};

const ORGANIZATIONS: &str = "/api/v1/organizations/";

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

async fn create(site: &TestSite, caller: &As, name: &str) -> Value {
    let body = json!({"display_name": name});
    let answer = site.post(caller, ORGANIZATIONS, body).await;
    answer.json(StatusCode::CREATED)
}

fn path(organization: &Value) -> String {
    format!("{ORGANIZATIONS}{}/", text(&organization["uid"]))
}

/// Sends all mail that waits; answers it.
async fn letters(site: &TestSite) -> Vec<Mail> {
    site.test.app.outbox.deliver_due().await.expect("delivery");
    let letters = site.test.mailbox.take();
    letters.into_iter().map(|(_, letter)| letter).collect()
}

/// Sends all mail that waits; answers the token of the only invitation.
async fn invitation_token(site: &TestSite) -> String {
    let letters = letters(site).await;
    let tokens = letters.into_iter().filter_map(|letter| match letter {
        Mail::Invitation { token, .. } => Some(token),
        _ => None,
    });
    let tokens: Vec<_> = tokens.collect();
    let [token] = tokens.as_slice() else {
        panic!("{} invitations", tokens.len());
    };
    token.clone()
}

async fn invite(site: &TestSite, by: &As, to: &Value, email: &str, role: &str) -> String {
    let body = json!({"email": email, "role": role});
    let invitations = format!("{}invitations/", path(to));
    let answer = site.post(by, &invitations, body).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    invitation_token(site).await
}

/// Registers a user by an invitation of the owner.
pub(crate) async fn member(
    site: &TestSite,
    owner: &As,
    of: &Value,
    name: &str,
    role: &str,
) -> (As, Value) {
    let email = format!("{name}@example.com");
    let token = invite(site, owner, of, &email, role).await;
    let body = json!({
        "username": name,
        "email": email,
        "password1": crate::site::PASSWORD,
        "password2": crate::site::PASSWORD,
        "invitation": token,
    });
    let answer = site
        .post(&As::Nobody, "/api/auth/registration/", body)
        .await;
    crate::site::signed_in(&answer, StatusCode::CREATED)
}

async fn me(site: &TestSite, caller: &As) -> Value {
    let answer = site.get(caller, "/api/v1/user/me/").await;
    answer.json(StatusCode::OK)
}

fn code(answer: &Answer) -> (u16, String) {
    let (status, code, _) = answer.problem();
    (status, code)
}

#[actix_web::test]
async fn an_organization_has_the_fields_of_the_contract() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let answer = site
        .post(
            &ada,
            ORGANIZATIONS,
            json!({"display_name": " Ünder  Ground "}),
        )
        .await;
    let made = answer.json(StatusCode::CREATED);
    let location = answer.header("location").to_owned();
    assert!(location.ends_with(&path(&made)), "{location}");
    let expected = json!({
        "uid": made["uid"],
        "number": 1,
        "display_name": "Ünder  Ground",
        "slug": "under-ground",
        "company": {"uid": made["company"]["uid"], "name": "Ünder  Ground"},
        "role": "owner",
        "permissions": [
            "organization.update",
            "organization.delete",
            "members.read",
            "members.invite",
            "members.update",
            "members.remove",
        ],
        "is_default": true,
        "member_count": 1,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    });
    assert_eq!(made, expected);
    assert_eq!(
        answer.keys()[..4],
        ["uid", "number", "display_name", "slug"]
    );
    let found = site.get(&ada, &path(&made)).await;
    assert_eq!(found.json(StatusCode::OK), expected);
    let list = site.get(&ada, ORGANIZATIONS).await.json(StatusCode::OK);
    assert_eq!(list["results"], json!([expected]));
    assert_eq!(list["count"], 1);
}

#[actix_web::test]
async fn me_shows_the_default_organization_as_it_is_now() {
    let site = TestSite::open().await;
    let (ada, registered) = site.user("ada").await;
    assert_eq!(registered["organization"], Value::Null);
    let first = create(&site, &ada, "First").await;
    let second = create(&site, &ada, "Second").await;
    let summary = |of: &Value| {
        json!({
            "uid": of["uid"],
            "display_name": of["display_name"],
            "slug": of["slug"],
        })
    };
    assert_eq!(me(&site, &ada).await["organization"], summary(&first));
    let before = site.get(&ada, "/api/v1/user/me/").await;
    let tag = before.header("etag").to_owned();
    let body = json!({"organization": second["uid"]});
    let chosen = site
        .put(&ada, "/api/v1/user/me/default-organization/", body)
        .await;
    assert_eq!(chosen.json(StatusCode::OK)["is_default"], true);
    assert_eq!(me(&site, &ada).await["organization"], summary(&second));
    let renamed = site
        .patch(
            &ada,
            &path(&second),
            json!({"display_name": "Renamed", "slug": "new"}),
        )
        .await
        .json(StatusCode::OK);
    assert_eq!(me(&site, &ada).await["organization"], summary(&renamed));
    // The tag that was seen before all this is stale.
    let headers = [("If-Match", tag.as_str())];
    let body = json!({"first_name": "Ada"});
    let stale = site
        .send(&ada, "PATCH", "/api/v1/user/me/", Some(&body), &headers)
        .await;
    assert_eq!(stale.status, 412);
    let login = json!({"username": "ada", "password": crate::site::PASSWORD});
    let login = site.post(&As::Nobody, "/api/auth/login/", login).await;
    let user = &login.json(StatusCode::OK)["user"];
    assert_eq!(user["organization"], summary(&renamed));
    assert_eq!(site.delete(&ada, &path(&second)).await.status, 204);
    assert_eq!(me(&site, &ada).await["organization"], summary(&first));
    for unknown in [json!("org_x"), second["uid"].clone()] {
        let body = json!({"organization": unknown});
        let refused = site
            .put(&ada, "/api/v1/user/me/default-organization/", body)
            .await;
        let (status, _, fields) = refused.problem();
        assert_eq!(status, 400);
        assert_eq!(fields[0].1, "unknown_organization");
    }
}

/// Each route by each role: the status that an otherwise right request gets.
#[actix_web::test]
async fn every_route_asks_for_the_role() {
    let site = TestSite::open().await;
    let (owner, _) = site.user("owner").await;
    let made = create(&site, &owner, "Acme").await;
    let (admin, _) = member(&site, &owner, &made, "adam", "admin").await;
    let (plain, of_plain) = member(&site, &owner, &made, "plain", "member").await;
    let (outsider, _) = site.user("outsider").await;
    let base = path(&made);
    let of_member = format!("{base}members/{}/", text(&of_plain["uid"]));
    let invitations = format!("{base}invitations/");
    let revoked = format!("{invitations}inv_01jabcdefghjkmnpqrstvwxyz0/");
    let company = format!("/api/v1/companies/{}/", text(&made["company"]["uid"]));
    let nobody = json!({"user": "usr_01jabcdefghjkmnpqrstvwxyz0"});
    // Anonymous, outsider, member, admin, owner.
    let table = [
        ("GET", base.clone(), None, [401, 404, 200, 200, 200]),
        (
            "PATCH",
            base.clone(),
            Some(json!({"display_name": "B"})),
            [401, 404, 403, 200, 200],
        ),
        (
            "GET",
            format!("{base}members/"),
            None,
            [401, 404, 200, 200, 200],
        ),
        (
            "PATCH",
            of_member.clone(),
            Some(json!({"role": "member"})),
            [401, 404, 403, 200, 200],
        ),
        (
            "POST",
            format!("{base}transfer/"),
            Some(nobody),
            [401, 404, 403, 403, 400],
        ),
        ("GET", invitations.clone(), None, [401, 404, 403, 200, 200]),
        (
            "POST",
            invitations,
            Some(json!({"email": "n@example.com", "role": "member"})),
            [401, 404, 403, 201, 200],
        ),
        ("DELETE", revoked, None, [401, 404, 403, 404, 404]),
        ("GET", company.clone(), None, [401, 404, 200, 200, 200]),
        (
            "PATCH",
            company,
            Some(json!({"name": "C"})),
            [401, 404, 403, 403, 200],
        ),
        ("DELETE", of_member, None, [401, 404, 204, 404, 404]),
        ("DELETE", base.clone(), None, [401, 404, 404, 403, 204]),
        ("GET", base, None, [401, 404, 404, 404, 404]),
    ];
    for (method, path, body, expected) in table {
        let callers = [&As::Nobody, &outsider, &plain, &admin, &owner];
        for (caller, expected) in callers.into_iter().zip(expected) {
            let answer = site.send(caller, method, &path, body.as_ref(), &[]).await;
            assert_eq!(answer.status.as_u16(), expected, "{method} {path}");
        }
    }
}

#[actix_web::test]
async fn only_owners_touch_owners_and_the_last_one_stays() {
    let site = TestSite::open().await;
    let (owner, of_owner) = site.user("owner").await;
    let made = create(&site, &owner, "Acme").await;
    let (admin, of_admin) = member(&site, &owner, &made, "adam", "admin").await;
    let members = format!("{}members/", path(&made));
    let first = format!("{members}{}/", text(&of_owner["uid"]));
    let second = format!("{members}{}/", text(&of_admin["uid"]));
    let role = |role: &str| json!({"role": role});
    for body in [role("member"), role("admin")] {
        let refused = site.patch(&admin, &first, body.clone()).await;
        assert_eq!(code(&refused), (403, "forbidden".to_owned()));
        let refused = site.patch(&owner, &first, body).await;
        assert_eq!(code(&refused), (409, "last_owner".to_owned()));
    }
    assert_eq!(site.delete(&admin, &first).await.status, 403);
    let refused = site.delete(&owner, &first).await;
    assert_eq!(code(&refused), (409, "last_owner".to_owned()));
    assert_eq!(site.patch(&admin, &second, role("owner")).await.status, 403);
    let transfer = format!("{}transfer/", path(&made));
    let body = json!({"user": of_admin["uid"]});
    let passed = site.post(&owner, &transfer, body).await;
    assert_eq!(passed.json(StatusCode::OK)["role"], "admin");
    let refused = site.delete(&admin, &second).await;
    assert_eq!(code(&refused), (409, "last_owner".to_owned()));
    assert_eq!(
        site.patch(&owner, &second, role("member")).await.status,
        403
    );
    assert_eq!(site.delete(&admin, &first).await.status, 204);
    let bad = site.patch(&admin, &second, role("king")).await;
    assert_eq!(bad.status, 400);
}

#[actix_web::test]
async fn addresses_of_members_are_for_owners_and_admins() {
    let site = TestSite::open().await;
    let (owner, _) = site.user("owner").await;
    let made = create(&site, &owner, "Acme").await;
    let (admin, _) = member(&site, &owner, &made, "adam", "admin").await;
    let (plain, of_plain) = member(&site, &owner, &made, "plain", "member").await;
    let members = format!("{}members/", path(&made));
    for (caller, sees) in [(&owner, true), (&admin, true), (&plain, false)] {
        let list = site.get(caller, &members).await.json(StatusCode::OK);
        let results = list["results"].as_array().expect("results");
        let names: Vec<_> = results
            .iter()
            .map(|m| text(&m["user"]["username"]))
            .collect();
        assert_eq!(names, ["plain", "adam", "owner"]);
        assert_eq!(results[0]["user"]["uid"], of_plain["uid"]);
        for member in results {
            assert_eq!(member["email"].is_string(), sees, "{member}");
        }
    }
    let list = site.get(&owner, &format!("{members}?page_size=2")).await;
    let list = list.json(StatusCode::OK);
    assert_eq!(list["count"], 3);
    let next = text(&list["next"]).replace(crate::site::PUBLIC_URL, "");
    let rest = site.get(&owner, &next).await.json(StatusCode::OK);
    assert_eq!(rest["results"][0]["user"]["username"], "owner");
    assert_eq!(rest["next"], Value::Null);
}

#[actix_web::test]
async fn an_invitation_is_accepted_once_by_its_own_address() {
    let site = TestSite::open().await;
    let (owner, _) = site.user("owner").await;
    let made = create(&site, &owner, "Acme").await;
    letters(&site).await;
    let (jane, _) = site.user("jane").await;
    let key = letters(&site)
        .await
        .into_iter()
        .find_map(|letter| match letter {
            Mail::VerifyEmail { key, .. } => Some(key),
            _ => None,
        });
    let (eve, _) = site.user("eve").await;
    let accept = format!("{ORGANIZATIONS}invitations/accept/");
    let old = invite(&site, &owner, &made, "jane@example.com", "admin").await;
    let token = invite(&site, &owner, &made, "jane@example.com", "admin").await;
    let body = |token: &str| json!({"token": token});
    let refused = site.post(&eve, &accept, body(&token)).await;
    assert_eq!(code(&refused), (403, "other_address".to_owned()));
    let refused = site.post(&jane, &accept, body(&token)).await;
    assert_eq!(code(&refused), (403, "email_not_verified".to_owned()));
    let verify = json!({"key": key.expect("a verification")});
    let verified = site.post(&As::Nobody, "/api/auth/registration/verify-email/", verify);
    assert_eq!(verified.await.status, 200);
    for dead in [old.as_str(), "unknown", &format!("{token}x")] {
        let refused = site.post(&jane, &accept, body(dead)).await;
        assert_eq!(code(&refused), (400, "invalid_token".to_owned()));
    }
    let joined = site.post(&jane, &accept, body(&token)).await;
    let joined = joined.json(StatusCode::OK);
    assert_eq!(joined["uid"], made["uid"]);
    assert_eq!(joined["role"], "admin");
    assert_eq!(me(&site, &jane).await["organization"]["uid"], made["uid"]);
    let again = site.post(&jane, &accept, body(&token)).await;
    assert_eq!(code(&again), (400, "invalid_token".to_owned()));
    let list = site
        .get(&owner, &format!("{}invitations/", path(&made)))
        .await;
    let list = list.json(StatusCode::OK);
    assert_eq!(list["count"], 1);
    let invitation = &list["results"][0];
    assert_eq!(invitation["status"], "accepted");
    assert_eq!(invitation["invited_by"]["username"], "owner");
    let known = json!({"email": "JANE@example.com", "role": "member"});
    let refused = site
        .post(&owner, &format!("{}invitations/", path(&made)), known)
        .await;
    assert_eq!(code(&refused), (409, "already_member".to_owned()));
}

#[actix_web::test]
async fn a_registration_by_invitation_joins_with_a_verified_address() {
    let site = TestSite::open().await;
    let (owner, _) = site.user("owner").await;
    let made = create(&site, &owner, "Acme").await;
    let token = invite(&site, &owner, &made, "New@Example.com", "member").await;
    let register = |name: &str, email: &str, token: &str| {
        json!({
            "username": name,
            "email": email,
            "password1": crate::site::PASSWORD,
            "password2": crate::site::PASSWORD,
            "invitation": token,
        })
    };
    let send = async |body| {
        site.post(&As::Nobody, "/api/auth/registration/", body)
            .await
    };
    let (status, _, fields) = send(register("eve", "eve@example.com", &token))
        .await
        .problem();
    assert_eq!((status, fields[0].0.as_str()), (400, "email"));
    let (status, _, fields) = send(register("new", "new@example.com", "spent"))
        .await
        .problem();
    assert_eq!((status, fields[0].0.as_str()), (400, "invitation"));
    let answer = send(register("new", "new@example.com", &token)).await;
    let user = &answer.json(StatusCode::CREATED)["user"];
    assert_eq!(user["email_verified"], true);
    assert_eq!(user["organization"]["uid"], made["uid"]);
    assert!(letters(&site).await.is_empty(), "no verification");
    let (status, _, fields) = send(register("other", "new@example.com", &token))
        .await
        .problem();
    assert!(status == 409 || fields[0].0 == "invitation");
}

#[actix_web::test]
async fn a_revoked_invitation_is_dead_and_revoked_once() {
    let site = TestSite::open().await;
    let (owner, _) = site.user("owner").await;
    let made = create(&site, &owner, "Acme").await;
    let invitations = format!("{}invitations/", path(&made));
    let body = json!({"email": "jane@example.com", "role": "member"});
    let headers = [("Idempotency-Key", "one")];
    let first = site
        .send(&owner, "POST", &invitations, Some(&body), &headers)
        .await;
    let invitation = first.json(StatusCode::CREATED);
    assert_eq!(invitation["status"], "pending");
    let replay = site
        .send(&owner, "POST", &invitations, Some(&body), &headers)
        .await;
    assert_eq!(replay.header("idempotency-replayed"), "true");
    // One letter: the replay mails nothing.
    let token = invitation_token(&site).await;
    let one = format!("{invitations}{}/", text(&invitation["uid"]));
    assert_eq!(site.delete(&owner, &one).await.status, 204);
    let again = site.delete(&owner, &one).await;
    assert_eq!(code(&again), (409, "not_pending".to_owned()));
    let (jane, _) = site.user("jane").await;
    let body = json!({"token": token});
    let accept = format!("{ORGANIZATIONS}invitations/accept/");
    let refused = site.post(&jane, &accept, body).await;
    assert_eq!(code(&refused), (400, "invalid_token".to_owned()));
    for role in ["owner", "king"] {
        let body = json!({"email": "x", "role": role});
        let (status, _, fields) = site.post(&owner, &invitations, body).await.problem();
        assert_eq!((status, fields.len()), (400, 2));
    }
}

#[actix_web::test]
async fn slugs_are_unique_and_generated_ones_get_a_number() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    assert_eq!(create(&site, &ada, "Acme").await["slug"], "acme");
    let second = create(&site, &ada, "Acme").await;
    assert_eq!(second["slug"], "acme-2");
    let given = json!({"display_name": "Acme", "slug": "acme"});
    let refused = site.post(&ada, ORGANIZATIONS, given).await;
    assert_eq!(code(&refused), (409, "slug_taken".to_owned()));
    let refused = site
        .patch(&ada, &path(&second), json!({"slug": "acme"}))
        .await;
    assert_eq!(code(&refused), (409, "slug_taken".to_owned()));
    let bad = json!({"display_name": "", "slug": "A", "company": "cmp_x", "number": 1});
    let (_, _, fields) = site.post(&ada, ORGANIZATIONS, bad).await.problem();
    let fields: Vec<_> = fields
        .iter()
        .map(|(f, c)| (f.as_str(), c.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("display_name", "required"),
            ("slug", "invalid_characters"),
            ("company", "unknown_company"),
            ("number", "unknown_field"),
        ]
    );
    let back = site.get(&ada, &path(&second)).await.json(StatusCode::OK);
    let sent_back = site.patch(&ada, &path(&second), back.clone()).await;
    assert_eq!(sent_back.json(StatusCode::OK)["slug"], back["slug"]);
}

#[actix_web::test]
async fn a_company_is_renamed_by_its_owner_and_measured_by_staff() {
    let site = TestSite::open().await;
    let (ada, of_ada) = site.user("ada").await;
    let (admin, _) = site.admin("grace").await;
    let made = create(&site, &ada, "Acme").await;
    let company = format!("/api/v1/companies/{}/", text(&made["company"]["uid"]));
    let shown = site.get(&ada, &company).await;
    let tag = shown.header("etag").to_owned();
    let expected = json!({
        "uid": made["company"]["uid"],
        "name": "Acme",
        "owner": {"uid": of_ada["uid"], "username": "ada"},
        "max_documents": 1000,
    });
    assert_eq!(shown.json(StatusCode::OK), expected);
    let renamed = site.patch(&ada, &company, json!({"name": "Holding"})).await;
    assert_eq!(renamed.json(StatusCode::OK)["name"], "Holding");
    let headers = [("If-Match", tag.as_str())];
    let body = json!({"name": "Other"});
    let stale = site
        .send(&ada, "PATCH", &company, Some(&body), &headers)
        .await;
    assert_eq!(stale.status, 412);
    let organization = site.get(&ada, &path(&made)).await.json(StatusCode::OK);
    assert_eq!(organization["company"]["name"], "Holding");
    let staffs = company.replace("/api/v1/", "/api/v1/admin/");
    let body = json!({"max_documents": 5, "name": "ignored"});
    let set = site.patch(&admin, &staffs, body).await.json(StatusCode::OK);
    assert_eq!(
        (&set["max_documents"], &set["name"]),
        (&json!(5), &json!("Holding"))
    );
    let bad = json!({"max_documents": -1});
    assert_eq!(site.patch(&admin, &staffs, bad).await.status, 400);
    let second = json!({"display_name": "Second", "company": made["company"]["uid"]});
    let second = site
        .post(&ada, ORGANIZATIONS, second)
        .await
        .json(StatusCode::CREATED);
    assert_eq!(
        second["company"],
        json!({"uid": made["company"]["uid"], "name": "Holding"})
    );
    let (eve, _) = site.user("eve").await;
    let foreign = json!({"display_name": "Hers", "company": made["company"]["uid"]});
    assert_eq!(site.post(&eve, ORGANIZATIONS, foreign).await.status, 400);
}
