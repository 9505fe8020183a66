//! Who may call what: every operation of the document, by every kind of caller.
//!
//! The table is `coverage/table.rs`, one line an operation. An operation without
//! a line fails, as does a line without an operation.

mod objects;
mod table;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule_domain::api_keys::Scope;
use vestibule_domain::organizations::Role;

use crate::organizations::member;
use crate::site::{As, TestSite};
use objects::Object;

/// Who may call an operation, and on what.
#[derive(Debug, Clone, Copy)]
struct Access {
    who: Who,
    object: Option<Object>,
    roles: Option<Roles>,
}

/// Which members of the organization that an operation is on get through, with
/// a body that is as it should be; the others get 403.
#[derive(Debug, Clone, Copy)]
struct Roles {
    allowed: &'static [Role],
    body: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Everybody, without a credential.
    Everybody,
    /// Users, in sessions and through keys that act for them.
    Users,
    /// Users in sessions only.
    Sessions,
    /// Users in sessions who may have API keys.
    Managers,
    /// Administrators in sessions, and keys with the scope `admin`.
    Staff,
    /// Keys with this scope, and keys with the scope `admin`.
    Keys(Scope),
}

const fn who(who: Who) -> Access {
    Access {
        who,
        object: None,
        roles: None,
    }
}

const EVERYBODY: Access = who(Who::Everybody);
const USERS: Access = who(Who::Users);
const SESSIONS: Access = who(Who::Sessions);
const MANAGERS: Access = who(Who::Managers);
const STAFF: Access = who(Who::Staff);

const fn keys(scope: Scope) -> Access {
    who(Who::Keys(scope))
}

impl Access {
    /// The operation is on an object of its owner: others get 404, and nothing
    /// of the owner's changes. To staff it is anybody's.
    const fn on(self, object: Object) -> Self {
        Self {
            object: Some(object),
            ..self
        }
    }

    /// The operation is on an organization of its owner, or on a company.
    const fn within(self, object: Object, allowed: &'static [Role], body: &'static str) -> Self {
        Self {
            roles: Some(Roles { allowed, body }),
            ..self.on(object)
        }
    }
}

/// Method and path of every operation of the document.
pub(crate) fn operations() -> Vec<(String, String)> {
    let document = serde_json::to_value(vestibule_http::document()).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in item.as_object().expect("a path item").keys() {
            operations.push((method.to_uppercase(), path.clone()));
        }
    }
    operations
}

#[test]
fn every_operation_says_who_may_call_it() {
    let documented: BTreeSet<_> = operations()
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let listed: BTreeSet<_> = table::OPERATIONS
        .iter()
        .map(|(operation, _)| (*operation).to_owned())
        .collect();
    assert_eq!(listed.len(), table::OPERATIONS.len(), "one line twice");
    let missing: Vec<_> = documented.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "say who may call these: add a line for each to OPERATIONS in \
         crates/http/tests/api/coverage/table.rs: {missing:#?}"
    );
    let stale: Vec<_> = listed.difference(&documented).collect();
    assert!(stale.is_empty(), "there are no such operations: {stale:#?}");
}

/// What a client is generated from tells which credentials it may send.
#[test]
fn each_operation_names_the_credentials_that_it_takes() {
    let document = serde_json::to_value(vestibule_http::document()).expect("a document");
    for (operation, access) in table::OPERATIONS {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let security = &document["paths"][path][method.to_lowercase()]["security"];
        let named = security.as_array().into_iter().flatten();
        let named: BTreeSet<_> = named
            .flat_map(|one| one.as_object().expect("a credential").keys())
            .map(String::as_str)
            .collect();
        let taken: &[_] = match access.who {
            Who::Everybody => &[],
            Who::Users | Who::Staff => &["api_key", "bearer", "cookie"],
            Who::Sessions | Who::Managers => &["bearer", "cookie"],
            Who::Keys(_) => &["api_key"],
        };
        assert_eq!(named, taken.iter().copied().collect(), "{operation}");
    }
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// 401.
    Unknown,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// The caller got through: whatever was wrong then was not who called.
    Through,
    /// 405 or a fault: the call was not what it should be.
    Broken(u16),
}

impl Outcome {
    fn of(status: u16) -> Self {
        match status {
            401 => Self::Unknown,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 | 500.. => Self::Broken(status),
            _ => Self::Through,
        }
    }
}

