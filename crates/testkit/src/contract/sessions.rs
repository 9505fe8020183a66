use std::time::Duration;

use vestibule_domain::credentials::CredentialVersion;
use vestibule_domain::kernel::{Digest, Origin, Patch, SessionId, StoreError, Timestamp, UserId};
use vestibule_domain::sessions::{
    EndSession, NewSession, OpenSession, RefreshRecord, RotateRefresh, Session, SessionUse,
};
use vestibule_domain::users::{UpdateUser, UserChanges};

use super::trial::{Trial, assert_is, parallel};
use crate::doubles::digest;

pub(super) async fn open_stores_every_field(t: Trial) {
    let ada = t.user("ada").await;
    let session = t.make.session(&ada);
    let command = OpenSession {
        session: session.clone(),
        checked: t.credential(ada.id).await.version,
    };
    t.commits(ada.id, command, async |write| {
        t.store.sessions.open(write).await
    })
    .await;
    let sessions = t.fresh().await.sessions;
    let by_id = sessions.signed_in(session.session.id, ada.id).await;
    let by_cookie = sessions.by_cookie(session.cookie.expect("a cookie")).await;
    let record = sessions.refresh_record(session.refresh).await;
    let record = record.expect("refresh_record").expect("a record");
    assert_eq!(record.superseded_at, None);
    let found = [
        by_id.expect("signed_in").expect("by id"),
        by_cookie.expect("by_cookie").expect("by cookie"),
        record.signed_in,
    ];
    for signed_in in found {
        assert_eq!(*signed_in.session, session.session);
        assert_eq!(*signed_in.account, ada);
    }
}

pub(super) async fn open_stores_what_is_absent_as_absent(t: Trial) {
    let ada = t.user("ada").await;
    for ip in [None, Some([192, 0, 2, 1].into())] {
        let mut session = t.make.session(&ada);
        session.cookie = None;
        session.session.origin = Origin {
            ip,
            user_agent: None,
        };
        let open = t.write(OpenSession {
            session: session.clone(),
            checked: t.credential(ada.id).await.version,
        });
        t.store.sessions.open(open).await.expect("open");
        assert_eq!(found(&t, &session).await, session.session);
    }
}

/// The session, read through a handle that has seen nothing yet.
async fn found(t: &Trial, new: &NewSession) -> Session {
    let sessions = t.fresh().await.sessions;
    let found = sessions.signed_in(new.session.id, new.session.user).await;
    found
        .expect("signed_in")
        .expect("a session")
        .session
        .as_ref()
        .clone()
}

/// Opening the session must fail with a conflict and leave nothing.
async fn conflicts(t: &Trial, session: NewSession, checked: CredentialVersion) {
    let command = OpenSession {
        session: session.clone(),
        checked,
    };
    let user = session.session.user;
    let refused = t
        .leaves_no_envelope(user, command, async |write| {
            t.store.sessions.open(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Conflict));
    let sessions = t.fresh().await.sessions;
    let by_id = sessions.signed_in(session.session.id, user).await;
    assert_is!(by_id, Ok(None));
    let by_cookie = sessions.by_cookie(session.cookie.expect("a cookie")).await;
    assert_is!(by_cookie, Ok(None));
    assert_is!(sessions.refresh_record(session.refresh).await, Ok(None));
}

pub(super) async fn open_after_the_password_moved_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let checked = t.credential(ada.id).await.version;
    for moved in [checked.0 - 1, checked.0 + 1] {
        let session = t.make.session(&ada);
        conflicts(&t, session, CredentialVersion(moved)).await;
    }
}

pub(super) async fn open_of_a_suspended_account_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let suspend = t.write(UpdateUser {
        user: ada.id,
        expected: None,
        changes: UserChanges {
            suspended_at: Patch::Set(t.make.now()),
            ..UserChanges::default()
        },
        end_sessions: false,
    });
    let suspended = t.store.users.update(suspend).await.expect("update");
    let session = t.make.session(&suspended);
    let checked = t.credential(ada.id).await.version;
    conflicts(&t, session, checked).await;
}

