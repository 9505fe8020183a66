//! `vestibule key revoke`

use vestibule_domain::kernel::ApiKeyId;

use super::{Failure, block_on, key_failed, wait_for_server};
use crate::cli::RevokeKey;
use crate::config::Settings;
use crate::wiring::{Adapters, make_data_folder, migrate_database};

/// Deletes a key, whoever's it is.
pub(super) fn run(settings: &Settings, key: &RevokeKey) -> Result<(), Failure> {
    let id: ApiKeyId = key.uid.parse().map_err(|_| {
        Failure::Failed(format!(
            "uid: {:?} is not the uid of a key; `vestibule key list` shows them",
            key.uid
        ))
    })?;
    make_data_folder(settings)?;
    migrate_database(settings)?;
    block_on(async {
        let adapters = Adapters::open(settings, None).await?;
        let revoked = adapters.api_keys(settings).revoke_any(id).await;
        adapters.database.shutdown().await;
        revoked.map_err(key_failed)
    })?;
    wait_for_server(settings);
    Ok(())
}
