//! What passes between a user's leaving for a provider and coming back.

use std::convert::Infallible;

use diesel::prelude::*;
use vestibule_domain::identities::{
    Flow, InstanceClient, InstanceName, NewFlow, ProviderName, Purpose, TakeFlow,
};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, UserId};

use super::account::lock_user;
use super::identity_secrets::{open_client_secret, seal_client_secret};
use super::schema::{identities, identity_codes, identity_flows, instance_clients};
use super::stored::Stored;
use crate::crypto::PayloadCipher;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

/// Stores a flow; `Missing("user")` when it is to link to nobody.
pub(super) fn put_flow(conn: &mut Conn, new: &NewFlow) -> Result<Result<(), Infallible>, JobError> {
    let NewFlow {
        state,
        browser,
        flow,
    } = new;
    let Flow {
        provider,
        instance,
        purpose,
        expires_at,
    } = flow;
    let (user, session) = match purpose {
        Purpose::SignIn => (None, None),
        Purpose::Link { user, session } => {
            lock_user(conn, *user)?;
            (Some(user.to_string()), Some(session.to_string()))
        }
    };
    let row = FlowRow {
        user_id: user,
        session,
        provider: provider.to_string(),
        instance: instance
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        expires_at: expires_at.as_micros(),
    };
    on!(conn, |c| diesel::insert_into(identity_flows::table)
        .values((
            identity_flows::state_digest.eq(state.0.as_slice()),
            identity_flows::browser_digest.eq(browser.0.as_slice()),
            &row,
        ))
        .execute(c))?;
    Ok(Ok(()))
}

/// Deletes the flow and answers it. The count decides between parallel calls.
pub(super) fn take_flow(
    conn: &mut Conn,
    take: &TakeFlow,
    at: Timestamp,
) -> Result<Option<Flow>, JobError> {
    let TakeFlow {
        state,
        browser,
        provider,
    } = take;
    let wanted = || {
        identity_flows::table
            .find(state.0.as_slice())
            .filter(identity_flows::browser_digest.eq(browser.0.as_slice()))
            .filter(identity_flows::provider.eq(provider.as_str()))
            .filter(identity_flows::expires_at.gt(at.as_micros()))
    };
    let row: Option<FlowRow> = on!(conn, |c| wanted()
        .select(FlowRow::as_select())
        .get_result(c)
        .optional())?;
    let Some(row) = row else {
        return Ok(None);
    };
    let deleted = on!(conn, |c| diesel::delete(wanted()).execute(c))?;
    if deleted == 0 {
        return Ok(None);
    }
    Ok(Some(row.into_flow()?))
}

/// Deletes a code and answers whom it signs in. The count decides between
/// parallel calls.
pub(super) fn take_code(
    conn: &mut Conn,
    code: Digest,
    at: Timestamp,
) -> Result<Option<UserId>, JobError> {
    let live = || {
        identity_codes::table
            .find(code.0.as_slice())
            .filter(identity_codes::expires_at.gt(at.as_micros()))
    };
    let user: Option<String> = on!(conn, |c| identities::table
        .filter(identities::id.eq_any(live().select(identity_codes::identity_id)))
        .select(identities::user_id)
        .get_result(c)
        .optional())?;
    let Some(user) = user else {
        return Ok(None);
    };
    let deleted = on!(conn, |c| diesel::delete(live()).execute(c))?;
    if deleted == 0 {
        return Ok(None);
    }
    let row = Stored {
        table: "identities",
        row: &user,
    };
    Ok(Some(row.id("user_id", &user)?))
}

/// Our registration at an instance.
pub(super) fn load_client(
    conn: &mut Conn,
    cipher: &dyn PayloadCipher,
    provider: &ProviderName,
    instance: &InstanceName,
) -> Result<Option<InstanceClient>, JobError> {
    let row: Option<(String, Vec<u8>)> = on!(conn, |c| instance_clients::table
        .find((provider.as_str(), instance.as_str()))
        .select((instance_clients::client_id, instance_clients::client_secret))
        .get_result(c)
        .optional())?;
    let Some((client_id, sealed)) = row else {
        return Ok(None);
    };
    Ok(Some(InstanceClient {
        provider: provider.clone(),
        instance: instance.clone(),
        client_id,
        client_secret: open_client_secret(cipher, provider, instance, &sealed)?,
    }))
}

/// Stores our registration at an instance unless there is one.
pub(super) fn put_client(
    conn: &mut Conn,
    cipher: &dyn PayloadCipher,
    client: &InstanceClient,
    at: Timestamp,
) -> Result<Result<InstanceClient, Infallible>, JobError> {
    let InstanceClient {
        provider,
        instance,
        client_id,
        client_secret: _,
    } = client;
    on!(conn, |c| diesel::insert_into(instance_clients::table)
        .values((
            instance_clients::provider.eq(provider.as_str()),
            instance_clients::instance.eq(instance.as_str()),
            instance_clients::client_id.eq(client_id),
            instance_clients::created_at.eq(at.as_micros()),
            instance_clients::client_secret.eq(seal_client_secret(cipher, client)),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    let kept = load_client(conn, cipher, provider, instance)?;
    Ok(Ok(kept.ok_or(StoreError::Missing("instance client"))?))
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identity_flows, treat_none_as_default_value = false)]
struct FlowRow {
    user_id: Option<String>,
    session: Option<String>,
    provider: String,
    instance: String,
    expires_at: i64,
}

impl FlowRow {
    fn into_flow(self) -> Result<Flow, StoreError> {
        let Self {
            user_id,
            session,
            provider,
            instance,
            expires_at,
        } = self;
        let row = Stored {
            table: "identity_flows",
            row: &provider,
        };
        let instance = Some(instance.as_str()).filter(|instance| !instance.is_empty());
        let purpose = match (&user_id, &session) {
            (Some(user), Some(session)) => Purpose::Link {
                user: row.id("user_id", user)?,
                session: row.id("session", session)?,
            },
            _ => Purpose::SignIn,
        };
        Ok(Flow {
            provider: row.parsed("provider", ProviderName::parse(&provider))?,
            instance: row.optional("instance", instance, InstanceName::parse)?,
            purpose,
            expires_at: Timestamp::from_micros(expires_at),
        })
    }
}
