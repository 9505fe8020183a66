//! Changes of the e-mail address when the store fails or others are faster.

use std::sync::{Arc, Mutex};

use vestibule_domain::contact::{
    CancelEmailChangeError, ConfirmEmailChangeError, Contact, EMAIL_CHANGE_LIFETIME, EmailChange,
    FormerEmail, MockEmailChangeStore, MockPhoneMetadata, PendingEmailChange, PendingUndo,
    StartEmailChange, StartEmailChangeError, UNDO_LIFETIME, UndoEmailChangeError,
};
use vestibule_domain::credentials::Proof;
use vestibule_domain::kernel::{Clock, Digest, Origin, Secret, StoreError, Write};
use vestibule_domain::outbox::{Mail, Work};
use vestibule_domain::users::{Account, EmailAddress, MockUserStore};

use crate::world::{World, digest_of, down, jane, now, signed_in};

/// A recent login.
const RECENT: Proof<'_> = Proof::Demanded(None);

pub(crate) fn contact(store: MockEmailChangeStore) -> Contact {
    let credentials = World::new().into_credentials();
    let mut phones = MockPhoneMetadata::new();
    phones
        .expect_is_possible()
        .returning(|number| number.as_str() == "+15551234567");
    Contact {
        store: Arc::new(store),
        users: Arc::new(MockUserStore::new()),
        phones: Arc::new(phones),
        secrets: Arc::clone(&credentials.secrets),
        clock: Arc::clone(&credentials.clock),
        ids: Arc::clone(&credentials.ids),
        credentials,
    }
}

pub(crate) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

/// Starts a change to this address; answers what was written.
pub(crate) fn started(new: &str) -> (Contact, Write<StartEmailChange>) {
    let mut store = MockEmailChangeStore::new();
    let written = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&written);
    store.expect_start().return_once(move |write| {
        *kept.lock().expect("not poisoned") = Some(write);
        Ok(())
    });
    let contact = contact(store);
    let caller = signed_in(jane());
    let origin = Origin::default();
    let change = contact.start_email_change(&caller, email(new), RECENT, &origin, |_| None);
    let change = now(change).expect("started");
    assert_eq!(
        change.expires_at.since(change.created_at),
        EMAIL_CHANGE_LIFETIME
    );
    let write = written.lock().expect("not poisoned").take();
    (contact, write.expect("a write"))
}

/// The change of [`started`] as the store finds it, and its code.
pub(crate) fn pending(write: &Write<StartEmailChange>) -> (PendingEmailChange, String) {
    let [job] = write.jobs.as_slice() else {
        panic!("one letter");
    };
    let Work::Mail(Mail::ConfirmEmailChange {
        to, code, token, ..
    }) = &job.work
    else {
        panic!("a confirmation");
    };
    assert_eq!(*to, write.command.change.new_email.as_str());
    assert!(
        code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()),
        "{code}"
    );
    assert_eq!(write.command.token, digest_of(token.as_bytes()));
    let found = PendingEmailChange {
        change: write.command.change.clone(),
        token: write.command.token,
        code: write.command.code,
        account: jane().into(),
    };
    (found, code.clone())
}

#[test]
fn a_start_mails_a_code_that_is_stored_under_the_servers_key() {
    let (_, write) = started("new@example.com");
    let (found, code) = pending(&write);
    assert_ne!(found.code, digest_of(code.as_bytes()));
    assert_eq!(write.log.len(), 1);
}

#[test]
fn a_start_fails_with_its_store_and_not_for_ones_own_address() {
    let mut store = MockEmailChangeStore::new();
    store.expect_start().return_once(|_| Err(down()));
    let contact = contact(store);
    let caller = signed_in(jane());
    let origin = Origin::default();
    let start = |to| contact.start_email_change(&caller, email(to), RECENT, &origin, |_| None);
    assert!(matches!(
        now(start("JANE@example.com")),
        Err(StartEmailChangeError::Invalid(_))
    ));
    assert!(matches!(
        now(start("new@example.com")),
        Err(StartEmailChangeError::Store(_))
    ));
}

/// Confirms by this code, with a store that answers so.
fn by_code(
    code: &str,
    found: Option<PendingEmailChange>,
    confirmed: Option<Result<Option<Arc<Account>>, StoreError>>,
) -> Result<Arc<Account>, ConfirmEmailChangeError> {
    let mut store = MockEmailChangeStore::new();
    store
        .expect_try_code()
        .times(1)
        .return_once(move |_| Ok(found));
    if let Some(confirmed) = confirmed {
        store.expect_confirm().times(1).return_once(|_| confirmed);
    }
    let caller = signed_in(jane());
    let code = Secret::new(code);
    let contact = contact(store);
    now(contact.confirm_by_code(&caller, &code, &Origin::default()))
}

#[test]
fn a_code_is_compared_after_its_try_was_counted() {
    let (_, write) = started("new@example.com");
    let (found, code) = pending(&write);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let answer = by_code(wrong, Some(found.clone()), None);
    assert!(matches!(
        answer,
        Err(ConfirmEmailChangeError::IncorrectCode)
    ));
    let answer = by_code(&code, None, None);
    assert!(matches!(answer, Err(ConfirmEmailChangeError::DeadCode)));
    let answer = by_code(&code, Some(found.clone()), Some(Ok(Some(jane().into()))));
    assert!(answer.is_ok());
    // The code of another change, though it has the same digits.
    let moved = PendingEmailChange {
        token: Digest([7; 32]),
        ..found
    };
    let answer = by_code(&code, Some(moved), None);
    assert!(matches!(
        answer,
        Err(ConfirmEmailChangeError::IncorrectCode)
    ));
}

