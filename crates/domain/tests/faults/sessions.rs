use std::sync::Arc;
use std::time::Duration;

use mockall::Sequence;
use vestibule_domain::activity::Event;
use vestibule_domain::kernel::{Origin, Secret, Timestamp};
use vestibule_domain::sessions::{
    AccessClaims, AuthError, Grant, InvalidToken, REFRESH_GRACE, RefreshError, RefreshRecord,
    Session, SignedIn,
};

use crate::world::{START, World, digest_of, down, jane, now, signed_in};

fn record(superseded_at: Option<Timestamp>) -> RefreshRecord {
    RefreshRecord {
        signed_in: signed_in(jane()),
        superseded_at,
    }
}

fn refresh(world: World) -> Result<Grant, RefreshError> {
    let sessions = world.into_sessions();
    now(sessions.refresh(&Secret::new("old"), &Origin::default()))
}

/// A world whose store has this refresh token.
fn world(found: Option<RefreshRecord>) -> World {
    let mut world = World::new();
    world
        .sessions
        .expect_refresh_record()
        .withf(|digest| *digest == digest_of(b"old"))
        .returning(move |_| Ok(found.clone()));
    world
}

/// Jane's sign-in, with something about it other than it should be.
fn sign_ins_that_are_over() -> Vec<SignedIn> {
    let with = |change: &dyn Fn(&mut Session)| {
        let mut signed_in = signed_in(jane());
        let mut session = signed_in.session.as_ref().clone();
        change(&mut session);
        signed_in.session = Arc::new(session);
        signed_in
    };
    let start = Timestamp::from_micros(START);
    let mut suspended = jane();
    suspended.suspended_at = Some(start);
    let another = vestibule_domain::kernel::UserId::from_uuid(uuid::Uuid::from_u128(99));
    vec![
        signed_in(suspended),
        with(&|session| session.auth_epoch -= 1),
        with(&|session| session.expires_at = start),
        with(&|session| session.last_used_at = start.before(Duration::from_hours(14 * 24))),
        with(&|session| session.user = another),
    ]
}

#[test]
fn a_refresh_rotates_the_token() {
    let mut world = world(Some(record(None)));
    world
        .sessions
        .expect_rotate_refresh()
        .times(1)
        .withf(|write| {
            write.command.old == digest_of(b"old") && write.command.new == digest_of(b"+old")
        })
        .return_once(|_| Ok(true));
    let grant = refresh(world).expect("a grant");
    assert_eq!(grant.refresh.expose(), "+old");
    assert_eq!(grant.session, *signed_in(jane()).session);
    assert_eq!(grant.refresh_expires_at, grant.session.expires_at);
    assert!(grant.cookie.is_none());
}

#[test]
fn a_store_that_is_down_is_no_invalid_token() {
    let mut lookup = World::new();
    lookup
        .sessions
        .expect_refresh_record()
        .return_once(|_| Err(down()));
    assert!(matches!(refresh(lookup), Err(RefreshError::Store(_))));

    let mut rotation = world(Some(record(None)));
    rotation
        .sessions
        .expect_rotate_refresh()
        .return_once(|_| Err(down()));
    assert!(matches!(refresh(rotation), Err(RefreshError::Store(_))));
}

#[test]
fn unknown_and_ended_are_invalid_and_write_nothing() {
    assert!(matches!(refresh(world(None)), Err(RefreshError::Invalid)));
    for signed_in in sign_ins_that_are_over() {
        let found = RefreshRecord {
            signed_in,
            superseded_at: None,
        };
        assert!(matches!(
            refresh(world(Some(found))),
            Err(RefreshError::Invalid)
        ));
    }
}

#[test]
fn who_loses_the_race_gets_the_same_successor() {
    let mut world = World::new();
    let mut looks = Sequence::new();
    for superseded_at in [None, Some(Timestamp::from_micros(START))] {
        world
            .sessions
            .expect_refresh_record()
            .times(1)
            .in_sequence(&mut looks)
            .return_once(move |_| Ok(Some(record(superseded_at))));
    }
    world
        .sessions
        .expect_rotate_refresh()
        .times(1)
        .return_once(|_| Ok(false));
    assert_eq!(refresh(world).expect("a grant").refresh.expose(), "+old");
}

#[test]
fn a_store_that_never_lets_rotate_is_asked_twice() {
    let mut world = world(Some(record(None)));
    world
        .sessions
        .expect_rotate_refresh()
        .times(2)
        .returning(|_| Ok(false));
    assert!(matches!(refresh(world), Err(RefreshError::Invalid)));
}

#[test]
fn a_replay_within_ten_seconds_gets_the_same_successor() {
    for late in [Duration::ZERO, REFRESH_GRACE] {
        let world = world(Some(record(Some(Timestamp::from_micros(START)))));
        world.clock.advance(late);
        assert_eq!(refresh(world).expect("a grant").refresh.expose(), "+old");
    }
}

