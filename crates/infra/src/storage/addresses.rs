use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::addresses::{
    AddAddress, Address, AddressChanges, AddressLine, AddressRule, AddressStore, ChangeAddress,
    PostalCode, RemoveAddress, decide_create, decide_delete, decide_update,
};
use vestibule_domain::kernel::{
    AddressId, GuardError, Page, PageRequest, StoreError, Timestamp, UserId, Version, Write, kinds,
};
use vestibule_domain::preferences::Country;

use super::SqlStorage;
use super::account::lock_user;
use super::account_changes::text;
use super::paging::load_page;
use super::schema::addresses;
use super::stored::Stored;
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

#[async_trait]
impl AddressStore for SqlStorage {
    async fn add(
        &self,
        write: Write<AddAddress, Address>,
    ) -> Result<Address, GuardError<AddressRule>> {
        self.commit(
            write,
            |stored| stored,
            |tx, add, at| {
                let AddAddress { address, quota } = add;
                lock_user(tx.conn, address.user)?;
                let existing = load_all(tx.conn, address.user)?;
                let is_primary = match decide_create(&existing, address.is_primary, *quota) {
                    Ok(is_primary) => is_primary,
                    Err(rule) => return Ok(Err(rule)),
                };
                if is_primary {
                    unmake_primary(tx.conn, address.user, at)?;
                }
                let address = Address {
                    is_primary,
                    ..address.clone()
                };
                on!(tx.conn, |c| diesel::insert_into(addresses::table)
                    .values(&AddressRow::new(&address))
                    .execute(c))?;
                tx.touch(CacheKey::User(address.user));
                Ok(Ok(address))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Address>,
    ) -> Result<Page<Address>, StoreError> {
        let user = user.to_string();
        self.database
            .read(move |conn| {
                let rows = load_page!(
                    conn,
                    page,
                    addresses::id,
                    AddressRow,
                    addresses::table.filter(addresses::user_id.eq(&user))
                );
                Ok(rows.into_page(AddressRow::into_address)?)
            })
            .await
    }

    async fn find(&self, user: UserId, address: AddressId) -> Result<Option<Address>, StoreError> {
        self.database
            .query(move |conn| load(conn, user, address))
            .await
    }

    async fn change(
        &self,
        write: Write<ChangeAddress>,
    ) -> Result<Address, GuardError<AddressRule>> {
        let changes = AddressChangeset::new(&write.command.changes);
        self.commit(
            write,
            |_| &(),
            move |tx, change, at| {
                let ChangeAddress {
                    user,
                    address,
                    expected,
                    changes: asked,
                } = change;
                let existing = lock_and_load_all(tx.conn, *user)?;
                let becomes_primary = match decide_update(&existing, *address, asked.is_primary) {
                    Ok(becomes_primary) => becomes_primary,
                    Err(rule) => return Ok(Err(rule)),
                };
                check_version(&existing, *address, *expected)?;
                if becomes_primary {
                    unmake_primary(tx.conn, *user, at)?;
                }
                let updated = on!(tx.conn, |c| diesel::update(
                    addresses::table.find(address.to_string())
                )
                .set((
                    &changes,
                    becomes_primary.then(|| addresses::is_primary.eq(true)),
                    addresses::version.eq(addresses::version + 1_i64),
                    addresses::updated_at.eq(at.as_micros()),
                ))
                .execute(c))?;
                require_address(updated)?;
                tx.touch(CacheKey::User(*user));
                Ok(load(tx.conn, *user, *address)?.ok_or(AddressRule::NotFound))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn remove(&self, write: Write<RemoveAddress>) -> Result<(), GuardError<AddressRule>> {
        self.commit(
            write,
            |()| &(),
            |tx, remove, at| {
                let RemoveAddress {
                    user,
                    address,
                    expected,
                } = remove;
                let existing = lock_and_load_all(tx.conn, *user)?;
                let heir = match decide_delete(&existing, *address) {
                    Ok(heir) => heir,
                    Err(rule) => return Ok(Err(rule)),
                };
                check_version(&existing, *address, *expected)?;
                let deleted = on!(tx.conn, |c| diesel::delete(
                    addresses::table.find(address.to_string())
                )
                .execute(c))?;
                require_address(deleted)?;
                if let Some(heir) = heir {
                    let updated = on!(tx.conn, |c| diesel::update(
                        addresses::table.find(heir.to_string())
                    )
                    .set((
                        addresses::is_primary.eq(true),
                        addresses::version.eq(addresses::version + 1_i64),
                        addresses::updated_at.eq(at.as_micros()),
                    ))
                    .execute(c))?;
                    require_address(updated)?;
                }
                tx.touch(CacheKey::User(*user));
                Ok(Ok(()))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }
}

fn load_all(conn: &mut Conn, user: UserId) -> Result<Vec<Address>, JobError> {
    let rows: Vec<AddressRow> = on!(conn, |c| addresses::table
        .filter(addresses::user_id.eq(user.to_string()))
        .select(AddressRow::as_select())
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(AddressRow::into_address)
        .collect::<Result<_, _>>()?)
}

/// A user who is gone has no addresses.
fn lock_and_load_all(conn: &mut Conn, user: UserId) -> Result<Vec<Address>, JobError> {
    match lock_user(conn, user) {
        Ok(_) => load_all(conn, user),
        Err(JobError::Store(StoreError::Missing(_))) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn load(conn: &mut Conn, user: UserId, address: AddressId) -> Result<Option<Address>, JobError> {
    let row: Option<AddressRow> = on!(conn, |c| addresses::table
        .find(address.to_string())
        .filter(addresses::user_id.eq(user.to_string()))
        .select(AddressRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(AddressRow::into_address).transpose()?)
}

fn check_version(
    existing: &[Address],
    address: AddressId,
    expected: Option<Version>,
) -> Result<(), StoreError> {
    let stored = existing.iter().find(|stored| stored.id == address);
    if expected.is_some() && expected != stored.map(|stored| stored.version) {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

/// Before another address becomes the primary one: the unique index allows no
/// two, not even within a transaction.
fn unmake_primary(conn: &mut Conn, user: UserId, at: Timestamp) -> Result<(), JobError> {
    on!(conn, |c| diesel::update(
        addresses::table
            .filter(addresses::user_id.eq(user.to_string()))
            .filter(addresses::is_primary)
    )
    .set((
        addresses::is_primary.eq(false),
        addresses::version.eq(addresses::version + 1_i64),
        addresses::updated_at.eq(at.as_micros()),
    ))
    .execute(c))?;
    Ok(())
}

/// The row was read under the user's lock a moment ago.
fn require_address(changed: usize) -> Result<(), StoreError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing("address"))
    }
}

#[derive(AsChangeset)]
#[diesel(table_name = addresses)]
#[expect(clippy::option_option, reason = "the shape of diesel's changesets")]
struct AddressChangeset {
    name: Option<String>,
    line1: Option<String>,
    line2: Option<Option<String>>,
    city: Option<String>,
    region: Option<Option<String>>,
    postal_code: Option<Option<String>>,
    country: Option<String>,
}

impl AddressChangeset {
    fn new(changes: &AddressChanges) -> Self {
        let AddressChanges {
            name,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
            // The rule decides.
            is_primary: _,
        } = changes;
        Self {
            name: name.as_ref().map(ToString::to_string),
            line1: line1.as_ref().map(ToString::to_string),
            line2: text(line2),
            city: city.as_ref().map(ToString::to_string),
            region: text(region),
            postal_code: text(postal_code),
            country: country.as_ref().map(ToString::to_string),
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = addresses, treat_none_as_default_value = false)]
struct AddressRow {
    id: String,
    user_id: String,
    name: String,
    line1: String,
    line2: Option<String>,
    city: String,
    region: Option<String>,
    postal_code: Option<String>,
    country: String,
    is_primary: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl AddressRow {
    fn new(address: &Address) -> Self {
        let Address {
            id,
            user,
            name,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
            is_primary,
            created_at,
            updated_at,
            version,
        } = address;
        Self {
            id: id.to_string(),
            user_id: user.to_string(),
            name: name.to_string(),
            line1: line1.to_string(),
            line2: line2.as_ref().map(ToString::to_string),
            city: city.to_string(),
            region: region.as_ref().map(ToString::to_string),
            postal_code: postal_code.as_ref().map(ToString::to_string),
            country: country.to_string(),
            is_primary: *is_primary,
            created_at: created_at.as_micros(),
            updated_at: updated_at.as_micros(),
            version: version.0,
        }
    }

    fn into_address(self) -> Result<Address, StoreError> {
        let Self {
            id,
            user_id,
            name,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
            is_primary,
            created_at,
            updated_at,
            version,
        } = self;
        let row = Stored {
            table: "addresses",
            row: &id,
        };
        Ok(Address {
            id: row.id("id", &id)?,
            user: row.id("user_id", &user_id)?,
            name: row.parsed("name", AddressLine::parse(&name))?,
            line1: row.parsed("line1", AddressLine::parse(&line1))?,
            line2: row.optional("line2", line2.as_deref(), AddressLine::parse)?,
            city: row.parsed("city", AddressLine::parse(&city))?,
            region: row.optional("region", region.as_deref(), AddressLine::parse)?,
            postal_code: row.optional("postal_code", postal_code.as_deref(), PostalCode::parse)?,
            country: row.parsed("country", Country::parse(&country))?,
            is_primary,
            created_at: Timestamp::from_micros(created_at),
            updated_at: Timestamp::from_micros(updated_at),
            version: Version(version),
        })
    }
}