pub(super) async fn open_under_another_epoch_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let end = t.write(UpdateUser {
        user: ada.id,
        expected: None,
        changes: UserChanges::default(),
        end_sessions: true,
    });
    let updated = t.store.users.update(end).await.expect("update");
    let checked = t.credential(ada.id).await.version;
    conflicts(&t, t.make.session(&ada), checked).await;
    let mut ahead = t.make.session(&updated);
    ahead.session.auth_epoch += 1;
    conflicts(&t, ahead, checked).await;
    let current = t.open_session(ada.id).await;
    assert!(t.is_live(&current).await);
}

pub(super) async fn open_without_account_is_missing(t: Trial) {
    let nobody = t.make.account("nobody");
    let open = t.write(OpenSession {
        session: t.make.session(&nobody),
        checked: CredentialVersion(1),
    });
    let refused = t.store.sessions.open(open).await;
    assert_is!(refused, Err(StoreError::Missing("user")));
}

pub(super) async fn a_session_is_its_own_users_only(t: Trial) {
    let (_, session) = t.signed_in_user("ada").await;
    let bob = t.user("bob").await;
    let sessions = &t.store.sessions;
    let of_bob = sessions.signed_in(session.session.id, bob.id).await;
    assert_is!(of_bob, Ok(None));
    let unknown = sessions.signed_in(t.make.id(), session.session.user).await;
    assert_is!(unknown, Ok(None));
    assert_is!(sessions.by_cookie(digest("unknown")).await, Ok(None));
    assert_is!(sessions.refresh_record(digest("unknown")).await, Ok(None));
    // The secrets of a session do not stand for one another.
    assert_is!(sessions.by_cookie(session.refresh).await, Ok(None));
    let cookie = session.cookie.expect("a cookie");
    assert_is!(sessions.refresh_record(cookie).await, Ok(None));
    assert!(t.is_live(&session).await);
}

pub(super) async fn expired_and_idle_sessions_are_still_answered(t: Trial) {
    let (_, session) = t.signed_in_user("ada").await;
    t.make.later(Duration::from_hours(31 * 24));
    assert_eq!(found(&t, &session).await, session.session);
    assert!(!t.is_live(&session).await);
}

async fn record(t: &Trial, token: Digest) -> Option<RefreshRecord> {
    let record = t.fresh().await.sessions.refresh_record(token).await;
    record.expect("refresh_record")
}

async fn rotate(t: &Trial, session: SessionId, old: Digest, new: Digest) -> bool {
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
    let (_, session) = t.signed_in_user("ada").await;
    let answers = parallel(50, |number| {
        let sessions = t.store.sessions.clone();
        let write = t.write(RotateRefresh {
            session: session.session.id,
            old: session.refresh,
            new: digest(&format!("successor {number}")),
        });
        async move { sessions.rotate_refresh(write).await.expect("rotate") }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| **answer).count(), 1);
    for (number, rotated) in answers.into_iter().enumerate() {
        let stored = record(&t, digest(&format!("successor {number}"))).await;
        assert_eq!(stored.is_some(), rotated, "successor {number}");
    }
}

pub(super) async fn end_deletes_the_session_and_its_secrets(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let other = t.open_session(ada.id).await;
    let id = session.session.id;
    assert!(rotate(&t, id, session.refresh, digest("second")).await);
    assert!(t.is_live(&session).await);
    let command = EndSession {
        user: ada.id,
        session: id,
    };
    let ended = t
        .commits(ada.id, command, async |write| {
            t.store.sessions.end(write).await
        })
        .await;
    assert!(ended);
    assert!(!t.is_live(&session).await);
    for storage in [t.store.clone(), t.fresh().await] {
        let sessions = storage.sessions;
        assert_is!(sessions.signed_in(id, ada.id).await, Ok(None));
        let cookie = session.cookie.expect("a cookie");
        assert_is!(sessions.by_cookie(cookie).await, Ok(None));
        assert_is!(sessions.refresh_record(session.refresh).await, Ok(None));
        assert_is!(sessions.refresh_record(digest("second")).await, Ok(None));
    }
    assert!(!rotate(&t, id, digest("second"), digest("third")).await);
    assert!(t.is_live(&other).await);
    let again = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.sessions.end(write).await
        })
        .await;
    assert_is!(again, Ok(false));
}

