use async_trait::async_trait;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vestibule_domain::companies::DEFAULT_MAX_DOCUMENTS;
use vestibule_domain::kernel::{
    GuardError, OrganizationId, Page, PageRequest, StoreError, Timestamp, UserId, Version, Write,
    kinds,
};
use vestibule_domain::organizations::{
    ChangeOrganization, CompanyChoice, CompanyFact, CreateFacts, DeleteOrganization,
    NewOrganization, OrganizationChanges, OrganizationNumber, OrganizationRule, OrganizationStore,
    OrganizationView, Role, SetDefault, Slug, Stake, decide_create, decide_delete, decide_update,
};

use super::SqlStorage;
use super::account::lock_user;
use super::organization_rows::{
    NewMember, ViewRow, count_memberships, found_view, insert_member, load_default, load_role,
    load_stakes, load_view, lock_company, lock_organization,
};
use super::paging::load_page;
use super::schema::{companies, organization_members, organizations};
use super::stored::Stored;
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

#[async_trait]
impl OrganizationStore for SqlStorage {
    async fn create(
        &self,
        write: Write<NewOrganization, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.commit(
            write,
            |view| view,
            |tx, new, at| {
                lock_user(tx.conn, new.user)?;
                let facts = create_facts(tx.conn, new)?;
                let slug = match decide_create(new.user, &new.slug, &facts) {
                    Ok(slug) => slug,
                    Err(rule) => return Ok(Err(rule)),
                };
                insert(tx.conn, new, &slug, at)?;
                tx.touch(CacheKey::User(new.user));
                found_view(tx.conn, new.user, new.id)
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Membership>,
    ) -> Result<Page<OrganizationView>, StoreError> {
        self.database
            .read(move |conn| {
                let default = load_default(conn, user)?;
                let user = user.to_string();
                let rows = load_page!(
                    conn,
                    page,
                    organization_members::id,
                    ViewRow,
                    organization_members::table
                        .inner_join(organizations::table.inner_join(companies::table))
                        .filter(organization_members::user_id.eq(&user))
                        .filter(organizations::is_deleted.eq(false))
                );
                Ok(rows.into_page(|row| row.into_view(default.as_deref()))?)
            })
            .await
    }

    async fn find(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<OrganizationView>, StoreError> {
        self.database
            .read(move |conn| load_view(conn, user, organization))
            .await
    }

    async fn by_number(
        &self,
        user: UserId,
        number: OrganizationNumber,
    ) -> Result<Option<OrganizationView>, StoreError> {
        self.database
            .read(move |conn| {
                let id: Option<String> = on!(conn, |c| organizations::table
                    .filter(organizations::number.eq(number.get()))
                    .select(organizations::id)
                    .get_result(c)
                    .optional())?;
                match id {
                    Some(id) => load_view(conn, user, organization_id(&id)?),
                    None => Ok(None),
                }
            })
            .await
    }

    async fn default_of(&self, user: UserId) -> Result<Option<OrganizationView>, StoreError> {
        self.database
            .read(move |conn| match load_default(conn, user)? {
                Some(id) => load_view(conn, user, organization_id(&id)?),
                None => Ok(None),
            })
            .await
    }

    async fn in_common(&self, one: UserId, other: UserId) -> Result<bool, StoreError> {
        self.database
            .read(move |conn| {
                let ids: Vec<String> = on!(conn, |c| organization_members::table
                    .inner_join(organizations::table)
                    .filter(organization_members::user_id.eq(one.to_string()))
                    .filter(organizations::is_deleted.eq(false))
                    .select(organization_members::organization_id)
                    .load(c))?;
                let shared: i64 = on!(conn, |c| organization_members::table
                    .filter(organization_members::user_id.eq(other.to_string()))
                    .filter(organization_members::organization_id.eq_any(&ids))
                    .count()
                    .get_result(c))?;
                Ok(shared > 0)
            })
            .await
    }

    async fn change(
        &self,
        write: Write<ChangeOrganization>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.commit(
            write,
            |_| &(),
            |tx, change, at| {
                let ChangeOrganization {
                    actor,
                    organization,
                    expected,
                    changes,
                } = change;
                let Some(locked) = lock_organization(tx.conn, *organization)? else {
                    return Ok(Err(OrganizationRule::NotFound));
                };
                let role = load_role(tx.conn, *organization, *actor)?;
                let taken = is_taken(tx.conn, *organization, changes.slug.as_ref())?;
                if let Err(rule) = decide_update(role, taken) {
                    return Ok(Err(rule));
                }
                check_version(locked.version, *expected)?;
                update(tx.conn, *organization, changes, at)?;
                tx.touch(CacheKey::Organization(*organization));
                found_view(tx.conn, *actor, *organization)
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn delete(
        &self,
        write: Write<DeleteOrganization>,
    ) -> Result<(), GuardError<OrganizationRule>> {
        let organization = write.command.organization;
        self.commit(
            write,
            |()| &(),
            |tx, delete, _| {
                let DeleteOrganization {
                    actor,
                    organization,
                    expected,
                } = *delete;
                let Some(locked) = lock_organization(tx.conn, organization)? else {
                    return Ok(Err(OrganizationRule::NotFound));
                };
                let role = load_role(tx.conn, organization, actor)?;
                if let Err(rule) = decide_delete(role) {
                    return Ok(Err(rule));
                }
                check_version(locked.version, expected)?;
                hide(tx.conn, organization)?;
                tx.touch(CacheKey::Organization(organization));
                Ok(Ok(()))
            },
        )
        .await?
        .map_err(GuardError::Rule)?;
        self.erase_or_leave(organization).await;
        Ok(())
    }

    async fn set_default(
        &self,
        write: Write<SetDefault>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.commit(
            write,
            |_| &(),
            |tx, set, _| {
                let SetDefault { user, organization } = *set;
                match lock_user(tx.conn, user) {
                    Ok(_) => {}
                    Err(JobError::Store(StoreError::Missing(_))) => {
                        return Ok(Err(OrganizationRule::NotFound));
                    }
                    Err(error) => return Err(error),
                }
                if load_view(tx.conn, user, organization)?.is_none() {
                    return Ok(Err(OrganizationRule::NotFound));
                }
                choose(tx.conn, user, organization)?;
                tx.touch(CacheKey::User(user));
                found_view(tx.conn, user, organization)
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn stakes(&self, user: UserId) -> Result<Vec<Stake>, StoreError> {
        self.database
            .read(move |conn| load_stakes(conn, user))
            .await
    }
}

fn organization_id(id: &str) -> Result<OrganizationId, StoreError> {
    let table = "organizations";
    Stored { table, row: id }.id("id", id)
}

pub(super) fn check_version(stored: i64, expected: Option<Version>) -> Result<(), StoreError> {
    match expected {
        Some(expected) if expected.0 != stored => Err(StoreError::Conflict),
        _ => Ok(()),
    }
}

fn create_facts(conn: &mut Conn, new: &NewOrganization) -> Result<CreateFacts, JobError> {
    let wanted: Vec<&str> = new.slug.candidates().iter().map(Slug::as_str).collect();
    let taken: Vec<String> = on!(conn, |c| organizations::table
        .filter(organizations::slug.eq_any(&wanted))
        .select(organizations::slug)
        .load(c))?;
    let company = match new.company {
        CompanyChoice::New(_) => CompanyFact::New,
        CompanyChoice::Own(company) => {
            let table = "companies";
            let row = company.to_string();
            let stored = Stored { table, row: &row };
            match lock_company(conn, &row)? {
                Some((owner, _)) => CompanyFact::OwnedBy(stored.id("user_id", &owner)?),
                None => CompanyFact::Unknown,
            }
        }
    };
    let taken = new.slug.candidates().iter().filter(|slug| {
        let mut taken = taken.iter();
        taken.any(|taken| taken == slug.as_str())
    });
    Ok(CreateFacts {
        memberships: count_memberships(conn, new.user)?,
        quota: new.quota,
        taken: taken.cloned().collect(),
        company,
    })
}

fn insert(
    conn: &mut Conn,
    new: &NewOrganization,
    slug: &Slug,
    at: Timestamp,
) -> Result<(), JobError> {
    let at = at.as_micros();
    let (id, user) = (new.id.to_string(), new.user.to_string());
    let company = match new.company {
        CompanyChoice::Own(company) => company.to_string(),
        CompanyChoice::New(company) => {
            let company = company.to_string();
            on!(conn, |c| diesel::insert_into(companies::table)
                .values((
                    companies::id.eq(&company),
                    companies::user_id.eq(&user),
                    companies::name.eq(new.display_name.as_str()),
                    companies::max_documents.eq(DEFAULT_MAX_DOCUMENTS.get()),
                    companies::created_at.eq(at),
                    companies::updated_at.eq(at),
                    companies::version.eq(1_i64),
                ))
                .execute(c))?;
            company
        }
    };
    // The database gives the number: without a look at other rows, on both.
    let inserted = on!(conn, |c| diesel::insert_into(organizations::table)
        .values((
            organizations::id.eq(&id),
            organizations::company_id.eq(&company),
            organizations::slug.eq(slug.as_str()),
            organizations::is_deleted.eq(false),
            organizations::member_count.eq(1_i64),
            organizations::created_at.eq(at),
            organizations::updated_at.eq(at),
            organizations::version.eq(1_i64),
            organizations::display_name.eq(new.display_name.as_str()),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    if inserted == 0 {
        // Somebody else took the slug, which was free a moment ago.
        return Err(JobError::Overtaken);
    }
    let owner = NewMember {
        id: new.membership.to_string(),
        organization_id: id,
        user_id: user,
        role: Role::Owner.as_str(),
        joined_at: at,
        default_order: at,
        version: 1,
    };
    insert_member(conn, &owner)
}

fn is_taken(
    conn: &mut Conn,
    organization: OrganizationId,
    slug: Option<&Slug>,
) -> Result<bool, JobError> {
    let Some(slug) = slug else {
        return Ok(false);
    };
    let holder: Option<String> = on!(conn, |c| organizations::table
        .filter(organizations::slug.eq(slug.as_str()))
        .select(organizations::id)
        .get_result(c)
        .optional())?;
    Ok(holder.is_some_and(|holder| holder != organization.to_string()))
}

fn update(
    conn: &mut Conn,
    organization: OrganizationId,
    changes: &OrganizationChanges,
    at: Timestamp,
) -> Result<(), JobError> {
    let OrganizationChanges { display_name, slug } = changes;
    let updated = on!(conn, |c| diesel::update(
        organizations::table.find(organization.to_string())
    )
    .set((
        display_name
            .as_ref()
            .map(|name| organizations::display_name.eq(name.as_str())),
        slug.as_ref()
            .map(|slug| organizations::slug.eq(slug.as_str())),
        organizations::version.eq(organizations::version + 1_i64),
        organizations::updated_at.eq(at.as_micros()),
    ))
    .execute(c))
    .map_err(overtaken)?;
    require_organization(updated)
}

/// Nobody sees the organization any more, and its slug is free.
pub(super) fn hide(conn: &mut Conn, organization: OrganizationId) -> Result<(), JobError> {
    let id = organization.to_string();
    let updated = on!(conn, |c| diesel::update(organizations::table.find(&id))
        .set((
            organizations::is_deleted.eq(true),
            organizations::slug.eq(&id),
            organizations::display_name.eq(""),
        ))
        .execute(c))?;
    require_organization(updated)
}

/// What was chosen before takes its place by the time of joining again.
fn choose(conn: &mut Conn, user: UserId, organization: OrganizationId) -> Result<(), JobError> {
    let user = user.to_string();
    on!(conn, |c| diesel::update(
        organization_members::table
            .filter(organization_members::user_id.eq(&user))
            .filter(organization_members::default_order.eq(0))
    )
    .set(organization_members::default_order.eq(organization_members::joined_at))
    .execute(c))?;
    on!(conn, |c| diesel::update(
        organization_members::table
            .filter(organization_members::organization_id.eq(organization.to_string()))
            .filter(organization_members::user_id.eq(&user))
    )
    .set(organization_members::default_order.eq(0))
    .execute(c))?;
    Ok(())
}

/// The row was locked a moment ago.
fn require_organization(updated: usize) -> Result<(), JobError> {
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing("organization").into())
    }
}

/// Two that take one slug at once both find it free.
fn overtaken(error: DieselError) -> JobError {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => JobError::Overtaken,
        other => other.into(),
    }
}
