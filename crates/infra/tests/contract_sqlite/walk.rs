//! A walk through every method of every storage port.

use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::activity::Event;
use vestibule_domain::addresses::{AddAddress, AddressChanges, ChangeAddress, RemoveAddress};
use vestibule_domain::api_keys::{KeyUseCount, RemoveKey, RotateKey};
use vestibule_domain::app::Storage;
use vestibule_domain::credentials::{
    CredentialVersion, IssueToken, PasswordHash, Rehash, ReplacePassword, ResetPassword, TokenKind,
};
use vestibule_domain::devices::{OneDevice, RefreshDevice};
use vestibule_domain::inquiries::{AddReply, InquiryStatus, OpenInquiry, SetInquiryStatus};
use vestibule_domain::kernel::{
    Anchor, Day, Id, IdKind, Once, PageRequest, PageSize, SessionId, UserId, Write,
};
use vestibule_domain::messages::{Audience, OneMessage};
use vestibule_domain::personal_data::HideAccount;
use vestibule_domain::sessions::{EndSession, OpenSession, RotateRefresh, SessionUse};
use vestibule_domain::users::{
    MergeSettings, NewUser, UpdateUser, UserChanges, UserFilter, VerifyEmail,
};
use vestibule_testkit::doubles::digest;
use vestibule_testkit::fixtures::{Fixtures, json_object, new_user};

/// Calls every method of every storage port for one user, who in the end has
/// a row in every table.
pub(super) struct Walk {
    pub(super) storage: Storage,
    pub(super) make: Fixtures,
}

impl Walk {
    pub(super) fn new(storage: Storage) -> Self {
        Self {
            storage,
            make: Fixtures::default(),
        }
    }

    pub(super) fn write<C, A>(&self, command: C) -> Write<C, A> {
        Write::new(command, self.make.now())
    }

    pub(super) async fn through_every_port(&self) -> UserId {
        let (user, session) = self.users().await;
        self.sessions(user, session).await;
        self.addresses(user).await;
        self.devices(user).await;
        self.inquiries(user).await;
        self.organizations(user).await;
        self.credentials(user).await;
        self.email_changes(user).await;
        self.messages(user).await;
        self.erasure().await;
        self.identities(user).await;
        self.the_rest(user).await;
        user
    }

    async fn users(&self) -> (UserId, SessionId) {
        let account = self.make.account("ada");
        let (user, session) = (account.id, self.make.session(&account));
        let token = self.make.token(TokenKind::VerifyEmail, &account);
        let new = NewUser {
            session: Some(session.clone()),
            token: Some(token.clone()),
            ..new_user(account.clone())
        };
        let write = self
            .write(new)
            .job(self.make.job(Some(user)))
            .log(self.make.log_entry(user, Event::AccountCreated))
            .log(self.make.log_entry(user, Event::SessionCreated))
            .once(Some(Once {
                key: digest("a key"),
                fingerprint: digest("a body"),
                user: Some(user),
                seal: Arc::new(|()| b"an answer".to_vec()),
            }));
        let users = &self.storage.users;
        users.register(write).await.expect("register");
        users.account(user).await.expect("account");
        users
            .by_username(&account.username)
            .await
            .expect("by_username");
        users.by_email(&account.email).await.expect("by_email");
        let update = UpdateUser {
            user,
            expected: Some(account.version),
            changes: UserChanges {
                is_admin: Some(true),
                can_manage_api_environment: Some(true),
                ..UserChanges::default()
            },
            end_sessions: false,
        };
        users.update(self.write(update)).await.expect("update");
        let verify = VerifyEmail {
            token: token.digest,
        };
        users
            .verify_email(self.write(verify))
            .await
            .expect("verify_email");
        let merge = MergeSettings {
            user,
            expected: None,
            changes: json_object(),
        };
        users
            .merge_settings(self.write(merge))
            .await
            .expect("merge_settings");
        users.settings(user).await.expect("settings");
        for page in pages(user) {
            for filter in [
                UserFilter::default(),
                UserFilter {
                    email: Some(account.email.clone()),
                    search: None,
                },
                UserFilter {
                    email: None,
                    search: Some("da".to_owned()),
                },
            ] {
                users.list(filter, page).await.expect("list");
            }
        }
        (user, session.session.id)
    }

