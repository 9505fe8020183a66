//! Objects that operations are on: how their owner makes one, and where the
//! owner sees all of them.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::site::{As, PASSWORD, TestSite};

/// A kind of object.
#[derive(Debug, Clone, Copy)]
pub(super) enum Object {
    Account,
    Address,
    ApiKey,
    Device,
    Identity,
    Inquiry,
    Session,
    Message,
    /// With its owner as a member, and an invitation.
    Organization,
    /// That of a new organization.
    Company,
}

impl Object {
    /// Makes an object of the owner; answers what stands for the parameters of
    /// a path that names it.
    pub(super) async fn make(
        self,
        site: &TestSite,
        owner: &As,
        me: &Value,
    ) -> Vec<(&'static str, String)> {
        let (path, body) = match self {
            Self::Account => return vec![("uid", text(&me["uid"]))],
            Self::Session => {
                let body = json!({"username": me["username"], "password": PASSWORD});
                let login = site.post(&As::Nobody, "/api/auth/login/", body).await;
                login.json(StatusCode::OK);
                let list = site.get(owner, self.rows()).await.json(StatusCode::OK);
                return vec![("uid", text(&list["results"][0]["uid"]))];
            }
            Self::Address => (
                "/api/v1/user/me/addresses/",
                json!({"name": "Ada", "line1": "1 Road", "city": "Town", "country": "GB"}),
            ),
            Self::ApiKey => ("/api/v1/api-keys/", json!({"name": "nightly export"})),
            Self::Device => (
                "/api/v1/device-tokens/register/",
                json!({"token": "a token", "platform": "ios"}),
            ),
            Self::Identity => (
                "/api/v1/user/me/identities/bluesky/link/",
                json!({"identifier": "ada.example", "password": "good:ada"}),
            ),
            Self::Organization => return organization(site, owner, me).await,
            Self::Company => {
                let made = organization(site, owner, me).await;
                let company = |(name, value)| match name {
                    "company" => Some(("uid", value)),
                    "organization" => Some((name, value)),
                    _ => None,
                };
                return made.into_iter().filter_map(company).collect();
            }
            Self::Inquiry => (
                "/api/v1/support/",
                json!({"subject": "Help", "message": "Please."}),
            ),
            Self::Message => ("/api/v1/messages/", json!({"body": "Hello."})),
        };
        let answer = site.post(owner, path, body).await;
        // A device that is registered again is answered with 200.
        let status = answer.status;
        let expected = if status == StatusCode::OK {
            StatusCode::OK
        } else {
            StatusCode::CREATED
        };
        vec![("uid", text(&answer.json(expected)["uid"]))]
    }

    /// Where the owner sees all objects of the kind.
    pub(super) const fn rows(self) -> &'static str {
        match self {
            Self::Account => "/api/v1/user/me/",
            Self::Address => "/api/v1/user/me/addresses/",
            Self::ApiKey => "/api/v1/api-keys/",
            Self::Device => "/api/v1/device-tokens/",
            Self::Identity => "/api/v1/user/me/identities/",
            Self::Inquiry => "/api/v1/support/inquiries/",
            Self::Session => "/api/v1/user/me/sessions/",
            Self::Message => "/api/v1/messages/",
            Self::Organization => "/api/v1/organizations/",
            Self::Company => "/api/v1/companies/",
        }
    }
}

async fn organization(site: &TestSite, owner: &As, me: &Value) -> Vec<(&'static str, String)> {
    let path = "/api/v1/organizations/";
    let body = json!({"display_name": "Acme"});
    let made = site.post(owner, path, body).await.json(StatusCode::CREATED);
    let uid = text(&made["uid"]);
    let body = json!({"email": "invited@example.com", "role": "member"});
    let invitations = format!("{path}{uid}/invitations/");
    let invited = site.post(owner, &invitations, body).await;
    vec![
        ("company", text(&made["company"]["uid"])),
        (
            "invitation",
            text(&invited.json(StatusCode::CREATED)["uid"]),
        ),
        ("member", text(&me["uid"])),
        ("organization", uid.clone()),
        ("uid", uid),
    ]
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
