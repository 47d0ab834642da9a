//! Writes changes that have been checked, in one transaction.

use super::check::{Checked, Seen, circles, rows};
use super::events::Events;
use super::links::Lists;
use crate::db::{DbError, Id, Timestamp, Transaction};
use crate::events::{EventKind, publish};
use crate::mutation::changes::{Address, Changes, NewRow, RowUpdate, WrittenRow, by_table, step};
use crate::mutation::user_error::UserErrorCode::Taken;
use crate::mutation::user_error::taken;
use crate::relation::write::{Conflict, Lock, delete, insert, insert_or_find, select_visible};
use crate::relation::{Column, ColumnKind, Kind, Relationship, Role, Shape, Value, Values};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Writes everything that was checked and planned, and publishes its events. Where `changes` has errors
/// afterwards, the transaction is not to be committed.
pub(in crate::mutation) async fn apply(
    tx: &mut Transaction,
    changes: &mut Changes,
    mut checked: Checked,
    lists: Lists,
) -> Result<(), DbError> {
    let mut events = Events::default();
    insert_new(tx, changes, &mut checked, &mut events).await?;
    let cleared = events.of_deletes(tx, changes, &checked).await?;
    if !changes.errors.is_empty() {
        return Ok(());
    }
    update(tx, changes, &mut checked, cleared, Seen::All).await?;
    update_changed(tx, changes, &checked, &lists, &mut events).await?;
    events.of_lists(tx, &lists).await?;
    lists.write(tx).await?;
    delete_rows(tx, changes).await?;
    publish(tx, &events.events).await
}

/// New rows, each table's by one statement, in the order in which the tables come: owners before what is theirs.
async fn insert_new(
    tx: &mut Transaction,
    changes: &mut Changes,
    checked: &mut Checked,
    events: &mut Events,
) -> Result<(), DbError> {
    let mut found = Vec::new();
    for NewTable { shape, news, columns, rows } in new_by_table(&changes.new, changes.at) {
        let name = shape.columns.iter().find(|column| shape.named == Some(column.name));
        let upsert = news.first().is_some_and(|new| new.upsert);
        let Some(name) = name.filter(|_| upsert) else {
            insert(tx, shape.table, &columns, rows, Conflict::Fails).await?;
            news.iter().for_each(|new| events.note(&shape, new.id, EventKind::Created, &new.values));
            continue;
        };
        let ids = insert_or_find(tx, shape.table, shape.key(), &columns, rows, *name).await?;
        let ids: HashMap<String, Id> = ids.into_iter().map(|(id, name)| (name, id)).collect();
        for new in news {
            let given = new.values.iter().find(|(column, _)| column == name);
            let Some((_, Value::Text(given))) = given else { continue };
            let Some(id) = ids.get(given) else { continue };
            changes.results.push(*id);
            if *id == new.id {
                events.note(&shape, *id, EventKind::Created, &new.values);
            } else {
                let address = Address { shape, id: *id, expected: None, path: new.path.clone() };
                found.push(RowUpdate { address, values: new.values.clone() });
            }
        }
    }
    refuse_hidden(tx, changes, &found).await?;
    // What an upsert found, it changes as an update would.
    if found.iter().any(|update| update.values.len() > 1) {
        update(tx, changes, checked, found, Seen::All).await?;
        circles(tx, changes).await?;
    }
    Ok(())
}

/// What an upsert found may be hidden: its name is taken then.
async fn refuse_hidden(
    tx: &mut Transaction,
    changes: &mut Changes,
    found: &[RowUpdate],
) -> Result<(), DbError> {
    let scoped = found.iter().map(|update| &update.address).filter(|one| !one.shape.scope.is_empty());
    let scoped: Vec<Address> = scoped.cloned().collect();
    for (shape, ids) in by_table(&scoped) {
        let key = (shape.key(), shape.key());
        let rows = select_visible(tx, &shape, key, &[], Values::ids(ids), Lock::None).await?;
        let visible: HashSet<Id> = rows.into_iter().map(|(id, _)| id).collect();
        let name = shape.columns.iter().find(|column| shape.named == Some(column.name));
        let hidden = scoped.iter().filter(|one| one.shape.table == shape.table && !visible.contains(&one.id));
        for Address { path, .. } in hidden {
            let Some(name) = name else { continue };
            changes.refuse(Taken, &step(path, &shape.input_field(name)), taken(&shape, name));
        }
    }
    Ok(())
}