    async fn sessions(&self, user: UserId, first: SessionId) {
        let sessions = &self.storage.sessions;
        let account = self.storage.users.account(user).await;
        let account = account.expect("account").expect("an account");
        let new = self.make.session(&account);
        let open = OpenSession {
            session: new.clone(),
            checked: CredentialVersion(1),
        };
        sessions.open(self.write(open)).await.expect("open");
        sessions.signed_in(first, user).await.expect("signed_in");
        let cookie = new.cookie.expect("a cookie");
        sessions.by_cookie(cookie).await.expect("by_cookie");
        sessions
            .refresh_record(new.refresh)
            .await
            .expect("refresh_record");
        let rotate = RotateRefresh {
            session: new.session.id,
            old: new.refresh,
            new: digest("the successor"),
        };
        assert!(
            sessions
                .rotate_refresh(self.write(rotate))
                .await
                .expect("rotate")
        );
        let session_use = SessionUse {
            user,
            session: first,
            at: self.make.now(),
        };
        sessions
            .record_use(&[session_use])
            .await
            .expect("record_use");
        let end = EndSession {
            user,
            session: first,
        };
        assert!(sessions.end(self.write(end)).await.expect("end"));
    }

    async fn addresses(&self, user: UserId) {
        let addresses = &self.storage.addresses;
        let mut ids = Vec::new();
        for name in ["Home", "Office"] {
            let add = AddAddress {
                address: self.make.address(user, name),
                quota: 50,
            };
            let added = addresses.add(self.write(add)).await;
            ids.push(added.expect("add").id);
        }
        for page in pages(ids[0]) {
            addresses.list(user, page).await.expect("list");
        }
        addresses.find(user, ids[0]).await.expect("find");
        let change = ChangeAddress {
            user,
            address: ids[1],
            expected: None,
            changes: AddressChanges {
                is_primary: Some(true),
                ..Default::default()
            },
        };
        addresses.change(self.write(change)).await.expect("change");
        let remove = RemoveAddress {
            user,
            address: ids[1],
            expected: None,
        };
        addresses.remove(self.write(remove)).await.expect("remove");
    }

    async fn devices(&self, user: UserId) {
        let devices = &self.storage.devices;
        let put = self.make.device(user, "a token");
        devices
            .register(self.write(put.clone()))
            .await
            .expect("register");
        devices
            .register(self.write(put.clone()))
            .await
            .expect("confirm");
        for page in pages(put.id) {
            devices.list(user, page).await.expect("list");
        }
        devices.find(user, put.id).await.expect("find");
        let other = self.make.device(user, "another token");
        devices
            .register(self.write(other.clone()))
            .await
            .expect("register");
        let refresh = RefreshDevice {
            user,
            device: put.id,
            token: Some((other.token, other.token_digest)),
        };
        devices.refresh(self.write(refresh)).await.expect("refresh");
        let one = OneDevice {
            user,
            device: put.id,
            expected: None,
        };
        devices
            .deactivate(self.write(one))
            .await
            .expect("deactivate");
        devices.delete(self.write(one)).await.expect("delete");
        devices.register(self.write(put)).await.expect("register");
    }

    async fn inquiries(&self, user: UserId) {
        let inquiries = &self.storage.inquiries;
        let inquiry = self.make.inquiry(user, "Help");
        let id = inquiry.id;
        let open = OpenInquiry { inquiry, quota: 1 };
        inquiries.open(self.write(open)).await.expect("open");
        for page in pages(id) {
            inquiries.list_own(user, page).await.expect("list_own");
            for status in [None, Some(InquiryStatus::Open)] {
                inquiries.list_all(status, page).await.expect("list_all");
            }
        }
        inquiries.find(id).await.expect("find");
        let add = AddReply {
            inquiry: id,
            reply: self.make.reply("Here."),
        };
        inquiries.reply(self.write(add)).await.expect("reply");
        let set = SetInquiryStatus {
            inquiry: id,
            status: InquiryStatus::Closed,
            expected: None,
        };
        inquiries
            .set_status(self.write(set))
            .await
            .expect("set_status");
    }

    async fn credentials(&self, user: UserId) {
        let credentials = &self.storage.credentials;
        let credential = credentials.by_user(user).await.expect("by_user");
        let credential = credential.expect("a credential");
        let account = &credential.account;
        credentials
            .by_username(&account.username)
            .await
            .expect("by_username");
        credentials
            .by_email(&account.email)
            .await
            .expect("by_email");
        let replace = ReplacePassword {
            user,
            checked: credential.version,
            password_hash: PasswordHash::new("a hash"),
            keep: Some(self.make.id()),
        };
        credentials
            .replace_password(self.write(replace))
            .await
            .expect("replace_password");
        let token = self.make.token(TokenKind::ResetPassword, account);
        let reset = ResetPassword {
            user,
            token: token.digest,
            password_hash: PasswordHash::new("a hash"),
        };
        let issue = IssueToken { user, token };
        credentials
            .issue_token(self.write(issue))
            .await
            .expect("issue_token");
        let now = self.make.now();
        credentials
            .by_reset_token(user, reset.token, now)
            .await
            .expect("by_reset_token");
        assert!(
            credentials
                .reset_password(self.write(reset))
                .await
                .expect("reset_password")
        );
        let credential = credentials.by_user(user).await.expect("by_user");
        let rehash = Rehash {
            user,
            checked: credential.expect("a credential").version,
            password_hash: PasswordHash::new("a costlier hash"),
        };
        credentials
            .rehash(self.write(rehash))
            .await
            .expect("rehash");
        let token = self.make.token(TokenKind::VerifyEmail, account);
        let issue = IssueToken { user, token };
        credentials
            .issue_token(self.write(issue))
            .await
            .expect("issue_token");
    }

