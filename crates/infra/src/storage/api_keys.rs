use std::convert::Infallible;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::api_keys::{ApiKey, ApiKeyStore, KeyName, NewApiKey, Scope};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, Write};

use super::SqlStorage;
use super::account::lock_user;
use super::schema::api_keys;
use super::stored::{Stored, time};
use crate::database::dialect::on;

#[async_trait]
impl ApiKeyStore for SqlStorage {
    async fn create(&self, write: Write<NewApiKey>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(
                write,
                |()| &(),
                |tx, new, _| {
                    let NewApiKey { key, digest } = new;
                    if let Some(owner) = key.owner {
                        lock_user(tx.conn, owner)?;
                    }
                    on!(tx.conn, |c| diesel::insert_into(api_keys::table)
                        .values((
                            &ApiKeyRow::new(key),
                            api_keys::digest.eq(digest.0.as_slice()),
                        ))
                        .execute(c))?;
                    Ok(Ok::<_, Infallible>(()))
                },
            )
            .await?;
        Ok(())
    }

    async fn by_digest(&self, digest: Digest) -> Result<Option<ApiKey>, StoreError> {
        self.database
            .query(move |conn| {
                let row: Option<ApiKeyRow> = on!(conn, |c| api_keys::table
                    .filter(api_keys::digest.eq(digest.0.as_slice()))
                    .select(ApiKeyRow::as_select())
                    .first(c)
                    .optional())?;
                Ok(row.map(ApiKeyRow::into_key).transpose()?)
            })
            .await
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct ApiKeyRow {
    id: String,
    user_id: Option<String>,
    name: String,
    prefix: String,
    scopes: String,
    created_at: i64,
    last_used_at: Option<i64>,
    expires_at: Option<i64>,
}

impl ApiKeyRow {
    fn new(key: &ApiKey) -> Self {
        let ApiKey {
            id,
            owner,
            name,
            prefix,
            scopes,
            created_at,
            last_used_at,
            expires_at,
        } = key;
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        Self {
            id: id.to_string(),
            user_id: owner.map(|owner| owner.to_string()),
            name: name.to_string(),
            prefix: prefix.clone(),
            scopes: serde_json::Value::from(scopes).to_string(),
            created_at: created_at.as_micros(),
            last_used_at: last_used_at.map(Timestamp::as_micros),
            expires_at: expires_at.map(Timestamp::as_micros),
        }
    }

    fn into_key(self) -> Result<ApiKey, StoreError> {
        let Self {
            id,
            user_id,
            name,
            prefix,
            scopes,
            created_at,
            last_used_at,
            expires_at,
        } = self;
        let row = Stored {
            table: "api_keys",
            row: &id,
        };
        let scopes: Vec<&str> = row.parsed("scopes", serde_json::from_str(&scopes))?;
        let scopes: Result<Vec<_>, _> = scopes.into_iter().map(Scope::parse).collect();
        Ok(ApiKey {
            id: row.id("id", &id)?,
            owner: row.optional("user_id", user_id.as_deref(), str::parse)?,
            name: row.parsed("name", KeyName::parse(&name))?,
            prefix,
            scopes: row.parsed("scopes", scopes)?,
            created_at: Timestamp::from_micros(created_at),
            last_used_at: time(last_used_at),
            expires_at: time(expires_at),
        })
    }
}
