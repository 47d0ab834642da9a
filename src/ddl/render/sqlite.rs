//! SQLite: what `ALTER TABLE` can do, and a new table in place of the old for everything else.
//!
//! A migration with a new table needs foreign keys that are not enforced: dropping the old one would delete the rows that
//! refer to it. `Db::migrations` applies migrations so, and checks all references at the end.

use super::definition::{column_definition, default, stored_check, table_definition};
use super::dialect::Dialect::Sqlite;
use super::pieces::{Fills, comment, create_index, drop_index, fill_new, fill_null, warnings};
use crate::ddl::change::Alter;
use crate::ddl::model::{Column, DefaultValue, Kind, Table};
use crate::ddl::names::{ident, idents};
use crate::ddl::text::normal;

/// The statements that change a table; none where SQLite stores it as before.
pub(super) fn alter(alter: &Alter<'_>, fills: Fills<'_>) -> Vec<String> {
    let table = ident(&alter.after.name);
    let mut lines = Vec::new();
    if needs_new_table(alter) {
        lines.extend(new_table(alter, fills));
    } else {
        let gone =
            alter.renamed_indexes.iter().map(|(old, _)| *old).chain(alter.indexes.dropped.iter().copied());
        lines.extend(gone.map(drop_index));
        for column in &alter.added {
            lines.push(format!(
                "ALTER TABLE {table} ADD COLUMN {};",
                column_definition(alter.after, column, Sqlite)
            ));
            if let Some(sql) = fill_new(alter, column, fills, Sqlite) {
                lines.push(format!("UPDATE {table} SET {} = {sql};", ident(&column.name)));
            }
        }
        lines.extend(
            alter
                .dropped
                .iter()
                .map(|column| format!("ALTER TABLE {table} DROP COLUMN {};", ident(&column.name))),
        );
        let new =
            alter.renamed_indexes.iter().map(|(_, new)| *new).chain(alter.indexes.added.iter().copied());
        lines.extend(new.map(|index| create_index(&alter.after.name, index)));
    }
    if lines.is_empty() { lines } else { warnings(alter, fills, Sqlite).into_iter().chain(lines).collect() }
}

/// The way that SQLite's documentation of ALTER TABLE describes.
fn new_table(alter: &Alter<'_>, fills: Fills<'_>) -> Vec<String> {
    let (before, after) = (alter.before, alter.after);
    let new = format!("{}_new", after.name);
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in after.columns.iter().filter(|column| column.generated.is_none()) {
        let value = match before.column(&column.name) {
            Some(was) => Some(converted(alter, was, column, fills)),
            None => fill_new(alter, column, fills, Sqlite),
        };
        if let Some(value) = value {
            names.push(&column.name);
            values.push(value);
        }
    }
    let mut lines = vec![
        comment("A new table in place of the old: ALTER TABLE cannot do this on SQLite."),
        table_definition(after, &new, Sqlite),
        format!(
            "INSERT INTO {} ({})\n    SELECT {} FROM {};",
            ident(&new),
            idents(names),
            values.join(", "),
            ident(&before.name)
        ),
        format!("DROP TABLE {};", ident(&before.name)),
        format!("ALTER TABLE {} RENAME TO {};", ident(&new), ident(&after.name)),
    ];
    lines.extend(after.indexes.iter().map(|index| create_index(&after.name, index)));
    lines
}

/// A column's value in the new table.
fn converted(alter: &Alter<'_>, before: &Column, after: &Column, fills: Fills<'_>) -> String {
    let name = ident(&after.name);
    let value = if before.kind.stored() == after.kind.stored() {
        name
    } else {
        format!("CAST({name} AS {})", after.kind.stored())
    };
    match fill_null(alter, before, after, fills, Sqlite) {
        Some(fill) => format!("coalesce({value}, {fill})"),
        None => value,
    }
}

fn needs_new_table(alter: &Alter<'_>) -> bool {
    let (before, after) = (alter.before, alter.after);
    let of_new_column = |columns: &[String]| columns.iter().all(|name| before.column(name).is_none());
    alter.changes_primary_key()
        || !alter.uniques.is_empty()
        || !alter.keys.dropped.is_empty()
        || alter.keys.added.iter().any(|key| key.columns.len() > 1 || !of_new_column(&key.columns))
        || !alter.checks.dropped.is_empty()
        || !alter.recalled.is_empty()
        || alter.checks.added.iter().any(|check| !alter.comes_with_column(check))
        || alter.changed.iter().any(|(was, is)| definition(before, was) != definition(after, is))
        || alter.added.iter().any(|column| !can_be_added(after, column))
        || alter.dropped.iter().any(|column| !can_be_dropped(before, column))
}

/// What SQLite knows of a column, its keys and own condition aside.
fn definition(table: &Table, column: &Column) -> (&'static str, bool, [Option<Vec<String>>; 4]) {
    let written = |value: &DefaultValue| default(value, &column.kind, Sqlite);
    let texts = [
        stored_check(table, column).or_else(|| match &column.kind {
            // The order of its texts says nothing.
            Kind::Enum(values) => {
                let mut values = values.clone();
                values.sort();
                Some(values.join("\0"))
            }
            _ => None,
        }),
        column.default.as_ref().map(written),
        column.generated.clone(),
        column.list_name.clone(),
    ];
    (column.kind.stored(), column.nullable, texts.map(|text| text.as_deref().map(normal)))
}

/// Whether `ALTER TABLE … ADD COLUMN` takes it.
fn can_be_added(table: &Table, column: &Column) -> bool {
    let constant = !matches!(column.default, Some(DefaultValue::Now | DefaultValue::Sql(_)));
    let key = table.key_of(&column.name);
    // Rows that exist are given no value before the column is there.
    let filled = column.nullable || column.default.is_some();
    column.generated.is_none()
        && constant
        && filled
        && (key.is_none() || (column.nullable && column.default.is_none()))
        && !table.is_unique(&column.name)
        && !table.primary_key.contains(&column.name)
}

/// Whether `ALTER TABLE … DROP COLUMN` takes it: nothing else of the table may name it.
fn can_be_dropped(table: &Table, column: &Column) -> bool {
    let name = &column.name;
    let mentions = |sql: &str| normal(sql).iter().any(|token| token == name);
    let expressions = table.columns.iter().flat_map(|one| [&one.check, &one.generated]).flatten();
    let in_expression =
        expressions.chain(table.checks.iter().map(|check| &check.expression)).any(|sql| mentions(sql));
    let keys =
        table.foreign_keys.iter().map(|key| &key.columns).chain(table.uniques.iter().map(|one| &one.columns));
    let in_key = keys.chain([&table.primary_key]).any(|columns| columns.contains(name));
    !in_expression && !in_key && column.kind_check().is_none() && stored_check(table, column).is_none()
}
