//! Exactly the jobs that were answered Ok are in the file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::sql_types::Text;
use diesel::{RunQueryDsl, sql_query};
use vestibule_domain::kernel::StoreError;
use vestibule_infra::cache::protocol::CacheKey;
use vestibule_infra::database::JobError;

use crate::support::{Fixture, insert, insert_job, is_unavailable, key, patient, run, sqlite};

fn insert_plain(
    conn: &mut diesel::sqlite::SqliteConnection,
    label: &str,
) -> Result<usize, JobError> {
    Ok(sql_query("INSERT INTO item (label) VALUES (?)")
        .bind::<Text, _>(label)
        .execute(conn)?)
}

#[tokio::test]
async fn failing_and_panicking_jobs_leave_the_others_alone() {
    let fixture = Fixture::new(patient());
    let (release, held) = fixture.hold_writer().await;
    let jobs = [
        fixture.spawn(insert_job("one", 1)).await,
        fixture
            .spawn(|tx| {
                tx.touch(key(2));
                insert(tx, "fails")?;
                Err(StoreError::Conflict.into())
            })
            .await,
        fixture
            .spawn(|tx| {
                insert(tx, "panics")?;
                panic!("in the job");
            })
            .await,
        fixture
            .spawn(|tx| {
                insert(tx, "panics outside")?;
                sqlite(tx.conn).transaction(|conn| {
                    insert_plain(conn, "panics inside")?;
                    conn.transaction(|conn| -> Result<(), JobError> {
                        insert_plain(conn, "panics deep inside")?;
                        panic!("in a nested transaction");
                    })
                })
            })
            .await,
        fixture
            .spawn(|tx| {
                insert(tx, "violates")?;
                insert(tx, "one")
            })
            .await,
        fixture
            .spawn(|tx| {
                insert(tx, "rolls back a part")?;
                let part = sqlite(tx.conn).transaction(|conn| {
                    insert_plain(conn, "the part")?;
                    Err::<(), JobError>(StoreError::Conflict.into())
                });
                assert!(part.is_err());
                Ok(())
            })
            .await,
        fixture
            .spawn(|tx| {
                insert(tx, "leaves a transaction open")?;
                let conn = sqlite(tx.conn);
                AnsiTransactionManager::begin_transaction(conn)?;
                Ok(())
            })
            .await,
        fixture.spawn(insert_job("eight", 8)).await,
    ];
    release.open();
    held.await.expect("no panic").expect("the held job");
    let mut results = Vec::new();
    for job in jobs {
        results.push(job.await.expect("no panic here"));
    }
    assert!(results[0].is_ok());
    assert!(matches!(results[1], Err(StoreError::Conflict)));
    assert!(is_unavailable(&results[2]));
    assert!(is_unavailable(&results[3]));
    assert!(
        is_unavailable(&results[4]),
        "item.label is not a listed field"
    );
    assert!(results[5].is_ok());
    assert!(is_unavailable(&results[6]));
    assert!(results[7].is_ok());
    assert_eq!(fixture.labels(), ["eight", "one", "rolls back a part"]);
    assert_eq!(
        fixture.sink.take(),
        [[key(1), key(8)]],
        "one batch, and only what was committed"
    );
    assert!(fixture.database.is_ready());
}

#[tokio::test]
async fn a_batch_that_sqlite_ended_runs_again_one_by_one() {
    for culprit_says_ok in [true, false] {
        let fixture = Fixture::new(patient());
        let (release, held) = fixture.hold_writer().await;
        let runs = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&runs);
        let jobs = [
            fixture
                .spawn(move |tx| {
                    count.fetch_add(1, Ordering::Relaxed);
                    insert(tx, "one")
                })
                .await,
            fixture.spawn(insert_job("two", 2)).await,
            fixture
                .spawn(|tx| {
                    insert(tx, "fails")?;
                    Err(StoreError::Conflict.into())
                })
                .await,
            // Its own COMMIT fails, when it runs alone.
            fixture
                .spawn(|tx| {
                    insert(tx, "orphan")?;
                    run(tx, "INSERT INTO child VALUES (7)")
                })
                .await,
            fixture
                .spawn(move |tx| {
                    insert(tx, "vanishes")?;
                    run(tx, "ROLLBACK")?;
                    if culprit_says_ok {
                        Ok(())
                    } else {
                        Err(StoreError::Conflict.into())
                    }
                })
                .await,
            fixture
                .spawn(|tx| {
                    insert(tx, "panics")?;
                    panic!("in the job");
                })
                .await,
            fixture.spawn(insert_job("seven", 7)).await,
            fixture.spawn(insert_job("eight", 8)).await,
        ];
        release.open();
        held.await.expect("no panic").expect("the held job");
        let mut results = Vec::new();
        for job in jobs {
            results.push(job.await.expect("no panic here"));
        }
        let ok: Vec<_> = results.iter().map(Result::is_ok).collect();
        assert_eq!(
            ok,
            [true, true, false, false, false, false, true, true],
            "{results:?}"
        );
        assert!(is_unavailable(&results[3]));
        assert!(is_unavailable(&results[4]));
        assert_eq!(fixture.labels(), ["eight", "one", "seven", "two"]);
        assert_eq!(runs.load(Ordering::Relaxed), 2);
        let calls = fixture.sink.take();
        for call in [vec![key(2)], vec![CacheKey::All], vec![key(7), key(8)]] {
            assert!(calls.contains(&call), "{call:?} in {calls:?}");
        }
        fixture
            .database
            .write(insert_job("later", 9))
            .await
            .expect("a write");
        assert!(fixture.database.is_ready());
    }
}

