use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::kernel::{
    Digest, GuardError, InvitationId, OrganizationId, Page, PageRequest, StoreError, Timestamp,
    UserId, Write, kinds,
};
use vestibule_domain::organizations::{
    AcceptFacts, AcceptInvitation, Invitation, InvitationStatus, InvitationStore, Invite,
    InviteFacts, InvitePlan, Invited, InvitedRole, OpenInvitation, OrganizationName,
    OrganizationNumber, OrganizationRule, OrganizationSummary, OrganizationView, RevokeInvitation,
    Role, Slug, UserRef, decide_accept, decide_invite, decide_revoke,
};
use vestibule_domain::users::{EmailAddress, Username};

use super::SqlStorage;
use super::account::lock_user;
use super::organization_rows::{
    NewMember, count_memberships, found_view, insert_member, load_role, lock_organization,
    move_count,
};
use super::paging::load_page;
use super::schema::{invitations, organization_members, organizations, users};
use super::stored::Stored;
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError, Tx};

#[async_trait]
impl InvitationStore for SqlStorage {
    async fn invite(
        &self,
        write: Write<Invite, Invited>,
    ) -> Result<Invited, GuardError<OrganizationRule>> {
        self.commit(
            write,
            |invited| invited,
            |tx, invite, at| {
                if lock_organization(tx.conn, invite.organization)?.is_none() {
                    return Ok(Err(OrganizationRule::NotFound));
                }
                let facts = invite_facts(tx.conn, invite)?;
                let plan = match decide_invite(&facts, at) {
                    Ok(plan) => plan,
                    Err(rule) => return Ok(Err(rule)),
                };
                let (id, created) = match plan {
                    InvitePlan::Reissue(id) => {
                        reissue(tx.conn, id, invite)?;
                        (id, false)
                    }
                    InvitePlan::Create { expired } => {
                        if let Some(expired) = expired {
                            close(tx.conn, expired, InvitationStatus::Expired, None)?;
                        }
                        insert(tx.conn, invite, at)?;
                        (invite.id, true)
                    }
                };
                let invitation = load(tx.conn, invite.organization, id)?;
                let invitation = invitation.ok_or(StoreError::Missing("invitation"))?;
                Ok(Ok(Invited {
                    invitation,
                    created,
                }))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn list(
        &self,
        organization: OrganizationId,
        page: PageRequest<kinds::Invitation>,
    ) -> Result<Page<Invitation>, StoreError> {
        let organization = organization.to_string();
        self.database
            .read(move |conn| {
                if is_deleted(conn, &organization)? {
                    return Ok(Page {
                        count: 0,
                        items: Vec::new(),
                        has_next: false,
                    });
                }
                let rows = load_page!(
                    conn,
                    page,
                    invitations::id,
                    InvitationRow,
                    invitations::table
                        .inner_join(users::table)
                        .filter(invitations::organization_id.eq(&organization))
                );
                Ok(rows.into_page(InvitationRow::into_invitation)?)
            })
            .await
    }

    async fn find(
        &self,
        organization: OrganizationId,
        invitation: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        self.database
            .read(move |conn| {
                if is_deleted(conn, &organization.to_string())? {
                    return Ok(None);
                }
                load(conn, organization, invitation)
            })
            .await
    }

    async fn by_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<OpenInvitation>, StoreError> {
        self.database
            .read(move |conn| {
                let open = load_by_token(conn, token)?
                    .filter(|found| found.status_at(now) == InvitationStatus::Pending);
                let Some(invitation) = open else {
                    return Ok(None);
                };
                let organization = load_summary(conn, invitation.organization)?;
                Ok(organization.map(|organization| OpenInvitation {
                    invitation,
                    organization,
                }))
            })
            .await
    }

    async fn revoke(
        &self,
        write: Write<RevokeInvitation>,
    ) -> Result<(), GuardError<OrganizationRule>> {
        self.commit(
            write,
            |()| &(),
            |tx, revoke, _| {
                let RevokeInvitation {
                    actor,
                    organization,
                    invitation,
                } = *revoke;
                if lock_organization(tx.conn, organization)?.is_none() {
                    return Ok(Err(OrganizationRule::NotFound));
                }
                let role = load_role(tx.conn, organization, actor)?;
                let found = load(tx.conn, organization, invitation)?;
                if let Err(rule) = decide_revoke(role, found.as_ref()) {
                    return Ok(Err(rule));
                }
                close(tx.conn, invitation, InvitationStatus::Revoked, None)?;
                Ok(Ok(()))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn accept(
        &self,
        write: Write<AcceptInvitation, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.commit(write, |view| view, accept_invitation)
            .await?
            .map_err(GuardError::Rule)
    }
}

/// Joins by an invitation. Locks the user first, then the organization.
pub(super) fn accept_invitation(
    tx: &mut Tx<'_>,
    accept: &AcceptInvitation,
    at: Timestamp,
) -> Result<Result<OrganizationView, OrganizationRule>, JobError> {
    let user = accept.user;
    let account = lock_user(tx.conn, user)?;
    let Some(seen) = load_by_token(tx.conn, accept.token)? else {
        return Ok(Err(OrganizationRule::InvalidToken));
    };
    let organization = seen.organization;
    let invitation = match lock_organization(tx.conn, organization)? {
        // Under the lock: somebody may have been faster.
        Some(_) => load_by_token(tx.conn, accept.token)?,
        None => None,
    };
    let facts = AcceptFacts {
        invitation,
        email_canonical: account.email_canonical,
        email_verified: account.email_verified,
        is_member: load_role(tx.conn, organization, user)?.is_some(),
        memberships: count_memberships(tx.conn, user)?,
        quota: accept.quota,
    };
    let invitation = match decide_accept(&facts, at) {
        Ok(invitation) => invitation,
        Err(rule) => return Ok(Err(rule)),
    };
    let member = NewMember {
        id: accept.membership.to_string(),
        organization_id: organization.to_string(),
        user_id: user.to_string(),
        role: Role::from(invitation.role).as_str(),
        joined_at: at.as_micros(),
        default_order: at.as_micros(),
        version: 1,
    };
    insert_member(tx.conn, &member)?;
    move_count(tx.conn, organization, 1)?;
    close(
        tx.conn,
        invitation.id,
        InvitationStatus::Accepted,
        Some(user),
    )?;
    tx.touch(CacheKey::User(user));
    found_view(tx.conn, user, organization)
}

fn invite_facts(conn: &mut Conn, invite: &Invite) -> Result<InviteFacts, JobError> {
    let organization = invite.organization.to_string();
    let canonical = invite.email.canonical();
    let members: i64 = on!(conn, |c| organization_members::table
        .inner_join(users::table)
        .filter(organization_members::organization_id.eq(&organization))
        .filter(users::email_canonical.eq(&canonical))
        .count()
        .get_result(c))?;
    let pending: Option<InvitationRow> = on!(conn, |c| invitations::table
        .inner_join(users::table)
        .filter(invitations::organization_id.eq(&organization))
        .filter(invitations::email_canonical.eq(&canonical))
        .filter(invitations::status.eq(InvitationStatus::Pending.as_str()))
        .select(InvitationRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(InviteFacts {
        actor: load_role(conn, invite.organization, invite.actor)?,
        is_member: members > 0,
        pending: pending.map(InvitationRow::into_invitation).transpose()?,
    })
}

fn insert(conn: &mut Conn, invite: &Invite, at: Timestamp) -> Result<(), JobError> {
    on!(conn, |c| diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(invite.id.to_string()),
            invitations::organization_id.eq(invite.organization.to_string()),
            invitations::user_id.eq(invite.actor.to_string()),
            invitations::email.eq(invite.email.as_str()),
            invitations::email_canonical.eq(invite.email.canonical()),
            invitations::role.eq(invite.role.as_str()),
            invitations::status.eq(InvitationStatus::Pending.as_str()),
            invitations::token_digest.eq(invite.token.0.as_slice()),
            invitations::created_at.eq(at.as_micros()),
            invitations::expires_at.eq(invite.expires_at.as_micros()),
        ))
        .execute(c))?;
    Ok(())
}

fn reissue(conn: &mut Conn, invitation: InvitationId, invite: &Invite) -> Result<(), JobError> {
    let updated = on!(conn, |c| diesel::update(
        invitations::table.find(invitation.to_string())
    )
    .set((
        invitations::user_id.eq(invite.actor.to_string()),
        invitations::email.eq(invite.email.as_str()),
        invitations::role.eq(invite.role.as_str()),
        invitations::token_digest.eq(invite.token.0.as_slice()),
        invitations::expires_at.eq(invite.expires_at.as_micros()),
    ))
    .execute(c))?;
    require_invitation(updated)
}

/// Nobody accepts it any more: its token is dead.
fn close(
    conn: &mut Conn,
    invitation: InvitationId,
    status: InvitationStatus,
    accepted_by: Option<UserId>,
) -> Result<(), JobError> {
    let updated = on!(conn, |c| diesel::update(
        invitations::table.find(invitation.to_string())
    )
    .set((
        invitations::status.eq(status.as_str()),
        invitations::accepted_by.eq(accepted_by.map(|user| user.to_string())),
        invitations::token_digest.eq(None::<Vec<u8>>),
    ))
    .execute(c))?;
    require_invitation(updated)
}

/// The row was read under the organization's lock a moment ago.
fn require_invitation(updated: usize) -> Result<(), JobError> {
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing("invitation").into())
    }
}

fn load(
    conn: &mut Conn,
    organization: OrganizationId,
    invitation: InvitationId,
) -> Result<Option<Invitation>, JobError> {
    let row: Option<InvitationRow> = on!(conn, |c| invitations::table
        .inner_join(users::table)
        .filter(invitations::id.eq(invitation.to_string()))
        .filter(invitations::organization_id.eq(organization.to_string()))
        .select(InvitationRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map(InvitationRow::into_invitation).transpose()?)
}

fn load_by_token(conn: &mut Conn, token: Digest) -> Result<Option<Invitation>, JobError> {
    let row: Option<InvitationRow> = on!(conn, |c| invitations::table
        .inner_join(users::table)
        .filter(invitations::token_digest.eq(token.0.as_slice()))
        .select(InvitationRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map(InvitationRow::into_invitation).transpose()?)
}

fn is_deleted(conn: &mut Conn, organization: &str) -> Result<bool, JobError> {
    let deleted: Option<bool> = on!(conn, |c| organizations::table
        .find(organization)
        .select(organizations::is_deleted)
        .get_result(c)
        .optional())?;
    Ok(deleted.unwrap_or(true))
}

fn load_summary(
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<Option<OrganizationSummary>, JobError> {
    let id = organization.to_string();
    let found: Option<(i64, String, String)> = on!(conn, |c| organizations::table
        .find(&id)
        .filter(organizations::is_deleted.eq(false))
        .select((
            organizations::number,
            organizations::display_name,
            organizations::slug,
        ))
        .get_result(c)
        .optional())?;
    let Some((number, display_name, slug)) = found else {
        return Ok(None);
    };
    let table = "organizations";
    let row = Stored { table, row: &id };
    Ok(Some(OrganizationSummary {
        id: organization,
        number: row.parsed("number", OrganizationNumber::new(number))?,
        display_name: row.parsed("display_name", OrganizationName::parse(&display_name))?,
        slug: row.parsed("slug", Slug::parse(&slug))?,
    }))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = invitations)]
struct InvitationRow {
    id: String,
    organization_id: String,
    user_id: String,
    email: String,
    role: String,
    status: String,
    created_at: i64,
    expires_at: i64,
    #[diesel(select_expression = users::username)]
    username: String,
}

impl InvitationRow {
    fn into_invitation(self) -> Result<Invitation, StoreError> {
        let Self {
            id,
            organization_id,
            user_id,
            email,
            role,
            status,
            created_at,
            expires_at,
            username,
        } = self;
        let row = Stored {
            table: "invitations",
            row: &id,
        };
        let user = Stored {
            table: "users",
            row: &user_id,
        };
        Ok(Invitation {
            id: row.id("id", &id)?,
            organization: row.id("organization_id", &organization_id)?,
            email: row.parsed("email", EmailAddress::parse(&email))?,
            role: row.parsed("role", InvitedRole::parse(&role))?,
            status: row.parsed("status", InvitationStatus::parse(&status))?,
            invited_by: UserRef {
                id: row.id("user_id", &user_id)?,
                username: user.parsed("username", Username::parse(&username))?,
            },
            created_at: Timestamp::from_micros(created_at),
            expires_at: Timestamp::from_micros(expires_at),
        })
    }
}
