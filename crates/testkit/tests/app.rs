//! The use cases work on the in-memory adapters and the stand-ins.

use std::time::Duration;

use vestibule_domain::activity::Event;
use vestibule_domain::addresses::{AddressLine, CreateAddress};
use vestibule_domain::credentials::{
    ConfirmReset, ConfirmResetError, CredentialVersion, Login, LoginError, LoginName, PasswordHash,
    Register, RegisterError, ReplacePassword, RequestMailError, VerifyEmailError,
};
use vestibule_domain::idempotency::{Begun, IdempotencyError, OnceScope};
use vestibule_domain::kernel::{Once, Origin, Secret, StoreError, Write};
use vestibule_domain::outbox::Mail;
use vestibule_domain::preferences::Country;
use vestibule_domain::sessions::{AuthError, Grant, RefreshError};
use vestibule_domain::users::{CustomerStatus, PersonName, UpdateUser, UserChanges};
use vestibule_testkit::app::TestApp;
use vestibule_testkit::fixtures::{Fixtures, email, username};
use vestibule_testkit::memory::MemoryStorage;

const PASSWORD: &str = "correct horse battery";

fn ada() -> Register {
    Register {
        username: username("ada"),
        email: email("ada@example.com"),
        password: Secret::new(PASSWORD),
        first_name: PersonName::parse("Ada").expect("a name"),
        last_name: PersonName::parse("Lovelace").expect("a name"),
        device: None,
        invitation: None,
    }
}

async fn register(test: &TestApp) -> Grant {
    let origin = Origin::default();
    let registered = test.app.credentials.register(ada(), &origin, |_| None);
    registered.await.expect("register")
}

async fn login(test: &TestApp, name: &str, password: &str) -> Result<Grant, LoginError> {
    let login = Login::new(LoginName::guess(name), Secret::new(password));
    test.app.credentials.login(login, &Origin::default()).await
}

/// Delivers what is due, and takes the one letter out of the mailbox.
async fn letter(test: &TestApp) -> Mail {
    let delivered = test.app.outbox.deliver_due().await.expect("deliver_due");
    assert_eq!((delivered.sent, delivered.failed), (1, 0));
    let mut letters = test.mailbox.take();
    assert_eq!(letters.len(), 1);
    letters.remove(0).1
}

#[tokio::test]
async fn only_the_right_password_logs_in() {
    let test = TestApp::default();
    register(&test).await;
    for name in ["ADA", "Ada@Example.com"] {
        let grant = login(&test, name, PASSWORD).await.expect("login");
        assert_eq!(grant.account.username.as_str(), "ada");
    }
    for (name, password) in [("ada", "wrong"), ("bob", PASSWORD), ("@", PASSWORD)] {
        let refused = login(&test, name, password).await;
        assert!(matches!(refused, Err(LoginError::InvalidCredentials)));
    }
}

#[tokio::test]
async fn tokens_work_until_they_expire_or_their_session_ends() {
    let test = TestApp::default();
    let grant = register(&test).await;
    let sessions = &test.app.sessions;
    let access = grant.access.expose();
    let caller = sessions.by_access_token(access).await.expect("a caller");
    assert_eq!(caller.account.id, grant.account.id);
    let cookie = grant.cookie.as_ref().expect("a cookie").expose();
    assert!(sessions.by_cookie(cookie).await.is_ok());

    test.clock.advance(Duration::from_mins(10));
    let expired = sessions.by_access_token(access).await;
    assert!(matches!(expired, Err(AuthError::Invalid)));
    let origin = Origin::default();
    let renewed = sessions.refresh(&grant.refresh, &origin).await;
    let renewed = renewed.expect("refresh");
    let replay = sessions.refresh(&grant.refresh, &origin).await;
    let replay = replay.expect("a replay within the grace");
    assert_eq!(replay.refresh.expose(), renewed.refresh.expose());
    assert!(
        sessions
            .by_access_token(renewed.access.expose())
            .await
            .is_ok()
    );

    sessions.logout(&caller, &origin).await.expect("logout");
    let ended = sessions.by_access_token(renewed.access.expose()).await;
    assert!(matches!(ended, Err(AuthError::Invalid)));
    let ended = sessions.refresh(&renewed.refresh, &origin).await;
    assert!(matches!(ended, Err(RefreshError::Invalid)));
}

