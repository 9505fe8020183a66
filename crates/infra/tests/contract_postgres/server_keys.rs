//! Servers of one database have one secrets file.

use vestibule_domain::kernel::Timestamp;
use vestibule_infra::crypto::Secrets;
use vestibule_infra::database::{Database, DatabaseConfig, Location, PostgresUrl, migrations};
use vestibule_infra::storage::{ServerKeysError, admit_server_keys};

use super::postgres::Cluster;

#[tokio::test]
async fn of_servers_with_different_keys_the_first_stays_alone() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let postgres = cluster.create_database();
    let url = PostgresUrl::parse(postgres.url()).expect("a URL of PostgreSQL");
    let config = DatabaseConfig::new(Location::Postgres(url));
    migrations::migrate(&config).expect("the migrations");
    let database = Database::open(&config).expect("a database");
    let strangers: Vec<_> = (0..8).map(|_| Secrets::generate()).collect();
    let tries: Vec<_> = strangers
        .into_iter()
        .map(|secrets| {
            let database = database.clone();
            tokio::spawn(async move {
                let admitted =
                    admit_server_keys(&database, &secrets, Timestamp::from_micros(1)).await;
                (secrets, admitted)
            })
        })
        .collect();
    let mut alone = Vec::new();
    for outcome in tries {
        match outcome.await.expect("no panic") {
            (secrets, Ok(())) => alone.push(secrets),
            (_, Err(ServerKeysError::Missing { .. })) => {}
            (_, Err(error)) => panic!("{error}"),
        }
    }
    assert_eq!(alone.len(), 1);
    let again = admit_server_keys(&database, &alone[0], Timestamp::from_micros(2)).await;
    again.expect("its own keys");
}
