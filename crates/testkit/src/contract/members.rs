use std::time::Duration;

use vestibule_domain::kernel::{GuardError, StoreError, UserId, Version};
use vestibule_domain::organizations::{
    ChangeRole, CompanyChoice, DefaultOrganization, Member, NewOrganization, OrganizationRule,
    OrganizationView, Permission, RemoveMember, Role, TransferOwnership,
};

use super::paging::{check_paging, first_page};
use super::trial::{ROUNDS, Trial, assert_is, at_once, parallel};

pub(super) fn role(of: &OrganizationView, actor: UserId, user: UserId, role: Role) -> ChangeRole {
    ChangeRole {
        actor,
        organization: of.organization.id,
        user,
        expected: None,
        role,
    }
}

pub(super) fn remove(of: &OrganizationView, actor: UserId, user: UserId) -> RemoveMember {
    RemoveMember {
        actor,
        organization: of.organization.id,
        user,
        expected: None,
    }
}

pub(super) fn transfer(of: &OrganizationView, actor: UserId, user: UserId) -> TransferOwnership {
    TransferOwnership {
        actor,
        organization: of.organization.id,
        user,
    }
}

impl Trial {
    /// Roles of the members, the latest first, through a fresh handle; makes
    /// sure that each is found as it is listed, and the count is right.
    async fn roles(&self, of: &OrganizationView) -> Vec<(UserId, Role)> {
        let id = of.organization.id;
        let members = self.fresh().await.members;
        let page = members.list(id, first_page()).await.expect("list");
        assert_eq!(page.count, page.items.len() as u64);
        for member in &page.items {
            let found = members.find(id, member.user).await.expect("find");
            assert_eq!(found.as_ref(), Some(member), "found as it is listed");
        }
        page.items.iter().map(|m| (m.user, m.role)).collect()
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

pub(super) async fn members_are_listed_latest_first(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let other = t.organization(ada.id, "other").await;
    for number in 0..6 {
        t.member(&of_ada, ada.id, &format!("user{number}"), Role::Member)
            .await;
        t.member(&other, ada.id, &format!("other{number}"), Role::Member)
            .await;
        t.make.later(Duration::from_secs(1));
    }
    let id = of_ada.organization.id;
    let members = t.fresh().await.members;
    let all = members.list(id, first_page()).await.expect("list").items;
    let names: Vec<_> = all.iter().map(|member| member.username.as_str()).collect();
    assert_eq!(
        names,
        ["user5", "user4", "user3", "user2", "user1", "user0", "ada"]
    );
    let ids: Vec<_> = all.iter().map(|member| member.id).collect();
    check_paging(
        &ids,
        |member: &Member| member.id,
        async |page| members.list(id, page).await.expect("list"),
    )
    .await;
}

pub(super) async fn a_member_shows_the_account(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let mut bob = t.make.full_account("bob");
    bob.suspended_at = None;
    t.register(crate::fixtures::new_user(bob.clone())).await;
    let at = t.make.later(Duration::from_secs(1));
    t.join(&of_ada, ada.id, &bob, Role::Admin).await;
    let id = of_ada.organization.id;
    let found = t.fresh().await.members.find(id, bob.id).await;
    let found = found.expect("find").expect("a member");
    let expected = Member {
        id: found.id,
        user: bob.id,
        username: bob.username,
        first_name: bob.first_name,
        last_name: bob.last_name,
        avatar: bob.avatar,
        email: bob.email,
        role: Role::Admin,
        joined_at: at,
        version: Version(1),
    };
    assert_eq!(found, expected);
    let carol = t.user("carol").await;
    let members = &t.store.members;
    assert_is!(members.find(id, carol.id).await, Ok(None));
    assert_is!(members.find(t.make.id(), bob.id).await, Ok(None));
}

pub(super) async fn change_role_sets_the_role(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let other = t.organization(ada.id, "other").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    t.join(&other, ada.id, &bob, Role::Member).await;
    let elsewhere = t.fresh().await.members;
    let elsewhere = async || elsewhere.find(other.organization.id, bob.id).await;
    let before = elsewhere().await.expect("find");
    let mut version = Version(1);
    for wanted in [Role::Admin, Role::Owner, Role::Owner, Role::Member] {
        let mut command = role(&of_ada, ada.id, bob.id, wanted);
        command.expected = Some(version);
        let changed = t
            .commits(ada.id, command, async |write| {
                t.store.members.change_role(write).await
            })
            .await;
        version.0 += 1;
        assert_eq!((changed.role, changed.version), (wanted, version));
        assert_eq!(
            t.roles(&of_ada).await,
            [(bob.id, wanted), (ada.id, Role::Owner)]
        );
    }
    assert_eq!(elsewhere().await.expect("find"), before);
}

pub(super) async fn a_refused_change_of_a_role_leaves_it(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Admin).await;
    let carol = t.member(&of_ada, ada.id, "carol", Role::Member).await;
    let dan = t.user("dan").await;
    let before = t.roles(&of_ada).await;
    let forbidden = OrganizationRule::Forbidden(Permission::MembersUpdate);
    for (actor, user, wanted, rule) in [
        (ada.id, ada.id, Role::Admin, OrganizationRule::LastOwner),
        (bob.id, ada.id, Role::Member, OrganizationRule::OwnersOnly),
        (bob.id, bob.id, Role::Owner, OrganizationRule::OwnersOnly),
        (bob.id, carol.id, Role::Owner, OrganizationRule::OwnersOnly),
        (carol.id, carol.id, Role::Admin, forbidden),
        (dan.id, carol.id, Role::Admin, OrganizationRule::NotFound),
        (ada.id, dan.id, Role::Admin, OrganizationRule::NotFound),
    ] {
        let command = role(&of_ada, actor, user, wanted);
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.members.change_role(write).await
            })
            .await;
        assert_rule(&refused, rule);
    }
    let mut command = role(&of_ada, ada.id, carol.id, Role::Admin);
    command.expected = Some(Version(7));
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.members.change_role(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Conflict)));
    command.expected = None;
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.members.change_role(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.roles(&of_ada).await, before);
}

