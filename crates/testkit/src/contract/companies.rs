use std::time::Duration;

use vestibule_domain::companies::{
    Company, CompanyRule, DEFAULT_MAX_DOCUMENTS, MaxDocuments, RenameCompany, SetMaxDocuments,
};
use vestibule_domain::kernel::{CompanyId, GuardError, StoreError, UserId, Version};
use vestibule_domain::organizations::{CompanyChoice, NewOrganization, Role, UserRef};

use super::organizations::name;
use super::paging::{SHUFFLED, check_paging};
use super::trial::{Trial, assert_is};

pub(super) fn rename(company: CompanyId, user: UserId, text: &str) -> RenameCompany {
    RenameCompany {
        user,
        company,
        expected: None,
        name: name(text),
    }
}

pub(super) fn limit(company: CompanyId, number: i64) -> SetMaxDocuments {
    SetMaxDocuments {
        company,
        expected: None,
        max_documents: MaxDocuments::parse(number).expect("a number"),
    }
}

impl Trial {
    /// The company, through a fresh handle.
    async fn company(&self, id: CompanyId) -> Option<Company> {
        let companies = self.fresh().await.companies;
        companies.find_any(id).await.expect("find_any")
    }
}

pub(super) async fn a_company_is_made_with_its_organization(t: Trial) {
    let ada = t.user("ada").await;
    let at = t.make.later(Duration::from_secs(1));
    let of_ada = t.organization(ada.id, "Of Ada \u{1f4a1}").await;
    let expected = Company {
        id: of_ada.organization.company.id,
        owner: UserRef {
            id: ada.id,
            username: ada.username.clone(),
        },
        name: name("Of Ada \u{1f4a1}"),
        max_documents: DEFAULT_MAX_DOCUMENTS,
        created_at: at,
        updated_at: at,
        version: Version(1),
    };
    assert_eq!(t.company(expected.id).await, Some(expected));
}

pub(super) async fn companies_are_listed_newest_first(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let mut of_ada = Vec::new();
    for number in 0..7 {
        of_ada.push(t.new_organization(ada.id, &format!("of ada {number}")));
        t.organization(bob.id, &format!("of bob {number}")).await;
    }
    let id = |new: &NewOrganization| match new.company {
        CompanyChoice::New(id) | CompanyChoice::Own(id) => id,
    };
    for place in SHUFFLED {
        let created = t.write(of_ada[place].clone());
        let created = t.store.organizations.create(created).await;
        created.expect("create");
    }
    let ids: Vec<_> = of_ada.iter().rev().map(id).collect();
    let companies = t.fresh().await.companies;
    check_paging(
        &ids,
        |company: &Company| company.id,
        async |page| companies.list(ada.id, page).await.expect("list"),
    )
    .await;
}

pub(super) async fn a_company_is_shown_to_owner_and_members(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Owner).await;
    let carol = t.user("carol").await;
    t.organization(carol.id, "of carol").await;
    let left = t
        .store
        .members
        .remove(t.write(super::members::remove(&of_ada, ada.id, ada.id)));
    left.await.expect("remove");
    let company = of_ada.organization.company.id;
    let companies = t.fresh().await.companies;
    // Owner, and no member any more; member; neither.
    for (user, found, works) in [
        (ada.id, true, false),
        (bob.id, true, true),
        (carol.id, false, false),
    ] {
        let seen = companies.find(user, company).await.expect("find");
        assert_eq!(seen.is_some(), found);
        let of_member = companies.of_member(user, company).await;
        assert_eq!(of_member.expect("of_member").is_some(), works);
    }
    assert_is!(companies.find(ada.id, t.make.id()).await, Ok(None));
}

pub(super) async fn rename_is_its_owners(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let bob = t.member(&of_ada, ada.id, "bob", Role::Admin).await;
    let carol = t.user("carol").await;
    let id = of_ada.organization.company.id;
    let mut company = t.company(id).await.expect("the company");
    for (command, rule) in [
        (rename(id, bob.id, "changed"), CompanyRule::OwnerOnly),
        (rename(id, carol.id, "changed"), CompanyRule::NotFound),
        (
            rename(t.make.id(), ada.id, "changed"),
            CompanyRule::NotFound,
        ),
    ] {
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.companies.rename(write).await
            })
            .await;
        match refused {
            Err(GuardError::Rule(found)) => assert_eq!(found, rule),
            other => panic!("expected {rule:?}, got {other:?}"),
        }
    }
    let mut command = rename(id, ada.id, "changed");
    command.expected = Some(Version(7));
    let refused = t
        .leaves_no_envelope(ada.id, command.clone(), async |write| {
            t.store.companies.rename(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Conflict)));
    assert_eq!(t.company(id).await.as_ref(), Some(&company));
    let at = t.make.later(Duration::from_secs(1));
    command.expected = Some(Version(1));
    let renamed = t
        .commits(ada.id, command, async |write| {
            t.store.companies.rename(write).await
        })
        .await;
    company.name = name("changed");
    company.updated_at = at;
    company.version = Version(2);
    assert_eq!(renamed, company);
    assert_eq!(t.company(id).await, Some(company));
    let seen = t.seen(ada.id, &of_ada).await.expect("the organization");
    assert_eq!(seen.organization.company.name, name("changed"));
    assert_eq!(seen.organization.display_name, name("of ada"));
}

pub(super) async fn the_number_of_documents_is_set(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    let id = of_ada.organization.company.id;
    let mut company = t.company(id).await.expect("the company");
    let at = t.make.later(Duration::from_secs(1));
    let mut command = limit(id, 1_000_000_000);
    command.expected = Some(Version(1));
    let set = t
        .commits(ada.id, command, async |write| {
            t.store.companies.set_max_documents(write).await
        })
        .await;
    company.max_documents = MaxDocuments::parse(1_000_000_000).expect("a number");
    company.updated_at = at;
    company.version = Version(2);
    assert_eq!(set.as_ref(), Some(&company));
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.companies.set_max_documents(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Conflict));
    let unknown = t
        .leaves_no_envelope(ada.id, limit(t.make.id(), 5), async |write| {
            t.store.companies.set_max_documents(write).await
        })
        .await;
    assert_is!(unknown, Ok(None));
    assert_eq!(t.company(id).await, Some(company));
}
