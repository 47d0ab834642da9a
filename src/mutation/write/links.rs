//! Changes of join tables: from the list as it is to the list as it is to be.

use super::check::Checked;
use crate::db::{DbError, Id, Timestamp, Transaction};
use crate::mutation::changes::{Changes, LinkChange, Reference, ReferenceBy, link_value};
use crate::mutation::input::MAX_LINKS;
use crate::mutation::user_error::UserErrorCode::{Duplicate, NotFound};
use crate::relation::write::{Conflict, Lock, delete, insert, select};
use crate::relation::{Column, Join, LinkTable, Value, Values};
use std::collections::{BTreeMap, HashMap};

/// The rows on the other side of a join table, in order, each with the link's own values but its position.
type List = Vec<(Id, i64, Vec<Value>)>;

/// What the join tables are to become.
#[derive(Default)]
pub(in crate::mutation) struct Lists {
    /// For each row on this side whose list changes: the far ids before and after.
    pub(super) changed: HashMap<Id, (Vec<Id>, Vec<Id>)>,
    removed: BTreeMap<&'static str, (LinkTable, Vec<Vec<Value>>)>,
    inserted: BTreeMap<&'static str, (Vec<Column>, Vec<Vec<Value>>)>,
    /// The rows that are linked to, by table.
    far: BTreeMap<&'static str, Vec<Id>>,
}

/// The ids on the far side of `rel` for each of `near`.
pub(super) async fn far_ids(
    tx: &mut Transaction,
    join: Join,
    near: Vec<Id>,
) -> Result<HashMap<Id, Vec<Id>>, DbError> {
    let mut lists: HashMap<Id, Vec<Id>> = HashMap::new();
    let Some(link) = join.link else { return Ok(lists) };
    let (by, far) = (Column::id(link.near), Column::id(link.far));
    for (near, values) in select(tx, link.table, (by, by), &[far], Values::Ids(near), Lock::None).await? {
        if let Some(Value::Id(id)) = values.first() {
            lists.entry(near).or_default().push(*id);
        }
    }
    Ok(lists)
}

/// Plans all lists. Mistakes are noted in `changes`.
pub(in crate::mutation) async fn plan_lists(
    tx: &mut Transaction,
    changes: &mut Changes,
    checked: &Checked,
) -> Result<Lists, DbError> {
    let mut lists = Lists::default();
    let links = std::mem::take(&mut changes.links);
    let mut current = HashMap::new();
    for change in links.iter().filter(|change| !change.new) {
        if let Some(link) = change.join.link
            && !current.contains_key(link.table)
        {
            let near = links.iter().filter(|other| !other.new && other.join == change.join);
            let near = Values::Ids(near.map(|change| change.near).collect());
            current.insert(link.table, read(tx, change, link, near).await?);
        }
    }
    for change in &links {
        let Some(link) = change.join.link else { continue };
        let known = current.get_mut(link.table).and_then(|lists| lists.remove(&change.near));
        let before = known.unwrap_or_default();
        if let Some(after) = list_after(changes, change, checked, &before) {
            lists.note(change, link, &before, &after, changes.at);
        }
    }
    changes.links = links;
    Ok(lists)
}

async fn read(
    tx: &mut Transaction,
    change: &LinkChange,
    link: LinkTable,
    near: Values,
) -> Result<HashMap<Id, List>, DbError> {
    let columns: Vec<Column> = [Column::id(link.far)].into_iter().chain(change.own.iter().copied()).collect();
    let mut lists: HashMap<Id, List> = HashMap::new();
    let by = Column::id(link.near);
    for (near, mut values) in select(tx, link.table, (by, by), &columns, near, Lock::None).await? {
        let own = values.split_off(1);
        let position = change.own.iter().zip(&own).find(|(column, _)| column.name == change.position);
        if let (Some(Value::Id(far)), Some((_, Value::Int(position)))) = (values.first(), position) {
            lists.entry(near).or_default().push((*far, *position, own));
        }
    }
    // As the list is read: ties are broken by the id.
    lists.values_mut().for_each(|list| list.sort_by_key(|(far, position, _)| (*position, *far)));
    Ok(lists)
}

