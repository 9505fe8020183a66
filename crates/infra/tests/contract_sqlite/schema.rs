//! What must hold of the schema whatever is added to it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::support::Migrated;

/// Diesel's own table, that of the server's own keys, that of buckets whose keys
/// are HMACs, and that of its own registrations elsewhere: nothing of a user.
pub(super) const BOOKKEEPING: [&str; 4] = [
    "__diesel_schema_migrations",
    "server_keys",
    "throttle_buckets",
    "instance_clients",
];

pub(super) fn tables(conn: &mut SqliteConnection) -> Vec<String> {
    sql::<Text>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .load(conn)
        .map(|names: Vec<String>| {
            names
                .into_iter()
                .filter(|name| !BOOKKEEPING.contains(&name.as_str()))
                .collect()
        })
        .expect("the tables")
}

pub(super) fn columns(conn: &mut SqliteConnection, table: &str) -> Vec<String> {
    sql::<Text>(&format!("SELECT name FROM pragma_table_info('{table}')"))
        .load(conn)
        .expect("the columns")
}

/// Column, table that it refers to, action on delete.
fn foreign_keys(conn: &mut SqliteConnection, table: &str) -> Vec<(String, String, String)> {
    sql::<(Text, Text, Text)>(&format!(
        "SELECT \"from\", \"table\", on_delete FROM pragma_foreign_key_list('{table}')"
    ))
    .load(conn)
    .expect("the foreign keys")
}

/// Whether an index of all rows starts with the column.
fn has_index(conn: &mut SqliteConnection, table: &str, column: &str) -> bool {
    sql::<Bool>(&format!(
        "SELECT EXISTS (SELECT 1 FROM pragma_index_list('{table}') AS list, \
         pragma_index_info(list.name) AS info \
         WHERE info.seqno = 0 AND info.name = '{column}' AND list.partial = 0)"
    ))
    .get_result(conn)
    .expect("the indexes")
}

#[test]
fn every_user_id_cascades() {
    let db = Migrated::new();
    let mut conn = db.conn();
    let mut found = 0;
    for table in tables(&mut conn) {
        if columns(&mut conn, &table).contains(&"user_id".to_owned()) {
            found += 1;
            let keys = foreign_keys(&mut conn, &table);
            let key = ["user_id", "users", "CASCADE"].map(str::to_owned).into();
            assert!(keys.contains(&key), "{table}.user_id does not cascade");
        }
    }
    assert!(found > 5, "only {found} tables have a user_id");
}

#[test]
fn every_table_hangs_on_users() {
    let db = Migrated::new();
    let mut conn = db.conn();
    let mut owned = BTreeSet::from(["users".to_owned()]);
    let mut rest: BTreeMap<_, _> = tables(&mut conn)
        .into_iter()
        .map(|table| {
            let keys = foreign_keys(&mut conn, &table);
            (table, keys)
        })
        .collect();
    loop {
        let before = owned.len();
        rest.retain(|table, keys| {
            let hangs = keys
                .iter()
                .any(|(_, parent, action)| action == "CASCADE" && owned.contains(parent));
            if hangs {
                owned.insert(table.clone());
            }
            !hangs
        });
        if owned.len() == before {
            break;
        }
    }
    assert_eq!(rest.keys().collect::<Vec<_>>(), ["users"]);
}

#[test]
fn every_foreign_key_has_an_index_and_deletes() {
    let db = Migrated::new();
    let mut conn = db.conn();
    for table in tables(&mut conn) {
        for (column, parent, action) in foreign_keys(&mut conn, &table) {
            assert_eq!(action, "CASCADE", "{table}.{column}");
            assert!(
                has_index(&mut conn, &table, &column),
                "deleting from {parent} scans {table}: no index starts with {column}"
            );
        }
    }
}

#[test]
fn tables_are_strict_and_their_types_few() {
    let db = Migrated::new();
    let mut conn = db.conn();
    for table in tables(&mut conn) {
        let strict: bool = sql::<Bool>(&format!(
            "SELECT strict FROM pragma_table_list WHERE name = '{table}'"
        ))
        .get_result(&mut conn)
        .expect("pragma_table_list");
        assert!(strict, "{table} is not STRICT");
        let types: Vec<String> =
            sql::<Text>(&format!("SELECT type FROM pragma_table_info('{table}')"))
                .load(&mut conn)
                .expect("the types");
        assert!(
            types
                .iter()
                .all(|kind| matches!(kind.as_str(), "TEXT" | "INTEGER" | "BLOB")),
            "{table} has {types:?}"
        );
    }
}

#[test]
fn every_unique_value_has_a_named_index() {
    let db = Migrated::new();
    let mut conn = db.conn();
    for table in tables(&mut conn) {
        let unnamed: Vec<String> = sql::<Text>(&format!(
            "SELECT name FROM pragma_index_list('{table}') WHERE origin = 'u'"
        ))
        .load(&mut conn)
        .expect("the indexes");
        assert_eq!(unnamed, Vec::<String>::new(), "of {table}");
    }
}

#[test]
fn down_undoes_up() {
    let db = Migrated::new();
    let mut conn = db.conn();
    let mut folders: Vec<_> = std::fs::read_dir("../../migrations/sqlite")
        .expect("the migrations")
        .map(|entry| entry.expect("a folder").path())
        .collect();
    folders.sort();
    for folder in folders.iter().rev() {
        let down = std::fs::read_to_string(folder.join("down.sql")).expect("down.sql");
        conn.batch_execute(&down).expect("down.sql runs");
    }
    assert_eq!(tables(&mut conn), Vec::<String>::new());
}
