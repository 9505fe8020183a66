use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::kernel::{Clock, JobId, Timestamp};
use vestibule_domain::maintenance::{Maintenance, MockMaintenanceStore};
use vestibule_domain::outbox::{
    Delivered, EraseError, Job, MAX_REFUSALS, MAX_TRIES, Mail, MailError, MockAvatarEraser,
    MockMailer, MockOutboxStore, Outbox, Work,
};

use crate::world::{START, TestClock, down, now};

fn job(number: u128, attempts: u32) -> Job {
    Job {
        id: JobId::from_uuid(Uuid::from_u128(number)),
        work: Work::Mail(Mail::VerifyEmail {
            to: "jane@example.com".into(),
            username: "jane".into(),
            key: "key".into(),
        }),
        attempts,
    }
}

fn outbox(store: MockOutboxStore, mailer: MockMailer) -> Outbox {
    Outbox {
        store: Arc::new(store),
        mailer: Arc::new(mailer),
        eraser: Arc::new(MockAvatarEraser::new()),
        clock: Arc::new(TestClock::default()),
    }
}

fn start() -> Timestamp {
    TestClock::default().now()
}

#[test]
fn what_was_sent_is_erased_and_what_was_not_is_tried_again() {
    let mut store = MockOutboxStore::new();
    store
        .expect_claim()
        .withf(|now, until, _| *now == start() && until.since(*now) == Duration::from_mins(1))
        .return_once(|_, _, _| Ok(vec![job(1, 0), job(2, 3), job(3, 0)]));
    store
        .expect_retry()
        .times(1)
        .withf(|id, due| *id == job(2, 0).id && due.since(start()) == Duration::from_secs(40))
        .return_once(|_, _| Ok(()));
    store
        .expect_complete()
        .times(1)
        .withf(|done| done == [job(1, 0).id, job(3, 0).id])
        .return_once(|_| Ok(()));
    let mut mailer = MockMailer::new();
    mailer.expect_send().times(3).returning(|id, _| {
        if id == job(2, 0).id {
            Err(MailError::failed("the relay is down"))
        } else {
            Ok(())
        }
    });
    let delivered = now(outbox(store, mailer).deliver_due()).expect("delivered");
    assert_eq!(
        delivered,
        Delivered {
            sent: 2,
            failed: 1,
            dropped: 0
        }
    );
}

#[test]
fn what_was_not_erased_is_tried_again() {
    fn key(digit: &str) -> AvatarKey {
        AvatarKey::parse(&digit.repeat(64)).expect("a key")
    }
    fn erasure(number: u128, digit: &str) -> Job {
        let work = Work::EraseAvatar { key: key(digit) };
        Job {
            work,
            ..job(number, 0)
        }
    }
    let mut store = MockOutboxStore::new();
    store
        .expect_claim()
        .return_once(|_, _, _| Ok(vec![erasure(1, "1"), erasure(2, "2")]));
    store
        .expect_retry()
        .times(1)
        .withf(|id, _| *id == job(1, 0).id)
        .return_once(|_, _| Ok(()));
    store
        .expect_complete()
        .times(1)
        .withf(|done| done == [job(2, 0).id])
        .return_once(|_| Ok(()));
    let mut eraser = MockAvatarEraser::new();
    eraser.expect_erase().times(2).returning(|erased| {
        if *erased == key("1") {
            Err(EraseError("the media store is down".into()))
        } else {
            Ok(())
        }
    });
    let outbox = Outbox {
        eraser: Arc::new(eraser),
        ..outbox(store, MockMailer::new())
    };
    let delivered = now(outbox.deliver_due()).expect("delivered");
    assert_eq!(
        delivered,
        Delivered {
            sent: 1,
            failed: 1,
            dropped: 0
        }
    );
}

#[test]
fn tries_are_an_hour_apart_at_most() {
    for (attempts, wait) in [
        (0, 5),
        (1, 10),
        (2, 20),
        (9, 2560),
        (10, 3600),
        (MAX_TRIES - 2, 3600),
    ] {
        let mut store = MockOutboxStore::new();
        store
            .expect_claim()
            .return_once(move |_, _, _| Ok(vec![job(1, attempts)]));
        store
            .expect_retry()
            .times(1)
            .withf(move |_, due| due.since(start()) == Duration::from_secs(wait))
            .return_once(|_, _| Ok(()));
        let mut mailer = MockMailer::new();
        mailer
            .expect_send()
            .return_once(|_, _| Err(MailError::failed("no")));
        now(outbox(store, mailer).deliver_due()).expect("tried");
    }
}

