use async_trait::async_trait;
use vestibule_domain::companies::DEFAULT_MAX_DOCUMENTS;
use vestibule_domain::kernel::{
    CompanyId, GuardError, OrganizationId, Page, PageRequest, StoreError, UserId, Version, Write,
    kinds,
};
use vestibule_domain::organizations::{
    ChangeOrganization, CompanyChoice, CompanyFact, CompanyRef, CreateFacts, DeleteOrganization,
    NewOrganization, Organization, OrganizationNumber, OrganizationRule, OrganizationStore,
    OrganizationSummary, OrganizationView, Role, SetDefault, Stake, decide_create, decide_delete,
    decide_update,
};
use vestibule_domain::personal_data::{DeletionRule, decide_deletion};

use super::MemoryStorage;
use super::page::page;
use super::state::{CompanyRow, MemberRow, OrganizationRow, State};

#[async_trait]
impl OrganizationStore for MemoryStorage {
    async fn create(
        &self,
        write: Write<NewOrganization, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.write(write, |state, new, at| {
            state.require_user(new.user)?;
            let taken = state.organizations.values().map(|row| row.slug.clone());
            let facts = CreateFacts {
                memberships: state.memberships(new.user).count() as u64,
                quota: new.quota,
                taken: taken.collect(),
                company: match new.company {
                    CompanyChoice::New(_) => CompanyFact::New,
                    CompanyChoice::Own(company) => match state.companies.get(&company) {
                        Some(row) => CompanyFact::OwnedBy(row.owner),
                        None => CompanyFact::Unknown,
                    },
                },
            };
            let slug = decide_create(new.user, &new.slug, &facts).map_err(GuardError::Rule)?;
            let company = match new.company {
                CompanyChoice::Own(company) => company,
                CompanyChoice::New(company) => {
                    let row = CompanyRow {
                        owner: new.user,
                        name: new.display_name.clone(),
                        max_documents: DEFAULT_MAX_DOCUMENTS,
                        created_at: at,
                        updated_at: at,
                        version: Version(1),
                    };
                    state.companies.insert(company, row);
                    company
                }
            };
            state.last_number += 1;
            let row = OrganizationRow {
                number: state.last_number,
                display_name: new.display_name,
                slug,
                company,
                created_at: at,
                updated_at: at,
                version: Version(1),
            };
            state.organizations.insert(new.id, row);
            let owner = MemberRow {
                organization: new.id,
                user: new.user,
                role: Role::Owner,
                joined_at: at,
                is_chosen: false,
                version: Version(1),
            };
            state.members.insert(new.membership, owner);
            let view = state.view(new.user, new.id)?;
            Ok((view.clone(), Some(view)))
        })
    }

    async fn list(
        &self,
        user: UserId,
        request: PageRequest<kinds::Membership>,
    ) -> Result<Page<OrganizationView>, StoreError> {
        self.read(|state| {
            let views: Vec<_> = state
                .memberships(user)
                .filter_map(|row| state.find_view(user, row.organization))
                .map(|view| (view.membership, view))
                .collect();
            page(views.into_iter(), request)
        })
    }

