//! Who may call what: every operation of the document, by every kind of caller.
//!
//! The table is `coverage/table.rs`, one line an operation. An operation without
//! a line fails, as does a line without an operation.

mod objects;
mod table;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule_domain::api_keys::Scope;

use crate::site::{As, TestSite};
use objects::Object;

/// Who may call an operation, and on what.
#[derive(Debug, Clone, Copy)]
struct Access {
    who: Who,
    object: Option<Object>,
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
    Access { who, object: None }
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
        let mut path = path.to_owned();
        if let Some(object) = object {
            for (name, value) in object.make(&self.site, &self.owner, &self.me).await {
                path = path.replace(&format!("{{{name}}}"), &value);
            }
        }
        // What is left names nothing that there is.
        while let Some((start, end)) = path.find('{').zip(path.find('}')) {
            path.replace_range(start..=end, "nothing");
        }
        path
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

#[actix_web::test]
async fn each_operation_is_for_whom_the_table_says() {
    for (operation, access) in table::OPERATIONS {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        check(operation, method, path, *access).await;
    }
}

async fn check(operation: &str, method: &str, path: &str, Access { who, object }: Access) {
    use Outcome::{Forbidden, NotFound, Through, Unknown};
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
}
