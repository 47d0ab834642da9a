//! What a mutation did to each row, for those who subscribed to it.

use super::check::Checked;
use super::links::{Lists, far_ids};
use crate::db::{DbError, Id, Transaction};
use crate::events::{Event, EventKind};
use crate::mutation::changes::{Address, Changes, Path, RowUpdate, by_table, step};
use crate::mutation::user_error::UserErrorCode::InUse;
use crate::relation::write::{Lock, select};
use crate::relation::{Column, Join, Kind, OnDelete, Relationship, Shape, Value, Values};
use std::collections::{BTreeMap, HashMap};

/// What deletes lead to.
#[derive(Default)]
struct Deletes {
    /// Each row that goes, and the path of the one that takes it along.
    gone: HashMap<(&'static str, Id), Path>,
    /// The rows whose own are still to be looked for.
    next: BTreeMap<&'static str, (Shape, Vec<Id>)>,
    /// Foreign keys that become null.
    nulls: Vec<(Shape, Id, Column, Path)>,
}

impl Deletes {
    /// The changes of rows that stay, and lose a foreign key.
    fn cleared(self) -> Vec<RowUpdate> {
        let mut updates: HashMap<(&str, Id), RowUpdate> = HashMap::new();
        for (shape, id, key, path) in self.nulls {
            if self.gone.contains_key(&(shape.table, id)) {
                continue;
            }
            let address = Address { shape, id, expected: None, path };
            let update = RowUpdate { address, values: Vec::new() };
            updates.entry((shape.table, id)).or_insert(update).values.push((key, Value::Null));
        }
        updates.into_values().collect()
    }
}

/// What happened, for those who subscribed to it.
#[derive(Default)]
pub(super) struct Events {
    pub(super) events: Vec<Event>,
    /// The index of each row's event.
    indexes: HashMap<(&'static str, Id), usize>,
    shapes: BTreeMap<&'static str, Shape>,
}

impl Events {
    /// A row was made, changed or deleted. Those who follow a row that it refers to hear of it; the one row of
    /// which it is a part has changed with it.
    pub(super) fn note(&mut self, shape: &Shape, id: Id, kind: EventKind, values: &[(Column, Value)]) {
        let mut related = Vec::new();
        for (column, value) in values {
            let (Some(relationship), Value::Id(owner)) = (shape.belongs_to(column), value) else { continue };
            related.push(*owner);
            if shape.unique().any(|unique| unique == column) {
                self.note(&(relationship.target)(), *owner, EventKind::Updated, &[]);
            }
        }
        self.shapes.insert(shape.table, *shape);
        match self.indexes.get(&(shape.table, id)) {
            Some(index) => {
                let event = &mut self.events[*index];
                event.related.extend(related);
                // Made or deleted says more than changed.
                if event.kind == EventKind::Updated {
                    event.kind = kind;
                }
            }
            None => {
                self.indexes.insert((shape.table, id), self.events.len());
                self.events.push(Event { table: shape.table.into(), id, kind, related });
            }
        }
    }

    /// The rows to delete, and those that the database deletes with them. Returns what is to be cleared of rows that stay: their foreign
    /// keys to what is deleted. Where a row must not be deleted, `changes` has an error afterwards.
    pub(super) async fn of_deletes(
        &mut self,
        tx: &mut Transaction,
        changes: &mut Changes,
        checked: &Checked,
    ) -> Result<Vec<RowUpdate>, DbError> {
        let mut deletes = Deletes::default();
        for Address { shape, id, path, .. } in &changes.deletes {
            let row = checked.current.get(id).into_iter().flatten().cloned();
            let values: Vec<_> = shape.columns.iter().copied().zip(row).collect();
            self.note(shape, *id, EventKind::Deleted, &values);
            deletes.gone.insert((shape.table, *id), path.clone());
        }
        let mut level = by_table(&changes.deletes);
        while !level.is_empty() {
            for (shape, ids) in std::mem::take(&mut level) {
                let owned = |one: &&Relationship| matches!(one.kind, Kind::HasOne | Kind::HasMany);
                for relationship in shape.relationships.iter().filter(owned) {
                    self.of_owned(tx, changes, relationship, &ids, &mut deletes).await?;
                }
            }
            level = std::mem::take(&mut deletes.next).into_values().collect();
        }
        Ok(deletes.cleared())
    }

