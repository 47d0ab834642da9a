//! Writes changes that have been checked, in one transaction.

use super::changes::{Address, Changes, New, Update, by_table};
use super::check::{Checked, check, rows};
use super::links::{Lists, far_ids, work_out};
use crate::db::{DbError, Id, Timestamp, Transaction};
use crate::events::{Event, EventKind, tell};
use crate::relation::write::{Conflict, Lock, delete, insert, insert_or_find, select};
use crate::relation::{Column, Kind, Rel, Relationship, Shape, Value, Values};
use std::collections::{BTreeMap, HashMap};

/// Checks and writes everything. Where `changes` has errors afterwards, the transaction is not to be committed.
pub(super) async fn apply(tx: &mut Transaction, changes: &mut Changes) -> Result<(), DbError> {
    let mut checked = check(tx, changes).await?;
    let lists = work_out(tx, changes, &checked).await?;
    if !changes.errors.is_empty() {
        return Ok(());
    }
    let mut events = Events::default();
    put_in(tx, changes, &mut checked, &mut events).await?;
    overwrite(tx, changes, &checked, &lists, &mut events).await?;
    events.of_deletes(tx, changes, &checked).await?;
    events.of_lists(tx, &lists).await?;
    lists.write(tx).await?;
    take_out(tx, changes).await?;
    tell(tx, &events.told).await
}

/// What happened, for those who subscribed to it.
#[derive(Default)]
struct Events {
    told: Vec<Event>,
    /// Where each row's event is.
    places: HashMap<(&'static str, Id), usize>,
    shapes: BTreeMap<&'static str, Shape>,
}

impl Events {
    /// A row was made, changed or deleted. Those who follow a row that it refers to hear of it; the one row of
    /// which it is a part has changed with it.
    fn note(&mut self, shape: &Shape, id: Id, kind: EventKind, values: &[(Column, Value)]) {
        let mut related = Vec::new();
        for (column, value) in values {
            let (Some(relationship), Value::Id(owner)) = (shape.belongs_to(column), value) else { continue };
            related.push(*owner);
            if shape.unique().any(|unique| unique == column) {
                self.note(&(relationship.target)(), *owner, EventKind::Updated, &[]);
            }
        }
        self.shapes.insert(shape.table, *shape);
        match self.places.get(&(shape.table, id)) {
            Some(place) => {
                let event = &mut self.told[*place];
                event.related.extend(related);
                // Made or deleted says more than changed.
                if event.kind == EventKind::Updated {
                    event.kind = kind;
                }
            }
            None => {
                self.places.insert((shape.table, id), self.told.len());
                self.told.push(Event { table: shape.table.into(), id, kind, related });
            }
        }
    }

    /// The rows to delete, and those that the database deletes with them.
    async fn of_deletes(
        &mut self,
        tx: &mut Transaction,
        changes: &Changes,
        checked: &Checked,
    ) -> Result<(), DbError> {
        for (shape, ids) in by_table(&changes.deletes) {
            for id in &ids {
                let row = checked.current.get(id).into_iter().flatten().cloned();
                let values: Vec<_> = shape.columns.iter().copied().zip(row).collect();
                self.note(&shape, *id, EventKind::Deleted, &values);
            }
            let owned = |one: &&Relationship| matches!(one.kind, Kind::HasOne | Kind::HasMany);
            for relationship in shape.relationships.iter().filter(owned) {
                let (target, rel) = ((relationship.target)(), relationship.rel);
                let by = Column::id(rel.to);
                let keys = Values::Ids(ids.clone());
                // Locked, so that none goes elsewhere before it is deleted.
                let lock = Lock::Change;
                for (id, values) in select(tx, rel.target, (Column::KEY, by), &[by], keys, lock).await? {
                    let owner: Vec<_> = [by].into_iter().zip(values).collect();
                    self.note(&target, id, EventKind::Deleted, &owner);
                }
            }
        }
        Ok(())
    }

