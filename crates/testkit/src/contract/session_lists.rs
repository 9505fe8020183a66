//! The sessions of a user, as lists, and the end of all of them but one.

use std::slice;
use std::time::Duration;

use vestibule_domain::kernel::{PageRequest, SessionId, StoreError, UserId, kinds};
use vestibule_domain::sessions::{
    EndOtherSessions, LiveAt, NewSession, OpenSession, Session, SessionPolicy,
};
use vestibule_domain::users::{Account, UpdateUser, UserChanges};

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::{FIRST_CREDENTIAL, ROUNDS, Trial, assert_is, parallel};

const MICROSECOND: Duration = Duration::from_micros(1);

fn live(t: &Trial) -> LiveAt {
    SessionPolicy::default().live_at(t.make.now())
}

/// The sessions that a fresh handle lists, newest first.
async fn listed(t: &Trial, user: UserId, live: Option<LiveAt>) -> Vec<Session> {
    let sessions = t.fresh().await.sessions;
    let page = sessions.list(user, live, first_page()).await.expect("list");
    assert_eq!(page.count, page.items.len() as u64);
    page.items
}

pub(super) fn others(t: &Trial, keep: &NewSession) -> EndOtherSessions {
    EndOtherSessions {
        user: keep.session.user,
        keep: keep.session.id,
        live: live(t),
    }
}

/// Opens a session after `change`.
async fn open(t: &Trial, account: &Account, change: impl FnOnce(&mut Session)) -> NewSession {
    let mut new = t.make.session(account);
    change(&mut new.session);
    let open = t.write(OpenSession {
        session: new.clone(),
        checked: FIRST_CREDENTIAL,
    });
    t.store.sessions.open(open).await.expect("open");
    new
}

pub(super) async fn sessions_are_listed_newest_first(t: Trial) {
    let ada = t.user("ada").await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
    let mut made: Vec<_> = (0..7)
        .map(|_| {
            let session = t.make.session(&ada);
            // An id that lies between two of the list.
            let _: SessionId = t.make.id();
            session
        })
        .collect();
    for number in SHUFFLED {
        let open = t.write(OpenSession {
            session: made[number].clone(),
            checked: FIRST_CREDENTIAL,
        });
        t.store.sessions.open(open).await.expect("open");
    }
    made.reverse();
    let ids: Vec<_> = made.iter().map(|new| new.session.id).collect();
    for live in [Some(live(&t)), None] {
        check_paging(
            &ids,
            |session: &Session| session.id,
            async |request: PageRequest<kinds::Session>| {
                let sessions = t.fresh().await.sessions;
                sessions.list(ada.id, live, request).await.expect("list")
            },
        )
        .await;
        let whole: Vec<_> = made.iter().map(|new| new.session.clone()).collect();
        assert_eq!(listed(&t, ada.id, live).await, whole);
        assert_eq!(
            listed(&t, bob.id, live).await,
            slice::from_ref(&of_bob.session)
        );
        assert_eq!(listed(&t, t.make.id(), live).await, []);
    }
}

pub(super) async fn sessions_that_are_over_are_not_listed_as_live(t: Trial) {
    let ada = t.user("ada").await;
    let now = t.make.now();
    let at = LiveAt {
        now,
        idle_since: now.before(Duration::from_hours(1)),
    };
    let expired = open(&t, &ada, |session| session.expires_at = now).await;
    let expired = expired.session;
    let lives = open(&t, &ada, |session| {
        session.expires_at = now.after(MICROSECOND);
    });
    let lives = lives.await.session;
    let idle = open(&t, &ada, |session| session.last_used_at = at.idle_since);
    let idle = idle.await.session;
    let used = open(&t, &ada, |session| {
        session.last_used_at = at.idle_since.after(MICROSECOND);
    });
    let used = used.await.session;
    assert_eq!(
        listed(&t, ada.id, Some(at)).await,
        [used.clone(), lives.clone()]
    );
    assert_eq!(listed(&t, ada.id, None).await, [used, idle, lives, expired]);
}

pub(super) async fn sessions_of_an_earlier_epoch_are_not_listed_as_live(t: Trial) {
    let (ada, before) = t.signed_in_user("ada").await;
    let end = UpdateUser {
        user: ada.id,
        expected: None,
        changes: UserChanges::default(),
        end_sessions: true,
    };
    let ended = t.store.users.update(t.write(end)).await.expect("update");
    assert_eq!(listed(&t, ada.id, Some(live(&t))).await, []);
    let after = t.open_session(&ended).await;
    assert_eq!(
        listed(&t, ada.id, Some(live(&t))).await,
        slice::from_ref(&after.session)
    );
    assert_eq!(
        listed(&t, ada.id, None).await,
        [after.session, before.session]
    );
}

