use serde_json::{Map, Value};

use super::{MergeSettings, Settings, UpdateError, Users};
use crate::kernel::{FieldErrors, GuardError, StoreError, UserId, Write};

/// Changes to the settings: a JSON object whose keys replace, and whose nulls remove.
pub type UpdateSettings = Map<String, Value>;

impl Users {
    /// The user's settings; `None` without account.
    pub async fn settings(&self, user: UserId) -> Result<Option<Settings>, StoreError> {
        self.store.settings(user).await
    }

    /// Merges changes into the user's settings, key by key. `expected` is what
    /// the caller saw, when it insists on it (`Stale` otherwise).
    pub async fn update_settings(
        &self,
        user: UserId,
        changes: UpdateSettings,
        expected: Option<Settings>,
    ) -> Result<Settings, UpdateError> {
        let command = MergeSettings {
            user,
            changes,
            expected,
        };
        let write = Write::new(command, self.clock.now());
        self.store
            .merge_settings(write)
            .await
            .map_err(|error| match error {
                GuardError::Store(error) => error.into(),
                GuardError::Rule(field) => FieldErrors::from(field).into(),
            })
    }
}