pub(super) async fn another_users_session_does_not_end(t: Trial) {
    let (_, session) = t.signed_in_user("ada").await;
    let bob = t.user("bob").await;
    let command = EndSession {
        user: bob.id,
        session: session.session.id,
    };
    let ended = t
        .leaves_no_envelope(bob.id, command, async |write| {
            t.store.sessions.end(write).await
        })
        .await;
    assert_is!(ended, Ok(false));
    assert!(t.is_live(&session).await);
}

async fn record_use(t: &Trial, user: UserId, session: SessionId, at: Timestamp) {
    let note = SessionUse { user, session, at };
    let recorded = t.store.sessions.record_use(&[note]).await;
    recorded.expect("record_use");
}

pub(super) async fn record_use_sets_the_times_and_nothing_else(t: Trial) {
    let (mut ada, mut session) = t.signed_in_user("ada").await;
    let (mut bob, mut of_bob) = t.signed_in_user("bob").await;
    let other = t.open_session(ada.id).await;
    assert!(t.is_live(&session).await);
    let (one, two) = (
        t.make.later(Duration::from_mins(5)),
        t.make.later(Duration::from_mins(5)),
    );
    let uses = [
        (&ada, &session, one),
        (&bob, &of_bob, two),
        (&ada, &session, two),
    ];
    let uses = uses.map(|(user, session, at)| SessionUse {
        user: user.id,
        session: session.session.id,
        at,
    });
    let recorded = t.store.sessions.record_use(&uses).await;
    recorded.expect("record_use");

    session.session.last_used_at = two;
    ada.last_seen_at = Some(two);
    of_bob.session.last_used_at = two;
    bob.last_seen_at = Some(two);
    assert_eq!(found(&t, &session).await, session.session);
    assert_eq!(found(&t, &of_bob).await, of_bob.session);
    assert_eq!(found(&t, &other).await, other.session);
    assert_eq!(t.stored(ada.id).await, ada);
    assert_eq!(t.stored(bob.id).await, bob);
}

pub(super) async fn record_use_never_goes_back(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let id = session.session.id;
    let at = t.make.later(Duration::from_mins(5));
    record_use(&t, ada.id, id, at).await;
    record_use(&t, ada.id, id, at.before(Duration::from_mins(1))).await;
    assert_eq!(found(&t, &session).await.last_used_at, at);
    assert_eq!(t.stored(ada.id).await.last_seen_at, Some(at));
    // A later session that was used earlier does not turn the account back.
    let other = t.open_session(ada.id).await;
    let earlier = at.before(Duration::from_micros(1));
    record_use(&t, ada.id, other.session.id, earlier).await;
    assert_eq!(t.stored(ada.id).await.last_seen_at, Some(at));
}

pub(super) async fn record_use_ignores_unknown_sessions(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let bob = t.user("bob").await;
    let at = t.make.later(Duration::from_mins(5));
    let uses = [
        (ada.id, t.make.id()),
        (bob.id, session.session.id),
        (t.make.id(), t.make.id()),
        (ada.id, session.session.id),
    ];
    let uses = uses.map(|(user, session)| SessionUse { user, session, at });
    let recorded = t.store.sessions.record_use(&uses).await;
    recorded.expect("record_use");
    assert_eq!(found(&t, &session).await.last_used_at, at);
    assert_eq!(t.stored(bob.id).await, bob);
    let recorded = t.store.sessions.record_use(&[]).await;
    recorded.expect("record_use of nothing");
}
