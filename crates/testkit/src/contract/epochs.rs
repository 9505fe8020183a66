//! Sessions of an earlier epoch, which accounts and credentials move.

use vestibule_domain::users::{UpdateUser, UserChanges};

use super::paging::first_page;
use super::password_reset::reset_of;
use super::trial::Trial;
use super::user_changes::update;

pub(super) async fn replace_password_does_not_revive_an_ended_session(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let end = UpdateUser {
        end_sessions: true,
        ..update(&ada, UserChanges::default())
    };
    t.store.users.update(t.write(end)).await.expect("update");
    t.replace(ada.id, Some(session.session.id)).await;
    assert!(!t.is_live(&session).await);
}

pub(super) async fn a_reset_deletes_sessions_that_had_ended(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let end = UpdateUser {
        end_sessions: true,
        ..update(&ada, UserChanges::default())
    };
    t.store.users.update(t.write(end)).await.expect("update");
    reset_of(&t, &ada).await;
    let sessions = t.fresh().await.sessions;
    let left = sessions.list(ada.id, None, first_page()).await;
    assert_eq!(left.expect("list").items, []);
    assert!(!t.is_live(&session).await);
}
