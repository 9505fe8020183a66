use async_trait::async_trait;
use vestibule_domain::kernel::{
    GuardError, MembershipId, OrganizationId, Page, PageRequest, StoreError, UserId, Version,
    Write, kinds,
};
use vestibule_domain::organizations::{
    ChangeRole, Member, MemberFacts, MemberStore, OrganizationRule, OrganizationView, RemoveMember,
    Role, TransferOwnership, decide_removal, decide_role, decide_transfer,
};

use super::MemoryStorage;
use super::page::page;
use super::state::{MemberRow, State};

#[async_trait]
impl MemberStore for MemoryStorage {
    async fn list(
        &self,
        organization: OrganizationId,
        request: PageRequest<kinds::Membership>,
    ) -> Result<Page<Member>, StoreError> {
        self.read(|state| {
            let rows: Vec<_> = state
                .members
                .iter()
                .filter(|(_, row)| row.organization == organization)
                .filter_map(|(id, row)| Some((*id, member(state, *id, row)?)))
                .collect();
            page(rows.into_iter(), request)
        })
    }

    async fn find(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError> {
        self.read(|state| find(state, organization, user))
    }

    async fn change_role(
        &self,
        write: Write<ChangeRole>,
    ) -> Result<Member, GuardError<OrganizationRule>> {
        self.write(write, |state, change, _| {
            let ChangeRole {
                actor,
                organization,
                user,
                expected,
                role,
            } = change;
            decide_role(&facts(state, organization, actor, user), role)
                .map_err(GuardError::Rule)?;
            check_version(state, organization, user, expected)?;
            set_role(state, organization, user, role);
            let member = find(state, organization, user);
            let member = member.ok_or(GuardError::Rule(OrganizationRule::NotFound))?;
            Ok((member, Some(())))
        })
    }

    async fn remove(&self, write: Write<RemoveMember>) -> Result<(), GuardError<OrganizationRule>> {
        self.write(write, |state, remove, _| {
            let RemoveMember {
                actor,
                organization,
                user,
                expected,
            } = remove;
            decide_removal(&facts(state, organization, actor, user)).map_err(GuardError::Rule)?;
            check_version(state, organization, user, expected)?;
            state
                .members
                .retain(|_, row| row.organization != organization || row.user != user);
            Ok(((), Some(())))
        })
    }

    async fn transfer(
        &self,
        write: Write<TransferOwnership, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.write(write, |state, transfer, at| {
            let TransferOwnership {
                actor,
                organization,
                user,
            } = transfer;
            let company = state
                .organizations
                .get(&organization)
                .map(|row| row.company)
                .ok_or(GuardError::Rule(OrganizationRule::NotFound))?;
            let owner = state.companies.get(&company).map(|row| row.owner);
            let others = state.organizations_of(company).saturating_sub(1) as u64;
            let facts = facts(state, organization, actor, user);
            let plan =
                decide_transfer(&facts, owner == Some(actor), others).map_err(GuardError::Rule)?;
            set_role(state, organization, user, Role::Owner);
            set_role(state, organization, actor, Role::Admin);
            if plan.with_company
                && let Some(row) = state.companies.get_mut(&company)
            {
                row.owner = user;
                row.version.0 += 1;
                row.updated_at = at;
            }
            let view = state.view(actor, organization)?;
            Ok((view.clone(), Some(view)))
        })
    }
}

fn facts(
    state: &State,
    organization: OrganizationId,
    actor: UserId,
    target: UserId,
) -> MemberFacts {
    MemberFacts {
        actor: state.role(organization, actor),
        target: state.role(organization, target),
        is_self: actor == target,
        owners: state.owners(organization),
    }
}

fn member(state: &State, id: MembershipId, row: &MemberRow) -> Option<Member> {
    let account = &state.users.get(&row.user)?.account;
    Some(Member {
        id,
        user: row.user,
        username: account.username.clone(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        avatar: account.avatar.clone(),
        email: account.email.clone(),
        role: row.role,
        joined_at: row.joined_at,
        version: row.version,
    })
}

fn find(state: &State, organization: OrganizationId, user: UserId) -> Option<Member> {
    let mut rows = state.members.iter();
    let (id, row) = rows.find(|(_, row)| row.organization == organization && row.user == user)?;
    member(state, *id, row)
}

fn check_version(
    state: &State,
    organization: OrganizationId,
    user: UserId,
    expected: Option<Version>,
) -> Result<(), StoreError> {
    let stored = find(state, organization, user).map(|member| member.version);
    if expected.is_some() && expected != stored {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

fn set_role(state: &mut State, organization: OrganizationId, user: UserId, role: Role) {
    for row in state.members.values_mut() {
        if row.organization == organization && row.user == user {
            row.role = role;
            row.version.0 += 1;
        }
    }
}
