//! API keys: who they act for, what they may do, and what is stored of them.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use vestibule_domain::activity::Event;
use vestibule_domain::api_keys::{
    ApiKey, ApiKeys, CreateKey, HeldKey, KeyError, KeyManager, KeyName, KeyRule, KeyUse,
    MockApiKeyStore, MockKeyUsage, OwnerFacts, Scope, decide_create, decide_use,
};
use vestibule_domain::credentials::Proof;
use vestibule_domain::kernel::{
    ApiKeyId, Digest, GuardError, Once, Origin, StoreError, Timestamp, Version,
};
use vestibule_domain::outbox::{Mail, Work};
use vestibule_domain::sessions::AuthError;
use vestibule_domain::users::Account;

use crate::world::{Counter, START, Secrets, TestClock, World, down, jane, now, signed_in};

/// A live service key.
pub(crate) fn held(scopes: Vec<Scope>) -> HeldKey {
    let key = ApiKey {
        id: ApiKeyId::from_uuid(Uuid::from_u128(3)),
        owner: None,
        name: KeyName::parse("billing").expect("a name"),
        prefix: "vst_12345678".into(),
        scopes,
        created_at: Timestamp::from_micros(START),
        last_used_at: None,
        expires_at: None,
        version: Version(1),
    };
    HeldKey {
        key: Arc::new(key),
        owner: None,
    }
}

fn owned(scopes: Vec<Scope>, owner: Account) -> HeldKey {
    let mut held = held(scopes);
    Arc::make_mut(&mut held.key).owner = Some(owner.id);
    held.owner = Some(Arc::new(owner));
    held
}

/// Jane, who may have keys.
fn manager() -> Account {
    Account {
        can_manage_api_environment: true,
        ..jane()
    }
}

fn api_keys(store: MockApiKeyStore) -> ApiKeys {
    ApiKeys {
        store: Arc::new(store),
        secrets: Arc::new(Secrets::default()),
        usage: Arc::new(MockKeyUsage::new()),
        clock: Arc::new(TestClock::default()),
        ids: Arc::new(Counter::default()),
        quota: 25,
    }
}

fn made() -> String {
    let mut store = MockApiKeyStore::new();
    store
        .expect_create()
        .withf(|write| {
            let scopes = &write.command.key.scopes;
            *scopes == [Scope::Admin, Scope::App] && write.command.key.owner.is_none()
        })
        .return_once(|_| Ok(()));
    let create = CreateKey {
        name: KeyName::parse("billing").expect("a name"),
        scopes: vec![Scope::App, Scope::Admin, Scope::App],
        expires_at: None,
    };
    let created = now(api_keys(store).create_service_key(create)).expect("a key");
    let secret = created.secret.expose().to_owned();
    assert!(secret.starts_with(&created.key.prefix) && ApiKeys::is_key(&secret));
    secret
}

#[test]
fn a_key_that_cannot_be_one_is_not_looked_up() {
    let good = made();
    let last = if good.ends_with('0') { '1' } else { '0' };
    let typo = format!("{}{last}", &good[..good.len() - 1]);
    for bad in [
        "",
        "vst_",
        "short",
        "\u{1f600}\u{1f600}",
        &good[1..],
        &good[..good.len() - 1],
        &typo,
    ] {
        let keys = api_keys(MockApiKeyStore::new());
        assert!(
            matches!(now(keys.authenticate(bad)), Err(AuthError::Invalid)),
            "{bad}"
        );
    }
}

#[test]
fn a_key_counts_until_its_end() {
    let good = made();
    let start = Timestamp::from_micros(START);
    let later = Timestamp::from_micros(START + 1);
    for (expires_at, counts) in [(None, true), (Some(later), true), (Some(start), false)] {
        let mut store = MockApiKeyStore::new();
        let mut held = held(Vec::new());
        Arc::make_mut(&mut held.key).expires_at = expires_at;
        store
            .expect_by_digest()
            .times(1)
            .return_once(move |_| Ok(Some(held)));
        assert_eq!(now(api_keys(store).authenticate(&good)).is_ok(), counts);
    }
    let mut store = MockApiKeyStore::new();
    store.expect_by_digest().return_once(|_| Err(down()));
    assert!(matches!(
        now(api_keys(store).authenticate(&good)),
        Err(AuthError::Store(_))
    ));
}

#[test]
fn a_key_counts_while_its_owner_may_have_keys() {
    let at = Timestamp::from_micros(START);
    assert!(owned(Vec::new(), manager()).is_live(at));
    assert!(!owned(Vec::new(), jane()).is_live(at), "without the right");
    let suspended = Account {
        suspended_at: Some(at),
        ..manager()
    };
    assert!(!owned(Vec::new(), suspended).is_live(at));
    let mut orphan = owned(Vec::new(), manager());
    orphan.owner = None;
    assert!(!orphan.is_live(at), "the owner is gone");
    let mut foreign = held(Vec::new());
    foreign.owner = Some(Arc::new(manager()));
    assert!(!foreign.is_live(at), "a service key has no owner");
}