/// A site with every kind of caller.
struct Stage {
    site: TestSite,
    owner: As,
    owner_key: As,
    stranger: As,
    stranger_key: As,
    /// A user without any right.
    plain: As,
    admin: As,
    suspended: As,
    suspended_key: As,
    /// Service keys, one of each scope.
    keys: Vec<(Scope, As)>,
    /// The owner's me object.
    me: Value,
}

impl Stage {
    async fn set() -> Self {
        let site = TestSite::open().await;
        let (admin, _) = site.admin("grace").await;
        let (owner, me) = site.manager(&admin, "ada").await;
        let (stranger, _) = site.manager(&admin, "bob").await;
        let (plain, _) = site.user("eve").await;
        let (suspended, sue) = site.manager(&admin, "sue").await;
        let owner_key = site.own_key(&owner).await;
        let stranger_key = site.own_key(&stranger).await;
        let suspended_key = site.own_key(&suspended).await;
        let uid = sue["uid"].as_str().expect("a uid");
        let path = format!("/api/v1/admin/users/{uid}/suspend/");
        site.post(&admin, &path, json!({}))
            .await
            .json(actix_web::http::StatusCode::OK);
        let mut keys = Vec::new();
        for scope in Scope::ALL {
            keys.push((*scope, site.key(*scope).await));
        }
        Self {
            site,
            owner,
            owner_key,
            stranger,
            stranger_key,
            plain,
            admin,
            suspended,
            suspended_key,
            keys,
            me,
        }
    }

    async fn call(&self, caller: &As, method: &str, path: &str) -> Outcome {
        // No JSON at all: whoever gets as far as the body is told 415 or 400.
        let headers = [("Content-Type", "text/plain")];
        let answer = self.site.send(caller, method, path, None, &headers).await;
        Outcome::of(answer.status.as_u16())
    }

    /// The path of an operation, on a new object of the owner where it is on one.
    async fn path(&self, path: &str, object: Option<Object>) -> String {
        match object {
            Some(object) => put_in(path, &object.make(&self.site, &self.owner, &self.me).await),
            None => put_in(path, &[]),
        }
    }

    /// What each role gets, in a new organization each.
    async fn check_roles(&self, operation: &str, object: Object, roles: Roles) {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        for role in Role::ALL {
            let made = object.make(&self.site, &self.owner, &self.me).await;
            let caller = self.joined(&made, *role).await;
            let before = self.rows(Some(object)).await;
            let body = roles.body;
            let body = (!body.is_empty()).then(|| serde_json::from_str(body).expect("JSON"));
            let target = put_in(path, &made);
            let answer = self.site.send(&caller, method, &target, body.as_ref(), &[]);
            let outcome = Outcome::of(answer.await.status.as_u16());
            let is_allowed = roles.allowed.contains(role);
            let expected = if is_allowed {
                Outcome::Through
            } else {
                Outcome::Forbidden
            };
            assert_eq!(outcome, expected, "as {role}: {operation}");
            if !is_allowed {
                assert_eq!(self.rows(Some(object)).await, before, "{role}: {operation}");
            }
        }
    }

