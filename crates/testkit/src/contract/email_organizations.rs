//! What changes of e-mail addresses do to invitations.

use vestibule_domain::kernel::GuardError;
use vestibule_domain::organizations::{OrganizationRule, Role};

use super::paging::first_page;
use super::trial::{Trial, assert_is};

pub(super) async fn a_member_does_not_join_by_another_address(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    let (_, token) = t.invited(&of_ada, ada.id, "bob@example.org").await;
    t.moved(&bob, "bob@example.org").await;
    let before = t.fresh().await.members;
    let before = before.find(of_ada.organization.id, bob.id).await;
    let refused = t
        .leaves_no_envelope(bob.id, t.accept(bob.id, token), async |write| {
            t.store.invitations.accept(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Rule(OrganizationRule::AlreadyMember))
    );
    let fresh = t.fresh().await;
    let open = fresh.invitations.by_token(token, t.make.now()).await;
    assert_is!(open, Ok(Some(_)));
    let id = of_ada.organization.id;
    let found = fresh.members.find(id, bob.id).await.expect("find");
    assert_eq!(found.map(|m| m.id), before.expect("find").map(|m| m.id));
    let members = fresh.members.list(id, first_page()).await.expect("list");
    assert_eq!(members.count, 2);
}

pub(super) async fn who_is_invited_is_compared_with_the_address_of_now(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    t.moved(&bob, "Bob@Example.org").await;
    let invite = |to: &str| {
        let role = vestibule_domain::organizations::InvitedRole::Member;
        t.invite(&of_ada, ada.id, to, role)
    };
    let refused = t
        .leaves_no_envelope(ada.id, invite("bob@example.ORG"), async |write| {
            t.store.invitations.invite(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Rule(OrganizationRule::AlreadyMember))
    );
    let free = t
        .store
        .invitations
        .invite(t.write(invite("bob@example.com")));
    assert!(free.await.expect("invite").created);
}