pub(super) async fn remove_takes_one_member(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let other = t.organization(ada.id, "other").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Admin).await;
    t.join(&other, ada.id, &bob, Role::Member).await;
    let carol = t.member(&of_ada, ada.id, "carol", Role::Member).await;
    let dan = t.member(&of_ada, ada.id, "dan", Role::Member).await;
    let rest = [(bob.id, Role::Admin), (ada.id, Role::Owner)];
    // By an admin, by the member, by the owner.
    for (actor, user) in [(bob.id, carol.id), (dan.id, dan.id)] {
        t.commits(ada.id, remove(&of_ada, actor, user), async |write| {
            t.store.members.remove(write).await
        })
        .await;
        assert_eq!(t.seen(user, &of_ada).await, None);
    }
    assert_eq!(t.roles(&of_ada).await, rest);
    let seen = t.seen(ada.id, &of_ada).await.expect("the organization");
    assert_eq!(seen.organization.member_count, 2);
    let removed = t
        .store
        .members
        .remove(t.write(remove(&of_ada, ada.id, bob.id)));
    removed.await.expect("remove");
    assert!(t.seen(bob.id, &other).await.is_some());
    // Who left may join again.
    t.join(&of_ada, ada.id, &bob, Role::Member).await;
    assert_eq!(
        t.roles(&of_ada).await,
        [(bob.id, Role::Member), (ada.id, Role::Owner)]
    );
}

pub(super) async fn a_refused_removal_leaves_the_member(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Admin).await;
    let carol = t.member(&of_ada, ada.id, "carol", Role::Member).await;
    let dan = t.user("dan").await;
    let before = t.roles(&of_ada).await;
    let forbidden = OrganizationRule::Forbidden(Permission::MembersRemove);
    for (actor, user, rule) in [
        (ada.id, ada.id, OrganizationRule::LastOwner),
        (bob.id, ada.id, OrganizationRule::OwnersOnly),
        (carol.id, bob.id, forbidden),
        (dan.id, carol.id, OrganizationRule::NotFound),
        (dan.id, dan.id, OrganizationRule::NotFound),
        (ada.id, dan.id, OrganizationRule::NotFound),
    ] {
        let command = remove(&of_ada, actor, user);
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.members.remove(write).await
            })
            .await;
        assert_rule(&refused, rule);
    }
    let mut command = remove(&of_ada, ada.id, carol.id);
    command.expected = Some(Version(7));
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.members.remove(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Conflict)));
    command.expected = None;
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.members.remove(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.roles(&of_ada).await, before);
}