#[test]
fn a_later_replay_ends_the_session() {
    for stored in [true, false] {
        let mut world = world(Some(record(Some(Timestamp::from_micros(START)))));
        world
            .clock
            .advance(REFRESH_GRACE + Duration::from_micros(1));
        world
            .sessions
            .expect_end()
            .times(1)
            .withf(|write| {
                write.command.session == signed_in(jane()).session.id
                    && write.log.len() == 1
                    && write.log[0].event == Event::SessionCompromised
            })
            .return_once(move |_| if stored { Ok(true) } else { Err(down()) });
        let error = refresh(world).expect_err("refused");
        assert_eq!(matches!(error, RefreshError::Invalid), stored);
        assert_eq!(matches!(error, RefreshError::Store(_)), !stored);
    }
}

#[test]
fn an_access_token_never_outlives_its_session() {
    let mut signed_in = signed_in(jane());
    let mut session = signed_in.session.as_ref().clone();
    session.expires_at = Timestamp::from_micros(START).after(Duration::from_mins(1));
    signed_in.session = Arc::new(session);
    let mut world = world(Some(RefreshRecord {
        signed_in,
        superseded_at: None,
    }));
    world
        .sessions
        .expect_rotate_refresh()
        .return_once(|_| Ok(true));
    let grant = refresh(world).expect("a grant");
    assert_eq!(grant.access_expires_at, grant.session.expires_at);
}

fn claims() -> AccessClaims {
    let SignedIn { session, account } = signed_in(jane());
    AccessClaims {
        user: account.id,
        session: session.id,
        issued_at: Timestamp::from_micros(START),
        expires_at: Timestamp::from_micros(START),
    }
}

#[test]
fn who_calls_is_asked_of_the_store_each_time() {
    let mut forged = World::new();
    forged
        .tokens
        .expect_verify()
        .return_once(|_, _| Err(InvalidToken));
    assert!(matches!(
        now(forged.into_sessions().by_access_token("token")),
        Err(AuthError::Invalid)
    ));

    let by_token = |found: Option<SignedIn>| {
        let mut world = World::new();
        world
            .tokens
            .expect_verify()
            .return_once(|_, _| Ok(claims()));
        world
            .sessions
            .expect_signed_in()
            .withf(|session, user| (*session, *user) == (claims().session, claims().user))
            .return_once(move |_, _| Ok(found));
        now(world.into_sessions().by_access_token("token"))
    };
    assert!(by_token(Some(signed_in(jane()))).is_ok());
    assert!(matches!(by_token(None), Err(AuthError::Invalid)));
    for over in sign_ins_that_are_over() {
        assert!(matches!(by_token(Some(over)), Err(AuthError::Invalid)));
    }

    let mut store_down = World::new();
    store_down
        .tokens
        .expect_verify()
        .return_once(|_, _| Ok(claims()));
    store_down
        .sessions
        .expect_signed_in()
        .return_once(|_, _| Err(down()));
    assert!(matches!(
        now(store_down.into_sessions().by_access_token("token")),
        Err(AuthError::Store(_))
    ));
}

#[test]
fn a_use_is_noted_every_five_minutes() {
    for (passed, noted) in [(299, 0), (300, 1)] {
        let mut world = World::new();
        world.clock.advance(Duration::from_secs(passed));
        world
            .sessions
            .expect_by_cookie()
            .withf(|cookie| *cookie == digest_of(b"cookie"))
            .return_once(|_| Ok(Some(signed_in(jane()))));
        world.usage.expect_note().times(noted).return_const(());
        assert!(now(world.into_sessions().by_cookie("cookie")).is_ok());
    }
}

#[test]
fn verifying_a_token_changes_nothing() {
    let verify = |found: Option<RefreshRecord>| {
        let mut world = world(found);
        world
            .tokens
            .expect_verify()
            .return_once(|_, _| Err(InvalidToken));
        now(world.into_sessions().verify(&Secret::new("old")))
    };
    assert!(verify(Some(record(None))).is_ok());
    assert!(matches!(verify(None), Err(AuthError::Invalid)));
    let superseded = record(Some(Timestamp::from_micros(START)));
    assert!(matches!(verify(Some(superseded)), Err(AuthError::Invalid)));
}

#[test]
fn a_logout_that_was_not_stored_is_a_fault() {
    for stored in [true, false] {
        let mut world = World::new();
        world
            .sessions
            .expect_end()
            .times(1)
            .withf(|write| write.log[0].event == Event::SessionEnded)
            // A session that ended meanwhile is just as well.
            .return_once(move |_| if stored { Ok(false) } else { Err(down()) });
        let logout = now(world
            .into_sessions()
            .logout(&signed_in(jane()), &Origin::default()));
        assert_eq!(logout.is_ok(), stored);
    }
}
