//! Which database the services under test use, and what stands in it.

use std::process::exit;
use std::sync::Arc;

use super::TestApp;
use super::postgres::{Cluster, Database};

/// The test target that runs every case on `PostgreSQL`.
const POSTGRES_TARGET: &str = "blackbox_postgres";

/// An empty database for one test; `None` where the service has its own file.
///
/// Without a `PostgreSQL` the whole target ends here, successfully and with a
/// line that says so: none of its tests can run.
pub(super) fn fresh() -> Option<Arc<Database>> {
    if env!("CARGO_CRATE_NAME") != POSTGRES_TARGET {
        return None;
    }
    let Some(cluster) = Cluster::shared() else {
        exit(0);
    };
    Some(Arc::new(cluster.create_database()))
}

impl TestApp {
    /// Everything that the database holds, in named pieces: `SQLite`'s files, or
    /// a dump, in which binary columns are hexadecimal.
    pub(crate) fn stored(&self) -> Vec<(String, Vec<u8>)> {
        if let Some(database) = &self.database {
            return vec![("the dump".to_owned(), database.dump())];
        }
        std::fs::read_dir(self.data_dir())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .filter(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                name.starts_with("vestibule.db")
            })
            .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
            .collect()
    }
}
