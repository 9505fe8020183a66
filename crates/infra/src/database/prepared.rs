//! Statements that are prepared once for each connection though their text is
//! made at run time.
//!
//! diesel has every UPDATE parsed and planned anew, since it cannot know how
//! many texts there will be. For one of an account's columns that takes
//! `PostgreSQL` longer than carrying it out.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment, QueryId};

/// Texts that are kept, of one kind of statement. Each costs the server some
/// kilobytes for each connection.
const MOST: usize = 64;

/// The texts that a statement has had. The first 64 are kept prepared.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    hasher: RandomState,
    kept: Mutex<HashSet<u64>>,
}

impl Texts {
    fn keep(&self, text: &str) -> bool {
        let text = self.hasher.hash_one(text);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.contains(&text) || (kept.len() < MOST && kept.insert(text))
    }
}

/// A statement that is kept prepared while its text is one of [`Texts`].
#[derive(Debug)]
pub(crate) struct Prepared<'t, Q> {
    statement: Q,
    texts: &'t Texts,
}

/// Keeps a statement prepared.
pub(crate) const fn prepared<Q>(texts: &Texts, statement: Q) -> Prepared<'_, Q> {
    Prepared { statement, texts }
}

impl<Q, DB> QueryFragment<DB> for Prepared<'_, Q>
where
    DB: Backend<QueryBuilder: Default>,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, backend: &DB) -> QueryResult<bool> {
        let mut text = DB::QueryBuilder::default();
        self.statement.to_sql(&mut text, backend)?;
        Ok(self.texts.keep(&text.finish()))
    }
}

/// It is found again by its text.
impl<Q> QueryId for Prepared<'_, Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> RunQueryDsl<C> for Prepared<'_, Q> {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use diesel::connection::{InstrumentationEvent, SimpleConnection};
    use diesel::sqlite::SqliteConnection;

    use super::*;

    diesel::table! {
        things {
            id -> Integer,
            size -> Integer,
        }
    }

    #[test]
    fn only_so_many_texts_are_kept() {
        let texts = Texts::default();
        for number in 0..MOST {
            assert!(texts.keep(&number.to_string()));
        }
        assert!(!texts.keep("one more"));
        assert!(texts.keep("7"));
    }

    #[test]
    fn an_update_is_prepared_once() {
        let mut conn = SqliteConnection::establish(":memory:").expect("a database");
        conn.batch_execute(
            "CREATE TABLE things (id INTEGER PRIMARY KEY, size INTEGER NOT NULL);
             INSERT INTO things VALUES (1, 0), (2, 0)",
        )
        .expect("a table");
        let prepared_so_far = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&prepared_so_far);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let texts = Texts::default();
        for id in [1, 2] {
            let grow = diesel::update(things::table.find(id)).set(things::size.eq(id * 10));
            let changed = prepared(&texts, grow).execute(&mut conn);
            assert_eq!(changed, Ok(1));
        }
        let sizes = things::table.select(things::size).load::<i32>(&mut conn);
        assert_eq!(sizes, Ok(vec![10, 20]));
        // The query counts, too.
        assert_eq!(prepared_so_far.load(Ordering::Relaxed), 2);
    }
}