#[tokio::test]
async fn a_failed_commit_answers_nobody_ok_and_is_not_repeated() {
    let fixture = Fixture::new(patient());
    let (release, held) = fixture.hold_writer().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let mut jobs = Vec::new();
    for label in ["a", "b", "c", "d", "e", "f", "g"] {
        let count = Arc::clone(&runs);
        jobs.push(
            fixture
                .spawn(move |tx| {
                    count.fetch_add(1, Ordering::Relaxed);
                    tx.touch(key(1));
                    insert(tx, label)
                })
                .await,
        );
    }
    jobs.push(
        fixture
            .spawn(|tx| run(tx, "INSERT INTO child VALUES (7)"))
            .await,
    );
    release.open();
    assert!(is_unavailable(&held.await.expect("no panic")));
    for job in jobs {
        assert!(is_unavailable(&job.await.expect("no panic")));
        let calls = fixture.sink.calls_so_far();
        assert!(
            calls.contains(&vec![CacheKey::All]),
            "emptied before the answer"
        );
    }
    assert_eq!(runs.load(Ordering::Relaxed), 7);
    assert_eq!(fixture.labels(), [""; 0]);
    fixture
        .database
        .write(insert_job("later", 1))
        .await
        .expect("it goes on");
    assert!(fixture.database.is_ready());
    assert_eq!(fixture.labels(), ["later"]);
}

#[tokio::test]
async fn it_is_not_ready_until_a_probe_write_succeeds() {
    let fixture = Fixture::new(patient());
    fixture
        .database
        .write(insert_job("before", 1))
        .await
        .expect("a write");
    let away = fixture.folder.path().join("away.db");
    let (from, to) = (fixture.path(), away.clone());
    let failed = fixture
        .database
        .write(move |tx| {
            std::fs::rename(&from, &to).expect("the file moves away");
            run(tx, "INSERT INTO child VALUES (7)")
        })
        .await;
    assert!(is_unavailable(&failed));
    assert!(!fixture.database.is_ready());
    let refused = fixture.database.write(insert_job("meanwhile", 1)).await;
    assert!(is_unavailable(&refused));
    assert!(!fixture.database.is_ready());
    assert!(
        !std::path::Path::new(&fixture.path()).exists(),
        "no empty database takes the place of the lost one"
    );
    let read = fixture
        .database
        .query(|conn| Ok(crate::support::labels(sqlite(conn))?))
        .await;
    assert_eq!(read.expect("reads go on"), ["before"]);

    std::fs::rename(&away, fixture.path()).expect("the file comes back");
    fixture
        .database
        .write(insert_job("after", 1))
        .await
        .expect("it heals");
    assert!(fixture.database.is_ready());
    assert_eq!(fixture.labels(), ["after", "before"]);
}

#[tokio::test]
async fn a_full_disk_fails_the_job_that_needs_the_space() {
    let fixture = Fixture::new(patient());
    let (release, held) = fixture.hold_writer().await;
    let jobs = [
        fixture.spawn(insert_job("one", 1)).await,
        fixture
            .spawn(|tx| {
                // SQLite does not go below the present size.
                run(tx, "PRAGMA max_page_count = 1")?;
                run(tx, "CREATE TABLE big (bytes BLOB)")?;
                run(tx, "INSERT INTO big VALUES (zeroblob(1000000))")
            })
            .await,
        fixture.spawn(insert_job("three", 3)).await,
    ];
    release.open();
    held.await.expect("no panic").expect("the held job");
    let [one, big, three] = jobs;
    assert!(one.await.expect("no panic").is_ok());
    let refused = big.await.expect("no panic");
    assert!(is_unavailable(&refused), "{refused:?}");
    assert!(three.await.expect("no panic").is_ok());
    assert_eq!(fixture.labels(), ["one", "three"]);
}