#[test]
fn a_letter_is_given_up_in_the_end_and_a_refused_one_sooner() {
    type Fault = fn() -> MailError;
    let (failed, refused): (Fault, Fault) = (
        || MailError::failed("no"),
        || MailError::Refused("no such mailbox".into()),
    );
    for (fault, attempts, dropped) in [
        (failed, MAX_TRIES - 2, 0),
        (failed, MAX_TRIES - 1, 1),
        (failed, u32::MAX, 1),
        (refused, MAX_REFUSALS - 2, 0),
        (refused, MAX_REFUSALS - 1, 1),
    ] {
        let mut store = MockOutboxStore::new();
        store
            .expect_claim()
            .return_once(move |_, _, _| Ok(vec![job(1, attempts)]));
        store
            .expect_retry()
            .times(1 - dropped)
            .returning(|_, _| Ok(()));
        store
            .expect_complete()
            .times(dropped)
            .withf(|done| done == [job(1, 0).id])
            .returning(|_| Ok(()));
        let mut mailer = MockMailer::new();
        mailer.expect_send().return_once(move |_, _| Err(fault()));
        let delivered = now(outbox(store, mailer).deliver_due()).expect("tried");
        let expected = Delivered {
            sent: 0,
            failed: 1 - dropped,
            dropped,
        };
        assert_eq!(delivered, expected);
    }
}

#[test]
fn a_slow_round_erases_what_it_sent_and_leaves_what_its_claim_is_too_short_for() {
    let clock = Arc::new(TestClock::default());
    let mut store = MockOutboxStore::new();
    store
        .expect_claim()
        .return_once(|_, _, _| Ok((1..=10).map(|number| job(number, 0)).collect()));
    // Each letter takes ten seconds.
    store
        .expect_complete()
        .times(4)
        .withf(|done| done.len() == 1)
        .returning(|_| Ok(()));
    let mut mailer = MockMailer::new();
    let time = Arc::clone(&clock);
    mailer.expect_send().times(4).returning(move |_, _| {
        time.advance(Duration::from_secs(10));
        Ok(())
    });
    let outbox = Outbox {
        clock,
        ..outbox(store, mailer)
    };
    let delivered = now(outbox.deliver_due()).expect("delivered");
    assert_eq!(delivered.sent, 4);
}

#[test]
fn nothing_is_sent_that_could_not_be_claimed() {
    let mut store = MockOutboxStore::new();
    store.expect_claim().return_once(|_, _, _| Err(down()));
    assert!(now(outbox(store, MockMailer::new()).deliver_due()).is_err());

    let mut idle = MockOutboxStore::new();
    idle.expect_claim().return_once(|_, _, _| Ok(Vec::new()));
    let delivered = now(outbox(idle, MockMailer::new()).deliver_due()).expect("idle");
    assert_eq!(delivered, Delivered::default());
}

#[test]
fn purging_goes_on_until_a_chunk_is_not_full() {
    let purge = |answers: Vec<Option<u32>>| {
        let mut store = MockMaintenanceStore::new();
        let count = answers.len();
        let mut answers = answers.into_iter();
        store
            .expect_purge()
            .times(count)
            .withf(|now, _| *now == Timestamp::from_micros(START))
            .returning(move |_, _| answers.next().flatten().ok_or_else(down));
        let (mut full, kept) = (2, Duration::from_hours(24));
        store
            .expect_purge_log()
            .withf(move |end, _| *end == Timestamp::from_micros(START).before(kept))
            .returning(move |_, limit| {
                full -= 1;
                Ok(if full > 0 { limit } else { 3 })
            });
        let maintenance = Maintenance {
            store: Arc::new(store),
            clock: Arc::new(TestClock::default()),
            log_retention: kept,
        };
        now(maintenance.purge_expired()).ok()
    };
    assert_eq!(purge(vec![Some(0)]), Some(503));
    assert_eq!(purge(vec![Some(500), Some(500), Some(7)]), Some(1510));
    assert_eq!(purge(vec![Some(500), None]), None);
}
