use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use vestibule_domain::kernel::{GuardError, StoreError, UserId, Write};
use vestibule_domain::personal_data::{DeletionRule, ErasureStore, HideAccount};
use vestibule_domain::preferences::Preferences;
use vestibule_domain::users::{CustomerStatus, Visibility};

use super::SqlStorage;
use super::account::{PreferencesRow, lock_user};
use super::api_keys::drop_keys_of;
use super::organization_departure::depart;
use super::schema::{erasures, identities, single_use_tokens, users};
use super::stored::Stored;
use super::user_tables::{Owned, USER_TABLES, UserTable};
use super::users::require_user;
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

/// The epoch of an account that is being erased. No session has it, and every
/// look-up of accounts leaves it out.
const HIDDEN: i64 = -1;

#[async_trait]
impl ErasureStore for SqlStorage {
    async fn hide(&self, write: Write<HideAccount>) -> Result<(), GuardError<DeletionRule>> {
        self.commit(
            write,
            |()| &(),
            |tx, hide, at| {
                let user = hide.user;
                let email = lock_user(tx.conn, user)?.email_canonical;
                if let Err(rule) = depart(tx, user, &email, at)? {
                    return Ok(Err(rule));
                }
                blank(tx.conn, user)?;
                let id = user.to_string();
                // Few rows, that must not count a moment longer.
                drop_keys_of(tx, &id)?;
                on!(tx.conn, |c| diesel::delete(
                    single_use_tokens::table.filter(single_use_tokens::user_id.eq(&id))
                )
                .execute(c))?;
                on!(tx.conn, |c| diesel::delete(
                    identities::table.filter(identities::user_id.eq(&id))
                )
                .execute(c))?;
                on!(tx.conn, |c| diesel::insert_into(erasures::table)
                    .values((
                        erasures::user_id.eq(&id),
                        erasures::began_at.eq(at.as_micros()),
                    ))
                    .execute(c))?;
                tx.touch(CacheKey::User(user));
                Ok(Ok(()))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn pending(&self, limit: u32) -> Result<Vec<UserId>, StoreError> {
        self.database
            .query(move |conn| {
                let ids: Vec<String> = on!(conn, |c| erasures::table
                    // Of all; a condition lets SQLite search the index.
                    .filter(erasures::began_at.gt(i64::MIN))
                    .order((erasures::began_at.asc(), erasures::user_id.asc()))
                    .limit(limit.into())
                    .select(erasures::user_id)
                    .load(c))?;
                let users = ids.iter().map(|id| {
                    Stored {
                        table: "erasures",
                        row: id,
                    }
                    .id("user_id", id)
                });
                Ok(users.collect::<Result<_, _>>()?)
            })
            .await
    }

    async fn erase(&self, user: UserId, limit: u32) -> Result<bool, StoreError> {
        let id = user.to_string();
        self.database
            .write_background(move |tx| {
                if !is_hidden(tx.conn, &id)? {
                    return Ok(false);
                }
                let mut left = limit;
                for table in USER_TABLES {
                    let deleted = delete_some(tx.conn, table, &id, left)?;
                    left = left.saturating_sub(deleted);
                    if left == 0 {
                        return Ok(true);
                    }
                }
                Ok(false)
            })
            .await
    }

    async fn forget(&self, user: UserId) -> Result<(), StoreError> {
        let id = user.to_string();
        self.database
            .write_background(move |tx| {
                // What a command stored that was under way when the account was
                // hidden goes along.
                on!(tx.conn, |c| diesel::delete(
                    users::table.find(&id).filter(users::auth_epoch.eq(HIDDEN))
                )
                .execute(c))?;
                tx.touch(CacheKey::User(user));
                Ok(())
            })
            .await
    }

    async fn purge_journal(&self) -> Result<(), StoreError> {
        self.database.truncate_wal().await
    }
}

/// Takes everything out of the account's row, which stays until the last of
/// what refers to it is gone. No user has names like those that it gets.
fn blank(conn: &mut Conn, user: UserId) -> Result<(), JobError> {
    let id = user.to_string();
    let nobody = format!("deleted:{id}");
    let blank = PreferencesRow::new(&Preferences::default());
    let names = (
        users::username.eq(&id),
        users::username_canonical.eq(&nobody),
        users::email.eq("deleted@deleted.invalid"),
        users::email_canonical.eq(&nobody),
        users::email_verified.eq(false),
        users::first_name.eq(""),
        users::last_name.eq(""),
        users::phone_number.eq(None::<String>),
        users::bio.eq(None::<String>),
        users::other_id.eq(None::<String>),
    );
    let rights = (
        users::password_hash.eq(None::<String>),
        users::credential_version.eq(users::credential_version + 1_i64),
        users::auth_epoch.eq(HIDDEN),
        users::is_admin.eq(false),
        users::can_manage_api_environment.eq(false),
        users::customer_status.eq(CustomerStatus::Free.as_str()),
        users::default_visibility.eq(Visibility::Private.as_str()),
        users::features.eq("{}"),
        users::settings.eq("{}"),
        users::last_seen_at.eq(None::<i64>),
        users::suspended_at.eq(None::<i64>),
    );
    let updated = on!(conn, |c| diesel::update(users::table.find(&id))
        .set((names, rights))
        .execute(c))?;
    require_user(updated)?;
    on!(conn, |c| diesel::update(users::table.find(&id))
        .set(&blank)
        .execute(c))?;
    Ok(())
}

fn is_hidden(conn: &mut Conn, id: &str) -> Result<bool, JobError> {
    let found: Option<String> = on!(conn, |c| users::table
        .find(id)
        .filter(users::auth_epoch.eq(HIDDEN))
        .select(users::id)
        .get_result(c)
        .optional())?;
    Ok(found.is_some())
}

/// Deletes up to `limit` of the user's rows of a table; answers how many.
///
/// By its name, so that the list of tables is the only place to add one; the
/// names are those of [`USER_TABLES`], never from outside.
fn delete_some(
    conn: &mut Conn,
    table: &UserTable,
    user: &str,
    limit: u32,
) -> Result<u32, JobError> {
    let UserTable {
        name, key, owned, ..
    } = table;
    let own = match owned {
        Owned::ByUserId => "user_id = $1".to_owned(),
        Owned::Through { column, parent } => {
            format!("{column} IN (SELECT id FROM {parent} WHERE user_id = $1)")
        }
    };
    let statement = format!(
        "DELETE FROM {name} WHERE ({key}) IN (SELECT {key} FROM {name} WHERE {own} LIMIT {limit})"
    );
    let deleted = on!(conn, |c| sql_query(&statement)
        .bind::<Text, _>(user)
        .execute(c))?;
    Ok(u32::try_from(deleted).unwrap_or(limit))
}
