//! Statements for either database, in the style of the migrations that people have written.

mod definition;
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;

use super::change::{Alter, Rename, Steps};
use super::difference::{lost_column, lost_table, narrowed};
use super::model::{Column, Index, Kind, Model, Table};
use super::names::{foreign_key_name, ident, path};
use definition::{default, table_definition};

/// A database, as statements know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// What existing rows get.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fills<'a> {
    /// What was said: table, column, SQL.
    Given(&'a [(String, String, String)]),
    /// Whatever there is, so that rows can be as they were before.
    Zero,
}

/// Statements, in blocks.
pub(super) type Blocks = Vec<String>;

/// The statements of a new name, with those of names that PostgreSQL has made from it.
pub(super) fn renames(renames: &[Rename], before: &Model, after: &Model, dialect: Dialect) -> Blocks {
    let mut lines: Vec<String> = renames
        .iter()
        .map(|rename| match rename {
            Rename::Table { old, new } => format!("ALTER TABLE {} RENAME TO {};", ident(old), ident(new)),
            Rename::Column { table, old, new } => {
                format!("ALTER TABLE {} RENAME COLUMN {} TO {};", ident(table), ident(old), ident(new))
            }
        })
        .collect();
    if dialect == Dialect::Postgres {
        for (before, after) in before.tables.iter().zip(&after.tables) {
            lines.extend(postgres::constraint_renames(before, after));
        }
    }
    if lines.is_empty() { Vec::new() } else { vec![lines.join("\n")] }
}

/// The statements of all steps.
pub(super) fn steps(steps: &Steps<'_>, fills: Fills<'_>, dialect: Dialect) -> Blocks {
    let mut blocks = Vec::new();
    let mut later = Vec::new();
    for (nth, table) in steps.created.iter().enumerate() {
        let waits = |target: &str| steps.created[nth + 1..].iter().any(|other| other.name == target);
        let mut table = (*table).clone();
        if dialect == Dialect::Postgres {
            // Of a circle: SQLite does not ask for the table before there are rows.
            let (waiting, ready) = table.foreign_keys.drain(..).partition(|key| waits(&key.table));
            table.foreign_keys = ready;
            let waiting: Vec<_> = waiting;
            later.extend(waiting.iter().map(|key| postgres::add_key(&table.name, key)));
        }
        blocks.push(table_definition(&table, &table.name, dialect));
        if !table.indexes.is_empty() {
            blocks.push(
                table
                    .indexes
                    .iter()
                    .map(|index| create_index(&table.name, index))
                    .collect::<Vec<_>>()
                    .join("\n"),
            );
        }
    }
    blocks.extend((!later.is_empty()).then(|| later.join("\n")));
    for alter in &steps.altered {
        let lines = match dialect {
            Dialect::Sqlite => sqlite::alter(alter, fills),
            Dialect::Postgres => postgres::alter(alter, fills),
        };
        blocks.extend((!lines.is_empty()).then(|| lines.join("\n")));
    }
    let mut lines = Vec::new();
    if dialect == Dialect::Postgres {
        for (nth, table) in steps.dropped.iter().enumerate() {
            let gone = |target: &str| steps.dropped[..nth].iter().any(|other| other.name == target);
            for key in table.foreign_keys.iter().filter(|key| gone(&key.table)) {
                let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
                lines.insert(0, drop_constraint(&table.name, &foreign_key_name(&table.name, &columns)));
            }
        }
    }
    for table in &steps.dropped {
        lines.push(comment(&format!("Loses {}.", lost_table(table))));
        lines.push(format!("DROP TABLE {};", ident(&table.name)));
    }
    blocks.extend((!lines.is_empty()).then(|| lines.join("\n")));
    blocks
}

pub(super) fn comment(text: &str) -> String {
    format!("-- {}", text.replace('\n', " "))
}

fn drop_constraint(table: &str, name: &str) -> String {
    format!("ALTER TABLE {} DROP CONSTRAINT {};", ident(table), ident(name))
}

fn create_index(table: &str, index: &Index) -> String {
    if let Some(sql) = &index.sql {
        return format!("{sql};");
    }
    let column = |column: &super::model::IndexColumn| {
        ident(&column.name) + if column.descending { " DESC" } else { "" }
    };
    let columns: Vec<String> = index.columns.iter().map(column).collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {} ON {} ({});", ident(&index.name), ident(table), columns.join(", "))
}

fn drop_index(index: &Index) -> String {
    format!("DROP INDEX {};", ident(&index.name))
}

/// What the statements of a table lose, and where they may fail, as comments.
fn warnings(alter: &Alter<'_>, fills: Fills<'_>, dialect: Dialect) -> Vec<String> {
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
pub(super) fn needs_fill(column: &Column) -> bool {
    !column.nullable && column.default.is_none() && column.generated.is_none()
}

/// What existing rows get in a new column, where its default is not it.
fn fill_new(alter: &Alter<'_>, column: &Column, fills: Fills<'_>, dialect: Dialect) -> Option<String> {
    match fills {
        Fills::Given(all) => given(all, alter.after, column),
        Fills::Zero if !needs_fill(column) || is_key(alter.after, column) => None,
        Fills::Zero => zero(&column.kind, dialect),
    }
}

/// What existing rows get that have nothing in a column which must now have something.
fn fill_null(
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
            Kind::Int | Kind::SmallInt | Kind::BigInt | Kind::Float | Kind::Decimal | Kind::Time | Kind::Bool,
            _,
        ) => "0",
        (Kind::Date, _) => "'1970-01-01'",
        (Kind::Json, _) => "'null'",
        (Kind::Enum(values), _) => return values.first().map(|value| super::text::quoted(value)),
        (Kind::Id, _) => return None,
    };
    Some(sql.to_owned())
}
