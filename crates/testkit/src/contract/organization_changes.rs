use std::time::Duration;

use vestibule_domain::kernel::{GuardError, OrganizationId, StoreError, UserId, Version};
use vestibule_domain::organizations::{
    ChangeOrganization, CompanyChoice, DeleteOrganization, InvitedRole, NewOrganization,
    OrganizationChanges, OrganizationRule, OrganizationView, Permission, Role, SetDefault, Stake,
};

use super::members::remove;
use super::organizations::{name, slug};
use super::paging::first_page;
use super::trial::{ROUNDS, Trial, assert_is, parallel};

pub(super) fn change(
    view: &OrganizationView,
    actor: UserId,
    changes: OrganizationChanges,
) -> ChangeOrganization {
    ChangeOrganization {
        actor,
        organization: view.organization.id,
        expected: None,
        changes,
    }
}

pub(super) fn delete(view: &OrganizationView, actor: UserId) -> DeleteOrganization {
    DeleteOrganization {
        actor,
        organization: view.organization.id,
        expected: None,
    }
}

pub(super) fn renamed(text: &str) -> OrganizationChanges {
    OrganizationChanges {
        display_name: Some(name(text)),
        slug: None,
    }
}

pub(super) async fn change_sets_each_field_alone(t: Trial) {
    let ada = t.user("ada").await;
    let mut of_ada = t.organization(ada.id, "first").await;
    let other = t.organization(ada.id, "other").await;
    let all = [
        renamed("Second \u{1f4a1}"),
        OrganizationChanges {
            display_name: None,
            slug: Some(slug("second")),
        },
        // Its own slug is not taken.
        OrganizationChanges {
            display_name: Some(name("third")),
            slug: Some(slug("second")),
        },
        OrganizationChanges::default(),
    ];
    for changes in all {
        let at = t.make.later(Duration::from_secs(1));
        let command = change(&of_ada, ada.id, changes.clone());
        let changed = t
            .commits(ada.id, command, async |write| {
                t.store.organizations.change(write).await
            })
            .await;
        let organization = &mut of_ada.organization;
        changes
            .display_name
            .into_iter()
            .for_each(|name| organization.display_name = name);
        changes
            .slug
            .into_iter()
            .for_each(|slug| organization.slug = slug);
        organization.version.0 += 1;
        organization.updated_at = at;
        assert_eq!(changed, of_ada);
        assert_eq!(t.seen(ada.id, &of_ada).await.as_ref(), Some(&of_ada));
    }
    // Neither the company nor another organization bears the new name.
    assert_eq!(of_ada.organization.company.name, name("first"));
    assert_eq!(t.seen(ada.id, &other).await, Some(other));
}

pub(super) async fn a_refused_change_leaves_the_organization(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    t.organization(ada.id, "taken").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    let carol = t.user("carol").await;
    let forbidden = OrganizationRule::Forbidden(Permission::OrganizationUpdate);
    let taken = OrganizationChanges {
        display_name: Some(name("changed")),
        slug: Some(slug("taken")),
    };
    let mut unknown = change(&of_ada, ada.id, renamed("changed"));
    unknown.organization = t.make.id();
    for (command, rule) in [
        (change(&of_ada, bob.id, renamed("changed")), forbidden),
        (
            change(&of_ada, carol.id, renamed("changed")),
            OrganizationRule::NotFound,
        ),
        (change(&of_ada, ada.id, taken), OrganizationRule::SlugTaken),
        (unknown, OrganizationRule::NotFound),
    ] {
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.organizations.change(write).await
            })
            .await;
        match refused {
            Err(GuardError::Rule(found)) => assert_eq!(found, rule),
            other => panic!("expected {rule:?}, got {other:?}"),
        }
    }
    let mut command = change(&of_ada, ada.id, renamed("changed"));
    command.expected = Some(Version(7));
    let refused = t
        .leaves_no_envelope(ada.id, command.clone(), async |write| {
            t.store.organizations.change(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Conflict)));
    command.expected = None;
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.organizations.change(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    let seen = t.seen(ada.id, &of_ada).await.expect("the organization");
    assert_eq!(seen.organization.display_name, name("of ada"));
    assert_eq!(seen.organization.version, Version(1));
}

pub(super) async fn a_rename_shows_in_every_members_account(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "before").await;
    let mut users = vec![ada.id];
    for number in 0..5 {
        let name = format!("user{number}");
        let member = t.member(&of_ada, ada.id, &name, Role::Member).await;
        users.push(member.id);
    }
    for (text, tag) in [("between", "b"), ("after", "a")] {
        assert_accounts_show(&t, &users, &of_ada).await;
        let changes = OrganizationChanges {
            display_name: Some(name(text)),
            slug: Some(slug(tag)),
        };
        let command = t.write(change(&of_ada, ada.id, changes));
        let renamed = t.store.organizations.change(command).await;
        renamed.expect("change");
        assert_accounts_show(&t, &users, &of_ada).await;
    }
    assert_eq!(t.stored(users[1]).await.version, Version(1));
}