    async fn messages(&self, user: UserId) {
        let messages = &self.storage.messages;
        let [kept, gone] = ["kept", "gone"].map(|body| self.make.message(user, body));
        for message in [&kept, &gone] {
            let posted = messages.post(self.write(message.clone())).await;
            posted.expect("post");
        }
        for audience in [Audience::Author, Audience::Others] {
            for page in pages(kept.id) {
                messages.list(user, audience, page).await.expect("list");
            }
            let slice = messages.slice(user, audience, 1, 5).await;
            slice.expect("slice");
        }
        messages.find(user, kept.id).await.expect("find");
        let one = OneMessage {
            author: user,
            message: gone.id,
        };
        assert!(messages.delete(self.write(one)).await.expect("delete"));
    }

    /// One account is erased to its end, another one is hidden for good.
    async fn erasure(&self) {
        let erasure = &self.storage.erasure;
        for name in ["erased", "hidden"] {
            let account = self.make.account(name);
            let user = account.id;
            let registered = self.storage.users.register(self.write(new_user(account)));
            registered.await.expect("register");
            let hide = HideAccount { user };
            erasure.hide(self.write(hide)).await.expect("hide");
            erasure.pending(10).await.expect("pending");
            while erasure.erase(user, 10).await.expect("erase") {}
            if name == "erased" {
                erasure.forget(user).await.expect("forget");
            }
        }
        erasure.purge_journal().await.expect("purge_journal");
    }

    async fn keys(&self, user: UserId) {
        let keys = &self.storage.api_keys;
        let lasting = self.make.api_key(Some(user));
        keys.create(self.write(lasting)).await.expect("create");
        let key = self.make.api_key(Some(user));
        let (id, by_digest) = (key.key.id, key.digest);
        keys.create(self.write(key)).await.expect("create");
        keys.by_digest(by_digest).await.expect("by_digest");
        for page in pages(id) {
            keys.list(Some(user), page).await.expect("list");
        }
        keys.find(id).await.expect("find");
        let rotate = RotateKey {
            owner: user,
            key: id,
            digest: digest("another key"),
            prefix: "vst_".to_owned(),
        };
        keys.rotate(self.write(rotate)).await.expect("rotate");
        let count = KeyUseCount {
            key: id,
            day: Day(20_000),
            requests: 1,
            errors: 0,
            last_used_at: Some(self.make.now()),
        };
        keys.record_use(&[count]).await.expect("record_use");
        keys.usage(user, Day(0), Day(30_000)).await.expect("usage");
        let remove = RemoveKey {
            owner: Some(user),
            key: id,
            expected: None,
        };
        assert!(keys.remove(self.write(remove)).await.expect("remove"));
    }

    async fn the_rest(&self, user: UserId) {
        let now = self.make.now();
        self.keys(user).await;
        self.storage
            .once
            .find(digest("a key"), now)
            .await
            .expect("find");
        let outbox = &self.storage.outbox;
        let due = outbox.claim(now, now, 10).await.expect("claim");
        outbox.retry(due[0].id, now).await.expect("retry");
        outbox.complete(&[self.make.id()]).await.expect("complete");
        let purged = self.storage.maintenance.purge(now, 10).await;
        assert_eq!(purged.expect("purge"), 0);
        let later = now.after(Duration::from_secs(1));
        let purged = self.storage.maintenance.purge_log(later, 1).await;
        assert_eq!(purged.expect("purge_log"), 1);
        // What ends at once, for the statements of a purge that finds something.
        let account = self.storage.users.account(user).await;
        let account = account.expect("account").expect("an account");
        let mut ended = self.make.session(&account);
        ended.session.expires_at = now.before(Duration::from_secs(1));
        let credential = self.storage.credentials.by_user(user).await;
        let checked = credential.expect("by_user").expect("a credential").version;
        let lasting = self.make.session(&account);
        for session in [ended, lasting] {
            let open = OpenSession { session, checked };
            self.storage
                .sessions
                .open(self.write(open))
                .await
                .expect("open");
        }
        let purged = self.storage.maintenance.purge(now, 10).await;
        assert_eq!(purged.expect("purge"), 1);
    }
}

/// A page of each kind.
pub(super) fn pages<K: IdKind>(anchor: Id<K>) -> [PageRequest<K>; 3] {
    let size = PageSize::new(5).expect("a size");
    [
        Anchor::Number,
        Anchor::After(anchor),
        Anchor::Before(anchor),
    ]
    .map(|anchor| PageRequest {
        number: 1,
        size,
        anchor,
    })
}
