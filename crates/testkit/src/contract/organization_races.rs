//! Commands on organizations, companies and invitations that compete.

use vestibule_domain::companies::Company;
use vestibule_domain::kernel::{CompanyId, GuardError, Version};
use vestibule_domain::organizations::{OrganizationRule, Role, SetDefault};

use super::companies::{limit, rename};
use super::invitations::revoke;
use super::members::{remove, role, transfer};
use super::organization_changes::{change, delete, renamed};
use super::organizations::name;
use super::trial::{Call, ROUNDS, Trial, assert_is, at_once, parallel, race};

async fn company(t: &Trial, id: CompanyId) -> Company {
    let companies = t.fresh().await.companies;
    let found = companies.find_any(id).await.expect("find_any");
    found.expect("the company")
}

pub(super) async fn parallel_changes_of_one_company_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    let id = t
        .organization(ada.id, "of ada")
        .await
        .organization
        .company
        .id;
    for _ in 0..ROUNDS {
        let before = company(&t, id).await;
        let calls: Vec<Call> = (0..10)
            .map(|number| -> Call {
                let companies = t.store.companies.clone();
                if number % 2 == 0 {
                    let mut command = rename(id, ada.id, &format!("number {number}"));
                    command.expected = Some(before.version);
                    let write = t.write(command);
                    Box::pin(async move { companies.rename(write).await.is_ok() })
                } else {
                    let mut command = limit(id, 100 + number);
                    command.expected = Some(before.version);
                    let write = t.write(command);
                    Box::pin(async move { companies.set_max_documents(write).await.is_ok() })
                }
            })
            .collect();
        let done = at_once(calls).await;
        let winners: Vec<_> = (0..10).filter(|number| done[*number]).collect();
        assert_eq!(winners.len(), 1, "exactly one is carried out");
        let after = company(&t, id).await;
        assert_eq!(after.version, Version(before.version.0 + 1));
        let won = winners[0];
        if won % 2 == 0 {
            assert_eq!(after.name, name(&format!("number {won}")));
            assert_eq!(after.max_documents, before.max_documents);
        } else {
            assert_eq!(after.name, before.name);
            assert_eq!(
                after.max_documents.get(),
                100 + i64::try_from(won).expect("small")
            );
        }
    }
}

pub(super) async fn parallel_changes_of_a_role_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Member).await;
    let mut version = Version(1);
    for _ in 0..ROUNDS {
        let answers = parallel(10, |number| {
            let members = t.store.members.clone();
            let wanted = [Role::Admin, Role::Member][number % 2];
            let mut command = role(&of_ada, ada.id, bob.id, wanted);
            command.expected = Some(version);
            let write = t.write(command);
            async move { members.change_role(write).await }
        })
        .await;
        let changed: Vec<_> = answers.iter().flatten().collect();
        assert_eq!(changed.len(), 1, "exactly one is carried out");
        version = Version(version.0 + 1);
        let found = t.fresh().await.members;
        let found = found.find(of_ada.organization.id, bob.id).await;
        let found = found.expect("find").expect("a member");
        assert_eq!(found.version, version);
        assert_eq!(&found, changed[0]);
    }
}