pub(super) async fn end_others_leaves_the_one_that_asked(t: Trial) {
    let (ada, first) = t.signed_in_user("ada").await;
    let (_, of_bob) = t.signed_in_user("bob").await;
    let kept = t.open_session(&ada).await;
    let last = t.open_session(&ada).await;
    let over = open(&t, &ada, |session| session.expires_at = t.make.now()).await;
    let ended = t
        .commits(ada.id, others(&t, &kept), async |write| {
            t.store.sessions.end_others(write).await
        })
        .await;
    assert_eq!(ended, 2, "the expired one does not count");
    for session in [&first, &last, &over] {
        assert!(!t.is_live(session).await);
    }
    assert!(t.is_live(&kept).await);
    assert!(t.is_live(&of_bob).await);
    let left = listed(&t, ada.id, None).await;
    let ids: Vec<_> = left.iter().map(|session| session.id).collect();
    assert_eq!(ids, [kept.session.id]);
    let stored = t.stored(ada.id).await;
    assert_eq!(stored.auth_epoch, ada.auth_epoch + 1);
    assert_eq!(stored.version, ada.version);
    // Whoever was checked before signs in after: under the new epoch.
    let later = t.open_session(&stored).await;
    assert!(t.is_live(&later).await);
}

pub(super) async fn end_others_without_others_changes_nothing(t: Trial) {
    let (ada, kept) = t.signed_in_user("ada").await;
    let ended = t
        .leaves_no_envelope(ada.id, others(&t, &kept), async |write| {
            t.store.sessions.end_others(write).await
        })
        .await;
    assert_is!(ended, Ok(0));
    assert!(t.is_live(&kept).await);
    assert_eq!(t.stored(ada.id).await, ada);
}

pub(super) async fn end_others_by_an_ended_session_is_refused(t: Trial) {
    let (ada, asks) = t.signed_in_user("ada").await;
    let (_, of_bob) = t.signed_in_user("bob").await;
    let stays = t.open_session(&ada).await;
    let foreign = EndOtherSessions {
        user: ada.id,
        ..others(&t, &of_bob)
    };
    let refused = t
        .leaves_no_envelope(ada.id, foreign, async |write| {
            t.store.sessions.end_others(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("session")));
    let ended = t
        .store
        .sessions
        .end_others(t.write(others(&t, &stays)))
        .await;
    assert_eq!(ended.expect("end_others"), 1);
    let refused = t
        .store
        .sessions
        .end_others(t.write(others(&t, &asks)))
        .await;
    assert_is!(refused, Err(StoreError::Missing("session")));
    assert!(t.is_live(&stays).await);
    assert!(t.is_live(&of_bob).await);
    let nobody = EndOtherSessions {
        user: t.make.id(),
        ..others(&t, &stays)
    };
    let refused = t.store.sessions.end_others(t.write(nobody)).await;
    assert_is!(refused, Err(StoreError::Missing("user")));
}

pub(super) async fn end_others_under_a_stored_once_is_refused(t: Trial) {
    let (ada, kept) = t.signed_in_user("ada").await;
    let other = t.open_session(&ada).await;
    let refused = t
        .repeats_once(ada.id, others(&t, &kept), async |write| {
            t.store.sessions.end_others(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert!(t.is_live(&other).await);
}

pub(super) async fn of_parallel_ends_of_all_others_one_session_is_left(t: Trial) {
    for round in 0..ROUNDS {
        let (ada, first) = t.signed_in_user(&format!("ada{round}")).await;
        let mut sessions = vec![first];
        for _ in 0..5 {
            sessions.push(t.open_session(&ada).await);
        }
        let ended = parallel(6, |number| {
            let (store, write) = (t.store.clone(), t.write(others(&t, &sessions[number])));
            async move { store.sessions.end_others(write).await }
        })
        .await;
        let winners: Vec<_> = (0..6).filter(|number| ended[*number].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{ended:?}");
        assert_is!(&ended[winners[0]], Ok(5));
        for (number, session) in sessions.iter().enumerate() {
            assert_eq!(t.is_live(session).await, number == winners[0]);
        }
    }
}