/// The list after a change; nothing where the change is a mistake.
fn list_after(
    changes: &mut Changes,
    change: &LinkChange,
    checked: &Checked,
    before: &List,
) -> Option<Vec<Id>> {
    let mistakes = changes.errors.len();
    let id = |reference: &Reference| match &reference.key {
        ReferenceBy::Id(id) => Some(*id),
        ReferenceBy::Name(name) => checked.by_name.get(&(change.target.table, name.clone())).copied(),
    };
    let mut twice = |references: &[Reference]| {
        let mut ids = Vec::new();
        for reference in references {
            let Some(id) = id(reference) else { continue };
            if ids.contains(&id) {
                let text = format!("this {} is given twice", change.target.noun());
                changes.refuse(Duplicate, &reference.path, text);
            }
            ids.push(id);
        }
        ids
    };
    let mut list = match &change.set {
        Some(set) => twice(set),
        None => before.iter().map(|(far, ..)| *far).collect(),
    };
    let (out, connect) = (twice(&change.disconnect), twice(&change.connect));
    list.retain(|far| !out.contains(far));
    list.extend(connect.into_iter().filter(|far| !list.contains(far)).collect::<Vec<_>>());
    list.extend(&change.create);
    if let Some((reference, position)) = &change.moved
        && let Some(moved) = id(reference)
    {
        match list.iter().position(|far| *far == moved) {
            Some(at) => {
                let far = list.remove(at);
                list.insert((*position).min(list.len()), far);
            }
            None => {
                let text = format!("this {} is not in the list", change.target.noun());
                changes.refuse(NotFound, &reference.path, text);
            }
        }
    }
    changes.not_too_many(list.len(), MAX_LINKS, &change.path);
    (changes.errors.len() == mistakes).then_some(list)
}

impl Lists {
    /// Notes the rows that tell the lists apart. A link that stays keeps its own values; where its place
    /// changes, it is taken out and put in again.
    fn note(&mut self, change: &LinkChange, link: LinkTable, before: &List, after: &[Id], at: Timestamp) {
        let fars: Vec<Id> = before.iter().map(|(far, ..)| *far).collect();
        if fars == after {
            return;
        }
        let out = &mut self.removed.entry(link.table).or_insert((link, Vec::new())).1;
        for (far, position, _) in before {
            let stays = after.iter().position(|other| other == far).is_some_and(|at| at as i64 == *position);
            if !stays {
                out.push(vec![Value::Id(change.near), Value::Id(*far)]);
            }
        }
        let columns = || {
            [Column::id(link.near), Column::id(link.far)]
                .into_iter()
                .chain(change.own.iter().copied())
                .collect()
        };
        let rows = &mut self.inserted.entry(link.table).or_insert_with(|| (columns(), Vec::new())).1;
        for (nth, far) in after.iter().enumerate() {
            let known = before.iter().find(|(other, ..)| other == far);
            let position = nth as i64;
            if known.is_some_and(|(_, known, _)| *known == position) {
                continue;
            }
            let own = change.own.iter().enumerate().map(|(nth, column)| match known {
                _ if column.name == change.position => Value::Int(position),
                Some((.., own)) => own[nth].clone(),
                None => link_value(column, at),
            });
            self.far.entry(change.target.table).or_default().push(*far);
            rows.push([Value::Id(change.near), Value::Id(*far)].into_iter().chain(own).collect());
        }
        self.changed.insert(change.near, (fars, after.to_vec()));
    }

    /// Writes them.
    pub(super) async fn write(self, tx: &mut Transaction) -> Result<(), DbError> {
        // Before any link is touched: who deletes one of these has it locked, and waits for its links.
        for (table, far) in self.far {
            let key = (Column::KEY, Column::KEY);
            select(tx, table, key, &[], Values::Ids(far), Lock::Reference).await?;
        }
        for (table, (link, rows)) in self.removed {
            delete(tx, table, &[Column::id(link.near), Column::id(link.far)], rows).await?;
        }
        for (table, (columns, rows)) in self.inserted {
            insert(tx, table, &columns, rows, Conflict::Fails).await?;
        }
        Ok(())
    }
}
