use async_trait::async_trait;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vestibule_domain::devices::{
    Device, DeviceName, DeviceRule, DeviceStore, DeviceToken, OneDevice, Platform, PutDevice,
    RefreshDevice, RefreshFacts, RegisterFacts, RegisterPlan, Registered, decide_refresh,
    decide_register,
};
use vestibule_domain::kernel::{
    DeviceId, Digest, GuardError, Page, PageRequest, StoreError, Timestamp, UserId, Version, Write,
    kinds,
};

use super::SqlStorage;
use super::account::lock_user;
use super::paging::load_page;
use super::schema::devices;
use super::stored::Stored;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

#[async_trait]
impl DeviceStore for SqlStorage {
    async fn register(
        &self,
        write: Write<PutDevice, Registered>,
    ) -> Result<Registered, GuardError<DeviceRule>> {
        self.commit(
            write,
            |registered| registered,
            |tx, put, at| {
                lock_user(tx.conn, put.user)?;
                let count: i64 = on!(tx.conn, |c| devices::table
                    .filter(devices::user_id.eq(put.user.to_string()))
                    .count()
                    .get_result(c))?;
                let facts = RegisterFacts {
                    holder: load_holder(tx.conn, put.token_digest)?,
                    count: u64::try_from(count).unwrap_or(0),
                    quota: put.quota,
                };
                let plan = match decide_register(put.user, &facts) {
                    Ok(plan) => plan,
                    Err(rule) => return Ok(Err(rule)),
                };
                let (device, created) = match plan {
                    RegisterPlan::Confirm(device) => (confirm(tx.conn, device, put, at)?, false),
                    RegisterPlan::Create { remove } => {
                        if let Some(remove) = remove {
                            delete(tx.conn, remove)?;
                        }
                        (insert(tx.conn, put, at)?, true)
                    }
                };
                Ok(Ok(Registered { device, created }))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Device>,
    ) -> Result<Page<Device>, StoreError> {
        let user = user.to_string();
        self.database
            .read(move |conn| {
                let rows = load_page!(
                    conn,
                    page,
                    devices::id,
                    DeviceRow,
                    devices::table.filter(devices::user_id.eq(&user))
                );
                Ok(rows.into_page(DeviceRow::into_device)?)
            })
            .await
    }

    async fn find(&self, user: UserId, device: DeviceId) -> Result<Option<Device>, StoreError> {
        self.database
            .query(move |conn| load_own(conn, user, device))
            .await
    }

    async fn deactivate(&self, write: Write<OneDevice>) -> Result<Option<Device>, StoreError> {
        let outcome = self
            .commit(
                write,
                |_| &(),
                |tx, one, _| {
                    if !has(tx.conn, one)? {
                        return Ok(Err(()));
                    }
                    let updated = on!(tx.conn, |c| diesel::update(
                        devices::table.find(one.device.to_string())
                    )
                    .set((
                        devices::is_active.eq(false),
                        devices::version.eq(devices::version + 1_i64),
                    ))
                    .execute(c))?;
                    require_device(updated)?;
                    Ok(load_own(tx.conn, one.user, one.device)?.ok_or(()))
                },
            )
            .await?;
        Ok(outcome.ok())
    }

    async fn refresh(&self, write: Write<RefreshDevice>) -> Result<Device, GuardError<DeviceRule>> {
        self.commit(
            write,
            |_| &(),
            |tx, refresh, at| {
                let RefreshDevice {
                    user,
                    device,
                    token,
                } = refresh;
                let facts = RefreshFacts {
                    device: lock_and_load_own(tx.conn, *user, *device)?,
                    holder: match token {
                        Some((_, digest)) => load_holder(tx.conn, *digest)?,
                        None => None,
                    },
                };
                match decide_refresh(&facts) {
                    Ok(Some(other)) => delete(tx.conn, other)?,
                    Ok(None) => {}
                    Err(rule) => return Ok(Err(rule)),
                }
                let set_token = token.as_ref().map(|(token, digest)| {
                    (
                        devices::token.eq(token.as_str()),
                        devices::token_digest.eq(digest.0.as_slice()),
                    )
                });
                let updated = on!(tx.conn, |c| diesel::update(
                    devices::table.find(device.to_string())
                )
                .set((
                    set_token,
                    devices::is_active.eq(true),
                    devices::last_refreshed_at.eq(at.as_micros()),
                    devices::version.eq(devices::version + 1_i64),
                ))
                .execute(c))
                .map_err(overtaken)?;
                require_device(updated)?;
                Ok(load_own(tx.conn, *user, *device)?.ok_or(DeviceRule::NotFound))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn delete(&self, write: Write<OneDevice>) -> Result<bool, StoreError> {
        let outcome = self
            .commit(
                write,
                |()| &(),
                |tx, one, _| {
                    if !has(tx.conn, one)? {
                        return Ok(Err(()));
                    }
                    delete(tx.conn, one.device)?;
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }
}

fn load_own(conn: &mut Conn, user: UserId, device: DeviceId) -> Result<Option<Device>, JobError> {
    let row: Option<DeviceRow> = on!(conn, |c| devices::table
        .find(device.to_string())
        .filter(devices::user_id.eq(user.to_string()))
        .select(DeviceRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(DeviceRow::into_device).transpose()?)
}

/// A user who is gone has no devices.
fn lock_and_load_own(
    conn: &mut Conn,
    user: UserId,
    device: DeviceId,
) -> Result<Option<Device>, JobError> {
    match lock_user(conn, user) {
        Ok(_) => load_own(conn, user, device),
        Err(JobError::Store(StoreError::Missing(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

fn load_holder(conn: &mut Conn, token: Digest) -> Result<Option<Device>, JobError> {
    let row: Option<DeviceRow> = on!(conn, |c| devices::table
        .filter(devices::token_digest.eq(token.0.as_slice()))
        .select(DeviceRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(DeviceRow::into_device).transpose()?)
}

/// Whether the user has the device; `Conflict` at another version than expected.
fn has(conn: &mut Conn, one: &OneDevice) -> Result<bool, JobError> {
    let OneDevice {
        user,
        device,
        expected,
    } = *one;
    match lock_and_load_own(conn, user, device)? {
        None => Ok(false),
        Some(stored) if expected.is_none_or(|expected| expected == stored.version) => Ok(true),
        Some(_) => Err(StoreError::Conflict.into()),
    }
}

fn confirm(
    conn: &mut Conn,
    device: DeviceId,
    put: &PutDevice,
    at: Timestamp,
) -> Result<Device, JobError> {
    let updated = on!(conn, |c| diesel::update(
        devices::table.find(device.to_string())
    )
    .set((
        devices::platform.eq(put.platform.as_str()),
        put.name
            .as_ref()
            .map(|name| devices::name.eq(name.as_str())),
        devices::is_active.eq(true),
        devices::last_refreshed_at.eq(at.as_micros()),
        devices::version.eq(devices::version + 1_i64),
    ))
    .execute(c))?;
    require_device(updated)?;
    load_own(conn, put.user, device)?.ok_or_else(|| StoreError::Missing("device").into())
}

fn insert(conn: &mut Conn, put: &PutDevice, at: Timestamp) -> Result<Device, JobError> {
    let PutDevice {
        id,
        user,
        token,
        token_digest,
        platform,
        name,
        quota: _,
    } = put;
    let device = Device {
        id: *id,
        user: *user,
        token: token.clone(),
        platform: *platform,
        name: name.clone(),
        is_active: true,
        created_at: at,
        last_refreshed_at: at,
        version: Version(1),
    };
    on!(conn, |c| diesel::insert_into(devices::table)
        .values((
            &DeviceRow::new(&device),
            devices::token_digest.eq(token_digest.0.as_slice()),
        ))
        .execute(c))
    .map_err(overtaken)?;
    Ok(device)
}

fn delete(conn: &mut Conn, device: DeviceId) -> Result<(), JobError> {
    let deleted = on!(conn, |c| diesel::delete(
        devices::table.find(device.to_string())
    )
    .execute(c))?;
    require_device(deleted)
}

/// The row was read in the same transaction. Another user may have registered
/// its token meanwhile, which takes no lock on this one.
fn require_device(changed: usize) -> Result<(), JobError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(JobError::Overtaken)
    }
}

/// Two users who register one token at once both find it free.
fn overtaken(error: DieselError) -> JobError {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => JobError::Overtaken,
        other => other.into(),
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = devices, treat_none_as_default_value = false)]
struct DeviceRow {
    id: String,
    user_id: String,
    token: String,
    platform: String,
    name: Option<String>,
    is_active: bool,
    created_at: i64,
    last_refreshed_at: i64,
    version: i64,
}

impl DeviceRow {
    fn new(device: &Device) -> Self {
        let Device {
            id,
            user,
            token,
            platform,
            name,
            is_active,
            created_at,
            last_refreshed_at,
            version,
        } = device;
        Self {
            id: id.to_string(),
            user_id: user.to_string(),
            token: token.as_str().to_owned(),
            platform: platform.to_string(),
            name: name.as_ref().map(ToString::to_string),
            is_active: *is_active,
            created_at: created_at.as_micros(),
            last_refreshed_at: last_refreshed_at.as_micros(),
            version: version.0,
        }
    }

    fn into_device(self) -> Result<Device, StoreError> {
        let Self {
            id,
            user_id,
            token,
            platform,
            name,
            is_active,
            created_at,
            last_refreshed_at,
            version,
        } = self;
        let row = Stored {
            table: "devices",
            row: &id,
        };
        Ok(Device {
            id: row.id("id", &id)?,
            user: row.id("user_id", &user_id)?,
            token: row.parsed("token", DeviceToken::parse(&token))?,
            platform: row.parsed("platform", Platform::parse(&platform))?,
            name: row.optional("name", name.as_deref(), DeviceName::parse)?,
            is_active,
            created_at: Timestamp::from_micros(created_at),
            last_refreshed_at: Timestamp::from_micros(last_refreshed_at),
            version: Version(version),
        })
    }
}
