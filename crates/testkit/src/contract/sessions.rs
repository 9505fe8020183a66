use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::credentials::CredentialVersion;
use vestibule_domain::kernel::{Digest, Origin, StoreError};
use vestibule_domain::sessions::{EndSession, NewSession, OpenSession};
use vestibule_domain::users::Account;

use super::refresh_tokens::rotate;
use super::trial::{FIRST_CREDENTIAL, ROUNDS, Trial, assert_is, at_once, parallel};
use crate::doubles::digest;
use crate::fixtures::new_user;

pub(super) use super::faults::sessions as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes::sessions as own_writes_are_read_at_once;

/// The session and its account are answered whole, by each of its secrets.
pub(super) async fn assert_stored(t: &Trial, new: &NewSession, account: &Account) {
    let sessions = t.fresh().await.sessions;
    let record = sessions.refresh_record(new.refresh).await;
    let record = record.expect("refresh_record").expect("a record");
    assert_eq!(record.superseded_at, None);
    let mut found = vec![
        sessions.signed_in(new.session.id, account.id).await,
        Ok(Some(record.signed_in)),
    ];
    if let Some(cookie) = new.cookie {
        found.push(sessions.by_cookie(cookie).await);
    }
    for signed_in in found {
        let signed_in = signed_in.expect("a look-up").expect("a session");
        assert_eq!(*signed_in.session, new.session);
        assert_eq!(*signed_in.account, *account);
    }
}

pub(super) async fn open_stores_every_field(t: Trial) {
    let account = Account {
        suspended_at: None,
        ..t.make.full_account("ada")
    };
    t.register(new_user(account.clone())).await;
    let session = t.make.session(&account);
    let command = OpenSession {
        session: session.clone(),
        checked: FIRST_CREDENTIAL,
    };
    t.commits(account.id, command, async |write| {
        t.store.sessions.open(write).await
    })
    .await;
    assert_stored(&t, &session, &account).await;
}

pub(super) async fn open_stores_what_is_absent_as_absent(t: Trial) {
    let ada = t.user("ada").await;
    let origins = [
        (None, None),
        (Some([192, 0, 2, 1].into()), None),
        // IPv4 within IPv6 is not IPv4; empty is not absent.
        (
            Some([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201].into()),
            Some(String::new()),
        ),
        // As long as the door lets it be.
        (None, Some("\u{1f4a1}".repeat(512))),
    ];
    // Several sessions without a cookie do not stand in each other's way.
    let mut opened = Vec::new();
    for (ip, user_agent) in origins {
        let mut session = t.make.session(&ada);
        session.cookie = None;
        session.session.origin = Origin { ip, user_agent };
        let open = t.write(OpenSession {
            session: session.clone(),
            checked: FIRST_CREDENTIAL,
        });
        t.store.sessions.open(open).await.expect("open");
        opened.push(session);
    }
    for session in opened {
        assert_stored(&t, &session, &ada).await;
    }
}

pub(super) async fn a_registration_opens_a_live_session(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    assert_stored(&t, &session, &ada).await;
    assert!(t.is_live(&session).await);
}

pub(super) async fn a_session_that_was_looked_for_is_found_once_it_is_open(t: Trial) {
    let ada = t.user("ada").await;
    let session = t.make.session(&ada);
    assert_nothing_of(&t, &session).await;
    let open = t.write(OpenSession {
        session: session.clone(),
        checked: FIRST_CREDENTIAL,
    });
    t.store.sessions.open(open).await.expect("open");
    assert!(t.is_live(&session).await);
    assert_stored(&t, &session, &ada).await;
}

pub(super) async fn open_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let session = t.make.session(&ada);
    let command = OpenSession {
        session: session.clone(),
        checked: FIRST_CREDENTIAL,
    };
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.sessions.open(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_nothing_of(&t, &session).await;
    assert_forgotten(&t, &session, &[], FIRST_CREDENTIAL).await;
}

