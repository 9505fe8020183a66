use std::slice;
use std::time::Duration;

use vestibule_domain::kernel::{Digest, GuardError, StoreError, UserId};
use vestibule_domain::organizations::{
    AcceptInvitation, INVITATION_LIFETIME, Invitation, InvitationStatus, Invite, Invited,
    InvitedRole, OrganizationRule, OrganizationView, Permission, RevokeInvitation, Role, UserRef,
};
use vestibule_domain::users::{Account, NewUser};

use super::maintenance::MICROSECOND;
use super::paging::{check_paging, first_page};
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::{email, new_user};

impl Trial {
    /// An invitation that can be accepted for seven days.
    pub(super) fn invite(
        &self,
        of: &OrganizationView,
        actor: UserId,
        to: &str,
        role: InvitedRole,
    ) -> Invite {
        let id = self.make.id();
        Invite {
            id,
            actor,
            organization: of.organization.id,
            email: email(to),
            role,
            token: digest(&format!("token of {id}")),
            expires_at: self.make.now().after(INVITATION_LIFETIME),
        }
    }

    /// Sends it; answers it with the digest of its token.
    pub(super) async fn invited(
        &self,
        of: &OrganizationView,
        actor: UserId,
        to: &str,
    ) -> (Invitation, Digest) {
        let invite = self.invite(of, actor, to, InvitedRole::Member);
        let token = invite.token;
        let sent = self.store.invitations.invite(self.write(invite)).await;
        (sent.expect("invite").invitation, token)
    }

    pub(super) fn accept(&self, user: UserId, token: Digest) -> AcceptInvitation {
        AcceptInvitation {
            user,
            token,
            membership: self.make.id(),
            quota: 50,
        }
    }

    /// The invitations, newest first, through a fresh handle; makes sure that
    /// each is found as it is listed.
    async fn invitations(&self, of: &OrganizationView) -> Vec<Invitation> {
        let id = of.organization.id;
        let invitations = self.fresh().await.invitations;
        let page = invitations.list(id, first_page()).await.expect("list");
        for invitation in &page.items {
            let found = invitations.find(id, invitation.id).await.expect("find");
            assert_eq!(found.as_ref(), Some(invitation), "found as it is listed");
        }
        page.items
    }

    async fn is_open(&self, token: Digest) -> bool {
        let fresh = self.fresh().await.invitations;
        let open = fresh.by_token(token, self.make.now()).await;
        open.expect("by_token").is_some()
    }
}

pub(super) fn revoke(invitation: &Invitation, actor: UserId) -> RevokeInvitation {
    RevokeInvitation {
        actor,
        organization: invitation.organization,
        invitation: invitation.id,
    }
}

fn assert_rule<T: std::fmt::Debug>(
    answer: &Result<T, GuardError<OrganizationRule>>,
    rule: OrganizationRule,
) {
    match answer {
        Err(GuardError::Rule(found)) => assert_eq!(*found, rule),
        other => panic!("expected {rule:?}, got {other:?}"),
    }
}

pub(super) async fn invite_stores_every_field(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let command = t.invite(&of_ada, ada.id, "Bob@Example.com", InvitedRole::Admin);
    let at = t.make.later(Duration::from_secs(1));
    let (invited, sealed) = t
        .commits_sealing(ada.id, command.clone(), async |write| {
            t.store.invitations.invite(write).await
        })
        .await;
    let expected = Invited {
        invitation: Invitation {
            id: command.id,
            organization: command.organization,
            email: command.email,
            role: command.role,
            status: InvitationStatus::Pending,
            invited_by: UserRef {
                id: ada.id,
                username: ada.username.clone(),
            },
            created_at: at,
            expires_at: command.expires_at,
        },
        created: true,
    };
    assert_eq!(invited, expected);
    assert_eq!(sealed, format!("{expected:?}"), "what the replay answers");
    let listed = t.invitations(&of_ada).await;
    assert_eq!(listed, slice::from_ref(&expected.invitation));
    let fresh = t.fresh().await.invitations;
    let open = fresh.by_token(command.token, at).await;
    let open = open.expect("by_token").expect("an open invitation");
    assert_eq!(open.invitation, expected.invitation);
    assert_eq!(open.organization, of_ada.organization.summary());
    let other = t.organization(ada.id, "other").await;
    let invitations = &t.store.invitations;
    let foreign = invitations.find(other.organization.id, command.id).await;
    assert_is!(foreign, Ok(None));
}

pub(super) async fn invitations_are_listed_newest_first(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let other = t.organization(ada.id, "other").await;
    let mut ids = Vec::new();
    for number in 0..7 {
        let to = format!("user{number}@example.com");
        ids.insert(0, t.invited(&of_ada, ada.id, &to).await.0.id);
        t.invited(&other, ada.id, &to).await;
    }
    let invitations = t.fresh().await.invitations;
    check_paging(
        &ids,
        |invitation: &Invitation| invitation.id,
        async |page| {
            let list = invitations.list(of_ada.organization.id, page);
            list.await.expect("list")
        },
    )
    .await;
}

