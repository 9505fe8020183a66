//! What was written through a handle is read through the same handle at once.
//!
//! Nothing but that handle is used here: another one on the same data could
//! make a cache drop what it should have dropped by itself. Each reading fills
//! whatever cache there is, and is made twice.

use std::time::Duration;

use serde_json::{Map, json};
use vestibule_domain::addresses::{Address, AddressChanges};
use vestibule_domain::credentials::{Credential, Rehash, TokenKind};
use vestibule_domain::devices::{Device, RefreshDevice};
use vestibule_domain::identities::Identity;
use vestibule_domain::inquiries::{AddReply, InquiryStatus, InquiryThread};
use vestibule_domain::kernel::{Digest, UserId};
use vestibule_domain::messages::{Audience, Message};
use vestibule_domain::sessions::{
    EndSession, NewSession, RotateRefresh, Session, SessionPolicy, SessionUse, SignedIn,
};
use vestibule_domain::users::{Account, MergeSettings, UserChanges, UserFilter, VerifyEmail};

use super::credentials::{hash, replace};
use super::maintenance::{MICROSECOND, purge};
use super::paging::first_page;
use super::password_reset::reset;
use super::refresh_tokens::rotate;
use super::trial::{FIRST_CREDENTIAL, Trial, assert_is};
use super::user_changes::{first_name, update};
use super::verification::unverified;
use super::{addresses, devices, identities};
use crate::doubles::digest;

async fn assert_account(t: &Trial, account: &Account) {
    for _ in 0..2 {
        let found = t.store.users.account(account.id).await.expect("account");
        assert_eq!(found.as_deref(), Some(account));
    }
}

async fn assert_every_account(t: &Trial, account: &Account) {
    assert_account(t, account).await;
    for _ in 0..2 {
        let users = &t.store.users;
        let found = [
            users.by_username(&account.username).await,
            users.by_email(&account.email).await,
        ];
        for found in found {
            assert_eq!(found.expect("a look-up").as_deref(), Some(account));
        }
        let page = users.list(UserFilter::default(), first_page()).await;
        assert_eq!(*page.expect("list").items[0], *account);
    }
}

pub(super) async fn users(t: Trial) {
    let (mut ada, token) = unverified(&t, "ada").await;
    assert_every_account(&t, &ada).await;
    for number in 0..3 {
        let mut command = update(&ada, first_name(&format!("Ada {number}")));
        command.end_sessions = number == 1;
        t.make.later(Duration::from_secs(1));
        let updated = t.store.users.update(t.write(command)).await;
        ada = updated.expect("update").as_ref().clone();
        assert_every_account(&t, &ada).await;
    }
    let verify = t.write(VerifyEmail {
        token: token.digest,
    });
    let verified = t.store.users.verify_email(verify).await;
    let verified = verified.expect("verify_email").expect("an account");
    assert!(verified.email_verified);
    assert_every_account(&t, &verified).await;
    for number in 0..3 {
        let mut changes = Map::new();
        changes.insert("number".to_owned(), json!(number));
        let merge = t.write(MergeSettings {
            user: ada.id,
            changes,
            expected: None,
        });
        let merged = t.store.users.merge_settings(merge).await;
        let merged = merged.expect("merge_settings");
        for _ in 0..2 {
            let settings = t.store.users.settings(ada.id).await.expect("settings");
            assert_eq!(settings.as_ref(), Some(&merged));
        }
    }
}

async fn assert_credential(t: &Trial, user: UserId, expected: impl Fn(&Credential) -> bool) {
    let username = t.store.credentials.by_user(user).await.expect("by_user");
    let account = username.expect("a credential").account;
    for _ in 0..2 {
        let credentials = &t.store.credentials;
        let found = [
            credentials.by_user(user).await,
            credentials.by_username(&account.username).await,
            credentials.by_email(&account.email).await,
        ];
        for credential in found {
            let credential = credential.expect("a look-up").expect("a credential");
            assert!(expected(&credential), "an earlier state: {credential:?}");
        }
    }
}

