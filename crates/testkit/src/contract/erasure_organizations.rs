//! What a hidden account leaves behind in organizations.

use vestibule_domain::kernel::GuardError;
use vestibule_domain::organizations::{CompanyChoice, InvitedRole, NewOrganization, Role};
use vestibule_domain::personal_data::{DeletionRule, HideAccount};

use super::members::remove;
use super::paging::first_page;
use super::trial::{ROUNDS, Trial, assert_is, parallel, race};

pub(super) async fn who_is_hidden_is_no_member(t: Trial) {
    let (ada, bob) = (t.proved("ada").await, t.proved("bob").await);
    let of_bob = t.organization(bob.id, "of bob").await;
    let other = t.organization(bob.id, "other").await;
    let shared = t.organization(ada.id, "shared").await;
    t.join(&of_bob, bob.id, &ada, Role::Admin).await;
    t.join(&shared, ada.id, &bob, Role::Owner).await;
    let carol = t.member(&of_bob, bob.id, "carol", Role::Member).await;
    let of_bob = t.seen(bob.id, &of_bob).await.expect("the organization");
    t.hide(ada.id).await;
    t.erase(ada.id).await;
    let fresh = t.fresh().await;
    for view in [&of_bob, &shared] {
        let id = view.organization.id;
        assert_is!(fresh.members.find(id, ada.id).await, Ok(None));
        let found = fresh.organizations.find(ada.id, id).await;
        assert_is!(found, Ok(None));
    }
    let own = fresh.organizations.list(ada.id, first_page()).await;
    assert_eq!(own.expect("list").count, 0);
    let mut expected = of_bob.clone();
    expected.organization.member_count = 2;
    assert_eq!(t.seen(bob.id, &of_bob).await, Some(expected));
    assert!(t.seen(carol.id, &of_bob).await.is_some());
    assert_eq!(t.seen(bob.id, &other).await, Some(other));
    let left = t.seen(bob.id, &shared).await.expect("the organization");
    assert_eq!(
        (left.role, left.organization.member_count),
        (Role::Owner, 1)
    );
}

pub(super) async fn what_nobody_else_is_a_member_of_goes(t: Trial) {
    let (ada, bob) = (t.proved("ada").await, t.proved("bob").await);
    let alone = t.organization(ada.id, "alone").await;
    let of_bob = t.organization(bob.id, "of bob").await;
    let (_, token) = t.invited(&alone, ada.id, "carol@example.com").await;
    t.commits(bob.id, HideAccount { user: ada.id }, async |write| {
        t.store.erasure.hide(write).await
    })
    .await;
    let fresh = t.fresh().await;
    let open = fresh.invitations.by_token(token, t.make.now()).await;
    assert_is!(open, Ok(None));
    let company = alone.organization.company.id;
    assert_is!(fresh.companies.find_any(company).await, Ok(None));
    let again = t.organization(bob.id, "alone").await;
    assert_eq!(again.organization.slug, alone.organization.slug);
    assert_eq!(t.seen(bob.id, &of_bob).await, Some(of_bob));
}

pub(super) async fn a_company_passes_to_who_owns_the_organization(t: Trial) {
    let (ada, bob) = (t.proved("ada").await, t.proved("bob").await);
    // Neither owners of other companies nor members inherit.
    let stranger = t.user("stranger").await;
    t.organization(stranger.id, "of a stranger").await;
    let shared = t.organization(ada.id, "shared").await;
    let of_bob = t.organization(bob.id, "of bob").await;
    t.member(&shared, ada.id, "carol", Role::Admin).await;
    t.join(&shared, ada.id, &bob, Role::Owner).await;
    // One organization of the company goes with its owner, the other stays.
    let within = NewOrganization {
        company: CompanyChoice::Own(shared.organization.company.id),
        ..t.new_organization(ada.id, "alone")
    };
    let within = t.store.organizations.create(t.write(within)).await;
    let within = within.expect("create");
    let companies = async || {
        let companies = t.fresh().await.companies;
        let list = companies.list(bob.id, first_page()).await.expect("list");
        list.items
    };
    let before = companies().await;
    assert_eq!(before.len(), 1);
    t.hide(ada.id).await;
    t.erase(ada.id).await;
    let fresh = t.fresh().await.companies;
    let passed = fresh.find_any(shared.organization.company.id).await;
    let passed = passed.expect("find_any").expect("the company");
    assert_eq!((passed.owner.id, passed.version.0), (bob.id, 2));
    let after = companies().await;
    assert_eq!(after.len(), 2);
    assert!(after.contains(&passed) && after.contains(&before[0]));
    assert_eq!(t.seen(bob.id, &of_bob).await, Some(of_bob));
    let gone = t.fresh().await.organizations;
    let gone = gone.by_number(bob.id, within.organization.number).await;
    assert_is!(gone, Ok(None));
}