pub(super) async fn of_owners_who_step_down_at_once_one_stays(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let mut owners = vec![ada.id];
        for number in 1..8 {
            let name = format!("owner{round}.{number}");
            owners.push(t.member(&of_ada, ada.id, &name, Role::Owner).await.id);
        }
        let answers = parallel(8, |number| {
            let members = t.store.members.clone();
            let user = owners[number];
            let write = t.write(role(&of_ada, user, user, Role::Member));
            async move { members.change_role(write).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 7);
        for answer in answers.into_iter().filter(Result::is_err) {
            assert_is!(answer, Err(GuardError::Rule(OrganizationRule::LastOwner)));
        }
        let mut left = 0;
        for user in owners {
            let seen = t.seen(user, &of_ada).await.expect("the organization");
            left += usize::from(seen.role == Role::Owner);
        }
        assert_eq!(left, 1);
    }
}

pub(super) async fn a_transfer_to_who_leaves_leaves_an_owner(t: Trial) {
    for round in 0..ROUNDS * 2 {
        let ada = t.user(&format!("ada{round}")).await;
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let name = format!("bob{round}");
        let bob = t.member(&of_ada, ada.id, &name, Role::Admin).await;
        let (givers, leavers) = (t.store.members.clone(), t.store.members.clone());
        let give = t.write(transfer(&of_ada, ada.id, bob.id));
        let leave = t.write(remove(&of_ada, bob.id, bob.id));
        let done = race(
            round,
            Box::pin(async move { givers.transfer(give).await.is_ok() }),
            Box::pin(async move { leavers.remove(leave).await.is_ok() }),
        )
        .await;
        assert_eq!(done.iter().filter(|done| **done).count(), 1);
        let seen = t.seen(ada.id, &of_ada).await.expect("the organization");
        let of_bob = t.seen(bob.id, &of_ada).await.map(|seen| seen.role);
        let expected = if done[0] {
            (Role::Admin, Some(Role::Owner))
        } else {
            (Role::Owner, None)
        };
        assert_eq!((seen.role, of_bob), expected);
    }
}

pub(super) async fn parallel_deletions_of_an_organization_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    for round in 0..ROUNDS {
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let answers = parallel(8, |_| {
            let organizations = t.store.organizations.clone();
            let write = t.write(delete(&of_ada, ada.id));
            async move { organizations.delete(write).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for answer in answers.into_iter().filter(Result::is_err) {
            assert_is!(answer, Err(GuardError::Rule(OrganizationRule::NotFound)));
        }
    }
}

pub(super) async fn of_a_change_and_a_deletion_at_one_version_one_succeeds(t: Trial) {
    let ada = t.user("ada").await;
    for round in 0..ROUNDS * 2 {
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let (changers, deleters) = (t.store.organizations.clone(), t.store.organizations.clone());
        let mut command = change(&of_ada, ada.id, renamed("changed"));
        command.expected = Some(of_ada.organization.version);
        let changed = t.write(command);
        let mut command = delete(&of_ada, ada.id);
        command.expected = Some(of_ada.organization.version);
        let deleted = t.write(command);
        let done = race(
            round,
            Box::pin(async move { changers.change(changed).await.is_ok() }),
            Box::pin(async move { deleters.delete(deleted).await.is_ok() }),
        )
        .await;
        assert_eq!(done.iter().filter(|done| **done).count(), 1);
        assert_eq!(t.seen(ada.id, &of_ada).await.is_some(), done[0]);
    }
}

pub(super) async fn of_a_revocation_and_an_acceptance_one_succeeds(t: Trial) {
    let ada = t.user("ada").await;
    for round in 0..ROUNDS * 2 {
        let of_ada = t.organization(ada.id, &format!("round {round}")).await;
        let bob = t.proved(&format!("bob{round}")).await;
        let (invitation, token) = t.invited(&of_ada, ada.id, bob.email.as_str()).await;
        let (revokers, joiners) = (t.store.invitations.clone(), t.store.invitations.clone());
        let revoke = t.write(revoke(&invitation, ada.id));
        let accept = t.write(t.accept(bob.id, token));
        let done = race(
            round,
            Box::pin(async move { revokers.revoke(revoke).await.is_ok() }),
            Box::pin(async move { joiners.accept(accept).await.is_ok() }),
        )
        .await;
        assert_eq!(done.iter().filter(|done| **done).count(), 1);
        assert_eq!(t.seen(bob.id, &of_ada).await.is_some(), done[1]);
    }
}

pub(super) async fn parallel_choices_leave_one_that_was_chosen(t: Trial) {
    let ada = t.user("ada").await;
    for round in 0..ROUNDS {
        let bob = t.proved(&format!("bob{round}")).await;
        let mut all = Vec::new();
        for number in 0..5 {
            let made = t
                .organization(ada.id, &format!("{number} of {round}"))
                .await;
            t.join(&made, ada.id, &bob, Role::Member).await;
            all.push(made);
        }
        let chosen = parallel(4, |number| {
            let organizations = t.store.organizations.clone();
            let write = t.write(SetDefault {
                user: bob.id,
                organization: all[number + 1].organization.id,
            });
            async move { organizations.set_default(write).await }
        })
        .await;
        for answer in chosen {
            assert!(answer.expect("set_default").is_default);
        }
        // Once the chosen one is left, no other one counts as chosen.
        let shown = t.fresh().await.organizations;
        let shown = shown.default_of(bob.id).await.expect("default_of");
        let shown = shown.expect("a default");
        assert_ne!(shown.organization.id, all[0].organization.id);
        let left = t.write(remove(&shown, bob.id, bob.id));
        let left = t.store.members.remove(left).await;
        left.expect("remove");
        let seen = t.seen(bob.id, &all[0]).await.expect("the organization");
        assert!(seen.is_default, "the oldest of those that are left");
    }
}