#[test]
fn only_an_owners_key_without_scopes_acts_for_its_owner() {
    assert!(held(Vec::new()).acts_for().is_none());
    let acting = owned(Vec::new(), manager());
    assert_eq!(acting.acts_for().map(|owner| owner.id), Some(manager().id));
    for scope in Scope::ALL {
        assert!(owned(vec![*scope], manager()).acts_for().is_none());
        assert!(!acting.allows(*scope), "no scope comes with the owner");
    }
}

#[test]
fn scopes_are_no_more_than_their_owners_rights() {
    let admin = || Account {
        is_admin: true,
        ..manager()
    };
    for scope in Scope::ALL {
        assert!(held(vec![*scope]).allows(*scope));
        assert!(owned(vec![*scope], admin()).allows(*scope));
        let of_user = owned(vec![*scope], manager());
        assert_eq!(of_user.allows(*scope), *scope == Scope::App);
        // Staff may all that administrators grant; an application is none.
        let staff = held(vec![Scope::Admin]);
        assert_eq!(staff.allows(*scope), *scope != Scope::App);
    }
    assert!(!held(vec![Scope::App]).allows(Scope::UsersRead));
}

#[test]
fn the_owners_rights_decide_about_a_new_key() {
    let facts = |can_manage_api_environment, is_admin, is_suspended| OwnerFacts {
        can_manage_api_environment,
        is_admin,
        is_suspended,
    };
    let user = facts(true, false, false);
    assert_eq!(decide_create(&user, &[], 24, 25), Ok(()));
    assert_eq!(decide_create(&user, &[Scope::App], 0, 25), Ok(()));
    let full = KeyRule::QuotaExceeded { quota: 25 };
    assert_eq!(decide_create(&user, &[], 25, 25), Err(full));
    for scope in Scope::ALL {
        let admin = facts(true, true, false);
        assert_eq!(decide_create(&admin, &[*scope], 0, 25), Ok(()));
        let scopes = [Scope::App, *scope];
        let decided = decide_create(&user, &scopes, 0, 25);
        let refused = KeyRule::ScopeNotAllowed { scope: *scope };
        let expected = if *scope == Scope::App {
            Ok(())
        } else {
            Err(refused)
        };
        assert_eq!(decided, expected);
    }
    for may_not in [facts(false, true, false), facts(true, true, true)] {
        assert_eq!(
            decide_create(&may_not, &[], 0, 25),
            Err(KeyRule::NotAllowed)
        );
        assert_eq!(decide_use(&may_not), Err(KeyRule::NotAllowed));
    }
}

#[test]
fn managers_are_users_with_the_right() {
    assert!(KeyManager::of(&signed_in(jane())).is_none());
    let found = KeyManager::of(&signed_in(manager())).expect("a manager");
    assert_eq!(found.id(), jane().id);
}

/// Jane's key `billing`, with a log entry and an answer that is kept.
#[test]
fn a_new_key_is_logged_and_its_answer_kept_with_the_secret() {
    let caller = signed_in(manager());
    let credentials = World::new().into_credentials();
    let proof = now(credentials.step_up(&caller, Proof::Demanded(None))).expect("a recent login");
    let mut store = MockApiKeyStore::new();
    store.expect_create().times(1).returning(|write| {
        let (key, once) = (&write.command.key, write.once.expect("a record"));
        assert_eq!(key.owner, Some(jane().id));
        assert_eq!(write.command.quota, 25);
        assert_eq!(write.log[0].event, Event::ApiKeyCreated);
        assert!(write.log[0].session.is_some());
        let work = &write.jobs[0].work;
        assert!(
            matches!(work, Work::Mail(Mail::KeyCreated { key_name, .. }) if key_name == "billing")
        );
        let sealed = String::from_utf8((once.seal)(key)).expect("a text");
        assert!(ApiKeys::is_key(&sealed), "{sealed}");
        Ok(())
    });
    let create = CreateKey::new(KeyName::parse("billing").expect("a name"), Vec::new());
    let once = Once {
        key: Digest([1; 32]),
        fingerprint: Digest([2; 32]),
        user: Some(jane().id),
        seal: Arc::new(|made: &vestibule_domain::api_keys::CreatedKey| {
            made.secret.expose().as_bytes().to_vec()
        }),
    };
    let manager = KeyManager::of(&caller).expect("a manager");
    let (keys, origin) = (api_keys(store), Origin::default());
    let made = now(keys.create(&manager, proof, create, &origin, Some(once))).expect("a key");
    assert_eq!(made.key.scopes, []);
}