/// Adds rows to change, and reads them as they are.
async fn update(
    tx: &mut Transaction,
    changes: &mut Changes,
    checked: &mut Checked,
    found: Vec<RowUpdate>,
    seen: Seen,
) -> Result<(), DbError> {
    let addresses: Vec<Address> = found.iter().map(|update| update.address.clone()).collect();
    rows(tx, changes, &addresses, seen, checked).await?;
    changes.updates.extend(found);
    Ok(())
}

/// The new rows of a table.
pub(super) struct NewTable<'a> {
    pub(super) shape: Shape,
    pub(super) news: Vec<&'a NewRow>,
    /// The table's columns, without those that the database computes.
    pub(super) columns: Vec<Column>,
    /// A value for each of them, in the order in which they are written.
    pub(super) rows: Vec<Vec<Value>>,
}

/// The new rows, each table's after those of the tables that it refers to.
pub(super) fn new_by_table(new: &[NewRow], at: Timestamp) -> Vec<NewTable<'_>> {
    let mut tables: Vec<NewTable<'_>> = Vec::new();
    for new in new {
        let row = new.row(at);
        match tables.iter_mut().find(|table| table.shape.table == new.shape.table) {
            Some(table) => {
                table.news.push(new);
                table.rows.push(row);
            }
            None => tables.push(NewTable {
                shape: new.shape,
                news: vec![new],
                columns: new.shape.columns.to_vec(),
                rows: vec![row],
            }),
        }
    }
    let mut tables = in_order(tables);
    for NewTable { shape, columns, rows, .. } in &mut tables {
        // Rows that refer to others of their table stay behind them.
        let is_free = !shape.relationships.iter().any(|one| refers(one, shape.table));
        // By name: two transactions that take the same names wait for each other in one order.
        let name = shape.columns.iter().position(|column| shape.named == Some(column.name));
        if let Some(at) = name.filter(|_| is_free) {
            rows.sort_by(|a, b| a[at].cmp(&b[at]));
        }
        drop_generated(shape, columns, rows);
    }
    tables
}

/// Leaves out what the database computes: it takes no value for that.
fn drop_generated(shape: &Shape, columns: &mut Vec<Column>, rows: &mut [Vec<Value>]) {
    for at in (0..columns.len()).rev().filter(|at| shape.generated_by(&shape.columns[*at]).is_some()) {
        columns.remove(at);
        for row in rows.iter_mut() {
            row.remove(at);
        }
    }
}

/// Whether a relationship is a foreign key to this table.
fn refers(one: &Relationship, table: &str) -> bool {
    one.kind == Kind::BelongsTo && one.join.target == table
}

/// Tables in the order of their foreign keys. Those that refer to each other in a circle keep their own.
fn in_order(mut tables: Vec<NewTable<'_>>) -> Vec<NewTable<'_>> {
    let mut ordered = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let waits = |table: &NewTable<'_>| {
            let mut others =
                tables.iter().map(|other| other.shape.table).filter(|name| *name != table.shape.table);
            others.any(|other| table.shape.relationships.iter().any(|one| refers(one, other)))
        };
        let next = tables.iter().position(|table| !waits(table)).unwrap_or(0);
        ordered.push(tables.remove(next));
    }
    ordered
}

