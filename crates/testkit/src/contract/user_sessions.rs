//! What concerns accounts and sessions alike.

use vestibule_domain::credentials::TokenKind;
use vestibule_domain::kernel::{Patch, StoreError, Version};
use vestibule_domain::users::{Account, NewUser, UpdateUser, UserChanges, VerifyEmail, Visibility};

use super::session_lists::others;
use super::sessions::{assert_forgotten, assert_nothing_of, assert_stored, conflicts, open_while};
use super::trial::{FIRST_CREDENTIAL, ROUNDS, Trial, assert_is};
use super::user_changes::{first_name, update};
use crate::fixtures::{new_user, username};

pub(super) use super::own_writes::users_and_sessions as own_writes_are_read_at_once;
pub(super) use super::session_lists::sessions_of_an_earlier_epoch_are_not_listed_as_live;

pub(super) async fn update_ends_all_sessions_when_it_says_so(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let (_, of_bob) = t.signed_in_user("bob").await;
    let keeps = t.write(update(&ada, first_name("Ada")));
    t.store.users.update(keeps).await.expect("update");
    assert!(t.is_live(&session).await);

    let mut command = update(&ada, UserChanges::default());
    command.end_sessions = true;
    let updated = t.store.users.update(t.write(command)).await;
    let updated = updated.expect("update");
    assert_eq!(updated.auth_epoch, ada.auth_epoch + 1);
    assert_eq!(t.stored(ada.id).await, *updated);
    assert!(!t.is_live(&session).await);
    assert!(t.is_live(&of_bob).await);
}