pub(super) async fn invitations_by_and_to_a_hidden_account_are_gone(t: Trial) {
    let (ada, bob) = (t.proved("ada").await, t.proved("bob").await);
    let of_bob = t.organization(bob.id, "of bob").await;
    t.join(&of_bob, bob.id, &ada, Role::Admin).await;
    let other = t.organization(bob.id, "other").await;
    let to_ada = t.invite(&other, bob.id, "ADA@example.com", InvitedRole::Member);
    let to = to_ada.token;
    let sent = t.store.invitations.invite(t.write(to_ada)).await;
    sent.expect("invite");
    let (_, by) = t.invited(&of_bob, ada.id, "carol@example.com").await;
    let (kept, of_nobody) = t.invited(&of_bob, bob.id, "dan@example.com").await;
    t.hide(ada.id).await;
    let hidden = t.fresh().await.invitations;
    assert_is!(hidden.by_token(to, t.make.now()).await, Ok(None));
    t.erase(ada.id).await;
    let fresh = t.fresh().await.invitations;
    for (token, is_open) in [(to, false), (by, false), (of_nobody, true)] {
        let open = fresh.by_token(token, t.make.now()).await;
        assert_eq!(open.expect("by_token").is_some(), is_open);
    }
    let left = fresh.list(of_bob.organization.id, first_page()).await;
    assert_eq!(left.expect("list").items, [kept]);
    let left = fresh.list(other.organization.id, first_page()).await;
    assert_eq!(left.expect("list").items, []);
}

pub(super) async fn an_owner_whom_members_need_is_not_hidden(t: Trial) {
    let (ada, bob) = (t.proved("ada").await, t.proved("bob").await);
    let alone = t.organization(ada.id, "alone").await;
    let shared = t.organization(ada.id, "shared").await;
    t.join(&shared, ada.id, &bob, Role::Admin).await;
    let before = t.seen(ada.id, &shared).await;
    let refused = t
        .leaves_no_envelope(ada.id, HideAccount { user: ada.id }, async |write| {
            t.store.erasure.hide(write).await
        })
        .await;
    let Err(GuardError::Rule(DeletionRule::OwnsOrganizations(blocking))) = refused else {
        panic!("expected that organizations are named, got {refused:?}");
    };
    let uids: Vec<_> = blocking.into_iter().map(|owned| owned.uid).collect();
    assert_eq!(uids, [shared.organization.id.to_string()]);
    assert_eq!(t.seen(ada.id, &shared).await, before);
    assert_eq!(t.seen(ada.id, &alone).await, Some(alone));
}

pub(super) async fn of_owners_who_go_at_once_one_stays(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.proved(&format!("ada{round}")).await;
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let mut owners = vec![ada.id];
        for number in 1..6 {
            let name = format!("owner{round}.{number}");
            owners.push(t.member(&of_ada, ada.id, &name, Role::Owner).await.id);
        }
        let name = format!("member{round}");
        let member = t.member(&of_ada, ada.id, &name, Role::Member).await;
        let answers = parallel(6, |number| {
            let erasure = t.store.erasure.clone();
            let user = owners[number];
            let write = t.write(HideAccount { user });
            async move { erasure.hide(write).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
        for answer in answers.into_iter().filter(Result::is_err) {
            assert_is!(
                answer,
                Err(GuardError::Rule(DeletionRule::OwnsOrganizations(_)))
            );
        }
        let seen = t.seen(member.id, &of_ada).await.expect("the organization");
        assert_eq!(seen.organization.member_count, 2);
    }
}

pub(super) async fn of_one_who_goes_and_one_who_leaves_one_stays(t: Trial) {
    for round in 0..ROUNDS * 2 {
        let ada = t.proved(&format!("ada{round}")).await;
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let name = format!("bob{round}");
        let bob = t.member(&of_ada, ada.id, &name, Role::Owner).await;
        let name = format!("member{round}");
        let member = t.member(&of_ada, ada.id, &name, Role::Member).await;
        let (erasure, members) = (t.store.erasure.clone(), t.store.members.clone());
        let hide = t.write(HideAccount { user: ada.id });
        let leave = t.write(remove(&of_ada, bob.id, bob.id));
        let gone = race(
            round,
            Box::pin(async move { erasure.hide(hide).await.is_ok() }),
            Box::pin(async move { members.remove(leave).await.is_ok() }),
        )
        .await;
        assert_eq!(gone.into_iter().filter(|gone| *gone).count(), 1);
        let seen = t.seen(member.id, &of_ada).await.expect("the organization");
        assert_eq!(seen.organization.member_count, 2);
    }
}
