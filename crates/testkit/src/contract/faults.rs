//! A store that cannot be reached: no port may take that for absence, for an
//! empty list or for success.
//!
//! Nothing is read through the handle before the store goes down, so that no
//! cache may answer in its place.

use std::fmt::Debug;

use serde_json::Map;
use vestibule_domain::addresses::AddressChanges;
use vestibule_domain::api_keys::KeyUseCount;
use vestibule_domain::contact::{CancelEmailChange, TryCode};
use vestibule_domain::credentials::{IssueToken, Rehash, TokenKind};
use vestibule_domain::devices::RefreshDevice;
use vestibule_domain::identities::InstanceName;
use vestibule_domain::inquiries::{AddReply, InquiryStatus, OpenInquiry, SetInquiryStatus};
use vestibule_domain::kernel::{Day, GuardError, StoreError};
use vestibule_domain::messages::Audience;
use vestibule_domain::organizations::{
    InvitedRole, OrganizationChanges, RevokeInvitation, Role, SetDefault,
};
use vestibule_domain::personal_data::HideAccount;
use vestibule_domain::sessions::{EndSession, OpenSession, RotateRefresh, SessionUse};
use vestibule_domain::users::{MergeSettings, UserChanges, UserFilter, VerifyEmail};

use super::api_key_changes::{removal, rotation};
use super::credentials::{hash, replace};
use super::paging::first_page;
use super::password_reset::reset;
use super::trial::{FIRST_CREDENTIAL, Trial};
use super::{
    addresses, companies, devices, email_changes, email_undo, identities, identity_codes,
    identity_flows, members, messages, organization_changes, session_lists, user_changes,
};
use crate::doubles::digest;
use crate::fixtures::{avatar_key, new_user, provider};

trait Fault: Debug {
    fn is_unavailable(&self) -> bool;
}

