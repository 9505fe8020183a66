//! What was written of organizations through a handle is read through the same
//! handle at once, in the accounts of all members too.

use vestibule_domain::kernel::UserId;
use vestibule_domain::organizations::{DefaultOrganization, OrganizationView, Role, SetDefault};

use super::members::{remove, role};
use super::organization_changes::{change, delete, renamed};
use super::trial::Trial;

impl Trial {
    /// The account shows this default organization. Reads twice, so that what
    /// the first reading cached is read, too.
    pub(super) async fn assert_shown(&self, user: UserId, expected: Option<&DefaultOrganization>) {
        for _ in 0..2 {
            let account = self.store.users.account(user).await.expect("account");
            let account = account.expect("an account");
            assert_eq!(account.organization.as_ref(), expected);
        }
    }
}

async fn seen(t: &Trial, user: UserId, of: &OrganizationView) -> Option<OrganizationView> {
    let organizations = &t.store.organizations;
    let found = organizations.find(user, of.organization.id).await;
    found.expect("find")
}

pub(super) async fn organizations(t: Trial) {
    let ada = t.user("ada").await;
    t.assert_shown(ada.id, None).await;
    let mut first = t.organization(ada.id, "first").await;
    t.assert_shown(ada.id, Some(&first.as_default())).await;
    let second = t.organization(ada.id, "second").await;
    let bob = t.proved("bob").await;
    t.assert_shown(bob.id, None).await;
    t.join(&first, ada.id, &bob, Role::Member).await;
    for number in 0..3 {
        let command = change(&first, ada.id, renamed(&format!("number {number}")));
        let changed = t.store.organizations.change(t.write(command)).await;
        first = changed.expect("change");
        t.assert_shown(ada.id, Some(&first.as_default())).await;
        let of_bob = DefaultOrganization {
            summary: first.organization.summary(),
            role: Role::Member,
        };
        t.assert_shown(bob.id, Some(&of_bob)).await;
    }
    let choose = t.write(SetDefault {
        user: ada.id,
        organization: second.organization.id,
    });
    let chosen = t.store.organizations.set_default(choose).await;
    chosen.expect("set_default");
    t.assert_shown(ada.id, Some(&second.as_default())).await;
    let raise = t.write(role(&first, ada.id, bob.id, Role::Owner));
    let raised = t.store.members.change_role(raise).await;
    raised.expect("change_role");
    let of_bob = seen(&t, bob.id, &first).await.expect("the organization");
    assert_eq!(of_bob.role, Role::Owner);
    t.assert_shown(bob.id, Some(&of_bob.as_default())).await;
    let removed = t
        .store
        .members
        .remove(t.write(remove(&first, bob.id, ada.id)));
    removed.await.expect("remove");
    assert_eq!(seen(&t, ada.id, &first).await, None);
    let of_bob = seen(&t, bob.id, &first).await.expect("the organization");
    assert_eq!(of_bob.organization.member_count, 1);
    let deleted = t
        .store
        .organizations
        .delete(t.write(delete(&first, bob.id)));
    deleted.await.expect("delete");
    t.assert_shown(bob.id, None).await;
    let deleted = t
        .store
        .organizations
        .delete(t.write(delete(&second, ada.id)));
    deleted.await.expect("delete");
    t.assert_shown(ada.id, None).await;
}
