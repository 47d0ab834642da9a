//! Changes of join tables: from the list as it is to the list as it is to be.

use super::check::Checked;
use crate::db::{DbError, Id, Timestamp, Transaction};
use crate::mutation::changes::{Changes, LinkChange, Reference, ReferenceBy, link_value};
use crate::mutation::input::MAX_LINKS;
use crate::mutation::user_error::UserErrorCode::{Duplicate, NotFound};
use crate::relation::write::{Conflict, Lock, delete, insert, select, select_within};
use crate::relation::{Column, Join, LinkTable, Value, Values};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The rows on the other side of a join table, each with its position and the link's own values: in order, if a column orders them. Of
/// others, only those that a change names, unless it replaces all.
type List = Vec<(Id, i64, Vec<Value>)>;

/// A join table and its near key: one table may be seen from both sides.
type Side = (&'static str, &'static str);

/// What the join tables are to become.
#[derive(Default)]
pub(in crate::mutation) struct Lists {
    /// For each row on this side whose list changes: the far ids before and after.
    pub(super) changed: HashMap<Id, (Vec<Id>, Vec<Id>)>,
    removed: BTreeMap<Side, (LinkTable, Vec<Vec<Value>>)>,
    inserted: BTreeMap<Side, (Vec<Column>, Vec<Vec<Value>>)>,
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
    let (by, far) = (link.near_key(), link.far_key());
    for (near, values) in select(tx, link.table, (by, by), &[far], Values::ids(near), Lock::None).await? {
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
            && !current.contains_key(&(link.table, link.near))
        {
            let same: Vec<&LinkChange> =
                links.iter().filter(|other| !other.new && other.join == change.join).collect();
            let near = Values::ids(same.iter().map(|change| change.near).collect());
            let is_whole = change.position.is_some() || same.iter().any(|change| change.set.is_some());
            let named = same.iter().flat_map(|change| change.disconnect.iter().chain(&change.connect));
            let named = (!is_whole)
                .then(|| Values::ids(named.filter_map(|one| id_of(change, checked, one)).collect()));
            current.insert((link.table, link.near), read(tx, change, link, near, named).await?);
        }
    }
    for change in &links {
        let Some(link) = change.join.link else { continue };
        let known = current.get_mut(&(link.table, link.near)).and_then(|lists| lists.remove(&change.near));
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
    named: Option<Values>,
) -> Result<HashMap<Id, List>, DbError> {
    let columns: Vec<Column> = [link.far_key()].into_iter().chain(change.own.iter().copied()).collect();
    let mut lists: HashMap<Id, List> = HashMap::new();
    let by = link.near_key();
    let within = named.map(|named| (link.far_key(), named));
    for (near, mut values) in select_within(tx, link.table, (by, by), &columns, near, within).await? {
        let own = values.split_off(1);
        let position = change.own.iter().zip(&own).find_map(|(column, value)| match value {
            Value::Int(position) if change.position == Some(column.name) => Some(*position),
            _ => None,
        });
        if let Some(Value::Id(far)) = values.first() {
            lists.entry(near).or_default().push((*far, position.unwrap_or_default(), own));
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
) -> Option<Vec<Linked>> {
    let mistakes = changes.errors.len();
    let id = |reference: &Reference| id_of(change, checked, reference);
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
    list.extend(change.create.iter().map(|(id, _)| id));
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
    if change.position.is_some() {
        changes.not_too_many(list.len(), MAX_LINKS, &change.path);
    }
    let referenced = change.set.iter().flatten().chain(&change.connect);
    let mut given: HashMap<Id, Own> =
        referenced.filter_map(|one| Some((id(one)?, one.own.clone()))).collect();
    given.extend(change.create.iter().cloned());
    let linked = list.into_iter().map(|far| (far, given.remove(&far).unwrap_or_default())).collect();
    (changes.errors.len() == mistakes).then_some(linked)
}

/// What was given for a link's own columns.
type Own = Vec<(Column, Value)>;

/// A row of a list as it is to be.
type Linked = (Id, Own);

/// The id of a row that is referred to, if there is such a row.
fn id_of(change: &LinkChange, checked: &Checked, reference: &Reference) -> Option<Id> {
    match &reference.key {
        ReferenceBy::Id(id) => Some(*id),
        ReferenceBy::Name(name) => checked.by_name.get(&(change.target.table, name.clone())).copied(),
    }
}

impl LinkChange {
    /// Whether a row of the list stays as it is. A gap in the positions is none in the list.
    fn keeps(&self, (far, own): &(Id, Vec<Value>), (known, _, values): &(Id, i64, Vec<Value>)) -> bool {
        let mut pairs = self.own.iter().zip(own.iter().zip(values));
        far == known && pairs.all(|(column, (own, known))| self.position == Some(column.name) || own == known)
    }
}

impl Lists {
    /// Notes the rows that tell the lists apart. A link that stays keeps the values that it is not given; where its place or
    /// a value changes, it is taken out and put in again.
    fn note(&mut self, change: &LinkChange, link: LinkTable, before: &List, after: &[Linked], at: Timestamp) {
        let known: HashMap<Id, &(Id, i64, Vec<Value>)> = before.iter().map(|row| (row.0, row)).collect();
        let becomes = |nth: usize, (far, given): &Linked| -> Vec<Value> {
            let known = known.get(far);
            let value = |(at_column, column): (usize, &Column)| match known {
                _ if change.position == Some(column.name) => Value::Int(nth as i64),
                Some((.., own)) if !given.iter().any(|(given, _)| given == column) => own[at_column].clone(),
                _ => link_value(column, given, at),
            };
            change.own.iter().enumerate().map(value).collect()
        };
        let rows: Vec<(Id, Vec<Value>)> =
            after.iter().enumerate().map(|(nth, linked)| (linked.0, becomes(nth, linked))).collect();
        let stays = |far: &Id, own: &[Value]| known.get(far).is_some_and(|(.., known)| known == own);
        let is_in_place = match change.position {
            Some(_) => rows.iter().zip(before).all(|(row, known)| change.keeps(row, known)),
            None => rows.iter().all(|(far, own)| stays(far, own)),
        };
        if rows.len() == before.len() && is_in_place {
            return;
        }
        let kept: HashSet<Id> =
            rows.iter().filter(|(far, own)| stays(far, own)).map(|(far, _)| *far).collect();
        let side = (link.table, link.near);
        let out = &mut self.removed.entry(side).or_insert((link, Vec::new())).1;
        for (far, ..) in before.iter().filter(|(far, ..)| !kept.contains(far)) {
            out.push(vec![Value::Id(change.near), Value::Id(*far)]);
        }
        let columns =
            || [link.near_key(), link.far_key()].into_iter().chain(change.own.iter().copied()).collect();
        let inserted = &mut self.inserted.entry(side).or_insert_with(|| (columns(), Vec::new())).1;
        let were = before.iter().map(|(far, ..)| *far).collect();
        let are = after.iter().map(|(far, _)| *far).collect();
        for (far, own) in rows.into_iter().filter(|(far, _)| !kept.contains(far)) {
            self.far.entry(change.target.table).or_default().push(far);
            inserted.push([Value::Id(change.near), Value::Id(far)].into_iter().chain(own).collect());
        }
        self.changed.insert(change.near, (were, are));
    }

    /// Writes them.
    pub(super) async fn write(self, tx: &mut Transaction) -> Result<(), DbError> {
        // Before any link is touched: who deletes one of these has it locked, and waits for its links.
        for (table, far) in self.far {
            let key = (Column::KEY, Column::KEY);
            select(tx, table, key, &[], Values::ids(far), Lock::Reference).await?;
        }
        for ((table, _), (link, rows)) in self.removed {
            delete(tx, table, &[link.near_key(), link.far_key()], rows).await?;
        }
        for ((table, _), (columns, rows)) in self.inserted {
            insert(tx, table, &columns, rows, Conflict::Fails).await?;
        }
        Ok(())
    }
}
