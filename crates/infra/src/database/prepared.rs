//! Updates that are prepared once for each connection though their text is made
//! at run time.
//!
//! diesel has every UPDATE parsed and planned anew, since it cannot know how
//! many texts there will be. For one of an account's columns that takes
//! `PostgreSQL` longer than carrying it out.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AsChangeset, AstPass, QueryBuilder, QueryFragment, QueryId};

/// Texts that are kept, of one kind of update. Each costs the server some
/// kilobytes for each connection.
const MOST: usize = 64;

/// The texts that an update has had. The first 64 are kept prepared.
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

/// An update that is kept prepared while its text is one of [`Texts`].
#[derive(Debug)]
pub(crate) struct Update<'t, C, F> {
    statement: Statement<C, F>,
    texts: &'t Texts,
    is_kept: OnceCell<bool>,
}

#[derive(Debug)]
struct Statement<C, F> {
    table: &'static str,
    changes: C,
    condition: F,
}

/// Changes the rows of a table that fulfil a condition.
pub(crate) fn prepared_update<'t, C, F>(
    texts: &'t Texts,
    table: &'static str,
    changes: C,
    condition: F,
) -> Update<'t, C::Changeset, F>
where
    C: AsChangeset,
{
    Update {
        statement: Statement {
            table,
            changes: changes.as_changeset(),
            condition,
        },
        texts,
        is_kept: OnceCell::new(),
    }
}

impl<C, F, DB> QueryFragment<DB> for Statement<C, F>
where
    DB: Backend,
    C: QueryFragment<DB>,
    F: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("UPDATE ");
        pass.push_identifier(self.table)?;
        pass.push_sql(" SET ");
        self.changes.walk_ast(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        self.condition.walk_ast(pass)
    }
}

impl<C, F, DB> QueryFragment<DB> for Update<'_, C, F>
where
    DB: Backend<QueryBuilder: Default>,
    C: QueryFragment<DB>,
    F: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let is_kept = if let Some(is_kept) = self.is_kept.get() {
            *is_kept
        } else {
            let mut text = DB::QueryBuilder::default();
            self.statement.to_sql(&mut text, pass.backend())?;
            let text = text.finish();
            *self.is_kept.get_or_init(|| self.texts.keep(&text))
        };
        if !is_kept {
            pass.unsafe_to_cache_prepared();
        }
        self.statement.walk_ast(pass)
    }
}

/// It is found again by its text.
impl<C, F> QueryId for Update<'_, C, F> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, F, Conn> RunQueryDsl<Conn> for Update<'_, C, F> {}

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
            let changes = things::size.eq(id * 10);
            let grown =
                prepared_update(&texts, "things", changes, things::id.eq(id)).execute(&mut conn);
            assert_eq!(grown, Ok(1));
        }
        let sizes = things::table.select(things::size).load::<i32>(&mut conn);
        assert_eq!(sizes, Ok(vec![10, 20]));
        // The query counts, too.
        assert_eq!(prepared_so_far.load(Ordering::Relaxed), 2);
    }
}
