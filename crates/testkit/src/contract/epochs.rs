//! Sessions of an earlier epoch, which accounts and credentials move.

use vestibule_domain::users::{UpdateUser, UserChanges};

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
