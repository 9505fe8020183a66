//! Rules of roles, defaults and invitations that several organizations show.

use std::time::Duration;

use vestibule_domain::kernel::{GuardError, StoreError};
use vestibule_domain::organizations::{InvitationStatus, OrganizationRule, Role, SetDefault};
use vestibule_domain::users::Account;

use super::companies::{limit, rename};
use super::invitations::revoke;
use super::members::{remove, transfer};
use super::organizations::name;
use super::paging::first_page;
use super::trial::{Trial, assert_is};
use crate::fixtures::{email, new_user};

pub(super) async fn a_later_organization_is_not_the_default(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.proved("bob").await);
    let joined = t.organization(ada.id, "joined").await;
    t.join(&joined, ada.id, &bob, Role::Member).await;
    t.make.later(Duration::from_secs(1));
    let made = t.organization(bob.id, "made").await;
    assert!(!made.is_default);
    t.make.later(Duration::from_secs(1));
    let last = t.organization(ada.id, "last").await;
    t.join(&last, ada.id, &bob, Role::Member).await;
    let seen = t.seen(bob.id, &joined).await.expect("the organization");
    assert!(seen.is_default, "the oldest, whether made or joined");
    let choose = t.write(SetDefault {
        user: bob.id,
        organization: made.organization.id,
    });
    let chosen = t.store.organizations.set_default(choose).await;
    chosen.expect("set_default");
    t.make.later(Duration::from_secs(1));
    let more = t.organization(ada.id, "more").await;
    t.join(&more, ada.id, &bob, Role::Member).await;
    t.organization(bob.id, "still more").await;
    let seen = t.seen(bob.id, &made).await.expect("the organization");
    assert!(seen.is_default, "the one that was chosen");
}

pub(super) async fn the_oldest_membership_goes_by_the_time_of_joining(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.proved("bob").await);
    let mut tokens = Vec::new();
    let mut all = Vec::new();
    for text in ["first", "second"] {
        let made = t.organization(ada.id, text).await;
        tokens.push(t.invited(&made, ada.id, bob.email.as_str()).await.1);
        all.push(made);
    }
    // The membership with the smaller id joins later.
    let late = t.accept(bob.id, tokens[0]);
    let early = t.accept(bob.id, tokens[1]);
    for command in [early, late] {
        let joined = t.store.invitations.accept(t.write(command)).await;
        joined.expect("accept");
        t.make.later(Duration::from_secs(1));
    }
    let seen = t.seen(bob.id, &all[1]).await.expect("the organization");
    assert!(seen.is_default);
}

pub(super) async fn an_acceptance_spends_one_invitation_in_any_case(t: Trial) {
    let ada = t.user("ada").await;
    let bob = Account {
        email: email("Bob.Upper@example.com"),
        email_verified: true,
        ..t.make.account("bob")
    };
    t.register(new_user(bob.clone())).await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let other = t.organization(ada.id, "other").await;
    let (_, token) = t.invited(&of_ada, ada.id, "bob.upper@example.com").await;
    let (_, elsewhere) = t.invited(&other, ada.id, "BOB.UPPER@example.com").await;
    let joined = t.store.invitations.accept(t.write(t.accept(bob.id, token)));
    joined.await.expect("accept");
    let fresh = t.fresh().await.invitations;
    let open = fresh.by_token(elsewhere, t.make.now()).await;
    assert_is!(open, Ok(Some(_)));
    let accept = t.write(t.accept(bob.id, elsewhere));
    let joined = t.store.invitations.accept(accept).await;
    assert_eq!(
        joined.expect("accept").organization.id,
        other.organization.id
    );
}

pub(super) async fn transfer_leaves_a_company_of_another_owner(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Owner).await;
    let carol = t.member(&of_ada, ada.id, "carol", Role::Member).await;
    let passed = t.write(transfer(&of_ada, bob.id, carol.id));
    let passed = t.store.members.transfer(passed).await;
    assert_eq!(passed.expect("transfer").role, Role::Admin);
    let company = of_ada.organization.company.id;
    let company = t.fresh().await.companies.find_any(company).await;
    let company = company.expect("find_any").expect("the company");
    assert_eq!((company.owner.id, company.version.0), (ada.id, 1));
}

pub(super) async fn a_closed_invitation_is_not_sent_again(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.proved("bob").await);
    let of_ada = t.organization(ada.id, "of ada").await;
    let to = bob.email.as_str();
    let (first, _) = t.invited(&of_ada, ada.id, to).await;
    let revoked = t.store.invitations.revoke(t.write(revoke(&first, ada.id)));
    revoked.await.expect("revoke");
    let (second, token) = t.invited(&of_ada, ada.id, to).await;
    let joined = t.store.invitations.accept(t.write(t.accept(bob.id, token)));
    joined.await.expect("accept");
    let left = t.write(remove(&of_ada, bob.id, bob.id));
    let left = t.store.members.remove(left).await;
    left.expect("remove");
    let (third, _) = t.invited(&of_ada, ada.id, to).await;
    let list = t.fresh().await.invitations;
    let list = list.list(of_ada.organization.id, first_page()).await;
    let list = list.expect("list").items;
    let states: Vec<_> = list.iter().map(|i| (i.id, i.status)).collect();
    assert_eq!(
        states,
        [
            (third.id, InvitationStatus::Pending),
            (second.id, InvitationStatus::Accepted),
            (first.id, InvitationStatus::Revoked),
        ]
    );
}

pub(super) async fn repeated_commands_change_nothing(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let second = t.organization(ada.id, "second").await;
    let (invitation, token) = t.invited(&of_ada, ada.id, "bob@example.com").await;
    let company = of_ada.organization.company.id;
    let fresh = t.fresh().await.companies;
    let before = fresh.find_any(company).await.expect("find_any");
    let refused = t
        .repeats_once(ada.id, rename(company, ada.id, "changed"), async |write| {
            t.store.companies.rename(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    let refused = t
        .repeats_once(ada.id, limit(company, 5), async |write| {
            t.store.companies.set_max_documents(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    let refused = t
        .repeats_once(ada.id, revoke(&invitation, ada.id), async |write| {
            t.store.invitations.revoke(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    let choose = SetDefault {
        user: ada.id,
        organization: second.organization.id,
    };
    let refused = t
        .repeats_once(ada.id, choose, async |write| {
            t.store.organizations.set_default(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    let fresh = t.fresh().await;
    let after = fresh.companies.find_any(company).await.expect("find_any");
    assert_eq!(after, before);
    assert_eq!(after.expect("the company").name, name("of ada"));
    let open = fresh.invitations.by_token(token, t.make.now()).await;
    assert_is!(open, Ok(Some(_)));
    let seen = t.seen(ada.id, &of_ada).await.expect("the organization");
    assert!(seen.is_default);
}

pub(super) async fn only_a_pending_invitation_is_accepted(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.proved("bob").await);
    let of_ada = t.organization(ada.id, "of ada").await;
    let (invitation, token) = t.invited(&of_ada, ada.id, bob.email.as_str()).await;
    let revoked = t
        .store
        .invitations
        .revoke(t.write(revoke(&invitation, ada.id)));
    revoked.await.expect("revoke");
    let refused = t
        .leaves_no_envelope(bob.id, t.accept(bob.id, token), async |write| {
            t.store.invitations.accept(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Rule(OrganizationRule::InvalidToken))
    );
    assert_eq!(t.seen(bob.id, &of_ada).await, None);
}
