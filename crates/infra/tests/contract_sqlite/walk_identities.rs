//! The walk through the port of identities.

use std::time::Duration;

use vestibule_domain::identities::{
    Checked, Flow, NewFlow, Purpose, PutLoginCode, RecordCheck, TakeFlow, UnlinkIdentity,
};
use vestibule_domain::kernel::{Timestamp, UserId};
use vestibule_testkit::doubles::digest;
use vestibule_testkit::fixtures::{provider, provider_tokens};

use super::walk::{Walk, pages};

impl Walk {
    /// Leaves an identity, a flow and a code of the user.
    pub(super) async fn identities(&self, user: UserId) {
        let identities = &self.storage.identities;
        let now = self.make.now();
        let flow = |state: &str, expires_at: Timestamp| NewFlow {
            state: digest(state),
            browser: digest("cookie"),
            flow: Flow {
                provider: provider("github"),
                instance: None,
                purpose: Purpose::Link {
                    user,
                    session: self.make.id(),
                },
                expires_at,
            },
        };
        for state in ["taken", "left"] {
            let begin = self.write(flow(state, now.after(Duration::from_mins(1))));
            identities.begin(begin).await.expect("begin");
        }
        let take = self.write(TakeFlow {
            state: digest("taken"),
            browser: digest("cookie"),
            provider: provider("github"),
        });
        assert!(identities.take_flow(take).await.expect("taken").is_some());

        let link = self.make.identity(user, "github", "ada");
        let account = link.account.clone();
        let linked = identities.link(self.write(link.clone())).await;
        let identity = linked.expect("link").identity;
        let again = identities.link(self.write(link)).await;
        assert!(!again.expect("link").created);
        let second = self.make.identity(user, "github", "second");
        let second = identities.link(self.write(second)).await;
        let second = second.expect("link").identity;
        for page in pages(identity.id) {
            identities.list(user, page).await.expect("list");
        }
        identities.find(user, identity.id).await.expect("find");
        identities.tokens(user, identity.id).await.expect("tokens");
        let record = |checked| {
            self.write(RecordCheck {
                user,
                identity: second.id,
                checked,
            })
        };
        let refused = record(Checked::Refused {
            asked: second.version,
        });
        identities.record_check(refused).await.expect("refused");
        let confirmed = record(Checked::Confirmed {
            username: None,
            tokens: provider_tokens("new", None),
        });
        identities.record_check(confirmed).await.expect("confirmed");
        let unlink = self.write(UnlinkIdentity {
            user,
            identity: second.id,
            expected: None,
            providers: vec![provider("github")],
        });
        identities.unlink(unlink).await.expect("unlink");
        for code in ["taken", "left"] {
            let put = self.write(PutLoginCode {
                code: digest(code),
                expires_at: now.after(Duration::from_mins(1)),
                account: account.clone(),
                username: None,
                tokens: provider_tokens("new", None),
            });
            assert!(identities.put_login_code(put).await.expect("put"));
        }
        let take = self.write(digest("taken"));
        let taken = identities.take_login_code(take).await;
        assert_eq!(taken.expect("taken"), Some(user));
        let client = self.make.instance_client();
        let (at, instance) = (client.provider.clone(), client.instance.clone());
        let kept = identities.keep_client(self.write(client)).await;
        kept.expect("keep_client");
        identities.client(&at, &instance).await.expect("client");
    }
}
