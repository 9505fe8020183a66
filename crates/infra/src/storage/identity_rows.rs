//! The rows of identities, read and written.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vestibule_domain::identities::{
    AccountKey, Identity, IdentityStatus, InstanceName, LinkIdentity, ProviderName, ProviderUserId,
    ProviderUsername, UnlinkFacts,
};
use vestibule_domain::kernel::{IdentityId, StoreError, Timestamp, UserId, Version};

use super::account::lock_user;
use super::identity_secrets::seal_tokens;
use super::schema::{identities, users};
use super::stored::Stored;
use crate::crypto::PayloadCipher;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

/// The user's own identity.
pub(super) fn load_own(
    conn: &mut Conn,
    user: UserId,
    identity: IdentityId,
) -> Result<Option<Identity>, JobError> {
    let row: Option<IdentityRow> = on!(conn, |c| identities::table
        .find(identity.to_string())
        .filter(identities::user_id.eq(user.to_string()))
        .select(IdentityRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map(IdentityRow::into_identity).transpose()?)
}

/// A user who is gone has no identities.
pub(super) fn lock_and_load_own(
    conn: &mut Conn,
    user: UserId,
    identity: IdentityId,
) -> Result<Option<Identity>, JobError> {
    match lock_user(conn, user) {
        Ok(_) => load_own(conn, user, identity),
        Err(JobError::Store(StoreError::Missing(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The identity of this account, whoever's it is.
pub(super) fn load_holder(
    conn: &mut Conn,
    account: &AccountKey,
) -> Result<Option<Identity>, JobError> {
    let AccountKey {
        provider,
        instance,
        id,
    } = account;
    let row: Option<IdentityRow> = on!(conn, |c| identities::table
        .filter(identities::provider.eq(provider.as_str()))
        .filter(identities::instance.eq(instance.as_ref().map_or("", InstanceName::as_str)))
        .filter(identities::provider_user_id.eq(id.as_str()))
        .select(IdentityRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map(IdentityRow::into_identity).transpose()?)
}

/// What an unlinking depends on; the user is locked.
pub(super) fn load_unlink_facts(conn: &mut Conn, user: UserId) -> Result<UnlinkFacts, JobError> {
    let user = user.to_string();
    let has_password: bool = on!(conn, |c| users::table
        .find(&user)
        .select(users::password_hash.is_not_null())
        .get_result(c))?;
    let rows: Vec<IdentityRow> = on!(conn, |c| identities::table
        .filter(identities::user_id.eq(&user))
        .select(IdentityRow::as_select())
        .load(c))?;
    let identities = rows.into_iter().map(IdentityRow::into_identity);
    Ok(UnlinkFacts {
        has_password,
        identities: identities.collect::<Result<_, _>>()?,
    })
}

/// Stores a new identity.
pub(super) fn insert(
    conn: &mut Conn,
    cipher: &dyn PayloadCipher,
    link: &LinkIdentity,
    at: Timestamp,
) -> Result<(), JobError> {
    let LinkIdentity {
        id,
        user,
        account,
        username,
        tokens,
    } = link;
    let identity = Identity {
        id: *id,
        user: *user,
        account: account.clone(),
        username: username.clone(),
        status: IdentityStatus::Active,
        created_at: at,
        verified_at: at,
        version: Version(1),
    };
    on!(conn, |c| diesel::insert_into(identities::table)
        .values((
            &IdentityRow::new(&identity),
            identities::tokens.eq(seal_tokens(cipher, *id, tokens)?),
        ))
        .execute(c))
    .map_err(overtaken)?;
    Ok(())
}

/// What each confirmation by the provider changes.
pub(super) fn confirm(
    conn: &mut Conn,
    identity: IdentityId,
    username: Option<&ProviderUsername>,
    sealed: &[u8],
    at: Timestamp,
) -> Result<(), JobError> {
    let updated = on!(conn, |c| diesel::update(
        identities::table.find(identity.to_string())
    )
    .set((
        identities::provider_username.eq(username.map(ProviderUsername::as_str)),
        identities::status.eq(IdentityStatus::Active.as_str()),
        identities::verified_at.eq(at.as_micros()),
        identities::version.eq(identities::version + 1_i64),
        identities::tokens.eq(sealed),
    ))
    .execute(c))?;
    require_identity(updated)
}

/// The row was read in the same transaction. Its user may have unlinked it
/// meanwhile, where it was not locked.
pub(super) fn require_identity(changed: usize) -> Result<(), JobError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(JobError::Overtaken)
    }
}

/// Two users who link one account at once both find it free.
fn overtaken(error: DieselError) -> JobError {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => JobError::Overtaken,
        other => other.into(),
    }
}

/// An identity, but for its tokens.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
pub(super) struct IdentityRow {
    id: String,
    user_id: String,
    provider: String,
    instance: String,
    provider_user_id: String,
    provider_username: Option<String>,
    status: String,
    created_at: i64,
    verified_at: i64,
    version: i64,
}

impl IdentityRow {
    fn new(identity: &Identity) -> Self {
        let Identity {
            id,
            user,
            account,
            username,
            status,
            created_at,
            verified_at,
            version,
        } = identity;
        Self {
            id: id.to_string(),
            user_id: user.to_string(),
            provider: account.provider.to_string(),
            instance: account
                .instance
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            provider_user_id: account.id.as_str().to_owned(),
            provider_username: username.as_ref().map(ToString::to_string),
            status: status.to_string(),
            created_at: created_at.as_micros(),
            verified_at: verified_at.as_micros(),
            version: version.0,
        }
    }

    pub(super) fn into_identity(self) -> Result<Identity, StoreError> {
        let Self {
            id,
            user_id,
            provider,
            instance,
            provider_user_id,
            provider_username,
            status,
            created_at,
            verified_at,
            version,
        } = self;
        let row = Stored {
            table: "identities",
            row: &id,
        };
        let instance = Some(instance.as_str()).filter(|instance| !instance.is_empty());
        Ok(Identity {
            id: row.id("id", &id)?,
            user: row.id("user_id", &user_id)?,
            account: AccountKey {
                provider: row.parsed("provider", ProviderName::parse(&provider))?,
                instance: row.optional("instance", instance, InstanceName::parse)?,
                id: row.parsed("provider_user_id", ProviderUserId::parse(&provider_user_id))?,
            },
            username: row.optional(
                "provider_username",
                provider_username.as_deref(),
                ProviderUsername::parse,
            )?,
            status: row.parsed("status", IdentityStatus::parse(&status))?,
            created_at: Timestamp::from_micros(created_at),
            verified_at: Timestamp::from_micros(verified_at),
            version: Version(version),
        })
    }
}
