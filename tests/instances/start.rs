//! The start of instances on one database.

use serde_json::Value;
use tempfile::TempDir;

use super::{ME, refusal};
use crate::support::TestApp;
use crate::support::postgres::Cluster;

#[tokio::test]
async fn four_instances_at_once_on_an_empty_database_migrate_it_once() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let database = cluster.create_database();
    let folder = TempDir::new().unwrap();
    let secrets = folder.path().join("shared-secrets.json");
    let settings = [
        ("VESTIBULE_DATABASE_URL", database.url()),
        ("VESTIBULE_SECRETS_FILE", secrets.to_str().unwrap()),
    ];
    let starts = (0..4).map(|_| TestApp::start_with(&settings));
    let apps = futures_util::future::join_all(starts).await;

    let migrations = std::fs::read_dir("../../migrations/postgres")
        .unwrap()
        .count();
    assert!(migrations > 0);
    let recorded = database.psql("SELECT count(*) FROM __diesel_schema_migrations");
    assert_eq!(recorded, migrations.to_string());
    let applied = apps.iter().flat_map(|app| applied(&app.log())).count();
    assert_eq!(applied, migrations, "applied by one instance alone");

    let user = apps[0].register("vinyl_dealer").await;
    for app in &apps {
        let me = app.get(ME, &user.access).await.expect(200);
        assert_eq!(me["uid"], user.uid.as_str());
    }
}

/// The migrations that a log says were applied.
fn applied(log: &str) -> Vec<String> {
    log.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line.to_string().contains("migration applied"))
        .map(|line| line.to_string())
        .collect()
}

#[tokio::test]
async fn an_instance_with_other_secrets_refuses_to_start() {
    let app = TestApp::start().await;
    let line = refusal(&[("VESTIBULE_DATABASE_URL", app.database().url())]);
    assert!(line.contains("secrets"), "{line}");
    let user = app.register("vinyl_dealer").await;
    app.get(ME, &user.access).await.expect(200);
}

#[tokio::test]
async fn a_schema_newer_than_the_service_stops_the_start() {
    let mut app = TestApp::start().await;
    app.stop();
    app.database()
        .psql("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
    let secrets = app.data_dir().join("secrets.json");
    let line = refusal(&[
        ("VESTIBULE_DATABASE_URL", app.database().url()),
        ("VESTIBULE_SECRETS_FILE", secrets.to_str().unwrap()),
    ]);
    assert!(line.contains("newer"), "{line}");
    assert!(line.contains("99990101000000"), "{line}");
}