    async fn find(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<OrganizationView>, StoreError> {
        self.read(|state| state.find_view(user, organization))
    }

    async fn by_number(
        &self,
        user: UserId,
        number: OrganizationNumber,
    ) -> Result<Option<OrganizationView>, StoreError> {
        self.read(|state| {
            let mut rows = state.organizations.iter();
            let (id, _) = rows.find(|(_, row)| row.number == number.get())?;
            state.find_view(user, *id)
        })
    }

    async fn default_of(&self, user: UserId) -> Result<Option<OrganizationView>, StoreError> {
        self.read(|state| state.find_view(user, state.default_organization(user)?))
    }

    async fn in_common(&self, one: UserId, other: UserId) -> Result<bool, StoreError> {
        self.read(|state| {
            state
                .memberships(one)
                .any(|row| state.role(row.organization, other).is_some())
        })
    }

    async fn change(
        &self,
        write: Write<ChangeOrganization>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.write(write, |state, change, at| {
            let organization = change.organization;
            let others = state
                .organizations
                .iter()
                .filter(|(id, _)| **id != organization);
            let taken = change.changes.slug.as_ref().is_some_and(|slug| {
                let mut others = others;
                others.any(|(_, row)| row.slug == *slug)
            });
            let actor = state.role(organization, change.actor);
            decide_update(actor, taken).map_err(GuardError::Rule)?;
            check_version(state, organization, change.expected)?;
            let row = state
                .organizations
                .get_mut(&organization)
                .ok_or(GuardError::Rule(OrganizationRule::NotFound))?;
            let changes = change.changes;
            changes
                .display_name
                .into_iter()
                .for_each(|name| row.display_name = name);
            changes.slug.into_iter().for_each(|slug| row.slug = slug);
            row.version.0 += 1;
            row.updated_at = at;
            Ok((state.view(change.actor, organization)?, Some(())))
        })
    }

    async fn delete(
        &self,
        write: Write<DeleteOrganization>,
    ) -> Result<(), GuardError<OrganizationRule>> {
        self.write(write, |state, delete, _| {
            let actor = state.role(delete.organization, delete.actor);
            decide_delete(actor).map_err(GuardError::Rule)?;
            check_version(state, delete.organization, delete.expected)?;
            state.delete_organization(delete.organization);
            Ok(((), Some(())))
        })
    }

    async fn set_default(
        &self,
        write: Write<SetDefault>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.write(write, |state, set, _| {
            let SetDefault { user, organization } = set;
            if state.role(organization, user).is_none() {
                return Err(GuardError::Rule(OrganizationRule::NotFound));
            }
            for row in state.members.values_mut().filter(|row| row.user == user) {
                row.is_chosen = row.organization == organization;
            }
            Ok((state.view(user, organization)?, Some(())))
        })
    }

    async fn stakes(&self, user: UserId) -> Result<Vec<Stake>, StoreError> {
        self.read(|state| state.stakes(user))
    }
}

fn check_version(
    state: &State,
    organization: OrganizationId,
    expected: Option<Version>,
) -> Result<(), StoreError> {
    let stored = state
        .organizations
        .get(&organization)
        .map(|row| row.version);
    if expected.is_some() && expected != stored {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

impl State {
    /// The user's memberships, the first one first.
    pub(super) fn memberships(&self, user: UserId) -> impl Iterator<Item = &MemberRow> {
        self.members.values().filter(move |row| row.user == user)
    }

    /// The user's role in the organization, if there is one.
    pub(super) fn role(&self, organization: OrganizationId, user: UserId) -> Option<Role> {
        self.memberships(user)
            .find(|row| row.organization == organization)
            .map(|row| row.role)
    }

    pub(super) fn members_of(
        &self,
        organization: OrganizationId,
    ) -> impl Iterator<Item = &MemberRow> {
        let members = self.members.values();
        members.filter(move |row| row.organization == organization)
    }

    pub(super) fn owners(&self, organization: OrganizationId) -> u64 {
        let owners = self.members_of(organization);
        owners.filter(|row| row.role == Role::Owner).count() as u64
    }

    /// The one that was chosen, else that of the oldest membership.
    pub(super) fn default_organization(&self, user: UserId) -> Option<OrganizationId> {
        self.memberships(user)
            // Of equals the one with the smallest id, which comes first.
            .min_by_key(|row| (!row.is_chosen, row.joined_at))
            .map(|row| row.organization)
    }

    pub(super) fn organization_summary(&self, id: OrganizationId) -> Option<OrganizationSummary> {
        let row = self.organizations.get(&id)?;
        Some(OrganizationSummary {
            id,
            number: OrganizationNumber::new(row.number).ok()?,
            display_name: row.display_name.clone(),
            slug: row.slug.clone(),
        })
    }

    pub(super) fn find_view(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Option<OrganizationView> {
        let (membership, member) = self
            .members
            .iter()
            .find(|(_, row)| row.user == user && row.organization == organization)?;
        let row = self.organizations.get(&organization)?;
        let company = self.companies.get(&row.company)?;
        Some(OrganizationView {
            organization: Organization {
                id: organization,
                number: OrganizationNumber::new(row.number).ok()?,
                display_name: row.display_name.clone(),
                slug: row.slug.clone(),
                company: CompanyRef {
                    id: row.company,
                    name: company.name.clone(),
                },
                member_count: self.members_of(organization).count() as u64,
                created_at: row.created_at,
                updated_at: row.updated_at,
                version: row.version,
            },
            membership: *membership,
            role: member.role,
            is_default: self.default_organization(user) == Some(organization),
        })
    }

    /// What the user sees of an organization that the command found a moment ago.
    pub(super) fn view(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.find_view(user, organization)
            .ok_or(GuardError::Rule(OrganizationRule::NotFound))
    }

    /// How many organizations belong to the company.
    pub(super) fn organizations_of(&self, company: CompanyId) -> usize {
        let rows = self.organizations.values();
        rows.filter(|row| row.company == company).count()
    }

    pub(super) fn delete_organization(&mut self, id: OrganizationId) {
        self.members.retain(|_, row| row.organization != id);
        self.invitations
            .retain(|_, row| row.invitation.organization != id);
        if let Some(row) = self.organizations.remove(&id)
            && self.organizations_of(row.company) == 0
        {
            self.companies.remove(&row.company);
        }
    }

    pub(super) fn stakes(&self, user: UserId) -> Vec<Stake> {
        self.memberships(user)
            .filter_map(|row| {
                Some(Stake {
                    organization: self.organization_summary(row.organization)?,
                    role: row.role,
                    owners: self.owners(row.organization),
                    members: self.members_of(row.organization).count() as u64,
                })
            })
            .collect()
    }

    /// Takes a user out of all organizations, as the deletion of the account
    /// asks for.
    pub(super) fn depart(&mut self, user: UserId) -> Result<(), DeletionRule> {
        let stakes = self.stakes(user);
        let deleted = decide_deletion(&stakes.as_slice().into())?.delete_organizations;
        for stake in stakes {
            if deleted.contains(&stake.organization.id.to_string()) {
                self.delete_organization(stake.organization.id);
            }
        }
        self.members.retain(|_, row| row.user != user);
        let owned = self.companies.iter().filter(|(_, row)| row.owner == user);
        let owned: Vec<_> = owned.map(|(id, _)| *id).collect();
        for company in owned {
            let heir = self
                .members
                .values()
                .find(|row| {
                    let organization = self.organizations.get(&row.organization);
                    row.role == Role::Owner && organization.is_some_and(|o| o.company == company)
                })
                .map(|row| row.user);
            if let (Some(heir), Some(row)) = (heir, self.companies.get_mut(&company)) {
                row.owner = heir;
                row.version.0 += 1;
            }
        }
        let email = self
            .users
            .get(&user)
            .map(|row| row.account.email.canonical());
        self.invitations.retain(|_, row| {
            row.invitation.invited_by.id != user && Some(row.invitation.email.canonical()) != email
        });
        Ok(())
    }
}