pub(super) async fn an_address_that_is_invited_again_has_one_token(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Admin).await;
    let (mut first, old) = t.invited(&of_ada, ada.id, "carol@example.com").await;
    let other = t.organization(ada.id, "other").await;
    let (_, elsewhere) = t.invited(&other, ada.id, "carol@example.com").await;
    t.make.later(Duration::from_hours(1));
    let command = t.invite(&of_ada, bob.id, "CAROL@example.com", InvitedRole::Admin);
    let again = t
        .commits(ada.id, command.clone(), async |write| {
            t.store.invitations.invite(write).await
        })
        .await;
    first.email = command.email;
    first.role = command.role;
    first.expires_at = command.expires_at;
    first.invited_by = UserRef {
        id: bob.id,
        username: bob.username.clone(),
    };
    assert_eq!(again.invitation, first);
    assert!(!again.created);
    assert_eq!(t.invitations(&of_ada).await[0], first);
    assert!(!t.is_open(old).await, "the old token is dead");
    assert!(t.is_open(command.token).await);
    assert!(t.is_open(elsewhere).await, "of another organization");
}

pub(super) async fn an_invitation_expires_and_a_new_one_is_made(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.proved("bob").await;
    let (first, old) = t.invited(&of_ada, ada.id, bob.email.as_str()).await;
    t.make
        .later(INVITATION_LIFETIME.saturating_sub(MICROSECOND));
    assert!(t.is_open(old).await);
    t.make.later(MICROSECOND);
    assert!(!t.is_open(old).await);
    let refused = t
        .leaves_no_envelope(ada.id, t.accept(bob.id, old), async |write| {
            t.store.invitations.accept(write).await
        })
        .await;
    assert_rule(&refused, OrganizationRule::InvalidToken);
    let (second, new) = t.invited(&of_ada, ada.id, bob.email.as_str()).await;
    assert_ne!(second.id, first.id);
    let all = t.invitations(&of_ada).await;
    let states: Vec<_> = all.iter().map(|i| (i.id, i.status)).collect();
    assert_eq!(
        states,
        [
            (second.id, InvitationStatus::Pending),
            (first.id, InvitationStatus::Expired),
        ]
    );
    let joined = t.store.invitations.accept(t.write(t.accept(bob.id, new)));
    joined.await.expect("accept");
}

pub(super) async fn a_refused_invitation_leaves_nothing(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    let carol = t.user("carol").await;
    let before = t.invitations(&of_ada).await;
    let forbidden = OrganizationRule::Forbidden(Permission::MembersInvite);
    let to = "dan@example.com";
    for (actor, to, rule) in [
        (bob.id, to, forbidden),
        (carol.id, to, OrganizationRule::NotFound),
        (ada.id, "BOB@example.com", OrganizationRule::AlreadyMember),
    ] {
        let command = t.invite(&of_ada, actor, to, InvitedRole::Member);
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.invitations.invite(write).await
            })
            .await;
        assert_rule(&refused, rule);
    }
    let command = t.invite(&of_ada, ada.id, to, InvitedRole::Member);
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.invitations.invite(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.invitations(&of_ada).await, before);
}

pub(super) async fn revoke_kills_the_token(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    let (invitation, token) = t.invited(&of_ada, ada.id, "carol@example.com").await;
    let other = t.organization(ada.id, "other").await;
    let foreign = RevokeInvitation {
        organization: other.organization.id,
        ..revoke(&invitation, ada.id)
    };
    let forbidden = OrganizationRule::Forbidden(Permission::MembersInvite);
    for (command, rule) in [
        (revoke(&invitation, bob.id), forbidden),
        (foreign, OrganizationRule::NotFound),
    ] {
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.invitations.revoke(write).await
            })
            .await;
        assert_rule(&refused, rule);
    }
    assert!(t.is_open(token).await);
    t.commits(ada.id, revoke(&invitation, ada.id), async |write| {
        t.store.invitations.revoke(write).await
    })
    .await;
    assert!(!t.is_open(token).await);
    let stored = &t.invitations(&of_ada).await[0];
    assert_eq!(stored.status, InvitationStatus::Revoked);
    let refused = t
        .leaves_no_envelope(ada.id, revoke(&invitation, ada.id), async |write| {
            t.store.invitations.revoke(write).await
        })
        .await;
    assert_rule(&refused, OrganizationRule::NotPending);
}

