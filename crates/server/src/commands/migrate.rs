//! `vestibule migrate`

use super::{Failure, print};
use crate::config::Settings;
use crate::wiring::{make_data_folder, migrate_database};

/// Applies the pending migrations and names them.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    make_data_folder(settings)?;
    let applied = migrate_database(settings)?;
    if applied.is_empty() {
        return print("The database is up to date.");
    }
    applied
        .iter()
        .try_for_each(|version| print(format_args!("applied {version}")))
}
