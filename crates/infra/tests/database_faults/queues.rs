//! Bounds, order, abandonment, and the end of the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use vestibule_domain::kernel::StoreError;
use vestibule_infra::database::Limits;

use crate::support::{
    Fixture, gate, insert, insert_job, is_unavailable, key, labels, patient, run, sqlite,
};

#[tokio::test]
async fn a_write_is_visible_to_every_reader_once_answered() {
    let fixture = Fixture::with(Limits::default(), 4);
    for number in 0..200 {
        fixture
            .database
            .write(move |tx| insert(tx, &format!("{number:03}")))
            .await
            .expect("a write");
        let count = |database: vestibule_infra::database::Database| async move {
            database
                .query(|conn| Ok(labels(sqlite(conn))?.len()))
                .await
                .expect("a read")
        };
        let (one, two) = tokio::join!(
            count(fixture.database.clone()),
            count(fixture.database.clone())
        );
        assert_eq!((one, two), (number + 1, number + 1));
    }
}

#[tokio::test]
async fn a_job_whose_caller_left_is_skipped_before_it_starts_never_after() {
    let fixture = Fixture::new(patient());
    let (gate, release) = gate();
    let started = fixture
        .spawn(move |tx| {
            gate.pass();
            tx.touch(key(1));
            insert(tx, "started")
        })
        .await;
    release.wait_until_reached();
    let ran = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ran);
    let queued = fixture
        .spawn(move |tx| {
            flag.store(true, Ordering::Relaxed);
            insert(tx, "queued")
        })
        .await;
    started.abort();
    queued.abort();
    assert!(started.await.expect_err("aborted").is_cancelled());
    assert!(queued.await.expect_err("aborted").is_cancelled());
    release.open();
    fixture
        .database
        .write(insert_job("last", 3))
        .await
        .expect("a write");
    assert!(!ran.load(Ordering::Relaxed));
    assert_eq!(fixture.labels(), ["last", "started"]);
    let touched: Vec<_> = fixture.sink.take().concat();
    assert_eq!(touched, [key(1), key(3)]);
}

#[tokio::test]
async fn full_queues_refuse() {
    let limits = Limits {
        write_queue: 2,
        background_queue: 1,
        ..patient()
    };
    let fixture = Fixture::new(limits);
    let (release, held) = fixture.hold_writer().await;
    let one = fixture.spawn(insert_job("one", 1)).await;
    let two = fixture.spawn(insert_job("two", 2)).await;
    let refused = fixture.database.write(insert_job("three", 3)).await;
    assert!(is_unavailable(&refused));
    let database = fixture.database.clone();
    let background =
        tokio::spawn(async move { database.write_background(insert_job("four", 4)).await });
    tokio::task::yield_now().await;
    let refused = fixture
        .database
        .write_background(insert_job("five", 5))
        .await;
    assert!(is_unavailable(&refused));
    release.open();
    for task in [held, one, two, background] {
        task.await.expect("no panic").expect("it was queued");
    }
    assert_eq!(fixture.labels(), ["four", "one", "two"]);
}

#[tokio::test]
async fn a_full_read_queue_refuses() {
    let fixture = Fixture::with(
        Limits {
            read_queue: 1,
            ..patient()
        },
        1,
    );
    let (gate, release) = gate();
    let read = |database: vestibule_infra::database::Database| async move {
        database.query(|conn| Ok(labels(sqlite(conn))?)).await
    };
    let database = fixture.database.clone();
    let held = tokio::spawn(async move {
        database
            .query(move |_| {
                gate.pass();
                Ok(())
            })
            .await
    });
    tokio::task::yield_now().await;
    release.wait_until_reached();
    let queued = tokio::spawn(read(fixture.database.clone()));
    tokio::task::yield_now().await;
    assert!(is_unavailable(&read(fixture.database.clone()).await));
    release.open();
    held.await.expect("no panic").expect("the held read");
    queued.await.expect("no panic").expect("it was queued");
}

#[tokio::test]
async fn a_job_that_waited_too_long_is_not_started() {
    let fixture = Fixture::new(Limits {
        longest_wait: Duration::ZERO,
        ..Limits::default()
    });
    let late = fixture.database.write(insert_job("late", 1)).await;
    assert!(is_unavailable(&late));
    let late = fixture.database.query(|_| Ok(())).await;
    assert!(is_unavailable(&late));
    assert_eq!(fixture.labels(), [""; 0]);
}

#[tokio::test]
async fn a_batch_takes_one_background_job_and_is_bounded() {
    let fixture = Fixture::new(Limits {
        batch_jobs: 3,
        ..patient()
    });
    let (release, held) = fixture.hold_writer().await;
    let mut tasks = Vec::new();
    for number in 11..=13 {
        let database = fixture.database.clone();
        tasks.push(tokio::spawn(async move {
            database
                .write_background(move |tx| {
                    tx.touch(key(number));
                    Ok(())
                })
                .await
        }));
    }
    for number in 1..=3 {
        let job = move |tx: &mut vestibule_infra::database::Tx<'_>| {
            tx.touch(key(number));
            Ok(())
        };
        tasks.push(fixture.spawn(job).await);
    }
    release.open();
    held.await.expect("no panic").expect("the held job");
    for task in tasks {
        task.await.expect("no panic").expect("a write");
    }
    assert_eq!(
        fixture.sink.take(),
        [
            vec![key(1), key(11)],
            vec![key(2), key(3), key(12)],
            vec![key(13)]
        ]
    );
}