pub(super) async fn credentials(t: Trial) {
    let ada = t.user("ada").await;
    let has = |version: i64, text: &'static str, epoch: i64| {
        move |credential: &Credential| {
            credential.version.0 == version
                && credential.password_hash == Some(hash(text))
                && credential.account.auth_epoch == epoch
        }
    };
    assert_credential(&t, ada.id, has(1, "hash of ada", 0)).await;
    let command = t.write(replace(ada.id, FIRST_CREDENTIAL, None));
    let replaced = t.store.credentials.replace_password(command).await;
    replaced.expect("replace_password");
    assert_credential(&t, ada.id, has(2, "new hash", 1)).await;
    let stored = t.store.credentials.by_user(ada.id).await;
    let rehash = t.write(Rehash {
        user: ada.id,
        checked: stored.expect("by_user").expect("a credential").version,
        password_hash: hash("dearer hash"),
    });
    t.store.credentials.rehash(rehash).await.expect("rehash");
    assert_credential(&t, ada.id, has(2, "dearer hash", 1)).await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let done = t.write(reset(ada.id, &token));
    let done = t.store.credentials.reset_password(done).await;
    assert!(done.expect("reset_password"));
    assert_credential(&t, ada.id, has(3, "reset hash", 2)).await;
    let account = t.store.users.account(ada.id).await.expect("account");
    assert!(account.expect("an account").email_verified);
}

/// What this handle answers for the session, by each of its secrets.
async fn signed_in(t: &Trial, new: &NewSession, refresh: Digest) -> Vec<Option<SignedIn>> {
    let sessions = &t.store.sessions;
    let mut found = Vec::new();
    for _ in 0..2 {
        let by_id = sessions.signed_in(new.session.id, new.session.user).await;
        let record = sessions.refresh_record(refresh).await;
        let by_cookie = sessions.by_cookie(new.cookie.expect("a cookie")).await;
        found.push(by_id.expect("signed_in"));
        found.push(by_cookie.expect("by_cookie"));
        found.push(record.expect("a record").map(|record| record.signed_in));
    }
    found
}

async fn assert_session(t: &Trial, new: &NewSession, session: &Session, account: &Account) {
    for found in signed_in(t, new, new.refresh).await {
        let found = found.expect("a session");
        assert_eq!(*found.session, *session);
        assert_eq!(*found.account, *account);
    }
}

async fn assert_not_live(t: &Trial, new: &NewSession) {
    let now = t.make.now();
    for found in signed_in(t, new, new.refresh).await {
        let is_live = found.is_some_and(|found| found.is_live(now, &SessionPolicy::default()));
        assert!(!is_live, "it is live still, through the same handle");
    }
}

async fn assert_gone(t: &Trial, new: &NewSession) {
    for found in signed_in(t, new, new.refresh).await {
        assert!(found.is_none(), "it is answered still, by the same handle");
    }
}

pub(super) async fn sessions(t: Trial) {
    let (mut ada, new) = t.signed_in_user("ada").await;
    let mut session = new.session.clone();
    assert_session(&t, &new, &session, &ada).await;
    let mut newest = new.refresh;
    for number in 0..2 {
        let next = digest(&format!("successor {number}"));
        session.last_used_at = t.make.later(Duration::from_mins(1));
        let rotate = t.write(RotateRefresh {
            session: session.id,
            old: newest,
            new: next,
        });
        let rotated = t.store.sessions.rotate_refresh(rotate).await;
        assert!(rotated.expect("rotate_refresh"));
        newest = next;
        assert_session(&t, &new, &session, &ada).await;
    }
    for _ in 0..2 {
        let at = t.make.later(Duration::from_mins(1));
        let used = SessionUse {
            user: ada.id,
            session: session.id,
            at,
        };
        let recorded = t.store.sessions.record_use(&[used]).await;
        recorded.expect("record_use");
        session.last_used_at = at;
        ada.last_seen_at = Some(at);
        assert_session(&t, &new, &session, &ada).await;
        assert_account(&t, &ada).await;
    }
    let other = t.open_session(&ada).await;
    assert_session(&t, &other, &other.session, &ada).await;
    let end = t.write(EndSession {
        user: ada.id,
        session: session.id,
    });
    assert!(t.store.sessions.end(end).await.expect("end"));
    assert_gone(&t, &new).await;
    assert_session(&t, &other, &other.session, &ada).await;
    let asks = t.open_session(&ada).await;
    assert_session(&t, &asks, &asks.session, &ada).await;
    let ended = t.write(super::session_lists::others(&t, &asks));
    let ended = t.store.sessions.end_others(ended).await;
    assert_eq!(ended.expect("end_others"), 1);
    assert_gone(&t, &other).await;
    let mut kept = asks.session.clone();
    ada.auth_epoch += 1;
    kept.auth_epoch = ada.auth_epoch;
    assert_session(&t, &asks, &kept, &ada).await;
}