/// Every account shows the organization as its user sees it.
async fn assert_accounts_show(t: &Trial, users: &[UserId], of: &OrganizationView) {
    for user in users {
        let seen = t.seen(*user, of).await.expect("the organization");
        for storage in [t.store.clone(), t.fresh().await] {
            let account = storage.users.account(*user).await.expect("account");
            let shown = account.expect("an account").organization.clone();
            assert_eq!(shown, Some(seen.as_default()));
        }
    }
}

pub(super) async fn parallel_changes_of_one_version_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    let mut of_ada = t.organization(ada.id, "of ada").await;
    for _ in 0..ROUNDS {
        let answers = parallel(10, |number| {
            let organizations = t.store.organizations.clone();
            let mut command = change(&of_ada, ada.id, renamed(&format!("number {number}")));
            command.expected = Some(of_ada.organization.version);
            let write = t.write(command);
            async move { organizations.change(write).await }
        })
        .await;
        let changed: Vec<_> = answers.iter().flatten().collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(t.seen(ada.id, &of_ada).await.as_ref(), Some(changed[0]));
        of_ada = changed[0].clone();
    }
}

pub(super) async fn delete_takes_all_that_belongs_to_the_organization(t: Trial) {
    let ada = t.user("ada").await;
    let kept = t.organization(ada.id, "kept").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Admin).await;
    t.join(&kept, ada.id, &bob, Role::Member).await;
    let carol = t.member(&of_ada, ada.id, "carol", Role::Member).await;
    let pending = t.invite(&of_ada, ada.id, "dan@example.com", InvitedRole::Member);
    let (_, elsewhere) = t.invited(&kept, ada.id, "dan@example.com").await;
    let (token, invitation) = (pending.token, pending.id);
    let sent = t.store.invitations.invite(t.write(pending)).await;
    sent.expect("invite");
    let of_bob = t.seen(bob.id, &of_ada).await.expect("the organization");
    let shown = |view: &OrganizationView| Some(view.as_default());
    assert_eq!(t.stored(bob.id).await.organization, shown(&of_bob));
    t.commits(ada.id, delete(&of_ada, ada.id), async |write| {
        t.store.organizations.delete(write).await
    })
    .await;
    let id = of_ada.organization.id;
    for user in [ada.id, bob.id, carol.id] {
        assert_eq!(t.seen(user, &of_ada).await, None);
        for storage in [t.store.clone(), t.fresh().await] {
            assert_is!(storage.members.find(id, user).await, Ok(None));
        }
    }
    let fresh = t.fresh().await;
    let members = fresh.members.list(id, first_page()).await.expect("list");
    assert_eq!((members.count, members.items.len()), (0, 0));
    let invitations = fresh.invitations.list(id, first_page()).await;
    assert_eq!(invitations.expect("list").count, 0);
    assert_is!(fresh.invitations.find(id, invitation).await, Ok(None));
    let open = fresh.invitations.by_token(token, t.make.now()).await;
    assert_is!(open, Ok(None));
    let open = fresh.invitations.by_token(elsewhere, t.make.now()).await;
    assert_is!(open, Ok(Some(_)));
    let company = of_ada.organization.company.id;
    assert_is!(fresh.companies.find_any(company).await, Ok(None));
    // The next default is shown, and the slug is free again.
    let of_bob = t.seen(bob.id, &kept).await.expect("the other one");
    for (user, expected) in [(bob.id, shown(&of_bob)), (carol.id, None)] {
        for storage in [t.store.clone(), t.fresh().await] {
            let account = storage.users.account(user).await.expect("account");
            assert_eq!(account.expect("an account").organization, expected);
        }
    }
    let again = t.organization(ada.id, "of ada").await;
    assert_eq!(again.organization.slug, of_ada.organization.slug);
    let seen = t.seen(ada.id, &kept).await.expect("the other one");
    assert_eq!(seen.organization.member_count, 2);
}

pub(super) async fn a_company_goes_with_its_last_organization(t: Trial) {
    let ada = t.user("ada").await;
    let first = t.organization(ada.id, "first").await;
    let company = first.organization.company.id;
    let second = NewOrganization {
        company: CompanyChoice::Own(company),
        ..t.new_organization(ada.id, "second")
    };
    let second = t.store.organizations.create(t.write(second)).await;
    let second = second.expect("create");
    for (view, is_left) in [(&first, true), (&second, false)] {
        let deleted = t.store.organizations.delete(t.write(delete(view, ada.id)));
        deleted.await.expect("delete");
        let found = t.fresh().await.companies.find_any(company).await;
        assert_eq!(found.expect("find_any").is_some(), is_left);
        let own = t.fresh().await.companies.list(ada.id, first_page()).await;
        assert_eq!(own.expect("list").count, u64::from(is_left));
    }
}