#[test]
fn a_key_cannot_end_before_it_is_made() {
    for (end, ends) in [(START - 1, true), (START, true), (START + 1, false)] {
        let mut store = MockApiKeyStore::new();
        store.expect_create().returning(|_| Ok(()));
        let create = CreateKey {
            expires_at: Some(Timestamp::from_micros(end)),
            ..CreateKey::new(KeyName::parse("x").expect("a name"), Vec::new())
        };
        let made = now(api_keys(store).create_service_key(create));
        assert_eq!(matches!(made, Err(KeyError::EndsInThePast)), ends);
    }
}

#[test]
fn what_the_store_refuses_is_told() {
    type Refusal = fn() -> GuardError<KeyRule>;
    type Told = fn(&KeyError) -> bool;
    let refusals: [(Refusal, Told); 4] = [
        (
            || GuardError::Rule(KeyRule::NotFound),
            |error| matches!(error, KeyError::Rule(KeyRule::NotFound)),
        ),
        (
            || GuardError::Rule(KeyRule::NotAllowed),
            |error| matches!(error, KeyError::Rule(KeyRule::NotAllowed)),
        ),
        (
            || GuardError::Store(StoreError::Conflict),
            |error| matches!(error, KeyError::Stale),
        ),
        (
            || GuardError::Store(down()),
            |error| matches!(error, KeyError::Store(_)),
        ),
    ];
    let caller = signed_in(manager());
    let manager = KeyManager::of(&caller).expect("a manager");
    for (refusal, expected) in refusals {
        let credentials = World::new().into_credentials();
        let proof = now(credentials.step_up(&caller, Proof::Demanded(None))).expect("recent");
        let mut store = MockApiKeyStore::new();
        store.expect_rotate().return_once(move |_| Err(refusal()));
        let key = held(Vec::new()).key;
        let rotated = api_keys(store);
        let rotated = now(rotated.rotate(&manager, proof, &key, &Origin::default(), None));
        assert!(expected(&rotated.expect_err("refused")));
    }
}

#[test]
fn another_users_key_is_not_found_and_a_removed_one_is_logged() {
    let caller = signed_in(manager());
    let manager = KeyManager::of(&caller).expect("a manager");
    let mut store = MockApiKeyStore::new();
    let service = held(Vec::new()).key.as_ref().clone();
    store
        .expect_find()
        .returning(move |_| Ok(Some(service.clone())));
    store.expect_remove().times(1).returning(|write| {
        assert!(write.log.is_empty(), "nobody's log");
        assert_eq!(write.command.owner, None);
        Ok(true)
    });
    let keys = api_keys(store);
    let id = held(Vec::new()).key.id;
    assert!(now(keys.find(&manager, id)).expect("no fault").is_none());
    assert_eq!(now(keys.revoke_any(id)).expect("a key").id, id);

    let mut store = MockApiKeyStore::new();
    let of_jane = owned(Vec::new(), jane()).key.as_ref().clone();
    let found = of_jane.clone();
    store
        .expect_find()
        .returning(move |_| Ok(Some(found.clone())));
    store.expect_remove().times(2).returning(|write| {
        assert_eq!(write.log[0].event, Event::ApiKeyRevoked);
        assert_eq!(write.log[0].user, jane().id);
        Ok(false)
    });
    let keys = api_keys(store);
    let gone = now(keys.revoke(&manager, &of_jane, None, &Origin::default()));
    assert!(matches!(gone, Err(KeyError::Rule(KeyRule::NotFound))));
    let gone = now(keys.revoke_any(id));
    assert!(matches!(gone, Err(KeyError::Rule(KeyRule::NotFound))));
}

#[test]
fn uses_are_counted_and_set_the_last_use_every_five_minutes() {
    let at = Timestamp::from_micros(START);
    let minutes = |minutes| Some(at.before(Duration::from_mins(minutes)));
    for (last_used_at, sets_last_used) in [
        (None, true),
        (minutes(5), true),
        (minutes(4), false),
        (Some(at), false),
    ] {
        let mut key = held(Vec::new()).key.as_ref().clone();
        key.last_used_at = last_used_at;
        let expected = KeyUse {
            key: key.id,
            at,
            failed: true,
            sets_last_used,
        };
        let mut usage = MockKeyUsage::new();
        usage
            .expect_note()
            .times(1)
            .withf(move |used| *used == expected)
            .return_const(());
        let keys = ApiKeys {
            usage: Arc::new(usage),
            ..api_keys(MockApiKeyStore::new())
        };
        keys.note(&key, true);
    }
}
