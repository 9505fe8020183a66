use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::kernel::{
    GuardError, OrganizationId, Page, PageRequest, StoreError, Timestamp, UserId, Version, Write,
    kinds,
};
use vestibule_domain::organizations::{
    ChangeRole, Member, MemberStore, OrganizationRule, OrganizationView, RemoveMember, Role,
    TransferOwnership, decide_removal, decide_role, decide_transfer,
};
use vestibule_domain::users::{EmailAddress, PersonName, Username};

use super::SqlStorage;
use super::organization_rows::{
    found_view, lock_company, lock_organization, member_facts, move_count, other_organizations,
    read_role,
};
use super::organizations::check_version;
use super::paging::load_page;
use super::schema::{companies, organization_members, organizations, users};
use super::stored::Stored;
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

#[async_trait]
impl MemberStore for SqlStorage {
    async fn list(
        &self,
        organization: OrganizationId,
        page: PageRequest<kinds::Membership>,
    ) -> Result<Page<Member>, StoreError> {
        let organization = organization.to_string();
        self.database
            .read(move |conn| {
                let count: Option<i64> = on!(conn, |c| organizations::table
                    .find(&organization)
                    .filter(organizations::is_deleted.eq(false))
                    .select(organizations::member_count)
                    .get_result(c)
                    .optional())?;
                let Some(count) = count else {
                    return Ok(Page {
                        count: 0,
                        items: Vec::new(),
                        has_next: false,
                    });
                };
                let rows = load_page!(
                    count: count,
                    conn,
                    page,
                    organization_members::id,
                    MemberRow,
                    organization_members::table
                        .inner_join(users::table)
                        .filter(organization_members::organization_id.eq(&organization))
                );
                Ok(rows.into_page(MemberRow::into_member)?)
            })
            .await
    }

