//! The keys of new rows that are numbers. Until they are written, such rows have UUIDs in their place, by which others of the same
//! mutation refer to them.

use crate::db::{Db, DbError, Id, Transaction};
use crate::mutation::changes::Changes;
use crate::relation::{ColumnKind, Value, numbers};
use std::collections::{BTreeMap, HashMap};

/// On PostgreSQL, takes them from the tables' sequences: nobody else gets these, whatever becomes of the mutation.
///
/// # Errors
/// The database's.
pub(in crate::mutation) async fn number_ahead(db: &Db, changes: &mut Changes) -> Result<(), DbError> {
    for (table, ids) in unnumbered(changes) {
        let numbers = numbers::take(db, table, ids.len()).await?;
        give(changes, table, &ids, numbers);
    }
    Ok(())
}

/// Within a transaction: on SQLite, where one writes at a time, the next ones.
///
/// # Errors
/// The database's.
pub(in crate::mutation) async fn number_within(
    tx: &mut Transaction,
    changes: &mut Changes,
) -> Result<(), DbError> {
    for (table, ids) in unnumbered(changes) {
        let numbers = match tx.is_postgres() {
            true => numbers::take_within(tx, table, ids.len()).await?,
            false => numbers::next(tx, table, ids.len()).await?,
        };
        give(changes, table, &ids, numbers);
    }
    Ok(())
}

impl Changes {
    /// Whether new rows have no numbers yet.
    pub(in crate::mutation) fn is_unnumbered(&self) -> bool {
        !unnumbered(self).is_empty()
    }
}

/// The rows that are to have a number and have none, by table.
fn unnumbered(changes: &Changes) -> BTreeMap<&'static str, Vec<Id>> {
    let mut tables: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for new in &changes.new {
        if matches!(new.shape.key().kind, ColumnKind::Number(_)) && new.id.number().is_none() {
            tables.entry(new.shape.table).or_default().push(new.id);
        }
    }
    tables
}

/// Puts numbers in the places of ids.
fn give(changes: &mut Changes, table: &str, ids: &[Id], numbers: Vec<i64>) {
    let numbers = numbers.into_iter().map(|number| Id::from(number).of_table(table));
    let numbers: HashMap<Id, Id> = ids.iter().copied().zip(numbers).collect();
    let give = |id: &mut Id| *id = numbers.get(id).copied().unwrap_or(*id);
    for new in &mut changes.new {
        give(&mut new.id);
        for (_, value) in &mut new.values {
            if let Value::Id(id) = value {
                give(id);
            }
        }
    }
    for link in &mut changes.links {
        give(&mut link.near);
        link.create.iter_mut().for_each(|(id, _)| give(id));
    }
    changes.results.iter_mut().for_each(give);
}