    /// The rows along one relationship from rows that are deleted.
    async fn of_owned(
        &mut self,
        tx: &mut Transaction,
        changes: &mut Changes,
        relationship: &Relationship,
        ids: &[Id],
        deletes: &mut Deletes,
    ) -> Result<(), DbError> {
        let (target, by) = ((relationship.target)(), Column::of_keys(relationship.join.to, relationship.key));
        let on_delete = relationship.back().map_or(OnDelete::Cascade, |back| back.on_delete);
        // With their other foreign keys: those who follow the rows that these name hear of it too.
        let keys = target.columns.iter().filter(|column| target.belongs_to(column).is_some());
        let keys: Vec<Column> = keys.copied().collect();
        // Locked, so that none goes elsewhere before it is deleted.
        let (owners, lock) = (Values::ids(ids.to_vec()), Lock::Change);
        for (id, values) in select(tx, target.table, (target.key(), by), &keys, owners, lock).await? {
            let owner = keys.iter().zip(&values).find(|(key, _)| key.name == by.name);
            let Some((key, Value::Id(owner))) = owner else { continue };
            let path = deletes.gone.get(&(relationship.join.source, *owner)).cloned().unwrap_or_default();
            match on_delete {
                OnDelete::Cascade if deletes.gone.contains_key(&(target.table, id)) => {}
                OnDelete::Cascade => {
                    let values: Vec<_> = keys.iter().copied().zip(values).collect();
                    self.note(&target, id, EventKind::Deleted, &values);
                    deletes.gone.insert((target.table, id), path);
                    deletes.next.entry(target.table).or_insert((target, Vec::new())).1.push(id);
                }
                OnDelete::SetNull => deletes.nulls.push((target, id, *key, path)),
                OnDelete::Restrict => {
                    let path = step(&path, "id");
                    if !changes.errors.iter().any(|known| known.field.as_ref() == Some(&path)) {
                        let text =
                            format!("a {} refers to it, or to what would be deleted with it", target.noun());
                        changes.refuse(InUse, &path, text);
                    }
                }
            }
        }
        Ok(())
    }

    /// The lists that the changed rows may have.
    fn lists(&self) -> BTreeMap<(&'static str, &'static str), Join> {
        let mut joins: BTreeMap<(&str, &str), Join> = BTreeMap::new();
        for relationship in self.shapes.values().flat_map(|shape| shape.relationships) {
            if let (true, Some(link)) = (relationship.is_written(), relationship.join.link) {
                joins.insert((link.table, link.near), relationship.join);
            }
        }
        joins
    }

    /// Whether one of the changed rows was there before and may have a list.
    pub(super) fn change_rows_with_lists(&self) -> bool {
        let lists = self.lists();
        let has_list = |event: &Event| lists.values().any(|join| event.table == join.source);
        self.events.iter().any(|event| event.kind != EventKind::Created && has_list(event))
    }

    /// Those who follow a row in a list hear of the row that has the list, also when they are no longer in it.
    pub(super) async fn of_lists(&mut self, tx: &mut Transaction, lists: &Lists) -> Result<(), DbError> {
        for join in self.lists().into_values() {
            let events = self.events.iter().filter(|event| event.table == join.source);
            let near =
                events.filter(|event| event.kind != EventKind::Created).map(|event| event.id).collect();
            let far = far_ids(tx, join, near).await?;
            for event in &mut self.events {
                event.related.extend(far.get(&event.id).into_iter().flatten());
            }
        }
        for event in &mut self.events {
            if let Some((before, after)) = lists.changed.get(&event.id) {
                event.related.extend(before.iter().chain(after));
            }
            event.related.sort_unstable();
            event.related.dedup();
        }
        Ok(())
    }
}