pub(super) async fn sessions_of_one_user_live_side_by_side(t: Trial) {
    let (ada, first) = t.signed_in_user("ada").await;
    let second = t.open_session(&ada).await;
    let third = t.open_session(&ada).await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
    for (session, account) in [
        (&first, &ada),
        (&second, &ada),
        (&third, &ada),
        (&of_bob, &bob),
    ] {
        assert!(t.is_live(session).await);
        assert_stored(&t, session, account).await;
    }

    let unknown = t.make.session(&ada);
    let wanted = [
        (&first, &ada, true),
        (&second, &ada, true),
        (&unknown, &ada, false),
        (&of_bob, &bob, true),
        (&first, &bob, false),
        (&third, &ada, true),
        (&of_bob, &ada, false),
    ];
    for _ in 0..ROUNDS {
        let sessions = t.fresh().await.sessions;
        let calls = wanted.iter().cycle().take(4 * wanted.len());
        let calls = calls.map(|(new, account, _)| {
            let (session, user) = (new.session.id, account.id);
            let sessions = Arc::clone(&sessions);
            async move { sessions.signed_in(session, user).await }
        });
        let found = at_once(calls.collect()).await;
        for (found, (new, account, exists)) in found.into_iter().zip(wanted.iter().cycle()) {
            let found = found.expect("a look-up");
            let found = found.map(|found| (found.session.clone(), found.account.clone()));
            let stored = || (Arc::new(new.session.clone()), Arc::new((*account).clone()));
            assert_eq!(found, exists.then(stored));
        }
    }
}

/// Neither the session nor any of its secrets is stored.
pub(super) async fn assert_nothing_of(t: &Trial, new: &NewSession) {
    for storage in [t.store.clone(), t.fresh().await] {
        let sessions = storage.sessions;
        let by_id = sessions.signed_in(new.session.id, new.session.user).await;
        assert_is!(by_id, Ok(None));
        if let Some(cookie) = new.cookie {
            assert_is!(sessions.by_cookie(cookie).await, Ok(None));
        }
        assert_is!(sessions.refresh_record(new.refresh).await, Ok(None));
    }
}

/// Opening the session must fail with a conflict and leave nothing.
pub(super) async fn conflicts(t: &Trial, session: NewSession, checked: CredentialVersion) {
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
    assert_nothing_of(t, &session).await;
}

pub(super) async fn open_after_the_password_moved_is_refused(t: Trial) {
    let (ada, first) = t.signed_in_user("ada").await;
    for moved in [FIRST_CREDENTIAL.0 - 1, FIRST_CREDENTIAL.0 + 1] {
        let session = t.make.session(&ada);
        conflicts(&t, session.clone(), CredentialVersion(moved)).await;
        assert_forgotten(&t, &session, &[], FIRST_CREDENTIAL).await;
    }
    assert_stored(&t, &first, &ada).await;
}

pub(super) async fn open_of_a_suspended_account_is_refused(t: Trial) {
    let account = Account {
        suspended_at: Some(t.make.now()),
        ..t.make.account("ada")
    };
    t.register(new_user(account.clone())).await;
    conflicts(&t, t.make.session(&account), FIRST_CREDENTIAL).await;
}

pub(super) async fn open_under_another_epoch_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    for epoch in [ada.auth_epoch - 1, ada.auth_epoch + 1] {
        let mut session = t.make.session(&ada);
        session.session.auth_epoch = epoch;
        conflicts(&t, session.clone(), FIRST_CREDENTIAL).await;
        assert_forgotten(&t, &session, &[], FIRST_CREDENTIAL).await;
    }
    let current = t.open_session(&ada).await;
    assert!(t.is_live(&current).await);
}

pub(super) async fn open_without_account_is_missing(t: Trial) {
    let nobody = t.make.account("nobody");
    let session = t.make.session(&nobody);
    let command = OpenSession {
        session: session.clone(),
        checked: FIRST_CREDENTIAL,
    };
    let ada = t.user("ada").await;
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.sessions.open(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("user")));
    assert_nothing_of(&t, &session).await;
    // Nor does it come to life with the account.
    t.register(new_user(nobody)).await;
    assert_nothing_of(&t, &session).await;
    assert_forgotten(&t, &session, &[], FIRST_CREDENTIAL).await;
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
    let (ada, session) = t.signed_in_user("ada").await;
    t.make.later(Duration::from_hours(31 * 24));
    assert_stored(&t, &session, &ada).await;
    assert!(!t.is_live(&session).await);
}