    /// Somebody with this role in the organization that was made, beside its owner.
    async fn joined(&self, made: &[(&'static str, String)], role: Role) -> As {
        let uid = made.iter().find(|(name, _)| *name == "organization");
        let organization = json!({"uid": uid.expect("an organization").1});
        // Letters that wait are not taken for that of the member.
        let app = &self.site.test.app;
        app.outbox.deliver_due().await.expect("delivery");
        self.site.test.mailbox.take();
        let invited = if role == Role::Member {
            role
        } else {
            Role::Admin
        };
        let (name, invited) = (format!("one_{role}"), invited.to_string());
        let (caller, me) = member(&self.site, &self.owner, &organization, &name, &invited).await;
        if role == Role::Owner {
            let uid = organization["uid"].as_str().expect("a uid");
            let member = me["uid"].as_str().expect("a uid");
            let path = format!("/api/v1/organizations/{uid}/members/{member}/");
            let promoted = self
                .site
                .patch(&self.owner, &path, json!({"role": "owner"}));
            promoted.await.json(actix_web::http::StatusCode::OK);
        }
        caller
    }

    /// What the owner sees of the objects.
    async fn rows(&self, object: Option<Object>) -> Value {
        match object {
            Some(object) => {
                let answer = self.site.get(&self.owner, object.rows()).await;
                answer.json(actix_web::http::StatusCode::OK)
            }
            None => Value::Null,
        }
    }
}

/// A path with these values in the places of its parameters.
fn put_in(path: &str, values: &[(&'static str, String)]) -> String {
    let mut path = path.to_owned();
    for (name, value) in values {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    // What is left names nothing that there is.
    while let Some((start, end)) = path.find('{').zip(path.find('}')) {
        path.replace_range(start..=end, "nothing");
    }
    path
}

/// An operation below one organization, or on a company, says what each role gets.
#[test]
fn every_operation_on_an_organization_names_the_roles() {
    for (operation, access) in table::OPERATIONS {
        let is_on_one = matches!(access.object, Some(Object::Organization | Object::Company));
        let is_below = operation.contains("/organizations/{") || operation.contains("/companies/{");
        assert_eq!(
            is_on_one,
            is_below && access.who == Who::Users,
            "{operation}"
        );
        assert_eq!(is_on_one, access.roles.is_some(), "{operation}");
    }
}

#[actix_web::test]
async fn each_operation_is_for_whom_the_table_says() {
    for (operation, access) in table::OPERATIONS {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        check(operation, method, path, *access).await;
    }
}

async fn check(operation: &str, method: &str, path: &str, access: Access) {
    use Outcome::{Forbidden, NotFound, Through, Unknown};
    let Access { who, object, roles } = access;
    let stage = Stage::set().await;
    let expect = |caller: &str, outcome: Outcome, expected: Outcome| {
        // Without an object of its own an operation may find nothing.
        let found = match outcome {
            NotFound if object.is_none() && expected == Through => Through,
            outcome => outcome,
        };
        assert_eq!(found, expected, "{caller}: {operation}");
    };
    let target = stage.path(path, object).await;
    if who == Who::Everybody {
        expect(
            "anonymous",
            stage.call(&As::Nobody, method, &target).await,
            Through,
        );
        return;
    }
    let before = stage.rows(object).await;
    let may = |allowed: bool, through: Outcome| if allowed { through } else { Forbidden };
    // Staff see everybody's; to others another's object is none.
    let others = match object {
        Some(_) if who != Who::Staff => NotFound,
        _ => Through,
    };
    let users = matches!(who, Who::Users | Who::Sessions);
    let no_one = [
        ("anonymous", &As::Nobody),
        ("a suspended user", &stage.suspended),
        ("the key of a suspended user", &stage.suspended_key),
    ];
    for (name, caller) in no_one {
        expect(name, stage.call(caller, method, &target).await, Unknown);
    }
    for (scope, key) in &stage.keys {
        let allowed = match who {
            Who::Staff => *scope == Scope::Admin,
            Who::Keys(needed) => {
                *scope == needed || (needed.is_privileged() && *scope == Scope::Admin)
            }
            _ => false,
        };
        // The keys that are let in may change what is asked for.
        if !allowed {
            let outcome = stage.call(key, method, &target).await;
            expect(&format!("a key with {scope}"), outcome, Forbidden);
        }
    }
    let outcome = stage.call(&stage.stranger_key, method, &target).await;
    expect(
        "another user's key",
        outcome,
        may(who == Who::Users, others),
    );
    let outcome = stage.call(&stage.stranger, method, &target).await;
    let allowed = users || who == Who::Managers;
    expect("another user", outcome, may(allowed, others));
    let outcome = stage.call(&stage.plain, method, &target).await;
    expect("a user without rights", outcome, may(users, others));
    if who != Who::Staff {
        let outcome = stage.call(&stage.admin, method, &target).await;
        expect("an administrator", outcome, may(users, others));
    }
    assert_eq!(
        stage.rows(object).await,
        before,
        "the owner's rows: {operation}"
    );

    if let Who::Staff | Who::Keys(_) = who {
        for (scope, key) in &stage.keys {
            let is_it = match who {
                Who::Keys(needed) => *scope == needed,
                _ => *scope == Scope::Admin,
            };
            if is_it {
                let target = stage.path(path, object).await;
                let outcome = stage.call(key, method, &target).await;
                expect(&format!("a key with {scope}"), outcome, Through);
            }
        }
    }
    if who == Who::Staff {
        let target = stage.path(path, object).await;
        let outcome = stage.call(&stage.admin, method, &target).await;
        expect("an administrator", outcome, Through);
    }
    let target = stage.path(path, object).await;
    let outcome = stage.call(&stage.owner_key, method, &target).await;
    expect("the owner's key", outcome, may(who == Who::Users, Through));
    let target = stage.path(path, object).await;
    let outcome = stage.call(&stage.owner, method, &target).await;
    expect("the owner", outcome, may(allowed, Through));
    if let Some((object, roles)) = object.zip(roles) {
        stage.check_roles(operation, object, roles).await;
    }
}
