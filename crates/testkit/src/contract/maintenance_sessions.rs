//! What a purge does to sessions.

use std::time::Duration;

use vestibule_domain::sessions::{NewSession, OpenSession};
use vestibule_domain::users::Account;

use super::maintenance::{MICROSECOND, once, purge};
use super::refresh_tokens::rotate;
use super::sessions::{assert_forgotten, assert_nothing_of, assert_stored};
use super::trial::{FIRST_CREDENTIAL, Trial, assert_is};
use crate::doubles::digest;

pub(super) use super::own_writes::maintenance_and_sessions as own_writes_are_read_at_once;

const HOUR: Duration = Duration::from_hours(1);

/// A session that ends in `lifetime`.
async fn session(t: &Trial, account: &Account, lifetime: Duration) -> NewSession {
    let mut session = t.make.session(account);
    session.session.expires_at = t.make.now().after(lifetime);
    let open = t.write(OpenSession {
        session: session.clone(),
        checked: FIRST_CREDENTIAL,
    });
    t.store.sessions.open(open).await.expect("open");
    session
}

pub(super) async fn purge_deletes_sessions_that_have_ended(t: Trial) {
    let ada = t.user("ada").await;
    let ended = session(&t, &ada, HOUR).await;
    let id = ended.session.id;
    assert!(t.is_live(&ended).await);
    assert!(rotate(&t, id, ended.refresh, digest("successor")).await);
    let left = session(&t, &ada, HOUR + MICROSECOND).await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
    let end = ended.session.expires_at;
    assert_eq!(purge(&t, end, 100).await, 0, "it ends now, not before");
    let at_its_end = t.fresh().await.sessions.signed_in(id, ada.id).await;
    assert_is!(at_its_end, Ok(Some(_)));
    // The refresh tokens of a session do not count.
    assert_eq!(purge(&t, end.after(MICROSECOND), 100).await, 1);
    assert_nothing_of(&t, &ended).await;
    let sessions = t.fresh().await.sessions;
    let successor = sessions.refresh_record(digest("successor")).await;
    assert_is!(successor, Ok(None));
    assert_stored(&t, &left, &ada).await;
    assert_stored(&t, &of_bob, &bob).await;
    assert_eq!(purge(&t, end.after(MICROSECOND), 100).await, 0);
    assert_forgotten(&t, &ended, &[digest("successor")], FIRST_CREDENTIAL).await;
}

pub(super) async fn purge_counts_all_kinds_against_one_limit(t: Trial) {
    let ada = t.user("ada").await;
    let mut sessions = Vec::new();
    for number in 0..3 {
        sessions.push(session(&t, &ada, HOUR).await);
        once(&t, &format!("key {number}")).await;
    }
    let now = t.make.later(HOUR * 48);
    let purged = [
        purge(&t, now, 4).await,
        purge(&t, now, 4).await,
        purge(&t, now, 4).await,
    ];
    assert_eq!(purged, [4, 2, 0]);
    for session in sessions {
        assert_nothing_of(&t, &session).await;
    }
}