/// Changed rows, each table's by one statement. A row that is given what it has already is left alone, and a row
/// whose list changes has changed.
async fn update_changed(
    tx: &mut Transaction,
    changes: &mut Changes,
    checked: &Checked,
    lists: &Lists,
    events: &mut Events,
) -> Result<(), DbError> {
    let mut tables: BTreeMap<&str, (Shape, Vec<Vec<Value>>)> = BTreeMap::new();
    for RowUpdate { address: Address { shape, id, .. }, values } in &changes.updates {
        let Some(before) = checked.current.get(id) else { continue };
        let after = changed(shape, before, values, lists.changed.contains_key(id), changes.at);
        let values = after.as_ref().unwrap_or(before).clone();
        changes.updated.push(WrittenRow { shape: *shape, id: *id, values });
        let Some(after) = after else { continue };
        let owners = |row: &[Value]| {
            let pairs = shape.columns.iter().copied().zip(row.iter().cloned());
            pairs.filter(|(column, _)| shape.belongs_to(column).is_some()).collect::<Vec<_>>()
        };
        events.note(shape, *id, EventKind::Updated, &owners(before));
        events.note(shape, *id, EventKind::Updated, &owners(&after));
        tables.entry(shape.table).or_insert((*shape, Vec::new())).1.push(after);
    }
    for (shape, mut rows) in tables.into_values() {
        rows.sort();
        for mut rows in [freed(&shape, &rows, checked), rows] {
            let mut columns = shape.columns.to_vec();
            drop_generated(&shape, &mut columns, &mut rows);
            insert(tx, shape.table, &columns, rows, Conflict::Overwrites(Column::KEY)).await?;
        }
    }
    Ok(())
}

/// The rows that hold a unique text which another row takes in the same statement, with a text of no meaning in its
/// place: the databases compare row by row, and two rows that swap their names would meet.
fn freed(shape: &Shape, rows: &[Vec<Value>], checked: &Checked) -> Vec<Vec<Value>> {
    let id_of =
        |row: &[Value]| match shape.columns.iter().zip(row).find(|(column, _)| **column == Column::KEY) {
            Some((_, Value::Id(id))) => Some(*id),
            _ => None,
        };
    let mut freed: BTreeMap<Id, Vec<Value>> = BTreeMap::new();
    for unique in shape.unique().filter(|column| column.kind == ColumnKind::Text) {
        let Some(at) = shape.columns.iter().position(|column| column == unique) else { continue };
        let taken: HashSet<&Value> = rows.iter().map(|row| &row[at]).collect();
        for row in rows {
            let Some((id, before)) = id_of(row).and_then(|id| Some((id, checked.current.get(&id)?))) else {
                continue;
            };
            if before[at] != row[at] && taken.contains(&before[at]) {
                let held = freed.entry(id).or_insert_with(|| before.clone());
                held[at] = Value::Text(format!("\u{1}{id}"));
            }
        }
    }
    freed.into_values().collect()
}

/// The row with its new values, a version further; nothing where they are the old ones.
fn changed(
    shape: &Shape,
    before: &[Value],
    values: &[(Column, Value)],
    list_changed: bool,
    at: Timestamp,
) -> Option<Vec<Value>> {
    let new = |column: &Column, old: &Value| {
        let given = values.iter().find(|(given, _)| given == column);
        given.map_or_else(|| old.clone(), |(_, value)| value.clone())
    };
    let pairs = || shape.columns.iter().zip(before);
    let mut after: Vec<Value> = pairs().map(|(column, old)| new(column, old)).collect();
    if after == before && !list_changed {
        return None;
    }
    for (column, value) in shape.columns.iter().zip(&mut after) {
        match (column.role(), &value) {
            // Later than before, whatever the clocks of several servers say.
            (Role::UpdatedAt, Value::Time(old)) => {
                let next = Timestamp::from_micros(old.micros() + 1).unwrap_or(*old);
                *value = Value::Time(at.max(next));
            }
            (Role::Version, Value::Int(version)) => *value = Value::Int(version + 1),
            _ => {}
        }
    }
    Some(after)
}

/// Deleted rows, and with them, by the database, what is theirs.
async fn delete_rows(tx: &mut Transaction, changes: &Changes) -> Result<(), DbError> {
    for (shape, ids) in by_table(&changes.deletes) {
        let keys = ids.into_iter().map(|id| vec![Value::Id(id)]).collect();
        delete(tx, shape.table, &[Column::KEY], keys).await?;
    }
    Ok(())
}
