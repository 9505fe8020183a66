//! Both databases have one schema.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use vestibule_infra::database::{DatabaseConfig, Location, PostgresUrl, migrations};

use super::postgres::Cluster;

/// Table, column, type, whether it may be empty.
type Column = (String, String, String, bool);
/// Table, columns.
type Key = (String, String);
/// Table, column, table and column referred to, action on delete.
type Reference = (String, String, String, String, String);

#[derive(Debug, PartialEq, Eq)]
struct Schema {
    columns: BTreeSet<Column>,
    unique: BTreeSet<Key>,
    references: BTreeSet<Reference>,
    indexes: BTreeSet<String>,
}

/// `SQLite` has one type for whole numbers, and tells booleans by their check.
fn sqlite() -> Schema {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    let config = DatabaseConfig::new(Location::File(path.clone()));
    migrations::migrate(&config).expect("the migrations");
    let mut conn =
        SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("a connection");
    let columns = diesel::dsl::sql::<(Text, Text, Text, Bool)>(
        "SELECT t.name, c.name, CASE c.type WHEN 'BLOB' THEN 'bytes' WHEN 'TEXT' THEN 'text' \
         ELSE 'number' END, c.\"notnull\" = 0 \
         FROM sqlite_schema t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
         AND t.name <> 'sqlite_sequence'",
    )
    .load::<Column>(&mut conn)
    .expect("columns");
    let unique = diesel::dsl::sql::<(Text, Text)>(
        "SELECT t.name, (SELECT group_concat(name, ',') FROM \
         (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) \
         FROM sqlite_schema t, pragma_index_list(t.name) i \
         WHERE t.type = 'table' AND i.\"unique\" AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    )
    .load::<Key>(&mut conn)
    .expect("unique keys");
    let references = diesel::dsl::sql::<(Text, Text, Text, Text, Text)>(
        "SELECT t.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete \
         FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
    )
    .load::<Reference>(&mut conn)
    .expect("foreign keys");
    let indexes = diesel::dsl::sql::<Text>(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
    )
    .load::<String>(&mut conn)
    .expect("indexes");
    Schema {
        columns: columns.into_iter().collect(),
        unique: unique.into_iter().collect(),
        references: references.into_iter().collect(),
        indexes: indexes.into_iter().collect(),
    }
}

fn postgres(cluster: &Cluster) -> Schema {
    let database = cluster.create_database();
    let url = PostgresUrl::parse(database.url()).expect("a URL of PostgreSQL");
    let config = DatabaseConfig::new(Location::Postgres(url));
    migrations::migrate(&config).expect("the migrations");
    let mut conn = PgConnection::establish(database.url()).expect("a connection");
    let columns = diesel::dsl::sql::<(Text, Text, Text, Bool)>(
        "SELECT table_name::text, column_name::text, \
         CASE data_type WHEN 'bytea' THEN 'bytes' WHEN 'text' THEN 'text' ELSE 'number' END, \
         is_nullable = 'YES' FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
    )
    .load::<Column>(&mut conn)
    .expect("columns");
    let unique = diesel::dsl::sql::<(Text, Text)>(
        "SELECT t.relname::text, (SELECT string_agg(a.attname, ',' ORDER BY k.at) \
         FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, at) \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) \
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
         JOIN pg_namespace n ON n.oid = t.relnamespace \
         WHERE i.indisunique AND n.nspname = 'public' AND t.relname NOT LIKE '\\_\\_%'",
    )
    .load::<Key>(&mut conn)
    .expect("unique keys");
    let references = diesel::dsl::sql::<(Text, Text, Text, Text, Text)>(
        "SELECT t.relname::text, a.attname::text, r.relname::text, b.attname::text, \
         CASE c.confdeltype WHEN 'c' THEN 'CASCADE' ELSE c.confdeltype::text END \
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid \
         JOIN pg_class r ON r.oid = c.confrelid \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] \
         JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = c.confkey[1] \
         WHERE c.contype = 'f'",
    )
    .load::<Reference>(&mut conn)
    .expect("foreign keys");
    let indexes = diesel::dsl::sql::<Text>(
        "SELECT indexname::text FROM pg_indexes \
         WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey'",
    )
    .load::<String>(&mut conn)
    .expect("indexes");
    Schema {
        columns: columns.into_iter().collect(),
        unique: unique.into_iter().collect(),
        references: references.into_iter().collect(),
        indexes: indexes.into_iter().collect(),
    }
}

#[test]
fn both_databases_have_one_schema() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let (sqlite, postgres) = (sqlite(), postgres(cluster));
    assert!(postgres.columns.len() > 80 && postgres.unique.len() > 12);
    assert_eq!(sqlite.columns, postgres.columns);
    assert_eq!(sqlite.unique, postgres.unique);
    assert_eq!(sqlite.references, postgres.references);
    assert_eq!(sqlite.indexes, postgres.indexes);
}
