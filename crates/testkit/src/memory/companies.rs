use async_trait::async_trait;
use vestibule_domain::companies::{
    Company, CompanyRule, CompanyStore, RenameCompany, SetMaxDocuments, decide_rename,
};
use vestibule_domain::kernel::{
    CompanyId, GuardError, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};
use vestibule_domain::organizations::UserRef;

use super::MemoryStorage;
use super::page::page;
use super::state::{CompanyRow, State};

#[async_trait]
impl CompanyStore for MemoryStorage {
    async fn list(
        &self,
        user: UserId,
        request: PageRequest<kinds::Company>,
    ) -> Result<Page<Company>, StoreError> {
        self.read(|state| {
            let rows: Vec<_> = state
                .companies
                .iter()
                .filter(|(_, row)| row.owner == user)
                .filter_map(|(id, _)| Some((*id, company(state, *id)?)))
                .collect();
            page(rows.into_iter(), request)
        })
    }

    async fn find(&self, user: UserId, wanted: CompanyId) -> Result<Option<Company>, StoreError> {
        self.read(|state| visible(state, user, wanted))
    }

    async fn of_member(
        &self,
        user: UserId,
        wanted: CompanyId,
    ) -> Result<Option<Company>, StoreError> {
        self.read(|state| company(state, wanted).filter(|_| works_for(state, user, wanted)))
    }

    async fn find_any(&self, wanted: CompanyId) -> Result<Option<Company>, StoreError> {
        self.read(|state| company(state, wanted))
    }

    async fn rename(
        &self,
        write: Write<RenameCompany>,
    ) -> Result<Company, GuardError<CompanyRule>> {
        self.write(write, |state, rename, at| {
            let seen = visible(state, rename.user, rename.company);
            decide_rename(rename.user, seen.as_ref()).map_err(GuardError::Rule)?;
            let row = at_version(state, rename.company, rename.expected)?;
            let row = row.ok_or(GuardError::Rule(CompanyRule::NotFound))?;
            row.name = rename.name;
            row.version.0 += 1;
            row.updated_at = at;
            let renamed = company(state, rename.company);
            let renamed = renamed.ok_or(GuardError::Rule(CompanyRule::NotFound))?;
            Ok((renamed, Some(())))
        })
    }

    async fn set_max_documents(
        &self,
        write: Write<SetMaxDocuments>,
    ) -> Result<Option<Company>, StoreError> {
        self.write(write, |state, set, at| {
            let Some(row) = at_version(state, set.company, set.expected)? else {
                return Ok((None, None));
            };
            row.max_documents = set.max_documents;
            row.version.0 += 1;
            row.updated_at = at;
            Ok((company(state, set.company), Some(())))
        })
    }
}

fn company(state: &State, id: CompanyId) -> Option<Company> {
    let row = state.companies.get(&id)?;
    let owner = state.users.get(&row.owner)?;
    Some(Company {
        id,
        owner: UserRef {
            id: row.owner,
            username: owner.account.username.clone(),
        },
        name: row.name.clone(),
        max_documents: row.max_documents,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

/// Whether one of the user's organizations belongs to the company.
fn works_for(state: &State, user: UserId, wanted: CompanyId) -> bool {
    state.memberships(user).any(|row| {
        let organization = state.organizations.get(&row.organization);
        organization.is_some_and(|row| row.company == wanted)
    })
}

fn visible(state: &State, user: UserId, wanted: CompanyId) -> Option<Company> {
    company(state, wanted).filter(|found| found.owner.id == user || works_for(state, user, wanted))
}

fn at_version(
    state: &mut State,
    company: CompanyId,
    expected: Option<Version>,
) -> Result<Option<&mut CompanyRow>, StoreError> {
    match state.companies.get_mut(&company) {
        Some(row) if expected.is_some_and(|expected| expected != row.version) => {
            Err(StoreError::Conflict)
        }
        row => Ok(row),
    }
}
