//! Migrations, the lock on the data folder, and the file itself.

use diesel::connection::SimpleConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
use vestibule_infra::database::migrations::{MigrateError, migrate, pending};
use vestibule_infra::database::{DataFolderLock, Database, DatabaseConfig, Location};

#[derive(QueryableByName, PartialEq, Debug)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

fn config(folder: &tempfile::TempDir) -> DatabaseConfig {
    DatabaseConfig::new(Location::File(folder.path().join("test.db")))
}

fn connect(config: &DatabaseConfig) -> SqliteConnection {
    SqliteConnection::establish(&config.location.to_string()).expect("a connection")
}

fn schema(config: &DatabaseConfig) -> Vec<Row> {
    sql_query("SELECT name || coalesce(sql, '') AS text FROM sqlite_schema ORDER BY 1")
        .load(&mut connect(config))
        .expect("the schema")
}

#[tokio::test]
async fn migrations_run_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&folder);
    let before = Database::open(&config).expect("a database");
    let waiting = pending(&before).await.expect("pending migrations");
    drop(before);
    assert_eq!(migrate(&config).expect("migrations"), waiting);
    assert_eq!(migrate(&config).expect("migrations"), [""; 0]);
    let after = Database::open(&config).expect("a database");
    assert_eq!(pending(&after).await.expect("pending migrations"), [""; 0]);
}

#[test]
fn processes_that_start_together_migrate_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&folder);
    let applied: usize = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| migrate(&config).expect("migrations").len()))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().expect("no panic"))
            .sum()
    });
    let folder = tempfile::tempdir().expect("a folder");
    let alone = migrate(&self::config(&folder)).expect("migrations").len();
    assert_eq!(applied, alone);
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&folder);
    migrate(&config).expect("migrations");
    connect(&config)
        .batch_execute(
            "CREATE TABLE of_the_future (id INTEGER);
             INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000');",
        )
        .expect("a later release");
    let before = schema(&config);
    let refused = migrate(&config).expect_err("a refusal");
    assert!(
        matches!(&refused, MigrateError::NewerSchema { version } if version == "99990101000000")
    );
    assert!(refused.to_string().contains("newer schema"));
    assert_eq!(schema(&config), before);
}

#[test]
fn one_process_holds_a_data_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let held = DataFolderLock::acquire(folder.path()).expect("a lock file");
    assert!(held.is_some());
    let second = DataFolderLock::acquire(folder.path()).expect("a lock file");
    assert!(second.is_none());
    drop(held);
    let third = DataFolderLock::acquire(folder.path()).expect("a lock file");
    assert!(third.is_some());
    assert!(DataFolderLock::acquire(&folder.path().join("none")).is_err());
}

#[test]
fn something_else_than_a_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&folder);
    std::fs::write(
        config.location.to_string(),
        "not a database, but long enough to look at",
    )
    .expect("a file");
    assert!(Database::open(&config).is_err());
    assert!(migrate(&config).is_err());
    let nowhere = DatabaseConfig::new(Location::File(folder.path().join("no/folder.db")));
    assert!(Database::open(&nowhere).is_err());
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&folder);
    let database = Database::open(&config).expect("a database");
    for suffix in ["", "-wal", "-shm"] {
        let mut path = std::ffi::OsString::from(config.location.to_string());
        path.push(suffix);
        let mode = std::fs::metadata(&path)
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix:?}");
    }
    drop(database);
}
