//! What a mutation did to each row, for those who subscribed to it.

use super::check::Checked;
use super::links::{Lists, far_ids};
use crate::db::{DbError, Id, Transaction};
use crate::events::{Event, EventKind};
use crate::mutation::changes::{Changes, by_table};
use crate::relation::write::{Lock, select};
use crate::relation::{Column, Join, Kind, Relationship, Shape, Value, Values};
use std::collections::{BTreeMap, HashMap};

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

    /// The rows to delete, and those that the database deletes with them.
    pub(super) async fn of_deletes(
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
                let (target, join) = ((relationship.target)(), relationship.join);
                let by = Column::id(join.to);
                let keys = Values::Ids(ids.clone());
                // Locked, so that none goes elsewhere before it is deleted.
                let lock = Lock::Change;
                for (id, values) in select(tx, join.target, (Column::KEY, by), &[by], keys, lock).await? {
                    let owner: Vec<_> = [by].into_iter().zip(values).collect();
                    self.note(&target, id, EventKind::Deleted, &owner);
                }
            }
        }
        Ok(())
    }

    /// The lists that the changed rows may have.
    fn lists(&self) -> BTreeMap<&'static str, Join> {
        let mut joins: BTreeMap<&str, Join> = BTreeMap::new();
        for relationship in self.shapes.values().flat_map(|shape| shape.relationships) {
            if let (Some(_), Some(link)) = (relationship.position, relationship.join.link) {
                joins.insert(link.table, relationship.join);
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
