//! What the stores of organizations, members, invitations and companies share:
//! locks, roles, and what a member sees.

use diesel::prelude::*;
use vestibule_domain::kernel::{OrganizationId, StoreError, Timestamp, UserId, Version};
use vestibule_domain::organizations::{
    CompanyRef, MemberFacts, Organization, OrganizationName, OrganizationNumber, OrganizationRule,
    OrganizationView, Role, Slug, Stake,
};

use super::schema::{companies, organization_members, organizations};
use super::stored::Stored;
use crate::database::dialect::{lock_row, on};
use crate::database::{Conn, JobError};

/// What guarded commands ask of the organization that they lock.
#[derive(Queryable, Selectable)]
#[diesel(table_name = organizations)]
pub(super) struct LockedOrganization {
    pub(super) company_id: String,
    pub(super) version: i64,
}

/// Locks the organization's row against other writers, who are none on
/// `SQLite`; `None` when there is none, or it is being erased.
pub(super) fn lock_organization(
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<Option<LockedOrganization>, JobError> {
    Ok(lock_row!(
        conn,
        organizations::table
            .find(organization.to_string())
            .filter(organizations::is_deleted.eq(false))
            .select(LockedOrganization::as_select())
    )?)
}

/// Locks the company's row; answers who owns it and its version. Whoever makes
/// an organization within a company, and whoever deletes a company without
/// organizations, comes by here.
pub(super) fn lock_company(
    conn: &mut Conn,
    company: &str,
) -> Result<Option<(String, i64)>, JobError> {
    Ok(lock_row!(
        conn,
        companies::table
            .find(company)
            .select((companies::user_id, companies::version))
    )?)
}

/// Organizations of a company, other than this one.
pub(super) fn other_organizations(
    conn: &mut Conn,
    company: &str,
    organization: OrganizationId,
) -> Result<u64, JobError> {
    let count: i64 = on!(conn, |c| organizations::table
        .filter(organizations::company_id.eq(company))
        .filter(organizations::is_deleted.eq(false))
        .filter(organizations::id.ne(organization.to_string()))
        .count()
        .get_result(c))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

pub(super) fn read_role(row: &str, role: &str) -> Result<Role, StoreError> {
    let table = "organization_members";
    Stored { table, row }.parsed("role", Role::parse(role))
}

/// The user's role in the organization, if there is one.
pub(super) fn load_role(
    conn: &mut Conn,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Role>, JobError> {
    let found: Option<(String, String)> = on!(conn, |c| organization_members::table
        .filter(organization_members::organization_id.eq(organization.to_string()))
        .filter(organization_members::user_id.eq(user.to_string()))
        .select((organization_members::id, organization_members::role))
        .get_result(c)
        .optional())?;
    Ok(found
        .map(|(row, role)| read_role(&row, &role))
        .transpose()?)
}

pub(super) fn count_owners(conn: &mut Conn, organization: OrganizationId) -> Result<u64, JobError> {
    let owners: i64 = on!(conn, |c| organization_members::table
        .filter(organization_members::organization_id.eq(organization.to_string()))
        .filter(organization_members::role.eq(Role::Owner.as_str()))
        .count()
        .get_result(c))?;
    Ok(u64::try_from(owners).unwrap_or(0))
}

/// What the rules of members ask; the organization is locked.
pub(super) fn member_facts(
    conn: &mut Conn,
    organization: OrganizationId,
    actor: UserId,
    target: UserId,
) -> Result<MemberFacts, JobError> {
    Ok(MemberFacts {
        actor: load_role(conn, organization, actor)?,
        target: load_role(conn, organization, target)?,
        is_self: actor == target,
        owners: count_owners(conn, organization)?,
    })
}

/// Organizations that the user is a member of.
pub(super) fn count_memberships(conn: &mut Conn, user: UserId) -> Result<u64, JobError> {
    let count: i64 = on!(conn, |c| organization_members::table
        .inner_join(organizations::table)
        .filter(organization_members::user_id.eq(user.to_string()))
        .filter(organizations::is_deleted.eq(false))
        .count()
        .get_result(c))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A membership to store.
#[derive(Insertable)]
#[diesel(table_name = organization_members)]
pub(super) struct NewMember {
    pub(super) id: String,
    pub(super) organization_id: String,
    pub(super) user_id: String,
    pub(super) role: &'static str,
    pub(super) joined_at: i64,
    pub(super) default_order: i64,
    pub(super) version: i64,
}

/// Stores a membership; the caller keeps the organization's count.
pub(super) fn insert_member(conn: &mut Conn, member: &NewMember) -> Result<(), JobError> {
    on!(conn, |c| diesel::insert_into(organization_members::table)
        .values(member)
        .execute(c))?;
    Ok(())
}

/// Moves the count of members; the organization is locked.
pub(super) fn move_count(
    conn: &mut Conn,
    organization: OrganizationId,
    by: i64,
) -> Result<(), JobError> {
    let updated = on!(conn, |c| diesel::update(
        organizations::table.find(organization.to_string())
    )
    .set(organizations::member_count.eq(organizations::member_count + by))
    .execute(c))?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing("organization").into())
    }
}

/// Id of the user's default organization.
pub(super) fn load_default(conn: &mut Conn, user: UserId) -> Result<Option<String>, JobError> {
    Ok(on!(conn, |c| organization_members::table
        .inner_join(organizations::table)
        .filter(organization_members::user_id.eq(user.to_string()))
        .filter(organizations::is_deleted.eq(false))
        .order((
            organization_members::default_order,
            organization_members::id
        ))
        .select(organization_members::organization_id)
        .first(c)
        .optional())?)
}

/// What the user sees of the organization, if the user is a member.
pub(super) fn load_view(
    conn: &mut Conn,
    user: UserId,
    organization: OrganizationId,
) -> Result<Option<OrganizationView>, JobError> {
    let row: Option<ViewRow> = on!(conn, |c| organization_members::table
        .inner_join(organizations::table.inner_join(companies::table))
        .filter(organization_members::organization_id.eq(organization.to_string()))
        .filter(organization_members::user_id.eq(user.to_string()))
        .filter(organizations::is_deleted.eq(false))
        .select(ViewRow::as_select())
        .get_result(c)
        .optional())?;
    let Some(row) = row else {
        return Ok(None);
    };
    let default = load_default(conn, user)?;
    Ok(Some(row.into_view(default.as_deref())?))
}

/// What the user would leave behind.
pub(super) fn load_stakes(conn: &mut Conn, user: UserId) -> Result<Vec<Stake>, JobError> {
    let rows: Vec<ViewRow> = on!(conn, |c| organization_members::table
        .inner_join(organizations::table.inner_join(companies::table))
        .filter(organization_members::user_id.eq(user.to_string()))
        .filter(organizations::is_deleted.eq(false))
        .select(ViewRow::as_select())
        .load(c))?;
    let mut stakes = Vec::with_capacity(rows.len());
    for row in rows {
        let view = row.into_view(None)?;
        stakes.push(Stake {
            organization: view.organization.summary(),
            role: view.role,
            owners: count_owners(conn, view.organization.id)?,
            members: view.organization.member_count,
        });
    }
    Ok(stakes)
}

/// What the user sees of an organization that the command found under its lock.
pub(super) fn found_view(
    conn: &mut Conn,
    user: UserId,
    organization: OrganizationId,
) -> Result<Result<OrganizationView, OrganizationRule>, JobError> {
    Ok(load_view(conn, user, organization)?.ok_or(OrganizationRule::NotFound))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = organizations)]
pub(super) struct OrganizationRow {
    number: i64,
    id: String,
    company_id: String,
    slug: String,
    member_count: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
    display_name: String,
}

/// A membership with its organization and that one's company.
#[derive(Queryable, Selectable)]
#[diesel(table_name = organization_members)]
pub(super) struct ViewRow {
    id: String,
    role: String,
    #[diesel(embed)]
    organization: OrganizationRow,
    #[diesel(select_expression = companies::name)]
    company_name: String,
}

impl ViewRow {
    pub(super) fn into_view(self, default: Option<&str>) -> Result<OrganizationView, StoreError> {
        let Self {
            id: membership,
            role,
            organization,
            company_name,
        } = self;
        let OrganizationRow {
            number,
            id,
            company_id,
            slug,
            member_count,
            created_at,
            updated_at,
            version,
            display_name,
        } = organization;
        let row = Stored {
            table: "organizations",
            row: &id,
        };
        let company = Stored {
            table: "companies",
            row: &company_id,
        };
        let member = Stored {
            table: "organization_members",
            row: &membership,
        };
        Ok(OrganizationView {
            is_default: default == Some(id.as_str()),
            organization: Organization {
                id: row.id("id", &id)?,
                number: row.parsed("number", OrganizationNumber::new(number))?,
                display_name: row.parsed("display_name", OrganizationName::parse(&display_name))?,
                slug: row.parsed("slug", Slug::parse(&slug))?,
                company: CompanyRef {
                    id: row.id("company_id", &company_id)?,
                    name: company.parsed("name", OrganizationName::parse(&company_name))?,
                },
                member_count: row.parsed("member_count", u64::try_from(member_count))?,
                created_at: Timestamp::from_micros(created_at),
                updated_at: Timestamp::from_micros(updated_at),
                version: Version(version),
            },
            membership: member.id("id", &membership)?,
            role: read_role(&membership, &role)?,
        })
    }
}