pub(super) async fn users_and_sessions(t: Trial) {
    let (mut ada, new) = t.signed_in_user("ada").await;
    for number in 0..3 {
        assert_session(&t, &new, &new.session, &ada).await;
        let command = t.write(update(&ada, first_name(&format!("Ada {number}"))));
        let updated = t.store.users.update(command).await.expect("update");
        ada = updated.as_ref().clone();
    }
    assert_session(&t, &new, &new.session, &ada).await;
    let mut end = update(&ada, UserChanges::default());
    end.end_sessions = true;
    t.store.users.update(t.write(end)).await.expect("update");
    assert_not_live(&t, &new).await;
}

pub(super) async fn credentials_and_sessions(t: Trial) {
    let (mut ada, kept) = t.signed_in_user("ada").await;
    let other = t.open_session(&ada).await;
    assert_session(&t, &kept, &kept.session, &ada).await;
    assert_session(&t, &other, &other.session, &ada).await;
    let command = replace(ada.id, FIRST_CREDENTIAL, Some(kept.session.id));
    let replaced = t.store.credentials.replace_password(t.write(command)).await;
    replaced.expect("replace_password");
    ada.auth_epoch += 1;
    let session = Session {
        auth_epoch: ada.auth_epoch,
        ..kept.session.clone()
    };
    assert_session(&t, &kept, &session, &ada).await;
    assert_not_live(&t, &other).await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let done = t.write(reset(ada.id, &token));
    let done = t.store.credentials.reset_password(done).await;
    assert!(done.expect("reset_password"));
    assert_not_live(&t, &kept).await;
}

pub(super) async fn maintenance_and_sessions(t: Trial) {
    let (ada, new) = t.signed_in_user("ada").await;
    let successor = digest("successor");
    assert!(rotate(&t, new.session.id, new.refresh, successor).await);
    assert_eq!(signed_in(&t, &new, successor).await.len(), 6);
    let end = new.session.expires_at;
    assert_eq!(purge(&t, end.after(MICROSECOND), 10).await, 1);
    assert_gone(&t, &new).await;
    assert_account(&t, &ada).await;
}

async fn assert_addresses(t: &Trial, newest_first: &[&Address], account: &Account) {
    assert_account(t, account).await;
    for _ in 0..2 {
        let addresses = &t.store.addresses;
        let page = addresses.list(account.id, first_page()).await;
        let page = page.expect("list");
        let items: Vec<&Address> = page.items.iter().collect();
        assert_eq!(items, newest_first);
        for address in newest_first {
            let found = addresses.find(account.id, address.id).await.expect("find");
            assert_eq!(found.as_ref(), Some(*address));
        }
    }
}

pub(super) async fn addresses(t: Trial) {
    let mut ada = t.user("ada").await;
    assert_addresses(&t, &[], &ada).await;
    for _ in 0..2 {
        let address = t.added(ada.id, "Ada", false).await;
        ada.has_primary_address = true;
        assert_addresses(&t, &[&address], &ada).await;
        let changes = AddressChanges {
            name: Some(addresses::line("Augusta")),
            ..AddressChanges::default()
        };
        let command = t.write(addresses::change(&address, changes));
        let answer = t.store.addresses.change(command).await.expect("change");
        assert_addresses(&t, &[&answer], &ada).await;
        let command = t.write(addresses::remove(&address));
        t.store.addresses.remove(command).await.expect("remove");
        ada.has_primary_address = false;
        assert_addresses(&t, &[], &ada).await;
        let gone = t.store.addresses.find(ada.id, address.id).await;
        assert_is!(gone, Ok(None));
    }
}

async fn assert_devices(t: &Trial, user: UserId, newest_first: &[&Device]) {
    for _ in 0..2 {
        let page = t.store.devices.list(user, first_page()).await;
        let page = page.expect("list");
        let items: Vec<&Device> = page.items.iter().collect();
        assert_eq!(items, newest_first);
        for device in newest_first {
            let found = t.store.devices.find(user, device.id).await.expect("find");
            assert_eq!(found.as_ref(), Some(*device));
        }
    }
}