impl Fault for StoreError {
    fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl<R: Debug> Fault for GuardError<R> {
    fn is_unavailable(&self) -> bool {
        matches!(self, Self::Store(StoreError::Unavailable(_)))
    }
}

fn assert_unavailable<T>(call: &str, answer: Result<T, impl Fault>) {
    match answer {
        Ok(_) => panic!("{call} succeeded while the store was down"),
        Err(fault) => assert!(
            fault.is_unavailable(),
            "{call} answered {fault:?} while the store was down"
        ),
    }
}

/// Makes each call on a port of the store that is down.
macro_rules! unavailable {
    ($t:ident.$port:ident: $($method:ident($($argument:expr),* $(,)?)),+ $(,)?) => {
        $(assert_unavailable(
            concat!(stringify!($port), ".", stringify!($method)),
            $t.store.$port.$method($($argument),*).await,
        );)+
    };
}

pub(super) async fn users(t: Trial) {
    let (ada, _) = t.signed_in_user("ada").await;
    let key = t.make.token(TokenKind::VerifyEmail, &ada).digest;
    if !t.take_down().await {
        return;
    }
    let merge = MergeSettings {
        user: ada.id,
        changes: Map::new(),
        expected: None,
    };
    unavailable!(t.users:
        register(t.write(new_user(t.make.account("bob")))),
        account(ada.id),
        account(t.make.id()),
        by_username(&ada.username),
        by_email(&ada.email),
        update(t.write(user_changes::update(&ada, UserChanges::default()))),
        verify_email(t.write(VerifyEmail { token: key })),
        settings(ada.id),
        merge_settings(t.write(merge)),
        avatars_in_use(&[avatar_key("ada")]),
        list(UserFilter::default(), first_page()),
    );
}

pub(super) async fn credentials(t: Trial) {
    let ada = t.user("ada").await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    if !t.take_down().await {
        return;
    }
    let rehash = Rehash {
        user: ada.id,
        checked: FIRST_CREDENTIAL,
        password_hash: hash("dearer hash"),
    };
    let issue = IssueToken {
        user: ada.id,
        token: t.make.token(TokenKind::ResetPassword, &ada),
    };
    unavailable!(t.credentials:
        by_username(&ada.username),
        by_email(&ada.email),
        by_user(ada.id),
        by_reset_token(ada.id, token.digest, t.make.now()),
        replace_password(t.write(replace(ada.id, FIRST_CREDENTIAL, None))),
        issue_token(t.write(issue)),
        reset_password(t.write(reset(ada.id, &token))),
        rehash(t.write(rehash)),
    );
}

pub(super) async fn sessions(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    if !t.take_down().await {
        return;
    }
    let open = OpenSession {
        session: t.make.session(&ada),
        checked: FIRST_CREDENTIAL,
    };
    let rotate = RotateRefresh {
        session: session.session.id,
        old: session.refresh,
        new: digest("second"),
    };
    let end = EndSession {
        user: ada.id,
        session: session.session.id,
    };
    let used = SessionUse {
        user: ada.id,
        session: session.session.id,
        at: t.make.now(),
    };
    let others = session_lists::others(&t, &session);
    unavailable!(t.sessions:
        open(t.write(open)),
        signed_in(session.session.id, ada.id),
        by_cookie(session.cookie.expect("a cookie")),
        refresh_record(session.refresh),
        rotate_refresh(t.write(rotate)),
        end(t.write(end)),
        list(ada.id, None, first_page()),
        end_others(t.write(others)),
        record_use(&[used]),
    );
}

pub(super) async fn email_changes(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let start = t.started(&ada, "new@example.org").await;
    let (_, confirmed) = t.moved(&bob, "moved@example.org").await;
    if !t.take_down().await {
        return;
    }
    let now = t.make.now();
    let cancel = CancelEmailChange {
        user: ada.id,
        expected: None,
    };
    unavailable!(t.email_changes:
        start(t.write(start.clone())),
        pending(ada.id, now),
        cancel(t.write(cancel)),
        by_token(start.token, now),
        try_code(t.write(TryCode { user: ada.id })),
        confirm(t.write(email_changes::confirm(&t, &ada, &start))),
        by_undo_token(confirmed.undo, now),
        undo(t.write(email_undo::undo(&t, &confirmed))),
        former(bob.id, now),
    );
}

pub(super) async fn addresses(t: Trial) {
    let ada = t.user("ada").await;
    let address = t.added(ada.id, "Ada", true).await;
    if !t.take_down().await {
        return;
    }
    let change = addresses::change(&address, AddressChanges::default());
    unavailable!(t.addresses:
        add(t.write(addresses::add(t.make.address(ada.id, "other")))),
        list(ada.id, first_page()),
        find(ada.id, address.id),
        change(t.write(change)),
        remove(t.write(addresses::remove(&address))),
    );
}

pub(super) async fn devices(t: Trial) {
    let ada = t.user("ada").await;
    let device = t.device(ada.id, "token").await;
    if !t.take_down().await {
        return;
    }
    let refresh = RefreshDevice {
        user: ada.id,
        device: device.id,
        token: None,
    };
    unavailable!(t.devices:
        register(t.write(t.make.device(ada.id, "other"))),
        list(ada.id, first_page()),
        find(ada.id, device.id),
        deactivate(t.write(devices::one(&device))),
        refresh(t.write(refresh)),
        delete(t.write(devices::one(&device))),
    );
}

pub(super) async fn inquiries(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    if !t.take_down().await {
        return;
    }
    let open = OpenInquiry {
        inquiry: t.make.inquiry(ada.id, "other"),
        quota: 10,
    };
    let set = SetInquiryStatus {
        inquiry: inquiry.id,
        status: InquiryStatus::Closed,
        expected: None,
    };
    let reply = AddReply {
        inquiry: inquiry.id,
        reply: t.make.reply("answer"),
    };
    unavailable!(t.inquiries:
        open(t.write(open)),
        list_own(ada.id, first_page()),
        list_all(None, first_page()),
        find(inquiry.id),
        set_status(t.write(set)),
        reply(t.write(reply)),
    );
}

pub(super) async fn organizations(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let (invitation, token) = t.invited(&of_ada, ada.id, "bob@example.com").await;
    let organization = of_ada.organization.id;
    let company = of_ada.organization.company.id;
    if !t.take_down().await {
        return;
    }
    let change = organization_changes::change(&of_ada, ada.id, OrganizationChanges::default());
    let default = SetDefault {
        user: ada.id,
        organization,
    };
    unavailable!(t.organizations:
        create(t.write(t.new_organization(ada.id, "other"))),
        list(ada.id, first_page()),
        find(ada.id, organization),
        by_number(ada.id, of_ada.organization.number),
        default_of(ada.id),
        in_common(ada.id, ada.id),
        change(t.write(change)),
        delete(t.write(organization_changes::delete(&of_ada, ada.id))),
        set_default(t.write(default)),
        stakes(ada.id),
    );
    unavailable!(t.members:
        list(organization, first_page()),
        find(organization, ada.id),
        change_role(t.write(members::role(&of_ada, ada.id, ada.id, Role::Owner))),
        remove(t.write(members::remove(&of_ada, ada.id, ada.id))),
        transfer(t.write(members::transfer(&of_ada, ada.id, ada.id))),
    );
    let other = t.invite(&of_ada, ada.id, "carol@example.com", InvitedRole::Admin);
    let revoke = RevokeInvitation {
        actor: ada.id,
        organization,
        invitation: invitation.id,
    };
    unavailable!(t.invitations:
        invite(t.write(other)),
        list(organization, first_page()),
        find(organization, invitation.id),
        by_token(token, t.make.now()),
        revoke(t.write(revoke)),
        accept(t.write(t.accept(ada.id, token))),
    );
    unavailable!(t.companies:
        list(ada.id, first_page()),
        find(ada.id, company),
        of_member(ada.id, company),
        find_any(company),
        rename(t.write(companies::rename(company, ada.id, "other"))),
        set_max_documents(t.write(companies::limit(company, 5))),
    );
}

pub(super) async fn api_keys(t: Trial) {
    let ada = t.key_owner("ada").await;
    let key = t.key(Some(ada.id)).await;
    if !t.take_down().await {
        return;
    }
    unavailable!(t.api_keys:
        create(t.write(t.make.api_key(Some(ada.id)))),
        by_digest(key.digest),
        list(Some(ada.id), first_page()),
        find(key.key.id),
        rotate(t.write(rotation(ada.id, key.key.id, "new"))),
        remove(t.write(removal(None, &key.key))),
        record_use(&[KeyUseCount {
            key: key.key.id,
            day: Day(20_000),
            requests: 1,
            errors: 0,
            last_used_at: None,
        }]),
        usage(ada.id, Day(0), Day(1)),
    );
}

pub(super) async fn identities(t: Trial) {
    let ada = t.user("ada").await;
    let identity = t.identity(ada.id, "ada").await;
    let instance = InstanceName::parse("mastodon.social").expect("an instance");
    if !t.take_down().await {
        return;
    }
    let code = identity_codes::code(&t, "code", &identity.account);
    unavailable!(t.identities:
        begin(t.write(identity_flows::flow(&t, "state"))),
        take_flow(t.write(identity_flows::take("state"))),
        link(t.write(t.make.identity(ada.id, "github", "other"))),
        list(ada.id, first_page()),
        find(ada.id, identity.id),
        tokens(ada.id, identity.id),
        record_check(t.write(identities::refused(&identity))),
        unlink(t.write(identities::unlink(&identity))),
        put_login_code(t.write(code)),
        take_login_code(t.write(digest("code"))),
        client(&provider("mastodon"), &instance),
        keep_client(t.write(t.make.instance_client())),
    );
}

pub(super) async fn idempotency(t: Trial) {
    if !t.take_down().await {
        return;
    }
    unavailable!(t.once:
        find(digest("key"), t.make.now()),
        record(t.write(()).job(t.make.job(None))),
    );
}

pub(super) async fn outbox(t: Trial) {
    let job = t.make.job(None);
    let stored = t.store.once.record(t.write(()).job(job.clone())).await;
    stored.expect("record");
    if !t.take_down().await {
        return;
    }
    let now = t.make.now();
    unavailable!(t.outbox:
        claim(now, now, 10),
        complete(&[job.id]),
        retry(job.id, now),
        release(now),
    );
}

pub(super) async fn activity(t: Trial) {
    let ada = t.user("ada").await;
    if !t.take_down().await {
        return;
    }
    unavailable!(t.activity: list(ada.id, first_page()));
}

pub(super) async fn maintenance(t: Trial) {
    if !t.take_down().await {
        return;
    }
    unavailable!(t.maintenance:
        purge(t.make.now(), 10),
        purge_log(t.make.now(), 10),
    );
}

pub(super) async fn messages(t: Trial) {
    let ada = t.user("ada").await;
    let message = t.message(ada.id, "Hi").await;
    if !t.take_down().await {
        return;
    }
    unavailable!(t.messages:
        post(t.write(t.make.message(ada.id, "other"))),
        list(ada.id, Audience::Author, first_page()),
        slice(ada.id, Audience::Author, 0, 10),
        find(ada.id, message.id),
        delete(t.write(messages::one(&message))),
    );
}

pub(super) async fn erasure(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    t.hide(bob.id).await;
    if !t.take_down().await {
        return;
    }
    unavailable!(t.erasure:
        hide(t.write(HideAccount { user: ada.id })),
        pending(10),
        erase(bob.id, 10),
        forget(bob.id),
    );
}
