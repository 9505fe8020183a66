//! `vestibule secrets rotate`

use std::time::Duration;

use vestibule_domain::kernel::Clock;
use vestibule_infra::crypto::SigningRotation;
use vestibule_infra::database::Location;
use vestibule_infra::storage::{admit_server_keys, retire_server_keys};
use vestibule_infra::time::SystemClock;

use super::{Failure, block_on, print, store_failed, wait_for_server};
use crate::cli::RotateSecrets;
use crate::config::Settings;
use crate::wiring::{Adapters, make_data_folder, migrate_database, policy};

/// How long the other servers of a `PostgreSQL` database have to get the file.
const SHARED_DELAY: Duration = Duration::from_mins(10);

/// Puts a new signing key into the secrets file; prints its id and from when on
/// it signs, then what left the file.
pub(super) fn run(settings: &Settings, rotate: &RotateSecrets) -> Result<(), Failure> {
    make_data_folder(settings)?;
    migrate_database(settings)?;
    let delay = match (rotate.after, settings.location()) {
        (Some(seconds), _) => Duration::from_secs(seconds.into()),
        (None, Location::File(_)) => Duration::ZERO,
        (None, Location::Postgres(_)) => SHARED_DELAY,
    };
    let lines = block_on(async {
        // Makes the file where there is none, and refuses a foreign one.
        let adapters = Adapters::open(settings, None).await?;
        let rotated = rotated(settings, &adapters, delay).await;
        adapters.database.shutdown().await;
        rotated
    })?;
    wait_for_server(settings);
    lines.iter().try_for_each(print)
}

async fn rotated(
    settings: &Settings,
    adapters: &Adapters,
    delay: Duration,
) -> Result<Vec<String>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Failed(error.to_string());
    let now = SystemClock.now();
    let path = settings.secrets_file();
    let lifetime = policy(settings).access;
    let rotation = SigningRotation::prepare(&path, now, now.after(delay), lifetime)
        .map_err(|error| failed(&error))?;
    let mut lines = vec![format!(
        "{} signs from {}",
        rotation.key_id(),
        rotation.signs_from()
    )];
    let retired = rotation.retired().iter();
    lines.extend(retired.map(|id| format!("{id} removed")));
    // First in the database: a server that lacks a key is refused until then.
    retire_server_keys(&adapters.database, rotation.retired(), now)
        .await
        .map_err(|error| store_failed(&error))?;
    let secrets = rotation.store().map_err(|error| failed(&error))?;
    admit_server_keys(&adapters.database, &secrets, now)
        .await
        .map_err(|error| failed(&error))?;
    Ok(lines)
}