#[tokio::test]
async fn a_late_replay_of_a_refresh_token_ends_the_session() {
    let test = TestApp::default();
    let grant = register(&test).await;
    let sessions = &test.app.sessions;
    let origin = Origin::default();
    let renewed = sessions.refresh(&grant.refresh, &origin).await;
    let renewed = renewed.expect("refresh");
    test.clock.advance(Duration::from_secs(11));
    let replay = sessions.refresh(&grant.refresh, &origin).await;
    assert!(matches!(replay, Err(RefreshError::Invalid)));
    let ended = sessions.by_access_token(renewed.access.expose()).await;
    assert!(matches!(ended, Err(AuthError::Invalid)));
}

#[tokio::test]
async fn the_use_of_a_session_is_written_down_later() {
    let test = TestApp::default();
    let grant = register(&test).await;
    test.clock.advance(Duration::from_mins(6));
    let caller = test.app.sessions.by_access_token(grant.access.expose());
    let before = caller.await.expect("a caller");
    let store = &*test.app.sessions.store;
    test.usage.flush(store).await.expect("flush");
    let caller = test.app.sessions.by_access_token(grant.access.expose());
    let after = caller.await.expect("a caller");
    let passed = after
        .session
        .last_used_at
        .since(before.session.last_used_at);
    assert_eq!(passed, Duration::from_mins(6));
    assert_eq!(after.account.last_seen_at, Some(after.session.last_used_at));
}

#[tokio::test]
async fn a_new_account_walks_to_eligibility() {
    let test = TestApp::default();
    let user = register(&test).await.account.id;
    let app = &test.app;
    let blocks = async || {
        let account = app.users.account(user).await.expect("account");
        let verdict = app.eligibility(&account.expect("an account"));
        let slugs: Vec<_> = verdict.blocks.iter().map(|block| block.slug).collect();
        slugs
    };
    let all = [
        "email_not_verified",
        "no_primary_address",
        "no_subscription",
    ];
    assert_eq!(blocks().await, all);

    let Mail::VerifyEmail { to, key, .. } = letter(&test).await else {
        panic!("expected a verification letter");
    };
    assert_eq!(to, "ada@example.com");
    let key = Secret::new(key);
    app.credentials.verify_email(&key).await.expect("verify");
    let again = app.credentials.verify_email(&key).await;
    assert!(matches!(again, Err(VerifyEmailError::InvalidKey)));
    assert_eq!(blocks().await, all[1..]);

    let line = || AddressLine::parse("London").expect("a line");
    let address = CreateAddress {
        name: line(),
        line1: line(),
        line2: None,
        city: line(),
        region: None,
        postal_code: None,
        country: Country::parse("GB").expect("a country"),
        is_primary: false,
    };
    let added = app.addresses.create(user, address, None).await;
    assert!(added.expect("create").is_primary);
    assert_eq!(blocks().await, all[2..]);

    let changes = UserChanges {
        customer_status: Some(CustomerStatus::Subscriber),
        ..UserChanges::default()
    };
    let command = UpdateUser {
        user,
        expected: None,
        changes,
        end_sessions: false,
    };
    let write = Write::new(command, app.users.clock.now());
    app.users.store.update(write).await.expect("update");
    assert_eq!(blocks().await, [""; 0]);
}

