use std::time::Duration;

use vestibule_domain::kernel::{CompanyId, GuardError, StoreError, UserId};
use vestibule_domain::organizations::{
    CompanyChoice, CompanyRef, InvitedRole, NewOrganization, Organization, OrganizationName,
    OrganizationNumber, OrganizationRule, OrganizationView, Role, Slug, SlugChoice,
};
use vestibule_domain::users::Account;

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::fixtures::new_user;

pub(super) use super::faults::organizations as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes_organizations::organizations as own_writes_are_read_at_once;

pub(super) fn name(text: &str) -> OrganizationName {
    OrganizationName::parse(text).expect("a name")
}

pub(super) fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

impl Trial {
    /// An organization with a new company of the same name, within a quota of 50.
    pub(super) fn new_organization(&self, user: UserId, text: &str) -> NewOrganization {
        let id = self.make.id();
        NewOrganization {
            id,
            user,
            membership: self.make.id(),
            display_name: name(text),
            slug: SlugChoice::Generated(Slug::candidates(text, id)),
            company: CompanyChoice::New(self.make.id()),
            quota: 50,
        }
    }

    /// A stored organization that the user owns, as the user sees it.
    pub(super) async fn organization(&self, user: UserId, text: &str) -> OrganizationView {
        let new = self.new_organization(user, text);
        let created = self.store.organizations.create(self.write(new)).await;
        created.expect("create")
    }

    /// A new account with a proved address.
    pub(super) async fn proved(&self, name: &str) -> Account {
        let account = Account {
            email_verified: true,
            ..self.make.account(name)
        };
        self.register(new_user(account.clone())).await;
        account
    }

    /// A new account that joined by an invitation of the owner.
    pub(super) async fn member(
        &self,
        of: &OrganizationView,
        owner: UserId,
        name: &str,
        role: Role,
    ) -> Account {
        let account = self.proved(name).await;
        self.join(of, owner, &account, role).await;
        account
    }

    /// Makes the account a member by an invitation of the owner.
    pub(super) async fn join(
        &self,
        of: &OrganizationView,
        owner: UserId,
        account: &Account,
        role: Role,
    ) {
        let invited = match role {
            Role::Admin => InvitedRole::Admin,
            _ => InvitedRole::Member,
        };
        let invite = self.invite(of, owner, account.email.as_str(), invited);
        let token = invite.token;
        let sent = self.store.invitations.invite(self.write(invite)).await;
        sent.expect("invite");
        let accept = self.accept(account.id, token);
        let joined = self.store.invitations.accept(self.write(accept)).await;
        joined.expect("accept");
        if role == Role::Owner {
            let change = super::members::role(of, owner, account.id, role);
            let changed = self.store.members.change_role(self.write(change)).await;
            changed.expect("change_role");
        }
    }

    /// The organization as the user sees it, through a fresh handle; makes sure
    /// that every look-up says the same.
    pub(super) async fn seen(
        &self,
        user: UserId,
        of: &OrganizationView,
    ) -> Option<OrganizationView> {
        let (id, number) = (of.organization.id, of.organization.number);
        let organizations = self.fresh().await.organizations;
        let found = organizations.find(user, id).await.expect("find");
        let by_number = organizations.by_number(user, number).await;
        assert_eq!(by_number.expect("by_number"), found);
        let page = organizations.list(user, first_page()).await.expect("list");
        let listed = page.items.into_iter().find(|v| v.organization.id == id);
        assert_eq!(listed, found, "listed as it is found");
        let default = organizations.default_of(user).await.expect("default_of");
        let is_default = default
            .as_ref()
            .is_some_and(|view| view.organization.id == id);
        assert_eq!(found.as_ref().is_some_and(|v| v.is_default), is_default);
        let shown = self.stored(user).await.organization;
        assert_eq!(shown, default.map(|view| view.as_default()));
        found
    }
}

pub(super) async fn create_stores_every_field(t: Trial) {
    let ada = t.user("ada").await;
    let new = t.new_organization(ada.id, "Müller & Söhne \u{1f4a1}");
    let CompanyChoice::New(company) = new.company else {
        panic!("a new company");
    };
    let at = t.make.later(Duration::from_secs(1));
    let (created, sealed) = t
        .commits_sealing(ada.id, new.clone(), async |write| {
            t.store.organizations.create(write).await
        })
        .await;
    let expected = OrganizationView {
        organization: Organization {
            id: new.id,
            number: created.organization.number,
            display_name: new.display_name.clone(),
            slug: new.slug.candidates()[0].clone(),
            company: CompanyRef {
                id: company,
                name: new.display_name.clone(),
            },
            member_count: 1,
            created_at: at,
            updated_at: at,
            version: vestibule_domain::kernel::Version(1),
        },
        membership: new.membership,
        role: Role::Owner,
        is_default: true,
    };
    assert_eq!(created, expected);
    assert_eq!(sealed, format!("{expected:?}"), "what the replay answers");
    assert_eq!(t.seen(ada.id, &created).await, Some(expected));
    let member = t.fresh().await.members.find(new.id, ada.id).await;
    let member = member.expect("find").expect("the owner");
    assert_eq!((member.role, member.joined_at), (Role::Owner, at));
    assert_eq!(member.version.0, 1);
}

