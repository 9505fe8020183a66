use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::companies::{
    Company, CompanyRule, CompanyStore, MaxDocuments, RenameCompany, SetMaxDocuments, decide_rename,
};
use vestibule_domain::kernel::{
    CompanyId, GuardError, Page, PageRequest, StoreError, Timestamp, UserId, Version, Write, kinds,
};
use vestibule_domain::organizations::{OrganizationName, UserRef};
use vestibule_domain::users::Username;

use super::SqlStorage;
use super::organization_rows::lock_company;
use super::organizations::check_version;
use super::paging::load_page;
use super::schema::{companies, organization_members, organizations, users};
use super::stored::Stored;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

#[async_trait]
impl CompanyStore for SqlStorage {
    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Company>,
    ) -> Result<Page<Company>, StoreError> {
        let user = user.to_string();
        self.database
            .read(move |conn| {
                let rows = load_page!(
                    conn,
                    page,
                    companies::id,
                    CompanyRow,
                    companies::table
                        .inner_join(users::table)
                        .filter(companies::user_id.eq(&user))
                        .filter(diesel::dsl::exists(has_organization()))
                );
                Ok(rows.into_page(CompanyRow::into_company)?)
            })
            .await
    }

    async fn find(&self, user: UserId, company: CompanyId) -> Result<Option<Company>, StoreError> {
        self.database
            .read(move |conn| load_visible(conn, user, company))
            .await
    }

    async fn of_member(
        &self,
        user: UserId,
        company: CompanyId,
    ) -> Result<Option<Company>, StoreError> {
        self.database
            .read(move |conn| {
                if !works_for(conn, user, company)? {
                    return Ok(None);
                }
                load(conn, company)
            })
            .await
    }

    async fn find_any(&self, company: CompanyId) -> Result<Option<Company>, StoreError> {
        self.database.query(move |conn| load(conn, company)).await
    }

    async fn rename(
        &self,
        write: Write<RenameCompany>,
    ) -> Result<Company, GuardError<CompanyRule>> {
        self.commit(
            write,
            |_| &(),
            |tx, rename, at| {
                let RenameCompany {
                    user,
                    company,
                    expected,
                    name,
                } = rename;
                lock_company(tx.conn, &company.to_string())?;
                let seen = load_visible(tx.conn, *user, *company)?;
                if let Err(rule) = decide_rename(*user, seen.as_ref()) {
                    return Ok(Err(rule));
                }
                if let Some(seen) = seen {
                    check_version(seen.version.0, *expected)?;
                }
                on!(tx.conn, |c| diesel::update(
                    companies::table.find(company.to_string())
                )
                .set((
                    companies::name.eq(name.as_str()),
                    companies::version.eq(companies::version + 1_i64),
                    companies::updated_at.eq(at.as_micros()),
                ))
                .execute(c))?;
                Ok(load(tx.conn, *company)?.ok_or(CompanyRule::NotFound))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn set_max_documents(
        &self,
        write: Write<SetMaxDocuments>,
    ) -> Result<Option<Company>, StoreError> {
        let outcome = self
            .commit(
                write,
                |_| &(),
                |tx, set, at| {
                    let SetMaxDocuments {
                        company,
                        expected,
                        max_documents,
                    } = *set;
                    let id = company.to_string();
                    let Some((_, version)) = lock_company(tx.conn, &id)? else {
                        return Ok(Err(()));
                    };
                    check_version(version, expected)?;
                    on!(tx.conn, |c| diesel::update(companies::table.find(&id))
                        .set((
                            companies::max_documents.eq(max_documents.get()),
                            companies::version.eq(companies::version + 1_i64),
                            companies::updated_at.eq(at.as_micros()),
                        ))
                        .execute(c))?;
                    Ok(load(tx.conn, company)?.ok_or(()))
                },
            )
            .await?;
        Ok(outcome.ok())
    }
}

/// The organizations of the company at hand. One without is being erased.
#[diesel::dsl::auto_type]
fn has_organization() -> _ {
    organizations::table
        .filter(organizations::company_id.eq(companies::id))
        .filter(organizations::is_deleted.eq(false))
}

fn load(conn: &mut Conn, company: CompanyId) -> Result<Option<Company>, JobError> {
    let row: Option<CompanyRow> = on!(conn, |c| companies::table
        .inner_join(users::table)
        .filter(companies::id.eq(company.to_string()))
        .filter(diesel::dsl::exists(has_organization()))
        .select(CompanyRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map(CompanyRow::into_company).transpose()?)
}

/// Whether one of the user's organizations belongs to the company.
fn works_for(conn: &mut Conn, user: UserId, company: CompanyId) -> Result<bool, JobError> {
    let count: i64 = on!(conn, |c| organization_members::table
        .inner_join(organizations::table)
        .filter(organization_members::user_id.eq(user.to_string()))
        .filter(organizations::company_id.eq(company.to_string()))
        .filter(organizations::is_deleted.eq(false))
        .count()
        .get_result(c))?;
    Ok(count > 0)
}

fn load_visible(
    conn: &mut Conn,
    user: UserId,
    company: CompanyId,
) -> Result<Option<Company>, JobError> {
    match load(conn, company)? {
        Some(found) if found.owner.id != user && !works_for(conn, user, company)? => Ok(None),
        found => Ok(found),
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = companies)]
struct CompanyRow {
    id: String,
    user_id: String,
    name: String,
    max_documents: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
    #[diesel(select_expression = users::username)]
    username: String,
}

impl CompanyRow {
    fn into_company(self) -> Result<Company, StoreError> {
        let Self {
            id,
            user_id,
            name,
            max_documents,
            created_at,
            updated_at,
            version,
            username,
        } = self;
        let row = Stored {
            table: "companies",
            row: &id,
        };
        let user = Stored {
            table: "users",
            row: &user_id,
        };
        Ok(Company {
            id: row.id("id", &id)?,
            owner: UserRef {
                id: row.id("user_id", &user_id)?,
                username: user.parsed("username", Username::parse(&username))?,
            },
            name: row.parsed("name", OrganizationName::parse(&name))?,
            max_documents: row.parsed("max_documents", MaxDocuments::parse(max_documents))?,
            created_at: Timestamp::from_micros(created_at),
            updated_at: Timestamp::from_micros(updated_at),
            version: Version(version),
        })
    }
}