#[tokio::test]
async fn a_reader_survives_its_jobs() {
    let fixture = Fixture::with(Limits::default(), 1);
    fixture
        .database
        .write(insert_job("one", 1))
        .await
        .expect("a write");
    let database = &fixture.database;
    let panicked = database
        .read(|conn| -> Result<(), _> {
            labels(sqlite(conn))?;
            panic!("in a reader");
        })
        .await;
    assert!(is_unavailable(&panicked));
    let left_open = database
        .query(|conn| Ok(AnsiTransactionManager::begin_transaction(sqlite(conn))?))
        .await;
    left_open.expect("a statement");
    let failed = database
        .read(|_| Err::<(), _>(StoreError::Conflict.into()))
        .await;
    assert!(matches!(failed, Err(StoreError::Conflict)));
    let written = database
        .query(|conn| Ok(sqlite(conn).batch_execute("INSERT INTO item VALUES ('by a reader')")?))
        .await;
    assert!(is_unavailable(&written));
    fixture
        .database
        .write(insert_job("two", 1))
        .await
        .expect("a write");
    let seen = database.read(|conn| Ok(labels(sqlite(conn))?)).await;
    assert_eq!(seen.expect("a read"), ["one", "two"]);
}

#[tokio::test]
async fn a_read_sees_one_snapshot() {
    let fixture = Fixture::new(Limits::default());
    let (gate, release) = gate();
    let database = fixture.database.clone();
    let read = tokio::spawn(async move {
        database
            .read(move |conn| {
                let before = labels(sqlite(conn))?.len();
                gate.pass();
                Ok((before, labels(sqlite(conn))?.len()))
            })
            .await
    });
    tokio::task::yield_now().await;
    release.wait_until_reached();
    fixture
        .database
        .write(insert_job("one", 1))
        .await
        .expect("a write");
    release.open();
    assert_eq!(read.await.expect("no panic").expect("a read"), (0, 0));
}

#[tokio::test]
async fn shutdown_serves_what_is_queued_and_empties_the_wal() {
    let fixture = Fixture::new(patient());
    let (release, held) = fixture.hold_writer().await;
    let queued = fixture.spawn(insert_job("queued", 1)).await;
    let database = fixture.database.clone();
    let shutdown = tokio::spawn(async move { database.shutdown().await });
    tokio::task::yield_now().await;
    release.open();
    shutdown.await.expect("no panic");
    held.await.expect("no panic").expect("the held job");
    queued.await.expect("no panic").expect("the queued job");
    assert!(is_unavailable(
        &fixture.database.write(insert_job("late", 1)).await
    ));
    assert!(is_unavailable(&fixture.database.query(|_| Ok(())).await));
    assert!(!std::path::Path::new(&format!("{}-wal", fixture.path())).exists());
    assert_eq!(fixture.labels(), ["queued"]);
}

#[tokio::test]
async fn the_last_handle_may_be_dropped_by_a_job() {
    let fixture = Fixture::new(Limits::default());
    let (gate, release) = gate();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let handle = fixture.database.clone();
    let task = fixture
        .spawn(move |tx| {
            gate.pass();
            count.fetch_add(usize::from(handle.is_ready()), Ordering::Relaxed);
            insert(tx, "one")
        })
        .await;
    release.wait_until_reached();
    let Fixture {
        database, folder, ..
    } = fixture;
    task.abort();
    assert!(task.await.expect_err("aborted").is_cancelled());
    drop(database);
    release.open();
    // The writer ends by itself; its weak trace is the count it drops last.
    while Arc::strong_count(&runs) > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    drop(folder);
}

#[tokio::test]
async fn the_wal_is_truncated_on_demand_unless_a_reader_needs_it() {
    let limits = Limits {
        longest_wait: Duration::from_millis(200),
        ..Limits::default()
    };
    let fixture = Fixture::new(limits);
    let wal = format!("{}-wal", fixture.path());
    let size = || std::fs::metadata(&wal).expect("a WAL").len();
    fixture
        .database
        .write(insert_job("one", 1))
        .await
        .expect("a write");
    assert!(size() > 0);
    fixture.database.truncate_wal().await.expect("nobody reads");
    assert_eq!(size(), 0);

    let mut reader = fixture.connect();
    reader.batch_execute("BEGIN").expect("a transaction");
    labels(&mut reader).expect("a snapshot");
    fixture
        .database
        .write(insert_job("two", 1))
        .await
        .expect("a write");
    assert!(is_unavailable(&fixture.database.truncate_wal().await));
    fixture
        .database
        .write(insert_job("three", 1))
        .await
        .expect("a write");
    drop(reader);
    fixture.database.truncate_wal().await.expect("nobody reads");
    assert_eq!(size(), 0);
}

#[tokio::test]
async fn the_wal_stays_small_under_writes() {
    let fixture = Fixture::new(Limits::default());
    let mut sizes = Vec::new();
    for _ in 0..20 {
        fixture
            .database
            .write(|tx| {
                run(tx, "CREATE TABLE IF NOT EXISTS big (bytes BLOB)")?;
                run(tx, "INSERT INTO big VALUES (randomblob(1000000))")
            })
            .await
            .expect("a write");
        let wal = format!("{}-wal", fixture.path());
        sizes.push(std::fs::metadata(wal).expect("a WAL").len());
    }
    assert!(sizes.iter().all(|size| *size < 8_000_000), "{sizes:?}");
}