pub(super) async fn transfer_passes_ownership_and_company(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    let of_bob = t.seen(bob.id, &of_ada).await.expect("the organization");
    t.assert_shown(bob.id, Some(&of_bob.as_default())).await;
    let at = t.make.later(Duration::from_secs(1));
    let command = transfer(&of_ada, ada.id, bob.id);
    let (seen, sealed) = t
        .commits_sealing(ada.id, command, async |write| {
            t.store.members.transfer(write).await
        })
        .await;
    assert_eq!(seen.role, Role::Admin);
    assert_eq!(sealed, format!("{seen:?}"), "what the replay answers");
    assert_eq!(t.seen(ada.id, &of_ada).await, Some(seen));
    assert_eq!(
        t.roles(&of_ada).await,
        [(bob.id, Role::Owner), (ada.id, Role::Admin)]
    );
    for (user, role) in [(bob.id, Role::Owner), (ada.id, Role::Admin)] {
        let summary = of_ada.organization.summary();
        t.assert_shown(user, Some(&DefaultOrganization { summary, role }))
            .await;
    }
    let company = of_ada.organization.company.id;
    let company = t.fresh().await.companies.find_any(company).await;
    let company = company.expect("find_any").expect("the company");
    assert_eq!((company.owner.id, company.version), (bob.id, Version(2)));
    assert_eq!(company.updated_at, at);
}

pub(super) async fn transfer_leaves_a_company_of_several_organizations(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let company = of_ada.organization.company.id;
    let second = NewOrganization {
        company: CompanyChoice::Own(company),
        ..t.new_organization(ada.id, "second")
    };
    let created = t.store.organizations.create(t.write(second)).await;
    created.expect("create");
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    let passed = t
        .store
        .members
        .transfer(t.write(transfer(&of_ada, ada.id, bob.id)));
    passed.await.expect("transfer");
    let company = t.fresh().await.companies.find_any(company).await;
    let company = company.expect("find_any").expect("the company");
    assert_eq!((company.owner.id, company.version), (ada.id, Version(1)));
}

pub(super) async fn a_refused_transfer_leaves_the_roles(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Admin).await;
    let dan = t.user("dan").await;
    let before = t.roles(&of_ada).await;
    for (actor, user, rule) in [
        (bob.id, ada.id, OrganizationRule::OwnersOnly),
        (bob.id, bob.id, OrganizationRule::OwnersOnly),
        (ada.id, ada.id, OrganizationRule::NoOtherMember),
        (ada.id, dan.id, OrganizationRule::NoOtherMember),
        (dan.id, bob.id, OrganizationRule::NotFound),
    ] {
        let command = transfer(&of_ada, actor, user);
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.members.transfer(write).await
            })
            .await;
        assert_rule(&refused, rule);
    }
    let refused = t
        .repeats_once(ada.id, transfer(&of_ada, ada.id, bob.id), async |write| {
            t.store.members.transfer(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.roles(&of_ada).await, before);
}

/// An organization of ten owners.
async fn ten_owners(t: &Trial, round: usize) -> (OrganizationView, Vec<UserId>) {
    let ada = t.user(&format!("ada{round}")).await;
    let of_ada = t.organization(ada.id, &format!("round {round}")).await;
    let mut owners = vec![ada.id];
    for number in 1..10 {
        let name = format!("owner{round}.{number}");
        owners.push(t.member(&of_ada, ada.id, &name, Role::Owner).await.id);
    }
    (of_ada, owners)
}

pub(super) async fn of_parallel_leaves_the_last_owner_stays(t: Trial) {
    for round in 0..ROUNDS {
        let (of, owners) = ten_owners(&t, round).await;
        let answers = parallel(10, |number| {
            let members = t.store.members.clone();
            let write = t.write(remove(&of, owners[number], owners[number]));
            async move { members.remove(write).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 9);
        for answer in answers.into_iter().filter(Result::is_err) {
            assert_rule(&answer, OrganizationRule::LastOwner);
        }
        let left = t.roles(&of).await;
        assert!(matches!(left[..], [(_, Role::Owner)]), "{left:?}");
    }
}

pub(super) async fn of_parallel_changes_by_every_door_an_owner_stays(t: Trial) {
    for round in 0..ROUNDS {
        let (of, owners) = ten_owners(&t, round).await;
        let mut calls: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
        for (number, owner) in owners.iter().enumerate() {
            let members = t.store.members.clone();
            let next = owners[(number + 1) % owners.len()];
            match number % 3 {
                0 => {
                    let write = t.write(remove(&of, *owner, *owner));
                    calls.push(Box::pin(async move { drop(members.remove(write).await) }));
                }
                1 => {
                    let write = t.write(role(&of, *owner, next, Role::Member));
                    calls.push(Box::pin(async move {
                        drop(members.change_role(write).await);
                    }));
                }
                _ => {
                    let write = t.write(transfer(&of, *owner, next));
                    calls.push(Box::pin(async move { drop(members.transfer(write).await) }));
                }
            }
        }
        at_once(calls).await;
        let left = t.roles(&of).await;
        assert!(
            left.iter().any(|(_, role)| *role == Role::Owner),
            "no owner is left: {left:?}"
        );
        let seen = t.seen(left[0].0, &of).await.expect("the organization");
        assert_eq!(seen.organization.member_count, left.len() as u64);
    }
}