#[tokio::test]
async fn a_mailed_reset_replaces_the_password_once() {
    let test = TestApp::default();
    let grant = register(&test).await;
    letter(&test).await;
    let credentials = &test.app.credentials;
    let origin = Origin::default();
    let to = email("ADA@example.com");
    let asked = credentials.request_reset(&to, &origin, None).await;
    asked.expect("request_reset");
    let Mail::ResetPassword { uid, token, .. } = letter(&test).await else {
        panic!("expected a reset letter");
    };
    let reset = |password: &str| ConfirmReset {
        user: uid.parse().ok(),
        token: Secret::new(token.clone()),
        password: Secret::new(password),
    };
    let weak = credentials
        .confirm_reset(reset("Lovelace99"), &origin)
        .await;
    assert!(matches!(weak, Err(ConfirmResetError::Invalid(_))));
    let new = "another horse altogether";
    let done = credentials.confirm_reset(reset(new), &origin).await;
    done.expect("confirm_reset");
    let again = credentials.confirm_reset(reset(new), &origin).await;
    assert!(matches!(again, Err(ConfirmResetError::InvalidToken)));

    let ended = test.app.sessions.by_access_token(grant.access.expose());
    assert!(matches!(ended.await, Err(AuthError::Invalid)));
    assert!(login(&test, "ada", PASSWORD).await.is_err());
    let grant = login(&test, "ada", new).await.expect("login");
    assert!(grant.account.email_verified);
}

#[tokio::test]
async fn the_security_log_tells_what_happened_and_nothing_else() {
    let memory = MemoryStorage::default();
    let test = TestApp::new(memory.storage());
    let user = register(&test).await.account.id;
    login(&test, "ada", PASSWORD).await.expect("login");
    assert!(login(&test, "ada", "wrong").await.is_err());
    let origin = Origin::default();
    let credentials = &test.app.credentials;
    let taken = credentials.register(ada(), &origin, |_| None).await;
    assert!(matches!(taken, Err(RegisterError::EmailTaken)));
    // Refused by the store itself: the password has moved meanwhile.
    let stale = ReplacePassword {
        user,
        checked: CredentialVersion(0),
        password_hash: PasswordHash::new("hash"),
        keep: None,
    };
    let fixtures = Fixtures::default();
    let entry = fixtures.log_entry(user, Event::PasswordChanged);
    let write = Write::new(stale, fixtures.now()).log(entry);
    let refused = credentials.store.replace_password(write).await;
    assert!(matches!(refused, Err(StoreError::Conflict)));
    let log = memory.security_log();
    assert!(log.iter().all(|entry| entry.user == user));
    let events: Vec<_> = log.iter().map(|entry| entry.event).collect();
    let created = [Event::AccountCreated, Event::SessionCreated];
    assert_eq!(events, [&created[..], &[Event::SessionCreated]].concat());
}

#[tokio::test]
async fn a_repeated_request_is_replayed() {
    let test = TestApp::default();
    let idempotency = &test.app.idempotency;
    let begin = async |body: &'static [u8]| {
        let begun = idempotency.begin(OnceScope::Anonymous, "POST /register", "key", body);
        begun.await
    };
    let Ok(Begun::Run(ticket)) = begin(b"body").await else {
        panic!("expected a new request");
    };
    let running = begin(b"body").await;
    assert!(matches!(running, Err(IdempotencyError::StillRunning)));
    let once: Once<()> = ticket.once(|()| b"answer".to_vec());
    let (credentials, origin) = (&test.app.credentials, Origin::default());
    let registered = credentials.register(ada(), &origin, |_| Some(once.clone()));
    registered.await.expect("register");
    let to = email("ada@example.com");
    let repeated = credentials.request_reset(&to, &origin, Some(once)).await;
    assert!(matches!(
        repeated,
        Err(RequestMailError::Store(StoreError::Duplicate("once")))
    ));
    drop(ticket);
    let Ok(Begun::Replay(answer)) = begin(b"body").await else {
        panic!("expected the stored answer");
    };
    assert_eq!(answer, b"answer");
    // Without a caller another body is another request.
    assert!(matches!(begin(b"other").await, Ok(Begun::Run(_))));
}