pub(super) async fn accept_joins_with_the_role(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.proved("bob").await;
    let invite = t.invite(&of_ada, ada.id, "Bob@Example.com", InvitedRole::Admin);
    let token = invite.token;
    let sent = t.store.invitations.invite(t.write(invite)).await;
    let mut expected = sent.expect("invite").invitation;
    let command = t.accept(bob.id, token);
    let (view, sealed) = t
        .commits_sealing(bob.id, command, async |write| {
            t.store.invitations.accept(write).await
        })
        .await;
    assert_eq!(sealed, format!("{view:?}"), "what the replay answers");
    assert_eq!(
        (view.role, view.membership),
        (Role::Admin, command.membership)
    );
    assert_eq!(view.organization.member_count, 2);
    assert_eq!(t.seen(bob.id, &of_ada).await, Some(view));
    expected.status = InvitationStatus::Accepted;
    assert_eq!(t.invitations(&of_ada).await, [expected]);
    assert!(!t.is_open(token).await);
}

pub(super) async fn a_refused_acceptance_leaves_the_invitation(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.proved("bob").await;
    let unproved = t.user("carol").await;
    let (_, token) = t.invited(&of_ada, ada.id, bob.email.as_str()).await;
    let (_, of_carol) = t.invited(&of_ada, ada.id, unproved.email.as_str()).await;
    t.organization(bob.id, "of bob").await;
    let within = AcceptInvitation {
        quota: 1,
        ..t.accept(bob.id, token)
    };
    for (command, rule) in [
        (
            t.accept(bob.id, digest("unknown")),
            OrganizationRule::InvalidToken,
        ),
        (t.accept(ada.id, token), OrganizationRule::OtherAddress),
        (t.accept(bob.id, of_carol), OrganizationRule::OtherAddress),
        (
            t.accept(unproved.id, of_carol),
            OrganizationRule::NotVerified,
        ),
        (within, OrganizationRule::QuotaExceeded { quota: 1 }),
    ] {
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.invitations.accept(write).await
            })
            .await;
        assert_rule(&refused, rule);
    }
    let nobody = t
        .leaves_no_envelope(ada.id, t.accept(t.make.id(), token), async |write| {
            t.store.invitations.accept(write).await
        })
        .await;
    assert_is!(nobody, Err(GuardError::Store(StoreError::Missing("user"))));
    let refused = t
        .repeats_once(bob.id, t.accept(bob.id, token), async |write| {
            t.store.invitations.accept(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert!(t.is_open(token).await && t.is_open(of_carol).await);
    assert_eq!(t.seen(bob.id, &of_ada).await, None);
}

pub(super) async fn parallel_acceptances_of_one_token_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    for round in 0..ROUNDS {
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let bob = t.proved(&format!("bob{round}")).await;
        let (_, token) = t.invited(&of_ada, ada.id, bob.email.as_str()).await;
        let answers = parallel(20, |_| {
            let invitations = t.store.invitations.clone();
            let write = t.write(t.accept(bob.id, token));
            async move { invitations.accept(write).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for answer in answers.into_iter().filter(Result::is_err) {
            assert_rule(&answer, OrganizationRule::InvalidToken);
        }
        let seen = t.seen(bob.id, &of_ada).await.expect("the organization");
        assert_eq!(seen.organization.member_count, 2);
    }
}

pub(super) async fn parallel_invitations_of_one_address_leave_one_pending(t: Trial) {
    let ada = t.user("ada").await;
    for round in 0..ROUNDS {
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let answers = parallel(20, |_| {
            let invitations = t.store.invitations.clone();
            let invite = t.invite(&of_ada, ada.id, "bob@example.com", InvitedRole::Member);
            let token = invite.token;
            let write = t.write(invite);
            async move { (invitations.invite(write).await.expect("invite"), token) }
        })
        .await;
        let made = answers.iter().filter(|(invited, _)| invited.created);
        assert_eq!(made.count(), 1);
        assert_eq!(t.invitations(&of_ada).await.len(), 1);
        let mut open = 0;
        for (_, token) in answers {
            open += u32::from(t.is_open(token).await);
        }
        assert_eq!(open, 1, "one token is alive");
    }
}

pub(super) async fn an_account_is_registered_by_an_invitation(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let (_, token) = t.invited(&of_ada, ada.id, "bob@example.com").await;
    let new = |account: &Account, token| NewUser {
        invitation: Some(t.accept(account.id, token)),
        ..new_user(account.clone())
    };
    let mut bob = Account {
        email_verified: true,
        ..t.make.account("bob")
    };
    let stranger = Account {
        email_verified: true,
        ..t.make.account("stranger")
    };
    for (account, token) in [(&stranger, token), (&bob, digest("unknown"))] {
        let refused = t
            .leaves_no_envelope(ada.id, new(account, token), async |write| {
                t.store.users.register(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Missing("invitation")));
        let found = t.fresh().await.users.account(account.id).await;
        assert_is!(found, Ok(None));
    }
    t.commits(bob.id, new(&bob, token), async |write| {
        t.store.users.register(write).await
    })
    .await;
    let of_bob = t.seen(bob.id, &of_ada).await.expect("the organization");
    bob.organization = Some(of_bob.as_default());
    assert_eq!(t.stored(bob.id).await, bob);
    assert!(!t.is_open(token).await);
}
