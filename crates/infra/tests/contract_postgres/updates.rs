//! Updates that wait together share a transaction.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, RunQueryDsl as _, sql_query};
use tokio::task::JoinHandle;
use vestibule_domain::app::Storage;
use vestibule_domain::kernel::{StoreError, UserId, Version, Write};
use vestibule_domain::users::{Account, PersonName, UpdateUser, UserChanges};
use vestibule_infra::crypto::{AeadCipher, Secrets};
use vestibule_infra::database::{Database, DatabaseConfig, Limits};
use vestibule_testkit::fixtures::{Fixtures, new_user};

use super::postgres::{self, Cluster};
use super::{connect, migrated, place};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// An instance with one thread for updates, and four users.
struct Fixture {
    storage: Storage,
    users: Vec<Account>,
    make: Fixtures,
    _connections: Database,
    place: postgres::Database,
}

impl Fixture {
    async fn open() -> Option<Self> {
        let cluster = Cluster::shared()?;
        let database = cluster.copy_database(migrated(cluster));
        let config = DatabaseConfig {
            readers: 1,
            writers: 4,
            busy_timeout: PATIENCE,
            limits: Limits {
                longest_wait: PATIENCE,
                ..Limits::default()
            },
            ..DatabaseConfig::new(place(&database))
        };
        let (connections, storage) = connect(
            &config,
            &(Arc::new(AeadCipher::new(&Secrets::generate())) as _),
            false,
        );
        let make = Fixtures::default();
        let mut users = Vec::new();
        for name in ["ada", "bob", "cyd", "dot"] {
            let account = make.account(name);
            let new = Write::new(new_user(account.clone()), make.now());
            storage.users.register(new).await.expect("register");
            users.push(account);
        }
        Some(Self {
            storage,
            users,
            make,
            _connections: connections,
            place: database,
        })
    }

    fn connect(&self) -> PgConnection {
        PgConnection::establish(self.place.url()).expect("a connection")
    }

    /// A stranger who holds the row of a user until it is dropped.
    fn lock(&self, user: UserId) -> PgConnection {
        let mut stranger = self.connect();
        stranger.batch_execute("BEGIN").expect("a transaction");
        sql_query("SELECT id FROM users WHERE id = $1 FOR UPDATE")
            .bind::<Text, _>(user.to_string())
            .execute(&mut stranger)
            .expect("the lock");
        stranger
    }

    /// Waits until so many connections wait for a lock.
    async fn wait_for_waiting(&self, count: i64) {
        let mut conn = self.connect();
        let began = Instant::now();
        loop {
            let waiting = sql::<BigInt>(
                "SELECT count(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .get_result::<i64>(&mut conn);
            if waiting.expect("a count") == count {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "nobody waits");
            tokio::task::yield_now().await;
        }
    }

    /// Queues an update before it returns.
    async fn update(
        &self,
        user: &Account,
        expected: Option<Version>,
    ) -> JoinHandle<Result<Arc<Account>, StoreError>> {
        let command = UpdateUser {
            user: user.id,
            expected,
            changes: UserChanges {
                first_name: Some(PersonName::parse("Changed").expect("a name")),
                ..UserChanges::default()
            },
            end_sessions: false,
        };
        let users = Arc::clone(&self.storage.users);
        let write = Write::new(command, self.make.now());
        let task = tokio::spawn(async move { users.update(write).await });
        // On the test's single thread the task runs up to its first wait.
        tokio::task::yield_now().await;
        task
    }

    /// Holds the thread in an update of the first user, whose row is locked;
    /// what is queued meanwhile waits together.
    async fn hold(&self) -> (PgConnection, JoinHandle<Result<Arc<Account>, StoreError>>) {
        let stranger = self.lock(self.users[0].id);
        let held = self.update(&self.users[0], None).await;
        self.wait_for_waiting(1).await;
        (stranger, held)
    }

    /// The transaction that wrote a user's row.
    fn transaction_of(&self, user: &Account) -> String {
        sql::<Text>("SELECT xmin::text FROM users WHERE id = ")
            .bind::<Text, _>(user.id.to_string())
            .get_result(&mut self.connect())
            .expect("a row")
    }
}

async fn outcome<T>(task: JoinHandle<Result<T, StoreError>>) -> Result<T, StoreError> {
    let outcome = tokio::time::timeout(PATIENCE, task).await;
    outcome.expect("an answer").expect("no panic")
}

#[tokio::test]
async fn updates_that_wait_are_one_transaction() {
    let Some(fixture) = Fixture::open().await else {
        return;
    };
    let [_, bob, cyd, dot] = &fixture.users[..] else {
        panic!("four users");
    };
    let (stranger, held) = fixture.hold().await;
    let mut waiting = Vec::new();
    for user in [dot, cyd, bob, bob] {
        waiting.push(fixture.update(user, None).await);
    }
    drop(stranger);
    outcome(held).await.expect("the first");
    let mut versions = Vec::new();
    for task in waiting {
        versions.push(outcome(task).await.expect("update").version.0);
    }
    // The second change of one user is not one of the group.
    assert_eq!(versions, [2, 2, 2, 3]);
    assert_eq!(fixture.transaction_of(cyd), fixture.transaction_of(dot));
    assert_ne!(fixture.transaction_of(bob), fixture.transaction_of(dot));
}

#[tokio::test]
async fn who_is_refused_takes_nobody_along() {
    let Some(fixture) = Fixture::open().await else {
        return;
    };
    let [_, bob, cyd, dot] = &fixture.users[..] else {
        panic!("four users");
    };
    let (stranger, held) = fixture.hold().await;
    let first = fixture.update(bob, None).await;
    let refused = fixture.update(cyd, Some(Version(7))).await;
    let last = fixture.update(dot, None).await;
    drop(stranger);
    outcome(held).await.expect("the first");
    outcome(first).await.expect("update");
    assert!(matches!(outcome(refused).await, Err(StoreError::Conflict)));
    outcome(last).await.expect("update");
}

#[tokio::test]
async fn who_waits_for_a_lock_lets_the_others_go() {
    let Some(fixture) = Fixture::open().await else {
        return;
    };
    let [_, bob, cyd, dot] = &fixture.users[..] else {
        panic!("four users");
    };
    let (stranger, held) = fixture.hold().await;
    let another = fixture.lock(bob.id);
    let waiting = fixture.update(bob, None).await;
    let others = [
        fixture.update(cyd, None).await,
        fixture.update(dot, None).await,
    ];
    drop(stranger);
    outcome(held).await.expect("the first");
    for task in others {
        outcome(task).await.expect("update");
    }
    fixture.wait_for_waiting(1).await;
    assert!(!waiting.is_finished());
    drop(another);
    assert_eq!(outcome(waiting).await.expect("update").version, Version(2));
}