pub(super) async fn end_deletes_the_session_and_its_secrets(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let other = t.open_session(&ada).await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
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
    assert_nothing_of(&t, &session).await;
    let second = t.fresh().await.sessions;
    let second = second.refresh_record(digest("second")).await;
    assert_is!(second, Ok(None));
    assert!(!rotate(&t, id, digest("second"), digest("third")).await);
    assert!(t.is_live(&other).await);
    assert_stored(&t, &other, &ada).await;
    assert_stored(&t, &of_bob, &bob).await;
    let again = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.sessions.end(write).await
        })
        .await;
    assert_is!(again, Ok(false));
    assert_forgotten(&t, &session, &[digest("second")], FIRST_CREDENTIAL).await;
}

pub(super) async fn end_under_a_stored_once_is_refused(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let command = EndSession {
        user: ada.id,
        session: session.session.id,
    };
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.sessions.end(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_stored(&t, &session, &ada).await;
    assert!(t.is_live(&session).await);
}

pub(super) async fn parallel_ends_of_one_session_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let (ada, session) = t.signed_in_user(&format!("ada{round}")).await;
        let answers = parallel(20, |_| {
            let sessions = t.store.sessions.clone();
            let write = t.write(EndSession {
                user: ada.id,
                session: session.session.id,
            });
            async move { sessions.end(write).await.expect("end") }
        })
        .await;
        assert_eq!(answers.iter().filter(|ended| **ended).count(), 1);
        assert_nothing_of(&t, &session).await;
    }
}

pub(super) async fn no_session_but_the_users_own_ends(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let (bob, of_bob) = t.signed_in_user("bob").await;
    let unknown = [
        (bob.id, session.session.id),
        (ada.id, t.make.id()),
        (t.make.id(), session.session.id),
    ];
    for (user, id) in unknown {
        let command = EndSession { user, session: id };
        let ended = t
            .leaves_no_envelope(bob.id, command, async |write| {
                t.store.sessions.end(write).await
            })
            .await;
        assert_is!(ended, Ok(false));
    }
    assert!(t.is_live(&session).await);
    assert_stored(&t, &session, &ada).await;
    assert_stored(&t, &of_bob, &bob).await;
}

/// Opens a session under the id of one that is gone: a secret that was left of
/// that one would come back to life with it. `successors` are the refresh
/// tokens that it got later, `checked` the account's credential version.
pub(super) async fn assert_forgotten(
    t: &Trial,
    gone: &NewSession,
    successors: &[Digest],
    checked: CredentialVersion,
) {
    let account = t.stored(gone.session.user).await;
    let mut session = t.make.session(&account);
    session.session.id = gone.session.id;
    let open = t.write(OpenSession {
        session: session.clone(),
        checked,
    });
    t.store.sessions.open(open).await.expect("open");
    assert_stored(t, &session, &account).await;
    let sessions = t.fresh().await.sessions;
    let cookie = gone.cookie.expect("a cookie");
    assert_is!(sessions.by_cookie(cookie).await, Ok(None));
    for token in [&gone.refresh].into_iter().chain(successors) {
        let record = sessions.refresh_record(*token).await;
        assert!(matches!(record, Ok(None)), "a refresh token is left");
    }
}

/// Opens twenty sessions of the account at once while `meanwhile` is carried
/// out; each is opened or a conflict. Answers what was tried.
pub(super) async fn open_while(
    t: &Trial,
    account: &Account,
    meanwhile: impl Future<Output = ()> + Send + 'static,
) -> Vec<NewSession> {
    let tried: Vec<_> = (0..20).map(|_| t.make.session(account)).collect();
    let mut calls: Vec<Pin<Box<dyn Future<Output = ()> + Send>>> = vec![Box::pin(meanwhile)];
    for session in &tried {
        let sessions = t.store.sessions.clone();
        let open = t.write(OpenSession {
            session: session.clone(),
            checked: FIRST_CREDENTIAL,
        });
        calls.push(Box::pin(async move {
            let opened = sessions.open(open).await;
            assert_is!(opened, Ok(()) | Err(StoreError::Conflict));
        }));
    }
    // Not always first: the calls start in their order, more or less.
    let middle = calls.len() / 2;
    calls.swap(0, middle);
    at_once(calls).await;
    tried
}
