//! What a change of the password does to sessions.

use std::time::Duration;

use vestibule_domain::credentials::{CredentialVersion, Rehash, TokenKind};
use vestibule_domain::kernel::StoreError;
use vestibule_domain::sessions::{NewSession, OpenSession};

use super::credentials::{hash, replace};
use super::password_reset::reset;
use super::refresh_tokens::rotate;
use super::sessions::{assert_forgotten, assert_stored, conflicts, open_while};
use super::trial::{FIRST_CREDENTIAL, ROUNDS, Trial, assert_is};
use crate::doubles::digest;

pub(super) use super::own_writes::credentials_and_sessions as own_writes_are_read_at_once;

pub(super) async fn replace_password_ends_all_sessions_but_the_kept_one(t: Trial) {
    let (ada, first) = t.signed_in_user("ada").await;
    let kept = t.open_session(&ada).await;
    let third = t.open_session(&ada).await;
    let (_, of_bob) = t.signed_in_user("bob").await;
    for session in [&first, &kept, &third, &of_bob] {
        assert!(t.is_live(session).await);
    }
    let id = first.session.id;
    assert!(rotate(&t, id, first.refresh, digest("successor")).await);
    t.replace(ada.id, Some(kept.session.id)).await;
    assert!(t.is_live(&kept).await);
    assert!(t.is_live(&of_bob).await);
    assert!(!t.is_live(&first).await);
    assert!(!t.is_live(&third).await);
    for ended in [&first, &third] {
        assert_deleted(&t, ended).await;
    }
    let checked = t.credential(ada.id).await.version;
    assert_forgotten(&t, &first, &[digest("successor")], checked).await;
}

pub(super) async fn a_kept_session_changes_in_its_epoch_only(t: Trial) {
    let (mut ada, mut kept) = t.signed_in_user("ada").await;
    t.make.later(Duration::from_secs(1));
    t.replace(ada.id, Some(kept.session.id)).await;
    kept.session.auth_epoch += 1;
    ada.auth_epoch += 1;
    assert_stored(&t, &kept, &ada).await;
    let here = t.store.sessions.signed_in(kept.session.id, ada.id).await;
    let here = here.expect("signed_in").expect("the session");
    assert_eq!(*here.session, kept.session);
}

pub(super) async fn replace_password_keeps_none_when_told_so(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    t.replace(ada.id, None).await;
    assert_deleted(&t, &session).await;
}

/// The session is gone from the store. A cache of this process may hold it
/// still, as one that does not count.
async fn assert_deleted(t: &Trial, new: &NewSession) {
    assert!(!t.is_live(new).await);
    let fresh = t.fresh().await.sessions;
    let by_id = fresh.signed_in(new.session.id, new.session.user).await;
    assert_is!(by_id, Ok(None));
    assert_is!(fresh.refresh_record(new.refresh).await, Ok(None));
    let cookie = new.cookie.expect("a cookie");
    assert_is!(fresh.by_cookie(cookie).await, Ok(None));
}

pub(super) async fn replace_password_keeps_sessions_of_its_user_only(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
    t.replace(ada.id, Some(of_bob.session.id)).await;
    assert_deleted(&t, &session).await;
    assert_stored(&t, &of_bob, &bob).await;
}

pub(super) async fn a_kept_session_keeps_its_refresh_chain(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let id = session.session.id;
    assert!(rotate(&t, id, session.refresh, digest("second")).await);
    t.replace(ada.id, Some(id)).await;
    assert!(!rotate(&t, id, session.refresh, digest("third")).await);
    assert!(rotate(&t, id, digest("second"), digest("third")).await);
}

pub(super) async fn a_session_opens_with_the_new_password_only(t: Trial) {
    let ada = t.user("ada").await;
    t.replace(ada.id, None).await;
    let after = t.credential(ada.id).await;
    // It was checked against the old password, and has the new epoch.
    let session = t.make.session(&after.account);
    conflicts(&t, session, FIRST_CREDENTIAL).await;
    // It was checked against the new one, and has the old epoch.
    conflicts(&t, t.make.session(&ada), after.version).await;
    let session = t.make.session(&after.account);
    let open = t.write(OpenSession {
        session: session.clone(),
        checked: after.version,
    });
    t.store.sessions.open(open).await.expect("open");
    assert_stored(&t, &session, &after.account).await;
}

pub(super) async fn a_refused_replacement_ends_no_session(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let stale = CredentialVersion(FIRST_CREDENTIAL.0 + 1);
    let command = t.write(replace(ada.id, stale, None));
    let refused = t.store.credentials.replace_password(command).await;
    assert_is!(refused, Err(StoreError::Conflict));
    let command = replace(ada.id, FIRST_CREDENTIAL, None);
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.credentials.replace_password(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert!(t.is_live(&session).await);
    assert_stored(&t, &session, &ada).await;
}

pub(super) async fn a_rehash_ends_no_session(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let rehash = t.write(Rehash {
        user: ada.id,
        checked: FIRST_CREDENTIAL,
        password_hash: hash("dearer hash"),
    });
    t.store.credentials.rehash(rehash).await.expect("rehash");
    assert!(t.is_live(&session).await);
    assert_stored(&t, &session, &ada).await;
}

pub(super) async fn a_reset_ends_every_session_of_its_user(t: Trial) {
    let (ada, first) = t.signed_in_user("ada").await;
    let second = t.open_session(&ada).await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
    let id = first.session.id;
    assert!(rotate(&t, id, first.refresh, digest("successor")).await);
    assert!(t.is_live(&first).await && t.is_live(&second).await);
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let done = t.write(reset(ada.id, &token));
    let done = t.store.credentials.reset_password(done).await;
    assert!(done.expect("reset_password"));
    for ended in [&first, &second] {
        assert_deleted(&t, ended).await;
    }
    let checked = t.credential(ada.id).await.version;
    assert_forgotten(&t, &first, &[digest("successor")], checked).await;
    assert_stored(&t, &of_bob, &bob).await;
}

pub(super) async fn a_refused_reset_ends_no_session(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let foreign = t.write(reset(bob.id, &token));
    let refused = t.store.credentials.reset_password(foreign).await;
    assert_is!(refused, Ok(false));
    let refused = t
        .repeats_once(ada.id, reset(ada.id, &token), async |write| {
            t.store.credentials.reset_password(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_stored(&t, &session, &ada).await;
    assert_stored(&t, &of_bob, &bob).await;
}

pub(super) async fn a_parallel_replacement_leaves_no_session_of_the_old_password(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let credentials = t.store.credentials.clone();
        let replace = t.write(replace(ada.id, FIRST_CREDENTIAL, None));
        let tried = open_while(&t, &ada, async move {
            let replaced = credentials.replace_password(replace).await;
            replaced.expect("replace_password");
        });
        for session in tried.await {
            assert_deleted(&t, &session).await;
        }
    }
}