pub(super) async fn create_stores_the_longest_values(t: Trial) {
    let ada = t.user("ada").await;
    let mut new = t.new_organization(ada.id, &"\u{1f4a1}".repeat(255));
    new.slug = SlugChoice::Given(slug(&"z".repeat(63)));
    let created = t.store.organizations.create(t.write(new)).await;
    let created = created.expect("create");
    assert_eq!(t.seen(ada.id, &created).await, Some(created));
}

pub(super) async fn numbers_grow_and_are_never_given_twice(t: Trial) {
    let ada = t.user("ada").await;
    let mut last = 0;
    for round in 0..3 {
        let made = t.organization(ada.id, &format!("round {round}")).await;
        let number = made.organization.number.get();
        assert!(number > last, "{number} after {last}");
        last = number;
        let delete = super::organization_changes::delete(&made, ada.id);
        let deleted = t.store.organizations.delete(t.write(delete)).await;
        deleted.expect("delete");
    }
}

pub(super) async fn a_generated_slug_is_the_first_that_is_free(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    for (user, expected) in [(ada.id, "acme"), (bob.id, "acme-2"), (ada.id, "acme-3")] {
        let made = t.organization(user, "Acme").await;
        assert_eq!(made.organization.slug.as_str(), expected);
    }
}

pub(super) async fn a_given_slug_that_is_taken_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    t.organization(bob.id, "Acme").await;
    let command = NewOrganization {
        slug: SlugChoice::Given(slug("acme")),
        ..t.new_organization(ada.id, "Acme")
    };
    let id = command.id;
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.organizations.create(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Rule(OrganizationRule::SlugTaken)));
    assert_nothing(&t, ada.id, id).await;
}

async fn assert_nothing(t: &Trial, user: UserId, id: vestibule_domain::kernel::OrganizationId) {
    let fresh = t.fresh().await;
    assert_is!(fresh.organizations.find(user, id).await, Ok(None));
    let own = fresh.companies.list(user, first_page()).await;
    assert_eq!(own.expect("list").items, [], "a company is left");
}

pub(super) async fn create_in_a_company_needs_its_owner(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let first = t.organization(ada.id, "first").await;
    let company = first.organization.company.id;
    let within = |user, company: CompanyId| NewOrganization {
        company: CompanyChoice::Own(company),
        ..t.new_organization(user, "second")
    };
    for command in [within(bob.id, company), within(bob.id, t.make.id())] {
        let id = command.id;
        let refused = t
            .leaves_no_envelope(bob.id, command, async |write| {
                t.store.organizations.create(write).await
            })
            .await;
        assert_is!(
            refused,
            Err(GuardError::Rule(OrganizationRule::UnknownCompany))
        );
        assert_nothing(&t, bob.id, id).await;
    }
    let second = t.write(within(ada.id, company));
    let second = t.store.organizations.create(second).await.expect("create");
    assert_eq!(second.organization.company, first.organization.company);
    let companies = t.fresh().await.companies.list(ada.id, first_page()).await;
    assert_eq!(companies.expect("list").count, 1);
}

pub(super) async fn create_beyond_the_quota_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    t.organization(bob.id, "of bob").await;
    t.organization(ada.id, "first").await;
    t.organization(ada.id, "second").await;
    let command = NewOrganization {
        quota: 2,
        ..t.new_organization(ada.id, "third")
    };
    let id = command.id;
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.organizations.create(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Rule(OrganizationRule::QuotaExceeded {
            quota: 2
        }))
    );
    let found = t.fresh().await.organizations.find(ada.id, id).await;
    assert_is!(found, Ok(None));
}

pub(super) async fn create_without_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let command = t.new_organization(t.make.id(), "nobody's");
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.organizations.create(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
}

pub(super) async fn create_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    // The record is looked at before the rule.
    for quota in [50, 0] {
        let command = NewOrganization {
            quota,
            ..t.new_organization(ada.id, "again")
        };
        let id = command.id;
        let refused = t
            .repeats_once(ada.id, command, async |write| {
                t.store.organizations.create(write).await
            })
            .await;
        assert_is!(
            refused,
            Err(GuardError::Store(StoreError::Duplicate("once")))
        );
        assert_nothing(&t, ada.id, id).await;
    }
}

