//! What the statements for both databases have in common: comments, indexes, and what existing rows get.

use super::definition::default;
use super::dialect::Dialect;
use crate::ddl::change::Alter;
use crate::ddl::difference::{lost_column, narrowed};
use crate::ddl::model::{Column, Index, IndexColumn, Kind, Table};
use crate::ddl::names::{ident, path};
use crate::ddl::text::quoted;

/// What existing rows get.
#[derive(Debug, Clone, Copy)]
pub(in crate::ddl) enum Fills<'a> {
    /// What was said: table, column, SQL.
    Given(&'a [(String, String, String)]),
    /// Whatever there is, so that rows can be as they were before.
    Zero,
}

pub(in crate::ddl) fn comment(text: &str) -> String {
    format!("-- {}", text.replace('\n', " "))
}

/// For PostgreSQL, which names what it drops.
pub(super) fn drop_constraint(table: &str, name: &str) -> String {
    format!("ALTER TABLE {} DROP CONSTRAINT {};", ident(table), ident(name))
}

pub(super) fn create_index(table: &str, index: &Index) -> String {
    if let Some(sql) = &index.sql {
        return format!("{sql};");
    }
    let column = |column: &IndexColumn| ident(&column.name) + if column.descending { " DESC" } else { "" };
    let columns: Vec<String> = index.columns.iter().map(column).collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {} ON {} ({});", ident(&index.name), ident(table), columns.join(", "))
}

pub(super) fn drop_index(index: &Index) -> String {
    format!("DROP INDEX {};", ident(&index.name))
}

/// What the statements of a table lose, and where they may fail, as comments.
pub(super) fn warnings(alter: &Alter<'_>, fills: Fills<'_>, dialect: Dialect) -> Vec<String> {
    let table = &alter.after.name;
    let gone = alter.dropped.iter().filter_map(|column| lost_column(alter.before, column));
    let narrow = alter.changed.iter().filter_map(|(before, after)| narrowed(alter.after, before, after));
    let mut comments: Vec<String> =
        gone.chain(narrow).map(|loss| comment(&format!("Loses {loss}."))).collect();
    if let Fills::Zero = fills {
        for column in alter.added.iter().filter(|column| needs_fill(column)) {
            let at = path(table, &column.name);
            comments.push(comment(&match fill_new(alter, column, fills, dialect) {
                Some(sql) => format!("Existing rows get {sql} as {at}: what they had is gone."),
                None => format!("Fails while {table} has rows: what they had as {at} is gone."),
            }));
        }
        for (_, after) in alter.changed.iter().filter(|(before, after)| before.nullable && !after.nullable) {
            if after.default.is_none() {
                comments.push(comment(&format!("Fails while a row has no {}.", path(table, &after.name))));
            }
        }
    }
    for unique in &alter.uniques.added {
        comments.push(comment(&format!(
            "Fails while two rows of {table} have the same {}.",
            unique.columns.join(", ")
        )));
    }
    for check in alter.checks.added.iter().filter(|check| !alter.comes_with_column(check)) {
        comments.push(comment(&format!("Fails while a row of {table} breaks: {}.", check.expression)));
    }
    comments
}

/// Whether existing rows must get something that the column's definition does not say.
pub(in crate::ddl) fn needs_fill(column: &Column) -> bool {
    !column.nullable && column.default.is_none() && column.generated.is_none()
}

/// What existing rows get in a new column, where its default is not it.
pub(super) fn fill_new(
    alter: &Alter<'_>,
    column: &Column,
    fills: Fills<'_>,
    dialect: Dialect,
) -> Option<String> {
    match fills {
        Fills::Given(all) => given(all, alter.after, column),
        Fills::Zero if !needs_fill(column) || is_key(alter.after, column) => None,
        Fills::Zero => zero(&column.kind, dialect),
    }
}

/// What existing rows get that have nothing in a column which must now have something.
pub(super) fn fill_null(
    alter: &Alter<'_>,
    before: &Column,
    after: &Column,
    fills: Fills<'_>,
    dialect: Dialect,
) -> Option<String> {
    if !before.nullable || after.nullable {
        return None;
    }
    let said = match fills {
        Fills::Given(all) => given(all, alter.after, after),
        Fills::Zero => None,
    };
    said.or_else(|| after.default.as_ref().map(|value| default(value, &after.kind, dialect)))
}

fn given(all: &[(String, String, String)], table: &Table, column: &Column) -> Option<String> {
    let is_it = |(of, name, _): &&(String, String, String)| *of == table.name && *name == column.name;
    all.iter().find(is_it).map(|(_, _, sql)| sql.clone())
}

/// Whether the same value in each row would not do.
fn is_key(table: &Table, column: &Column) -> bool {
    let uniques = table.uniques.iter().flat_map(|unique| &unique.columns);
    table.key_of(&column.name).is_some() || uniques.chain(&table.primary_key).any(|name| *name == column.name)
}

/// A value of the kind, if one is as good as any other.
fn zero(kind: &Kind, dialect: Dialect) -> Option<String> {
    let sql = match (kind, dialect) {
        (Kind::Text | Kind::Bytes, Dialect::Postgres) | (Kind::Text, Dialect::Sqlite) => "''",
        (Kind::Bytes, Dialect::Sqlite) => "x''",
        (Kind::Time, Dialect::Postgres) => "'epoch'",
        (Kind::Bool, Dialect::Postgres) => "false",
        (Kind::Decimal, Dialect::Sqlite) => "'0'",
        (
            Kind::Int
            | Kind::SmallInt
            | Kind::BigInt
            | Kind::Float
            | Kind::Decimal
            | Kind::Numeric { .. }
            | Kind::Time
            | Kind::Bool,
            _,
        ) => "0",
        (Kind::Date, _) => "'1970-01-01'",
        (Kind::Json, _) => "'null'",
        (Kind::List(_), Dialect::Sqlite) => "'[]'",
        (Kind::List(_), Dialect::Postgres) => "'{}'",
        (Kind::Enum(values), _) => return values.first().map(|value| quoted(value)),
        (Kind::Id | Kind::Identity, _) => return None,
    };
    Some(sql.to_owned())
}