    async fn find(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError> {
        self.database
            .query(move |conn| load_member(conn, organization, user))
            .await
    }

    async fn change_role(
        &self,
        write: Write<ChangeRole>,
    ) -> Result<Member, GuardError<OrganizationRule>> {
        self.commit(
            write,
            |_| &(),
            |tx, change, _| {
                let ChangeRole {
                    actor,
                    organization,
                    user,
                    expected,
                    role,
                } = *change;
                if lock_organization(tx.conn, organization)?.is_none() {
                    return Ok(Err(OrganizationRule::NotFound));
                }
                let facts = member_facts(tx.conn, organization, actor, user)?;
                if let Err(rule) = decide_role(&facts, role) {
                    return Ok(Err(rule));
                }
                check_member(tx.conn, organization, user, expected)?;
                set_role(tx.conn, organization, user, role)?;
                tx.touch(CacheKey::User(user));
                let member = load_member(tx.conn, organization, user)?;
                Ok(member.ok_or(OrganizationRule::NotFound))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn remove(&self, write: Write<RemoveMember>) -> Result<(), GuardError<OrganizationRule>> {
        self.commit(
            write,
            |()| &(),
            |tx, remove, _| {
                let RemoveMember {
                    actor,
                    organization,
                    user,
                    expected,
                } = *remove;
                if lock_organization(tx.conn, organization)?.is_none() {
                    return Ok(Err(OrganizationRule::NotFound));
                }
                let facts = member_facts(tx.conn, organization, actor, user)?;
                if let Err(rule) = decide_removal(&facts) {
                    return Ok(Err(rule));
                }
                check_member(tx.conn, organization, user, expected)?;
                delete(tx.conn, organization, user)?;
                move_count(tx.conn, organization, -1)?;
                tx.touch(CacheKey::User(user));
                Ok(Ok(()))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn transfer(
        &self,
        write: Write<TransferOwnership, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.commit(
            write,
            |view| view,
            |tx, transfer, at| {
                let TransferOwnership {
                    actor,
                    organization,
                    user,
                } = *transfer;
                let Some(locked) = lock_organization(tx.conn, organization)? else {
                    return Ok(Err(OrganizationRule::NotFound));
                };
                let facts = member_facts(tx.conn, organization, actor, user)?;
                let company = lock_company(tx.conn, &locked.company_id)?;
                let owns = company.is_some_and(|(owner, _)| owner == actor.to_string());
                let others = other_organizations(tx.conn, &locked.company_id, organization)?;
                let plan = match decide_transfer(&facts, owns, others) {
                    Ok(plan) => plan,
                    Err(rule) => return Ok(Err(rule)),
                };
                set_role(tx.conn, organization, user, Role::Owner)?;
                set_role(tx.conn, organization, actor, Role::Admin)?;
                tx.touch(CacheKey::User(user));
                tx.touch(CacheKey::User(actor));
                if plan.with_company {
                    pass_company(tx.conn, &locked.company_id, user, at)?;
                }
                found_view(tx.conn, actor, organization)
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }
}

fn load_member(
    conn: &mut Conn,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Member>, JobError> {
    let row: Option<MemberRow> = on!(conn, |c| organization_members::table
        .inner_join(users::table)
        .inner_join(organizations::table)
        .filter(organization_members::organization_id.eq(organization.to_string()))
        .filter(organization_members::user_id.eq(user.to_string()))
        .filter(organizations::is_deleted.eq(false))
        .select(MemberRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map(MemberRow::into_member).transpose()?)
}

/// `Conflict` at another version than expected.
fn check_member(
    conn: &mut Conn,
    organization: OrganizationId,
    user: UserId,
    expected: Option<Version>,
) -> Result<(), JobError> {
    if expected.is_none() {
        return Ok(());
    }
    let member = load_member(conn, organization, user)?;
    let member = member.ok_or(StoreError::Missing("member"))?;
    Ok(check_version(member.version.0, expected)?)
}

fn set_role(
    conn: &mut Conn,
    organization: OrganizationId,
    user: UserId,
    role: Role,
) -> Result<(), JobError> {
    let updated = on!(conn, |c| diesel::update(
        organization_members::table
            .filter(organization_members::organization_id.eq(organization.to_string()))
            .filter(organization_members::user_id.eq(user.to_string()))
    )
    .set((
        organization_members::role.eq(role.as_str()),
        organization_members::version.eq(organization_members::version + 1_i64),
    ))
    .execute(c))?;
    require_member(updated)
}

fn delete(conn: &mut Conn, organization: OrganizationId, user: UserId) -> Result<(), JobError> {
    let deleted = on!(conn, |c| diesel::delete(
        organization_members::table
            .filter(organization_members::organization_id.eq(organization.to_string()))
            .filter(organization_members::user_id.eq(user.to_string()))
    )
    .execute(c))?;
    require_member(deleted)
}

/// Gives the company, which is locked, another owner.
pub(super) fn pass_company(
    conn: &mut Conn,
    company: &str,
    to: UserId,
    at: Timestamp,
) -> Result<(), JobError> {
    on!(conn, |c| diesel::update(companies::table.find(company))
        .set((
            companies::user_id.eq(to.to_string()),
            companies::version.eq(companies::version + 1_i64),
            companies::updated_at.eq(at.as_micros()),
        ))
        .execute(c))?;
    Ok(())
}

/// The membership was read under the organization's lock a moment ago.
fn require_member(changed: usize) -> Result<(), JobError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing("member").into())
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = organization_members)]
struct MemberRow {
    id: String,
    user_id: String,
    role: String,
    joined_at: i64,
    version: i64,
    #[diesel(select_expression = users::username)]
    username: String,
    #[diesel(select_expression = users::first_name)]
    first_name: String,
    #[diesel(select_expression = users::last_name)]
    last_name: String,
    #[diesel(select_expression = users::avatar)]
    avatar: Option<String>,
    #[diesel(select_expression = users::email)]
    email: String,
}

impl MemberRow {
    fn into_member(self) -> Result<Member, StoreError> {
        let Self {
            id,
            user_id,
            role,
            joined_at,
            version,
            username,
            first_name,
            last_name,
            avatar,
            email,
        } = self;
        let row = Stored {
            table: "organization_members",
            row: &id,
        };
        let user = Stored {
            table: "users",
            row: &user_id,
        };
        Ok(Member {
            id: row.id("id", &id)?,
            user: row.id("user_id", &user_id)?,
            username: user.parsed("username", Username::parse(&username))?,
            first_name: user.parsed("first_name", PersonName::parse(&first_name))?,
            last_name: user.parsed("last_name", PersonName::parse(&last_name))?,
            avatar: user.optional("avatar", avatar.as_deref(), AvatarKey::parse)?,
            email: user.parsed("email", EmailAddress::parse(&email))?,
            role: read_role(&id, &role)?,
            joined_at: Timestamp::from_micros(joined_at),
            version: Version(version),
        })
    }
}