pub(super) async fn organizations_are_listed_latest_membership_first(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let mut of_ada = Vec::new();
    for number in 0..7 {
        of_ada.push(t.new_organization(ada.id, &format!("of ada {number}")));
        t.organization(bob.id, &format!("of bob {number}")).await;
    }
    for place in SHUFFLED {
        let created = t.write(of_ada[place].clone());
        let created = t.store.organizations.create(created).await;
        created.expect("create");
    }
    let ids: Vec<_> = of_ada.iter().rev().map(|new| new.membership).collect();
    let organizations = t.fresh().await.organizations;
    check_paging(
        &ids,
        |view: &OrganizationView| view.membership,
        async |page| organizations.list(ada.id, page).await.expect("list"),
    )
    .await;
}

pub(super) async fn an_organization_is_shown_to_members_only(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let made = t.organization(ada.id, "of ada").await;
    assert_eq!(t.seen(bob.id, &made).await, None);
    let nobody: UserId = t.make.id();
    let organizations = &t.store.organizations;
    let found = organizations.find(nobody, made.organization.id).await;
    assert_is!(found, Ok(None));
    let unknown = OrganizationNumber::new(i64::MAX).expect("a number");
    assert_is!(organizations.by_number(ada.id, unknown).await, Ok(None));
    assert_is!(organizations.find(ada.id, t.make.id()).await, Ok(None));
    assert_is!(organizations.default_of(bob.id).await, Ok(None));
    assert_is!(organizations.in_common(ada.id, bob.id).await, Ok(false));
    let carol = t.member(&made, ada.id, "carol", Role::Member).await;
    for (one, other, expected) in [
        (ada.id, carol.id, true),
        (carol.id, ada.id, true),
        (carol.id, bob.id, false),
    ] {
        let common = t.fresh().await.organizations.in_common(one, other).await;
        assert_eq!(common.expect("in_common"), expected);
    }
}

pub(super) async fn parallel_creations_fill_the_quota_exactly(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(30, |number| {
            let organizations = t.store.organizations.clone();
            let write = t.write(NewOrganization {
                quota: 10,
                ..t.new_organization(ada.id, &format!("number {number} of {round}"))
            });
            async move { organizations.create(write).await }
        })
        .await;
        let mut made = 0;
        for answer in answers {
            if answer.is_ok() {
                made += 1;
            } else {
                assert_is!(
                    answer,
                    Err(GuardError::Rule(OrganizationRule::QuotaExceeded {
                        quota: 10
                    }))
                );
            }
        }
        assert_eq!(made, 10, "exactly the quota is made");
        let fresh = t.fresh().await.organizations;
        let page = fresh.list(ada.id, first_page()).await.expect("list");
        assert_eq!(page.count, 10);
    }
}

pub(super) async fn parallel_creations_share_no_slug_and_no_number(t: Trial) {
    let ada = t.user("ada").await;
    let mut users = vec![ada.id];
    for number in 1..20 {
        users.push(t.user(&format!("user{number}")).await.id);
    }
    let answers = parallel(20, |number| {
        let organizations = t.store.organizations.clone();
        let write = t.write(t.new_organization(users[number], "Same Name"));
        async move { organizations.create(write).await.expect("create") }
    })
    .await;
    let mut slugs: Vec<_> = answers
        .iter()
        .map(|v| v.organization.slug.clone())
        .collect();
    let mut numbers: Vec<_> = answers.iter().map(|v| v.organization.number).collect();
    slugs.sort();
    slugs.dedup();
    numbers.sort();
    numbers.dedup();
    assert_eq!((slugs.len(), numbers.len()), (20, 20));
    assert!(slugs.contains(&slug("same-name")));
}

pub(super) async fn parallel_creations_of_one_slug_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let mut users = Vec::new();
        for number in 0..10 {
            users.push(t.user(&format!("user{round}.{number}")).await.id);
        }
        let wanted = format!("wanted-{round}");
        let answers = parallel(10, |number| {
            let organizations = t.store.organizations.clone();
            let write = t.write(NewOrganization {
                slug: SlugChoice::Given(slug(&wanted)),
                ..t.new_organization(users[number], "Acme")
            });
            async move { organizations.create(write).await }
        })
        .await;
        let mut made = 0;
        for answer in answers {
            if answer.is_ok() {
                made += 1;
            } else {
                assert_is!(answer, Err(GuardError::Rule(OrganizationRule::SlugTaken)));
            }
        }
        assert_eq!(made, 1);
    }
}
