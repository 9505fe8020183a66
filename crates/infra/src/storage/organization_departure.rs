//! What becomes of a user's organizations when the account goes.

use diesel::dsl::min;
use diesel::prelude::*;
use vestibule_domain::kernel::{OrganizationId, Timestamp, UserId};
use vestibule_domain::organizations::Role;
use vestibule_domain::personal_data::{DeletionRule, decide_deletion};

use super::members::pass_company;
use super::organization_rows::{load_stakes, lock_company, lock_organization, move_count};
use super::organizations::hide;
use super::schema::{companies, invitations, organization_members, organizations};
use super::stored::Stored;
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError, Tx};

/// Takes the user, whose row is locked and whose address this is, out of all
/// organizations, as [`decide_deletion`] says: those without other members are
/// deleted, companies of the others pass to their oldest owner, and invitations
/// of the address are erased. When it refuses, nothing has changed.
pub(super) fn depart(
    tx: &mut Tx<'_>,
    user: UserId,
    email_canonical: &str,
    at: Timestamp,
) -> Result<Result<(), DeletionRule>, JobError> {
    let mut joined: Vec<OrganizationId> = load_stakes(tx.conn, user)?
        .into_iter()
        .map(|stake| stake.organization.id)
        .collect();
    // In one order, so that two who go at once do not wait for each other.
    joined.sort_unstable();
    for organization in joined {
        lock_organization(tx.conn, organization)?;
    }
    let stakes = load_stakes(tx.conn, user)?;
    let deleted = match decide_deletion(&stakes.as_slice().into()) {
        Ok(plan) => plan.delete_organizations,
        Err(rule) => return Ok(Err(rule)),
    };
    for stake in &stakes {
        let organization = stake.organization.id;
        if deleted.contains(&organization.to_string()) {
            hide(tx.conn, organization)?;
            tx.touch(CacheKey::Organization(organization));
        } else {
            on!(tx.conn, |c| diesel::delete(
                organization_members::table
                    .filter(organization_members::organization_id.eq(organization.to_string()))
                    .filter(organization_members::user_id.eq(user.to_string()))
            )
            .execute(c))?;
            move_count(tx.conn, organization, -1)?;
        }
    }
    pass_companies(tx.conn, user, at)?;
    on!(tx.conn, |c| diesel::delete(
        invitations::table.filter(invitations::email_canonical.eq(email_canonical))
    )
    .execute(c))?;
    tx.touch(CacheKey::User(user));
    Ok(Ok(()))
}

/// A company that has an organization left goes to the owner who has been
/// that one's member for longest; one that has none goes with the account.
fn pass_companies(conn: &mut Conn, user: UserId, at: Timestamp) -> Result<(), JobError> {
    let owned: Vec<String> = on!(conn, |c| companies::table
        .filter(companies::user_id.eq(user.to_string()))
        .select(companies::id)
        .load(c))?;
    for company in owned {
        lock_company(conn, &company)?;
        let longest: Option<String> = on!(conn, |c| organization_members::table
            .inner_join(organizations::table)
            .filter(organizations::company_id.eq(&company))
            .filter(organizations::is_deleted.eq(false))
            .filter(organization_members::role.eq(Role::Owner.as_str()))
            .select(min(organization_members::id))
            .get_result(c))?;
        let heir: Option<String> = on!(conn, |c| organization_members::table
            .filter(organization_members::id.nullable().eq(longest))
            .select(organization_members::user_id)
            .get_result(c)
            .optional())?;
        if let Some(heir) = heir {
            let row = Stored {
                table: "organization_members",
                row: &company,
            };
            pass_company(conn, &company, row.id("user_id", &heir)?, at)?;
        }
    }
    Ok(())
}
