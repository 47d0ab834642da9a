//! Rows of SQLite's catalogue.

use diesel::{
    QueryableByName,
    sql_types::{Bool, Integer, Nullable, Text},
};

pub(super) const TABLES: &str = "SELECT name, sql FROM sqlite_schema \
     WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

/// Views and triggers.
pub(super) const OTHERS: &str = "SELECT name, coalesce(sql, '') AS sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name";

#[derive(QueryableByName)]
pub(super) struct Named {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub sql: String,
}

pub(super) const COLUMNS: &str = "SELECT m.name AS owner, x.name, x.type AS stored, x.\"notnull\" AS not_null, \
     x.dflt_value AS default_value, x.pk AS \"key\" \
     FROM sqlite_schema m, pragma_table_xinfo(m.name) x WHERE m.type = 'table' ORDER BY m.name, x.cid";

#[derive(QueryableByName)]
pub(super) struct Column {
    #[diesel(sql_type = Text)]
    pub owner: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub stored: String,
    #[diesel(sql_type = Bool)]
    pub not_null: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub default_value: Option<String>,
    /// Its place in the primary key, from 1.
    #[diesel(sql_type = Integer)]
    pub key: i32,
}

pub(super) const FOREIGN_KEYS: &str = "SELECT m.name AS owner, k.seq AS position, k.\"table\" AS target, \
     k.\"from\" AS from_column, k.\"to\" AS to_column, k.on_delete AS on_delete \
     FROM sqlite_schema m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table' ORDER BY m.name, k.id DESC, k.seq";

/// A column of a foreign key.
#[derive(QueryableByName)]
pub(super) struct ForeignKey {
    #[diesel(sql_type = Text)]
    pub owner: String,
    #[diesel(sql_type = Integer)]
    pub position: i32,
    #[diesel(sql_type = Text)]
    pub target: String,
    #[diesel(sql_type = Text)]
    pub from_column: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub to_column: Option<String>,
    #[diesel(sql_type = Text)]
    pub on_delete: String,
}

/// Without those of primary keys.
pub(super) const INDEXES: &str = "SELECT m.name AS owner, i.name, i.\"unique\" AS is_unique, i.origin, \
     i.partial, x.seqno AS position, x.name AS column_name, x.\"desc\" AS descending, s.sql \
     FROM sqlite_schema m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) x \
     LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = i.name \
     WHERE m.type = 'table' AND i.origin <> 'pk' AND x.\"key\" ORDER BY m.name, i.origin, i.name, x.seqno";

/// A column of an index.
#[derive(QueryableByName)]
pub(super) struct Index {
    #[diesel(sql_type = Text)]
    pub owner: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Bool)]
    pub is_unique: bool,
    /// `c` for `CREATE INDEX`, `u` for a unique constraint.
    #[diesel(sql_type = Text)]
    pub origin: String,
    #[diesel(sql_type = Bool)]
    pub partial: bool,
    #[diesel(sql_type = Integer)]
    pub position: i32,
    /// None for an expression.
    #[diesel(sql_type = Nullable<Text>)]
    pub column_name: Option<String>,
    #[diesel(sql_type = Bool)]
    pub descending: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub sql: Option<String>,
}
