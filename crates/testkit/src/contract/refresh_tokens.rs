//! `SessionStore::rotate_refresh`.

use std::time::Duration;

use vestibule_domain::kernel::{Digest, SessionId, StoreError};
use vestibule_domain::sessions::{EndSession, RefreshRecord, RotateRefresh, SessionUse};

use super::sessions::{assert_nothing_of, assert_stored};
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;

async fn record(t: &Trial, token: Digest) -> Option<RefreshRecord> {
    let record = t.fresh().await.sessions.refresh_record(token).await;
    record.expect("refresh_record")
}

pub(super) async fn rotate(t: &Trial, session: SessionId, old: Digest, new: Digest) -> bool {
    let write = t.write(RotateRefresh { session, old, new });
    let rotated = t.store.sessions.rotate_refresh(write).await;
    rotated.expect("rotate_refresh")
}

pub(super) async fn a_rotated_refresh_token_has_a_successor(t: Trial) {
    let (ada, mut session) = t.signed_in_user("ada").await;
    let id = session.session.id;
    let (first, second, third) = (session.refresh, digest("second"), digest("third"));
    let then = t.make.later(Duration::from_mins(1));
    let command = RotateRefresh {
        session: id,
        old: first,
        new: second,
    };
    let rotated = t
        .commits(ada.id, command, async |write| {
            t.store.sessions.rotate_refresh(write).await
        })
        .await;
    assert!(rotated);
    let later = t.make.later(Duration::from_mins(1));
    assert!(rotate(&t, id, second, third).await);

    session.session.last_used_at = later;
    let chain = [(first, Some(then)), (second, Some(later)), (third, None)];
    for (token, superseded_at) in chain {
        let record = record(&t, token).await.expect("a record");
        assert_eq!(record.superseded_at, superseded_at);
        assert_eq!(*record.signed_in.session, session.session);
        assert_eq!(record.signed_in.account.id, ada.id);
        assert_eq!(record.signed_in.account.version, ada.version);
    }
    let here = t.store.sessions.signed_in(id, ada.id).await;
    let here = here.expect("signed_in").expect("a session");
    assert_eq!(here.session.last_used_at, later);
    assert!(t.is_live(&session).await, "by each of its secrets");
    assert_eq!(t.stored(ada.id).await, ada);
}

pub(super) async fn a_rotation_leaves_other_sessions(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let other = t.open_session(&ada).await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
    t.make.later(Duration::from_mins(1));
    let id = session.session.id;
    assert!(rotate(&t, id, session.refresh, digest("second")).await);
    assert_stored(&t, &other, &ada).await;
    assert_stored(&t, &of_bob, &bob).await;
}

pub(super) async fn a_rotation_does_not_turn_the_last_use_back(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let id = session.session.id;
    let late = t.make.now().after(Duration::from_mins(5));
    let used = SessionUse {
        user: ada.id,
        session: id,
        at: late,
    };
    let recorded = t.store.sessions.record_use(&[used]).await;
    recorded.expect("record_use");
    assert!(rotate(&t, id, session.refresh, digest("second")).await);
    let record = record(&t, digest("second")).await.expect("a record");
    assert_eq!(record.signed_in.session.last_used_at, late);
}

pub(super) async fn rotation_under_a_stored_once_is_refused(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    t.make.later(Duration::from_mins(1));
    let command = RotateRefresh {
        session: session.session.id,
        old: session.refresh,
        new: digest("second"),
    };
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.sessions.rotate_refresh(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert!(record(&t, digest("second")).await.is_none());
    assert_stored(&t, &session, &ada).await;
}

pub(super) async fn only_the_newest_refresh_token_rotates(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let (_, other) = t.signed_in_user("bob").await;
    let id = session.session.id;
    let then = t.make.later(Duration::from_mins(1));
    assert!(rotate(&t, id, session.refresh, digest("second")).await);
    t.make.later(Duration::from_mins(1));
    let refused = [
        (id, session.refresh),
        (id, digest("unknown")),
        (other.session.id, digest("second")),
        (id, other.refresh),
    ];
    for (session, old) in refused {
        let command = RotateRefresh {
            session,
            old,
            new: digest("not stored"),
        };
        let rotated = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.sessions.rotate_refresh(write).await
            })
            .await;
        assert_is!(rotated, Ok(false));
        assert!(record(&t, digest("not stored")).await.is_none());
    }
    let first = record(&t, session.refresh).await.expect("a record");
    assert_eq!(first.superseded_at, Some(then));
    assert_eq!(first.signed_in.session.last_used_at, then);
    let second = record(&t, digest("second")).await.expect("a record");
    assert_eq!(second.superseded_at, None);
}

pub(super) async fn parallel_rotations_of_one_token_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let (_, session) = t.signed_in_user(&format!("ada{round}")).await;
        let successor = |number| digest(&format!("successor {round} {number}"));
        let answers = parallel(30, |number| {
            let sessions = t.store.sessions.clone();
            let write = t.write(RotateRefresh {
                session: session.session.id,
                old: session.refresh,
                new: successor(number),
            });
            async move { sessions.rotate_refresh(write).await.expect("rotate") }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| **answer).count(), 1);
        for (number, rotated) in answers.into_iter().enumerate() {
            let stored = record(&t, successor(number)).await;
            assert_eq!(stored.is_some(), rotated, "successor {number}");
        }
    }
}

pub(super) async fn a_parallel_end_leaves_no_successor(t: Trial) {
    for round in 0..ROUNDS {
        let (ada, first) = t.signed_in_user(&format!("ada{round}")).await;
        let mut sessions = vec![first];
        for _ in 0..15 {
            sessions.push(t.open_session(&ada).await);
        }
        let successor = |id: SessionId| digest(&format!("successor of {id}"));
        // The rotation and the end of each session, side by side.
        parallel(sessions.len() * 2, |number| {
            let (store, new) = (t.store.sessions.clone(), &sessions[number / 2]);
            let id = new.session.id;
            let rotate = t.write(RotateRefresh {
                session: id,
                old: new.refresh,
                new: successor(id),
            });
            let end = t.write(EndSession {
                user: ada.id,
                session: id,
            });
            async move {
                if number % 2 == 0 {
                    store.rotate_refresh(rotate).await.expect("rotate");
                } else {
                    assert!(store.end(end).await.expect("end"));
                }
            }
        })
        .await;
        for session in &sessions {
            assert_nothing_of(&t, session).await;
            assert!(record(&t, successor(session.session.id)).await.is_none());
        }
    }
}
