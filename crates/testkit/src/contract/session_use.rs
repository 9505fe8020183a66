//! `SessionStore::record_use`.

use std::time::Duration;

use vestibule_domain::kernel::{SessionId, Timestamp, UserId};
use vestibule_domain::sessions::{NewSession, Session, SessionUse};

use super::trial::Trial;

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

async fn record_use(t: &Trial, user: UserId, session: SessionId, at: Timestamp) {
    let note = SessionUse { user, session, at };
    let recorded = t.store.sessions.record_use(&[note]).await;
    recorded.expect("record_use");
}

pub(super) async fn record_use_sets_the_times_and_nothing_else(t: Trial) {
    let (mut ada, mut session) = t.signed_in_user("ada").await;
    let (mut bob, mut of_bob) = t.signed_in_user("bob").await;
    let other = t.open_session(&ada).await;
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
    // Nor within one call, whatever the order.
    let minutes = [1, 3, 2].map(|minutes| at.before(Duration::from_mins(minutes)));
    let uses = minutes.map(|at| SessionUse {
        user: ada.id,
        session: id,
        at,
    });
    let recorded = t.store.sessions.record_use(&uses).await;
    recorded.expect("record_use");
    assert_eq!(found(&t, &session).await.last_used_at, at);
    assert_eq!(t.stored(ada.id).await.last_seen_at, Some(at));
    // A later session that was used earlier does not turn the account back.
    let other = t.open_session(&ada).await;
    let both = [
        (id, at),
        (other.session.id, at.before(Duration::from_secs(1))),
    ];
    let uses = both.map(|(session, at)| SessionUse {
        user: ada.id,
        session,
        at,
    });
    let recorded = t.store.sessions.record_use(&uses).await;
    recorded.expect("record_use");
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