pub(super) async fn end_others_by_a_session_of_an_earlier_epoch_is_refused(t: Trial) {
    let (ada, before) = t.signed_in_user("ada").await;
    let mut command = update(&ada, UserChanges::default());
    command.end_sessions = true;
    let ended = t
        .store
        .users
        .update(t.write(command))
        .await
        .expect("update");
    let after = t.open_session(&ended).await;
    let refused = t
        .leaves_no_envelope(ada.id, others(&t, &before), async |write| {
            t.store.sessions.end_others(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("session")));
    assert!(t.is_live(&after).await && !t.is_live(&before).await);
    assert_eq!(t.stored(ada.id).await, *ended);
}

pub(super) async fn a_suspension_ends_sessions_and_stays_ended(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    assert!(t.is_live(&session).await);
    let suspend = UserChanges {
        suspended_at: Patch::Set(t.make.now()),
        ..UserChanges::default()
    };
    let mut command = update(&ada, suspend);
    command.end_sessions = true;
    let suspended = t.store.users.update(t.write(command)).await;
    assert!(suspended.expect("update").is_suspended());
    assert!(!t.is_live(&session).await);

    let lift = UserChanges {
        suspended_at: Patch::Clear,
        ..UserChanges::default()
    };
    let lifted = t.store.users.update(t.write(update(&ada, lift))).await;
    assert!(!lifted.expect("update").is_suspended());
    assert!(!t.is_live(&session).await);
}

pub(super) async fn an_update_shows_in_the_session_at_once(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    assert!(t.is_live(&session).await);
    let changes = UserChanges {
        default_visibility: Some(Visibility::Private),
        ..UserChanges::default()
    };
    let write = t.write(update(&ada, changes));
    let updated = t.store.users.update(write).await.expect("update");
    let signed_in = t.store.sessions.signed_in(session.session.id, ada.id);
    let signed_in = signed_in.await.expect("signed_in").expect("a session");
    assert_eq!(signed_in.account, updated);
}

/// What ends all sessions of the account.
async fn end_all(t: &Trial, account: &Account) -> Account {
    let command = UpdateUser {
        end_sessions: true,
        ..update(account, UserChanges::default())
    };
    let updated = t.store.users.update(t.write(command)).await;
    updated.expect("update").as_ref().clone()
}

pub(super) async fn a_suspended_account_opens_no_session(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let suspend = UserChanges {
        suspended_at: Patch::Set(t.make.now()),
        ..UserChanges::default()
    };
    let suspended = t.store.users.update(t.write(update(&ada, suspend))).await;
    let suspended = suspended.expect("update");
    conflicts(&t, t.make.session(&suspended), FIRST_CREDENTIAL).await;
    // It counts no more, though it is stored still.
    assert!(!t.is_live(&session).await);
}

pub(super) async fn a_session_opens_under_the_new_epoch_only(t: Trial) {
    let ada = t.user("ada").await;
    let updated = end_all(&t, &ada).await;
    conflicts(&t, t.make.session(&ada), FIRST_CREDENTIAL).await;
    let mut ahead = t.make.session(&updated);
    ahead.session.auth_epoch += 1;
    conflicts(&t, ahead, FIRST_CREDENTIAL).await;
    let current = t.open_session(&updated).await;
    assert!(t.is_live(&current).await);
    assert_stored(&t, &current, &updated).await;
}

pub(super) async fn a_refused_update_ends_no_session(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let mut command = update(&ada, UserChanges::default());
    command.end_sessions = true;
    command.expected = Some(Version(ada.version.0 + 1));
    let refused = t.store.users.update(t.write(command.clone())).await;
    assert_is!(refused, Err(StoreError::Conflict));
    assert!(t.is_live(&session).await);
    command.expected = None;
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.users.update(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert!(t.is_live(&session).await);
}

pub(super) async fn a_refused_registration_leaves_no_session(t: Trial) {
    let ada = t.user("ada").await;
    let other = Account {
        username: ada.username.clone(),
        ..t.make.account("other")
    };
    let session = t.make.session(&other);
    let new = NewUser {
        session: Some(session.clone()),
        ..new_user(other.clone())
    };
    let refused = t.store.users.register(t.write(new.clone())).await;
    assert_is!(refused, Err(StoreError::Duplicate("username")));
    assert_nothing_of(&t, &session).await;
    let refused = t
        .repeats_once(ada.id, new, async |write| {
            t.store.users.register(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_nothing_of(&t, &session).await;
    // Not even once the account exists.
    let retried = Account {
        username: username("other"),
        ..other
    };
    t.register(new_user(retried)).await;
    assert_nothing_of(&t, &session).await;
    assert_forgotten(&t, &session, &[], FIRST_CREDENTIAL).await;
}

pub(super) async fn proof_of_the_address_shows_in_the_session_at_once(t: Trial) {
    let account = t.make.account("ada");
    let session = t.make.session(&account);
    let token = t.make.token(TokenKind::VerifyEmail, &account);
    let verify = VerifyEmail {
        token: token.digest,
    };
    let new = NewUser {
        session: Some(session.clone()),
        token: Some(token),
        ..new_user(account)
    };
    t.register(new).await;
    assert!(t.is_live(&session).await);
    let verified = t.store.users.verify_email(t.write(verify)).await;
    let verified = verified.expect("verify_email").expect("an account");
    assert!(t.is_live(&session).await, "it ends no session");
    let id = session.session.id;
    let here = t.store.sessions.signed_in(id, verified.id).await;
    assert_eq!(here.expect("signed_in").expect("it").account, verified);
    assert_stored(&t, &session, &verified).await;
}

pub(super) async fn a_parallel_suspension_leaves_no_live_session(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let mut suspend = update(&ada, UserChanges::default());
        suspend.changes.suspended_at = Patch::Set(t.make.now());
        suspend.end_sessions = true;
        let (users, suspend) = (t.store.users.clone(), t.write(suspend));
        let tried = open_while(&t, &ada, async move {
            users.update(suspend).await.expect("update");
        });
        let tried = tried.await;
        let lift = UserChanges {
            suspended_at: Patch::Clear,
            ..UserChanges::default()
        };
        let lifted = t.store.users.update(t.write(update(&ada, lift))).await;
        lifted.expect("update");
        for session in &tried {
            let is_live = t.is_live(session).await;
            assert!(!is_live, "it was opened before the suspension");
        }
    }
}