    /// Those who follow a row in a list hear of the row that has the list, also when they are no longer in it.
    async fn of_lists(&mut self, tx: &mut Transaction, lists: &Lists) -> Result<(), DbError> {
        let mut rels: BTreeMap<&str, Rel> = BTreeMap::new();
        for relationship in self.shapes.values().flat_map(|shape| shape.relationships) {
            if let (Some(_), Some(link)) = (relationship.position, relationship.rel.link) {
                rels.insert(link.table, relationship.rel);
            }
        }
        for rel in rels.into_values() {
            let told = self.told.iter().filter(|event| event.table == rel.source);
            let near = told.filter(|event| event.kind != EventKind::Created).map(|event| event.id).collect();
            let far = far_ids(tx, rel, near).await?;
            for event in &mut self.told {
                event.related.extend(far.get(&event.id).into_iter().flatten());
            }
        }
        for event in &mut self.told {
            if let Some((before, after)) = lists.changed.get(&event.id) {
                event.related.extend(before.iter().chain(after));
            }
            event.related.sort_unstable();
            event.related.dedup();
        }
        Ok(())
    }
}

/// New rows, each table's by one statement, in the order in which the tables come: owners before what is theirs.
async fn put_in(
    tx: &mut Transaction,
    changes: &mut Changes,
    checked: &mut Checked,
    events: &mut Events,
) -> Result<(), DbError> {
    let mut tables: Vec<(Shape, Vec<&New>)> = Vec::new();
    for new in &changes.new {
        match tables.iter_mut().find(|(shape, _)| shape.table == new.shape.table) {
            Some((_, rows)) => rows.push(new),
            None => tables.push((new.shape, vec![new])),
        }
    }
    let mut found = Vec::new();
    for (shape, news) in tables {
        let mut rows: Vec<_> = news.iter().map(|new| new.row(changes.at)).collect();
        let named = |column: &&Column| shape.named == Some(column.name);
        let name = shape.columns.iter().find(named);
        // By name: two transactions that take the same names wait for each other in one order.
        if let Some(at) = shape.columns.iter().position(|column| named(&column)) {
            rows.sort_by(|a, b| a[at].cmp(&b[at]));
        }
        let upsert = news.first().is_some_and(|new| new.upsert);
        let Some(name) = name.filter(|_| upsert) else {
            insert(tx, shape.table, shape.columns, rows, Conflict::Fails).await?;
            news.iter().for_each(|new| events.note(&shape, new.id, EventKind::Created, &new.values));
            continue;
        };
        let ids = insert_or_find(tx, shape.table, shape.columns, rows, *name).await?;
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
                found.push(Update { address, values: new.values.clone() });
            }
        }
    }
    // What an upsert found, it changes as an update would.
    if found.iter().any(|update| update.values.len() > 1) {
        let addresses: Vec<Address> = found.iter().map(|update| update.address.clone()).collect();
        rows(tx, changes, &addresses, checked).await?;
        changes.updates.extend(found);
    }
    Ok(())
}

/// Changed rows, each table's by one statement. A row that is given what it has already is left alone, and a row
/// whose list changes has changed.
async fn overwrite(
    tx: &mut Transaction,
    changes: &Changes,
    checked: &Checked,
    lists: &Lists,
    events: &mut Events,
) -> Result<(), DbError> {
    let mut tables: BTreeMap<&str, (Shape, Vec<Vec<Value>>)> = BTreeMap::new();
    for Update { address: Address { shape, id, .. }, values } in &changes.updates {
        let Some(before) = checked.current.get(id) else { continue };
        let Some(after) = changed(shape, before, values, lists.changed.contains_key(id), changes.at) else {
            continue;
        };
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
        insert(tx, shape.table, shape.columns, rows, Conflict::Overwrites(Column::KEY)).await?;
    }
    Ok(())
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
        match (column.name, &value) {
            // Later than before, whatever the clocks of several servers say.
            ("updated_at", Value::Time(old)) => {
                let next = Timestamp::from_micros(old.micros() + 1).unwrap_or(*old);
                *value = Value::Time(at.max(next));
            }
            ("version", Value::Int(version)) => *value = Value::Int(version + 1),
            _ => {}
        }
    }
    Some(after)
}

/// Deleted rows, and with them, by the database, what is theirs.
async fn take_out(tx: &mut Transaction, changes: &Changes) -> Result<(), DbError> {
    for (shape, ids) in by_table(&changes.deletes) {
        let keys = ids.into_iter().map(|id| vec![Value::Id(id)]).collect();
        delete(tx, shape.table, &[Column::KEY], keys).await?;
    }
    Ok(())
}
