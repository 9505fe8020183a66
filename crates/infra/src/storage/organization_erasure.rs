//! What is left of deleted organizations goes a little at a time, so that
//! nobody waits while 100 000 memberships are erased.

use diesel::prelude::*;
use vestibule_domain::kernel::{OrganizationId, StoreError, Timestamp};
use vestibule_domain::organizations::INVITATION_RETENTION;

use super::SqlStorage;
use super::organization_rows::lock_company;
use super::schema::{companies, invitations, organization_members, organizations};
use crate::database::dialect::on;
use crate::database::{Conn, JobError, Tx};

/// Memberships and invitations erased in one transaction.
const ROWS_PER_WRITE: i64 = 500;

impl SqlStorage {
    /// Erases a deleted organization. What fails here is done by a purge:
    /// nobody sees the organization any more.
    pub(super) async fn erase_or_leave(&self, organization: OrganizationId) {
        if let Err(error) = self.erase(organization.to_string()).await {
            tracing::warn!(%error, "a deleted organization is erased later");
        }
    }

    async fn erase(&self, id: String) -> Result<(), StoreError> {
        loop {
            let of = id.clone();
            let done = self
                .database
                .write_background(move |tx| erase_some(tx, &of))
                .await?;
            if done {
                return Ok(());
            }
        }
    }

    /// Erases up to `limit` organizations whose erasure was cut off.
    pub(super) async fn purge_organizations(&self, limit: u32) -> Result<u32, StoreError> {
        let ids: Vec<String> = self
            .database
            .query(move |conn| {
                Ok(on!(conn, |c| organizations::table
                    .filter(organizations::is_deleted.eq(true))
                    .select(organizations::id)
                    .limit(limit.into())
                    .load(c))?)
            })
            .await?;
        let count = u32::try_from(ids.len()).unwrap_or(limit);
        for id in ids {
            self.erase(id).await?;
        }
        Ok(count)
    }

    /// Deletes up to `limit` invitations whose retention is over.
    pub(super) async fn purge_invitations(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        let before = now.before(INVITATION_RETENTION).as_micros();
        let ids: Vec<String> = self
            .database
            .query(move |conn| {
                Ok(on!(conn, |c| invitations::table
                    .filter(invitations::expires_at.lt(before))
                    .select(invitations::id)
                    .limit(limit.into())
                    .load(c))?)
            })
            .await?;
        if ids.is_empty() {
            return Ok(0);
        }
        self.database
            .write_background(move |tx| {
                let deleted = on!(tx.conn, |c| diesel::delete(
                    invitations::table
                        .filter(invitations::id.eq_any(&ids))
                        .filter(invitations::expires_at.lt(before))
                )
                .execute(c))?;
                Ok(u32::try_from(deleted).unwrap_or(limit))
            })
            .await
    }
}

/// Erases some rows of a deleted organization; answers whether that was all.
fn erase_some(tx: &mut Tx<'_>, organization: &str) -> Result<bool, JobError> {
    let members: Vec<String> = on!(tx.conn, |c| organization_members::table
        .filter(organization_members::organization_id.eq(organization))
        .select(organization_members::id)
        .limit(ROWS_PER_WRITE)
        .load(c))?;
    if !members.is_empty() {
        on!(tx.conn, |c| diesel::delete(
            organization_members::table.filter(organization_members::id.eq_any(&members))
        )
        .execute(c))?;
    }
    let sent: Vec<String> = on!(tx.conn, |c| invitations::table
        .filter(invitations::organization_id.eq(organization))
        .select(invitations::id)
        .limit(ROWS_PER_WRITE)
        .load(c))?;
    if !sent.is_empty() {
        on!(tx.conn, |c| diesel::delete(
            invitations::table.filter(invitations::id.eq_any(&sent))
        )
        .execute(c))?;
    }
    let is_full = |rows: &[String]| i64::try_from(rows.len()).unwrap_or(0) == ROWS_PER_WRITE;
    if is_full(&members) || is_full(&sent) {
        return Ok(false);
    }
    erase_last(tx.conn, organization)?;
    Ok(true)
}

/// The organization itself, and its company with the last one.
fn erase_last(conn: &mut Conn, organization: &str) -> Result<(), JobError> {
    let company: Option<String> = on!(conn, |c| organizations::table
        .find(organization)
        .select(organizations::company_id)
        .get_result(c)
        .optional())?;
    let Some(company) = company else {
        return Ok(());
    };
    // Nobody makes an organization within it meanwhile.
    lock_company(conn, &company)?;
    on!(conn, |c| diesel::delete(
        organizations::table.find(organization)
    )
    .execute(c))?;
    let others: i64 = on!(conn, |c| organizations::table
        .filter(organizations::company_id.eq(&company))
        .count()
        .get_result(c))?;
    if others == 0 {
        on!(conn, |c| diesel::delete(companies::table.find(&company))
            .execute(c))?;
    }
    Ok(())
}
