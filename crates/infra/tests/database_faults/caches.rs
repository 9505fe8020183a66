//! No answer comes before the caches are true.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use vestibule_infra::cache::protocol::{CacheKey, Invalidate, ReadCache};
use vestibule_infra::database::{Database, DatabaseConfig, Limits, Location};

use crate::support::{Fixture, gate, insert, insert_job, key, labels, sqlite};

#[tokio::test]
async fn a_write_is_answered_after_its_keys_are_removed() {
    let fixture = Fixture::new(Limits::default());
    let release = fixture.sink.hold_next();
    let task = fixture.spawn(insert_job("one", 1)).await;
    release.wait_until_reached();
    tokio::task::yield_now().await;
    assert_eq!(fixture.labels(), ["one"], "committed before the removal");
    assert!(!task.is_finished(), "not answered before the removal");
    release.open();
    task.await.expect("no panic").expect("a write");
    assert_eq!(fixture.sink.take(), [[key(1)]]);
}

#[tokio::test]
async fn a_commit_of_another_process_drops_everything() {
    let fixture = Fixture::new(Limits::default());
    fixture
        .database
        .write(insert_job("own", 1))
        .await
        .expect("a write");
    assert_eq!(
        fixture.sink.take(),
        [[key(1)]],
        "own commits are not foreign"
    );
    fixture
        .connect()
        .batch_execute("INSERT INTO item VALUES ('foreign')")
        .expect("a foreign commit");
    fixture.sink.wait_for(&[CacheKey::All]);
}

/// A cache of all labels under one key.
struct Labels(ReadCache<(), Vec<String>>);

impl Invalidate for Labels {
    fn confirm(&self, _: std::time::Instant) {
        unreachable!("on SQLite nobody else writes");
    }

    fn invalidate(&self, keys: &[CacheKey]) {
        for key in keys {
            match key {
                CacheKey::All => self.0.clear(),
                _ => self.0.remove(&()),
            }
        }
    }
}

#[tokio::test]
async fn a_fill_that_a_write_overtakes_is_discarded() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Arc::new(Labels(ReadCache::new(10, None)));
    let mut config = DatabaseConfig::new(Location::File(folder.path().join("test.db")));
    config.invalidate = Some(Arc::clone(&cache) as Arc<dyn Invalidate>);
    let database = Database::open(&config).expect("a database");
    database
        .write(|tx| {
            sqlite(tx.conn).batch_execute("CREATE TABLE item (label TEXT NOT NULL UNIQUE)")?;
            insert(tx, "old")
        })
        .await
        .expect("a table");

    let (gate, release) = gate();
    let gate = Arc::new(gate);
    let fill = tokio::spawn({
        let (cache, database) = (Arc::clone(&cache), database.clone());
        async move {
            let load = || {
                let gate = Arc::clone(&gate);
                database.query(move |conn| {
                    let rows = labels(sqlite(conn))?;
                    // Held at the first time only.
                    gate.pass();
                    Ok(Some(rows))
                })
            };
            cache.0.get_or_load(&(), load).await
        }
    });
    tokio::task::yield_now().await;
    release.wait_until_reached();
    database.write(insert_job("new", 1)).await.expect("a write");
    release.open();
    let rows = fill.await.expect("no panic").expect("a read");
    assert_eq!(
        rows.as_deref(),
        Some(&vec!["new".to_owned(), "old".to_owned()]),
        "the old rows were discarded and loaded again"
    );
    assert_eq!(cache.0.get(&()), rows);
}