pub(super) async fn devices(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    assert_devices(&t, ada.id, &[]).await;
    let device = t.device(ada.id, "token").await;
    assert_devices(&t, ada.id, &[&device]).await;
    let stopped = t.store.devices.deactivate(t.write(devices::one(&device)));
    let stopped = stopped.await.expect("deactivate").expect("a device");
    assert_devices(&t, ada.id, &[&stopped]).await;
    let refresh = t.write(RefreshDevice {
        user: ada.id,
        device: device.id,
        token: None,
    });
    let device = t.store.devices.refresh(refresh).await.expect("refresh");
    assert_devices(&t, ada.id, &[&device]).await;
    // Another user takes the token, and with it the device.
    let of_bob = t.device(bob.id, "token").await;
    assert_devices(&t, ada.id, &[]).await;
    assert_devices(&t, bob.id, &[&of_bob]).await;
    let delete = t.write(devices::one(&of_bob));
    assert!(t.store.devices.delete(delete).await.expect("delete"));
    assert_devices(&t, bob.id, &[]).await;
}

async fn assert_identities(t: &Trial, user: UserId, newest_first: &[&Identity]) {
    for _ in 0..2 {
        let page = t.store.identities.list(user, first_page()).await;
        let page = page.expect("list");
        let items: Vec<&Identity> = page.items.iter().collect();
        assert_eq!(items, newest_first);
        for identity in newest_first {
            let found = t.store.identities.find(user, identity.id).await;
            assert_eq!(found.expect("find").as_ref(), Some(*identity));
        }
    }
}

pub(super) async fn identities(t: Trial) {
    let ada = t.user("ada").await;
    assert_identities(&t, ada.id, &[]).await;
    for _ in 0..2 {
        let identity = t.identity(ada.id, "ada").await;
        assert_identities(&t, ada.id, &[&identity]).await;
        let identity = identities::broken(&t, &identity).await;
        assert_identities(&t, ada.id, &[&identity]).await;
        let again = t.identity(ada.id, "ada").await;
        assert_identities(&t, ada.id, &[&again]).await;
        let unlink = t.write(identities::unlink(&again));
        t.store.identities.unlink(unlink).await.expect("unlink");
        assert_identities(&t, ada.id, &[]).await;
    }
}

async fn assert_thread(t: &Trial, thread: &InquiryThread) {
    let (inquiry, inquiries) = (&thread.inquiry, &t.store.inquiries);
    for _ in 0..2 {
        let found = inquiries.find(inquiry.id).await.expect("find");
        assert_eq!(found.as_ref(), Some(thread));
        let own = inquiries.list_own(inquiry.user, first_page()).await;
        assert_eq!(own.expect("list_own").items[0], *inquiry);
        let all = inquiries.list_all(None, first_page()).await;
        assert_eq!(all.expect("list_all").items[0].inquiry, *inquiry);
    }
}

pub(super) async fn inquiries(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    assert_thread(&t, &super::inquiries::thread(&inquiry, &ada)).await;
    for status in [InquiryStatus::Closed, InquiryStatus::Open] {
        t.make.later(Duration::from_secs(1));
        assert_thread(&t, &t.set_status(&inquiry, status).await).await;
    }
    for message in ["first", "second"] {
        t.make.later(Duration::from_secs(1));
        let reply = t.write(AddReply {
            inquiry: inquiry.id,
            reply: t.make.reply(message),
        });
        let thread = t.store.inquiries.reply(reply).await;
        assert_thread(&t, &thread.expect("reply").expect("a thread")).await;
    }
}

pub(super) async fn messages(t: Trial) {
    let ada = t.user("ada").await;
    let assert_messages = async |expected: &[Message]| {
        for _ in 0..2 {
            let messages = &t.store.messages;
            let page = messages.list(ada.id, Audience::Author, first_page()).await;
            assert_eq!(page.expect("list").items, expected);
            for message in expected {
                let found = messages.find(ada.id, message.id).await.expect("find");
                assert_eq!(found.as_ref(), Some(message));
            }
        }
    };
    assert_messages(&[]).await;
    let first = t.message(ada.id, "first").await;
    assert_messages(std::slice::from_ref(&first)).await;
    let second = t.message(ada.id, "second").await;
    assert_messages(&[second, first.clone()]).await;
    let delete = t.write(super::messages::one(&first));
    assert!(t.store.messages.delete(delete).await.expect("delete"));
    let found = t.store.messages.find(ada.id, first.id).await;
    assert_eq!(found.expect("find"), None);
}