#[test]
fn a_confirmation_says_who_was_faster() {
    let (_, write) = started("new@example.com");
    let (found, code) = pending(&write);
    let confirmed = |answer| by_code(&code, Some(found.clone()), Some(answer)).map(drop);
    assert!(matches!(
        confirmed(Err(StoreError::Duplicate("email"))),
        Err(ConfirmEmailChangeError::EmailTaken)
    ));
    assert!(matches!(
        confirmed(Err(StoreError::Conflict)),
        Err(ConfirmEmailChangeError::Stale)
    ));
    assert!(matches!(
        confirmed(Ok(None)),
        Err(ConfirmEmailChangeError::DeadCode)
    ));
    assert!(matches!(
        confirmed(Err(down())),
        Err(ConfirmEmailChangeError::Store(_))
    ));
}

#[test]
fn a_link_that_is_unknown_or_was_used_meanwhile_is_not_valid() {
    let (_, write) = started("new@example.com");
    let (found, _) = pending(&write);
    for found in [None, Some(found)] {
        let mut store = MockEmailChangeStore::new();
        store.expect_by_token().return_once(|_, _| Ok(found));
        store.expect_confirm().returning(|write| {
            let undo = write.command.undo_expires_at;
            assert_eq!(undo.since(write.at), UNDO_LIFETIME);
            assert_eq!(write.command.old, jane().email);
            let [job] = write.jobs.as_slice() else {
                panic!("one notice");
            };
            assert!(matches!(
                &job.work,
                Work::Mail(Mail::EmailChangeNotice { to, .. }) if *to == jane().email.as_str()
            ));
            Ok(None)
        });
        let contact = contact(store);
        let answer = now(contact.confirm_by_token(&Secret::new("t"), &Origin::default()));
        assert!(matches!(answer, Err(ConfirmEmailChangeError::InvalidToken)));
    }
}

#[test]
fn a_cancellation_needs_a_change_the_right_one_and_a_store() {
    let cancelled = |answer| {
        let mut store = MockEmailChangeStore::new();
        store.expect_cancel().return_once(|_| answer);
        let contact = contact(store);
        let caller = signed_in(jane());
        now(contact.cancel_email_change(&caller, None, &Origin::default()))
    };
    assert!(cancelled(Ok(true)).is_ok());
    assert!(matches!(
        cancelled(Ok(false)),
        Err(CancelEmailChangeError::NotFound)
    ));
    assert!(matches!(
        cancelled(Err(StoreError::Conflict)),
        Err(CancelEmailChangeError::Stale)
    ));
    assert!(matches!(
        cancelled(Err(down())),
        Err(CancelEmailChangeError::Store(_))
    ));
}

#[test]
fn an_undo_mails_a_link_to_the_restored_address() {
    let former = EmailAddress::parse("Old@example.org").expect("an address");
    for (found, undone, valid) in [
        (false, true, false),
        (true, false, false),
        (true, true, true),
    ] {
        let mut store = MockEmailChangeStore::new();
        let restored = former.clone();
        store.expect_by_undo_token().return_once(move |_, now| {
            Ok(found.then(|| PendingUndo {
                former: FormerEmail {
                    user: jane().id,
                    email: restored,
                    expires_at: now.after(UNDO_LIFETIME),
                },
                account: jane().into(),
            }))
        });
        store.expect_undo().returning(move |write| {
            assert_eq!(write.command.reset.email_canonical, "old@example.org");
            let [job] = write.jobs.as_slice() else {
                panic!("one letter");
            };
            let Work::Mail(Mail::SetPassword { to, token, .. }) = &job.work else {
                panic!("a link for a new password");
            };
            assert_eq!(to, "Old@example.org");
            assert_eq!(write.command.reset.digest, digest_of(token.as_bytes()));
            Ok(undone)
        });
        let contact = contact(store);
        let answer = now(contact.undo_email_change(&Secret::new("t"), &Origin::default()));
        assert_eq!(answer.is_ok(), valid);
        if !valid {
            assert!(matches!(answer, Err(UndoEmailChangeError::InvalidToken)));
        }
    }
    let mut store = MockEmailChangeStore::new();
    store.expect_by_undo_token().return_once(|_, _| Err(down()));
    let contact = contact(store);
    let answer = now(contact.undo_email_change(&Secret::new("t"), &Origin::default()));
    assert!(matches!(answer, Err(UndoEmailChangeError::Store(_))));
}

#[test]
fn a_pending_change_is_looked_for_now() {
    let mut store = MockEmailChangeStore::new();
    let change = EmailChange {
        user: jane().id,
        new_email: email("new@example.com"),
        created_at: jane().created_at,
        expires_at: jane().created_at.after(EMAIL_CHANGE_LIFETIME),
    };
    let found = change.clone();
    store
        .expect_pending()
        .withf(|user, at| *user == jane().id && *at == World::new().clock.now())
        .return_once(|_, _| Ok(Some(found)));
    let answer = now(contact(store).email_change(jane().id));
    assert_eq!(answer.expect("found"), Some(change));
}

#[test]
fn a_phone_number_must_be_possible() {
    let contact = contact(MockEmailChangeStore::new());
    let number = contact.parse_phone(" +15551234567 ").expect("a number");
    assert_eq!(number.as_str(), "+15551234567");
    for raw in ["+15551234568", "555 1234", ""] {
        let refused = contact.parse_phone(raw).expect_err(raw);
        assert_eq!(refused.code, "invalid_phone_number");
    }
}