pub(super) async fn a_refused_deletion_leaves_the_organization(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Admin).await;
    let carol = t.user("carol").await;
    let forbidden = OrganizationRule::Forbidden(Permission::OrganizationDelete);
    for (actor, rule) in [(bob.id, forbidden), (carol.id, OrganizationRule::NotFound)] {
        let refused = t
            .leaves_no_envelope(ada.id, delete(&of_ada, actor), async |write| {
                t.store.organizations.delete(write).await
            })
            .await;
        match refused {
            Err(GuardError::Rule(found)) => assert_eq!(found, rule),
            other => panic!("expected {rule:?}, got {other:?}"),
        }
    }
    let command = DeleteOrganization {
        expected: Some(Version(7)),
        ..delete(&of_ada, ada.id)
    };
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.organizations.delete(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Conflict)));
    let refused = t
        .repeats_once(ada.id, delete(&of_ada, ada.id), async |write| {
            t.store.organizations.delete(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert!(t.seen(bob.id, &of_ada).await.is_some());
}

pub(super) async fn the_default_is_chosen_else_the_oldest(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.proved("bob").await;
    let mut all = Vec::new();
    for text in ["first", "second", "third"] {
        let made = t.organization(ada.id, text).await;
        t.make.later(Duration::from_secs(1));
        t.join(&made, ada.id, &bob, Role::Member).await;
        all.push(made);
    }
    let ids: Vec<_> = all.iter().map(|view| view.organization.id).collect();
    assert_default(&t, bob.id, Some(ids[0])).await;
    let set = |place: usize| SetDefault {
        user: bob.id,
        organization: ids[place],
    };
    let view = t
        .commits(bob.id, set(2), async |write| {
            t.store.organizations.set_default(write).await
        })
        .await;
    assert_eq!(Some(&view), t.seen(bob.id, &all[2]).await.as_ref());
    assert_default(&t, bob.id, Some(ids[2])).await;
    assert_default(&t, ada.id, Some(ids[0])).await;
    let chosen = t.store.organizations.set_default(t.write(set(1))).await;
    assert!(chosen.expect("set_default").is_default);
    assert_default(&t, bob.id, Some(ids[1])).await;
    // The one that was chosen before does not come back.
    for (place, next) in [(1, Some(ids[0])), (0, Some(ids[2])), (2, None)] {
        let left = t
            .store
            .members
            .remove(t.write(remove(&all[place], bob.id, bob.id)));
        left.await.expect("remove");
        assert_default(&t, bob.id, next).await;
    }
    assert_eq!(t.stored(bob.id).await.version, Version(1));
}

async fn assert_default(t: &Trial, user: UserId, expected: Option<OrganizationId>) {
    for storage in [t.store.clone(), t.fresh().await] {
        let default = storage.organizations.default_of(user).await;
        let default = default.expect("default_of");
        assert_eq!(default.map(|view| view.organization.id), expected);
        let account = storage.users.account(user).await.expect("account");
        let shown = account.expect("an account").organization.clone();
        assert_eq!(shown.map(|shown| shown.summary.id), expected);
    }
}

pub(super) async fn only_a_members_organization_becomes_the_default(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let of_bob = t.organization(bob.id, "of bob").await;
    for organization in [of_bob.organization.id, t.make.id()] {
        let command = SetDefault {
            user: ada.id,
            organization,
        };
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.organizations.set_default(write).await
            })
            .await;
        assert_is!(refused, Err(GuardError::Rule(OrganizationRule::NotFound)));
    }
    assert_default(&t, ada.id, Some(of_ada.organization.id)).await;
}

pub(super) async fn stakes_tell_what_a_user_would_leave_behind(t: Trial) {
    let ada = t.proved("ada").await;
    let bob = t.proved("bob").await;
    let alone = t.organization(ada.id, "alone").await;
    let shared = t.organization(ada.id, "shared").await;
    t.join(&shared, ada.id, &bob, Role::Owner).await;
    t.member(&shared, ada.id, "carol", Role::Member).await;
    let of_bob = t.organization(bob.id, "of bob").await;
    t.join(&of_bob, bob.id, &ada, Role::Admin).await;
    let stake = |view: &OrganizationView, role, owners, members| Stake {
        organization: view.organization.summary(),
        role,
        owners,
        members,
    };
    let stakes = t.fresh().await.organizations.stakes(ada.id).await;
    let mut stakes = stakes.expect("stakes");
    stakes.sort_by_key(|stake| stake.organization.id);
    assert_eq!(
        stakes,
        [
            stake(&alone, Role::Owner, 1, 1),
            stake(&shared, Role::Owner, 2, 3),
            stake(&of_bob, Role::Admin, 1, 2),
        ]
    );
    let none = t.fresh().await.organizations.stakes(t.make.id()).await;
    assert_eq!(none.expect("stakes"), []);
}
