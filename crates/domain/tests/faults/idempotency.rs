use std::sync::Arc;

use vestibule_domain::idempotency::{
    Begun, Idempotency, IdempotencyError, MockAnswerSealer, MockOnceStore, OnceRecord, OnceScope,
    Running, Ticket,
};
use vestibule_domain::kernel::{Digest, SecretSource, StoreError};

use crate::world::{Secrets, TestClock, down, now, user};

const BODY: &[u8] = b"{}";

fn idempotency(
    answer: impl Fn() -> Result<Option<OnceRecord>, StoreError> + Send + 'static,
) -> Idempotency {
    let mut store = MockOnceStore::new();
    store.expect_find().returning(move |_, _| answer());
    let mut sealer = MockAnswerSealer::new();
    sealer
        .expect_seal()
        .returning(|request, answer| [request, b"|", answer].concat());
    sealer
        .expect_open()
        .returning(|request, sealed| Some(sealed.strip_prefix(request)?.get(1..)?.to_vec()));
    Idempotency {
        store: Arc::new(store),
        sealer: Arc::new(sealer),
        secrets: Arc::new(Secrets::default()),
        clock: Arc::new(TestClock::default()),
        running: Running::default(),
    }
}

fn begin(idempotency: &Idempotency, body: &[u8]) -> Result<Begun, IdempotencyError> {
    let caller = OnceScope::User(user());
    now(idempotency.begin(caller, "POST /x", "key", body))
}

fn ticket(begun: Result<Begun, IdempotencyError>) -> Ticket {
    match begun {
        Ok(Begun::Run(ticket)) => ticket,
        Ok(Begun::Replay(_)) => panic!("a replay"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_request_runs_once_at_a_time() {
    let idempotency = idempotency(|| Ok(None));
    let first = ticket(begin(&idempotency, BODY));
    assert!(matches!(
        begin(&idempotency, BODY),
        Err(IdempotencyError::StillRunning)
    ));
    drop(first);
    ticket(begin(&idempotency, BODY));
}

#[test]
fn callers_routes_and_keys_do_not_meet() {
    let idempotency = idempotency(|| Ok(None));
    let run = |caller, route: &str, key: &str, body: &[u8]| {
        ticket(now(idempotency.begin(caller, route, key, body)))
    };
    let me = OnceScope::User(user());
    let _all_at_once = [
        run(me, "POST /x", "key", BODY),
        run(me, "POST /y", "key", BODY),
        run(me, "POST /x", "key2", BODY),
        run(OnceScope::Anonymous, "POST /x", "key", BODY),
        run(OnceScope::Anonymous, "POST /x", "key", b"[]"),
    ];
}

#[test]
fn a_fault_gives_the_key_back() {
    let idempotency = idempotency(|| Err(down()));
    for _ in 0..2 {
        assert!(matches!(
            begin(&idempotency, BODY),
            Err(IdempotencyError::Store(StoreError::Unavailable(_)))
        ));
    }
}

#[test]
fn a_replay_is_what_was_sealed() {
    let run = idempotency(|| Ok(None));
    let begun = ticket(begin(&run, BODY));
    let once = begun.once(|number: &u8| number.to_string().into_bytes());
    assert_eq!(once.user, Some(user()));
    let stored = OnceRecord {
        fingerprint: once.fingerprint,
        answer: (once.seal)(&42),
    };

    let replay = idempotency(move || Ok(Some(stored.clone())));
    match begin(&replay, BODY).expect("begun") {
        Begun::Replay(answer) => assert_eq!(answer, b"42"),
        Begun::Run(_) => panic!("it would run twice"),
    }
    assert!(matches!(
        begin(&replay, b"[]"),
        Err(IdempotencyError::Mismatch)
    ));
}

#[test]
fn an_answer_that_does_not_open_is_not_shown() {
    let damaged = OnceRecord {
        fingerprint: Secrets::default().mac(BODY),
        answer: b"damaged".to_vec(),
    };
    let other = OnceRecord {
        fingerprint: Digest([0; 32]),
        answer: Vec::new(),
    };
    for record in [damaged, other] {
        let idempotency = idempotency(move || Ok(Some(record.clone())));
        assert!(matches!(
            begin(&idempotency, BODY),
            Err(IdempotencyError::Mismatch)
        ));
    }
}
