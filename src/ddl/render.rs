//! Statements for either database, in the style of the migrations that people have written.

mod definition;
mod dialect;
mod pieces;
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;

pub(super) use dialect::Dialect;
pub(super) use pieces::{Fills, comment, needs_fill};

use super::change::{Rename, Steps};
use super::difference::lost_table;
use super::model::Model;
use super::names::{foreign_key_name, ident};
use definition::table_definition;
use pieces::{create_index, drop_constraint};

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
