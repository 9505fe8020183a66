//! Deletion reaches every table, and so does the export.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use vestibule_domain::kernel::{UserId, Write};
use vestibule_domain::personal_data::{EXPORT_PARTS, HideAccount};
use vestibule_infra::storage::user_tables::{Exported, OTHER_TABLES, USER_TABLES};
use vestibule_testkit::fixtures::{Fixtures, new_user};

use super::support::Migrated;

/// What a new table must do to pass these tests.
const HOW: &str = "say in crates/infra/src/storage/user_tables.rs whose its rows are and where \
                   the export shows them";

#[test]
fn every_table_is_erased_and_exported_or_says_why_not() {
    let db = Migrated::new();
    let names = sql::<Text>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .load::<String>(&mut db.conn())
    .expect("the tables");
    let known: BTreeSet<_> = USER_TABLES
        .iter()
        .map(|table| table.name)
        .chain(OTHER_TABLES.iter().map(|(name, _)| *name))
        .chain(["users"])
        .collect();
    for name in &names {
        assert!(known.contains(name.as_str()), "table {name}: {HOW}");
    }
    let count = USER_TABLES.len() + OTHER_TABLES.len() + 1;
    assert_eq!(known.len(), count, "a table is listed twice");
    assert_eq!(names.len(), count, "a table is listed that does not exist");
}

#[test]
fn what_is_exported_is_a_part_of_the_export() {
    for table in USER_TABLES {
        match table.exported {
            Exported::As(part) => assert!(
                EXPORT_PARTS.contains(&part),
                "{} is exported as {part}, which is no part",
                table.name
            ),
            Exported::Not(reason) => assert!(reason.len() > 20, "{}: why not?", table.name),
        }
    }
}

/// Columns of a table: name, type, whether it must have a value, and the table
/// that it refers to.
fn columns(conn: &mut SqliteConnection, table: &str) -> Vec<(String, String, String)> {
    sql::<(Text, Text, Text)>(&format!(
        "SELECT c.name, c.type, coalesce((SELECT f.\"table\" FROM \
         pragma_foreign_key_list('{table}') f WHERE f.\"from\" = c.name), '') \
         FROM pragma_table_info('{table}') c WHERE c.\"notnull\" OR c.name = 'user_id'"
    ))
    .load(conn)
    .expect("the columns")
}

/// Puts a row into the table whose references lead to the user or to the row
/// of the parent that was made before.
fn insert(conn: &mut SqliteConnection, table: &str, user: UserId) {
    let columns = columns(conn, table);
    let values =
        columns.iter().map(
            |(name, kind, parent)| match (parent.as_str(), kind.as_str()) {
                ("users", _) => format!("'{user}'"),
                ("", "TEXT") if name == "id" => format!("'{}'", id_in(table)),
                ("", "TEXT") => "'x'".to_owned(),
                ("", "INTEGER") => "1".to_owned(),
                ("", _) => "zeroblob(32)".to_owned(),
                (parent, _) => format!("'{}'", id_in(parent)),
            },
        );
    let values: Vec<_> = values.collect();
    let names: Vec<_> = columns.iter().map(|(name, _, _)| name.as_str()).collect();
    let (names, values) = (names.join(", "), values.join(", "));
    conn.batch_execute(&format!("INSERT INTO {table} ({names}) VALUES ({values})"))
        .unwrap_or_else(|error| panic!("a row of {table}: {error}"));
}

/// The table's name, but of keys, which are read back when they are erased.
fn id_in(table: &str) -> &str {
    match table {
        "api_keys" => "key_01jabcdefghjkmnpqrstvwxyz0",
        other => other,
    }
}

fn count(conn: &mut SqliteConnection, table: &str) -> i64 {
    sql::<BigInt>(&format!("SELECT count(*) FROM {table}"))
        .get_result(conn)
        .expect("count")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_reaches_a_row_of_every_table() {
    let db = Migrated::new();
    let handle = db.connect(false);
    let storage = &handle.storage;
    let make = Fixtures::default();
    let ada = make.account("ada");
    let write = Write::new(new_user(ada.clone()), make.now());
    storage.users.register(write).await.expect("register");
    let mut conn = db.conn();
    let parents_first = USER_TABLES.iter().rev();
    for table in parents_first.clone() {
        insert(&mut conn, table.name, ada.id);
    }
    let hide = HideAccount { user: ada.id };
    let write = Write::new(hide, make.now());
    storage.erasure.hide(write).await.expect("hide");
    while storage.erasure.erase(ada.id, 1).await.expect("erase") {}
    for table in parents_first {
        assert_eq!(
            count(&mut conn, table.name),
            0,
            "{} is not erased",
            table.name
        );
    }
    assert_eq!(count(&mut conn, "users"), 1, "its row stays to the end");
    storage.erasure.forget(ada.id).await.expect("forget");
    assert_eq!(count(&mut conn, "users"), 0);
    assert_eq!(count(&mut conn, "erasures"), 0);
}
