//! That queries find their indexes, and that a user's deletion finds all rows.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use diesel::connection::{InstrumentationEvent, SimpleConnection, set_default_instrumentation};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use vestibule_domain::kernel::UserId;

use super::schema::{BOOKKEEPING, columns, tables};
use super::support::Migrated;
use super::walk::Walk;

static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Collects the statements of all connections that are made from now on.
fn collect_statements() {
    set_default_instrumentation(|| {
        Some(Box::new(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                let text = query.to_string();
                let statement = text.split(" -- binds").next().unwrap_or_default();
                STATEMENTS
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(statement.to_owned());
            }
        }))
    })
    .expect("the instrumentation");
}

/// Every statement that a port sends is explained: none may look through a
/// whole table, but for the lists of staff, which show whole tables, and none
/// may sort.
#[test]
fn queries_use_indexes() {
    collect_statements();
    let db = Migrated::new();
    let mut conn = db.conn();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let user = runtime.block_on(async {
        let handle = db.connect(false);
        Walk::new(handle.storage).through_every_port().await
    });

    let statements = STATEMENTS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let mut explained = 0;
    for statement in statements.iter().filter(|statement| is_query(statement)) {
        let plan: Vec<(i64, i64, i64, String)> =
            sql::<(BigInt, BigInt, BigInt, Text)>(&format!("EXPLAIN QUERY PLAN {statement}"))
                .load(&mut conn)
                .unwrap_or_else(|error| panic!("{error}: {statement}"));
        let plan: Vec<_> = plan.into_iter().map(|(.., detail)| detail).collect();
        let scans = plan
            .iter()
            .any(|step| step.starts_with("SCAN") && !step.contains("CONSTANT ROW"));
        let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        if !is_staffs_list(statement) {
            assert!(!scans, "{plan:#?} of {statement}");
        }
        assert!(!sorts, "{plan:#?} of {statement}");
        explained += 1;
    }
    assert!(explained > 60, "only {explained} statements were seen");

    every_table_was_filled_and_is_emptied(&mut conn, user);
}

fn is_query(statement: &str) -> bool {
    ["SELECT `", "SELECT COUNT", "UPDATE", "DELETE", "INSERT"]
        .iter()
        .any(|verb| statement.starts_with(verb))
        && !BOOKKEEPING.iter().any(|table| statement.contains(table))
}

/// Lists of everybody: their order comes from the key, their count is a scan.
fn is_staffs_list(statement: &str) -> bool {
    let of = |table: &str| {
        statement.contains(&format!("FROM (`{table}`"))
            || statement.contains(&format!("FROM `{table}`"))
    };
    let owned = statement.contains("`user_id` = ?");
    (of("users")
        && !statement.contains("`users`.`id` = ?")
        && !statement.contains("canonical` = ?"))
        || (of("inquiries") && !owned && !statement.contains("`inquiries`.`id` = ?"))
}

/// That the walk left a row in each table shows that it is complete; that the
/// user's deletion empties them, that nothing of a user stays.
fn every_table_was_filled_and_is_emptied(conn: &mut SqliteConnection, user: UserId) {
    // Whom the user met on the way.
    conn.batch_execute(&format!(
        "DELETE FROM users WHERE id <> '{user}' AND auth_epoch >= 0"
    ))
    .expect("the deletion of others");
    let count = |conn: &mut SqliteConnection, table: &str, of: &str| -> i64 {
        sql::<BigInt>(&format!("SELECT count(*) FROM {table} WHERE {of}"))
            .get_result(conn)
            .expect("a count")
    };
    for table in tables(conn) {
        assert!(count(conn, &table, "TRUE") > 0, "{table} is empty");
    }
    conn.batch_execute(&format!(
        "DELETE FROM users WHERE id = '{user}' OR auth_epoch < 0"
    ))
    .expect("the deletion");
    for table in tables(conn) {
        let left = if columns(conn, &table).contains(&"user_id".to_owned()) {
            let owned = sql::<Nullable<Text>>(&format!(
                "SELECT max(user_id) FROM {table} WHERE user_id IS NOT NULL"
            ))
            .get_result::<Option<String>>(conn)
            .expect("the owners");
            i64::from(owned.is_some())
        } else {
            count(conn, &table, "TRUE")
        };
        assert_eq!(left, 0, "{table} keeps data of a deleted user");
    }
}
