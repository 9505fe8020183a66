//! The walk's way through changes of e-mail addresses.

use std::time::Duration;

use vestibule_domain::contact::{
    CancelEmailChange, ConfirmEmailChange, EMAIL_CHANGE_LIFETIME, EmailChange, StartEmailChange,
    TryCode, UNDO_LIFETIME, UndoEmailChange,
};
use vestibule_domain::credentials::{IssueToken, TokenKind};
use vestibule_domain::kernel::UserId;
use vestibule_testkit::doubles::digest;
use vestibule_testkit::fixtures::email;

use super::walk::Walk;

impl Walk {
    pub(super) async fn email_changes(&self, user: UserId) {
        let store = &self.storage.email_changes;
        let now = self.make.now();
        let start = |name: &str| StartEmailChange {
            change: EmailChange {
                user,
                new_email: email(&format!("{name}@example.org")),
                created_at: now,
                expires_at: now.after(EMAIL_CHANGE_LIFETIME),
            },
            token: digest(name),
            code: digest("123456"),
        };
        for (name, old) in [
            ("first", "ada@example.com"),
            ("second", "first@example.org"),
        ] {
            store.start(self.write(start(name))).await.expect("start");
            store.pending(user, now).await.expect("pending");
            store.by_token(digest(name), now).await.expect("by_token");
            let tried = store.try_code(self.write(TryCode { user })).await;
            assert!(tried.expect("try_code").is_some());
            let confirm = ConfirmEmailChange {
                user,
                token: digest(name),
                old: email(old),
                undo: digest(old),
                undo_expires_at: now.after(UNDO_LIFETIME),
            };
            let confirmed = store.confirm(self.write(confirm)).await;
            assert!(confirmed.expect("confirm").is_some());
            self.make.later(Duration::from_secs(1));
        }
        let undo = digest("first@example.org");
        store.by_undo_token(undo, now).await.expect("by_undo_token");
        let account = self.make.account("ada");
        let undo = UndoEmailChange {
            user,
            token: undo,
            reset: self.make.token(TokenKind::ResetPassword, &account),
        };
        assert!(store.undo(self.write(undo)).await.expect("undo"));
        store
            .start(self.write(start("third")))
            .await
            .expect("start");
        let cancel = CancelEmailChange {
            user,
            expected: None,
        };
        let cancelled = store.cancel(self.write(cancel)).await;
        assert!(cancelled.expect("cancel"));
        store
            .start(self.write(start("fourth")))
            .await
            .expect("start");
        // One that can be restored is left, too.
        let confirm = ConfirmEmailChange {
            user,
            token: digest("fourth"),
            old: email("first@example.org"),
            undo: digest("fourth undo"),
            undo_expires_at: now.after(UNDO_LIFETIME),
        };
        store.confirm(self.write(confirm)).await.expect("confirm");
        store
            .start(self.write(start("fifth")))
            .await
            .expect("start");
        store.former(user, now).await.expect("former");
        let token = self.make.token(TokenKind::VerifyEmail, &account);
        let issue = IssueToken { user, token };
        let credentials = &self.storage.credentials;
        credentials
            .issue_token(self.write(issue))
            .await
            .expect("issue_token");
    }
}
