//! What has to hold before anything is written, asked of the database in a few statements for all rows at
//! once. The rows asked about are locked, so that the answers hold until the end of the transaction.

use crate::db::{DbError, Id, Transaction};
use crate::mutation::changes::{Address, Changes, Path, ReferenceBy, RowUpdate, by_table, step};
use crate::mutation::user_error::UserErrorCode::{Conflict, Duplicate, Invalid, NotFound, Taken};
use crate::mutation::user_error::taken;
use crate::relation::write::{Lock, select, select_visible};
use crate::relation::{Column, Role, Shape, Value, Values};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A row that something refers to, and where it does.
struct Referenced<K> {
    key: K,
    path: Path,
    noun: String,
}

/// What the database said.
#[derive(Default)]
pub(in crate::mutation) struct Checked {
    /// The rows to change or delete, as they are: a value for each column.
    pub(super) current: HashMap<Id, Vec<Value>>,
    /// The ids of rows that were referred to by name, by table.
    pub(super) by_name: HashMap<(&'static str, String), Id>,
}

/// Asks everything, and notes in `changes` what does not hold.
pub(in crate::mutation) async fn check(
    tx: &mut Transaction,
    changes: &mut Changes,
) -> Result<Checked, DbError> {
    let mut checked = Checked::default();
    let addresses = changes.updates.iter().map(|update| &update.address).chain(&changes.deletes);
    let addresses: Vec<Address> = addresses.cloned().collect();
    rows(tx, changes, &addresses, Seen::Visible, &mut checked).await?;
    foreign_keys(tx, changes).await?;
    circles(tx, changes).await?;
    references(tx, changes, &mut checked).await?;
    unique_values(tx, changes).await?;
    Ok(checked)
}

/// Which rows are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Those that clients see.
    Visible,
    /// Also those that are hidden by the entity's scope.
    All,
}

/// Reads the rows to change or delete.
pub(super) async fn rows(
    tx: &mut Transaction,
    changes: &mut Changes,
    addresses: &[Address],
    seen: Seen,
    checked: &mut Checked,
) -> Result<(), DbError> {
    for (shape, ids) in by_table(addresses) {
        let key = (shape.key(), shape.key());
        let (columns, ids) = (shape.columns, Values::ids(ids));
        let rows = match seen {
            Seen::Visible => select_visible(tx, &shape, key, columns, ids, Lock::Change).await?,
            Seen::All => select(tx, shape.table, key, columns, ids, Lock::Change).await?,
        };
        checked.current.extend(rows);
    }
    let mut addressed = HashSet::new();
    for Address { shape, id, expected, path } in addresses {
        let at = step(path, "id");
        if !addressed.insert(*id) {
            changes.refuse(Duplicate, &at, format!("this {} is given twice", shape.noun()));
        }
        let Some(row) = checked.current.get(id) else {
            changes.refuse(NotFound, &at, format!("there is no {} with this id", shape.noun()));
            continue;
        };
        let version = shape.columns.iter().zip(row).find(|(column, _)| column.role() == Role::Version);
        if let (Some(expected), Some((_, Value::Int(version)))) = (expected, version)
            && expected != version
        {
            changes.conflicts.push(*id);
            let text = format!("the {} has version {version} by now, not {expected}", shape.noun());
            changes.refuse(Conflict, &step(path, "expectedVersion"), text);
        }
    }
    Ok(())
}

/// That the rows which new values of foreign keys name are there.
async fn foreign_keys(tx: &mut Transaction, changes: &mut Changes) -> Result<(), DbError> {
    let made = changes.made();
    let mut referenced: BTreeMap<&str, (Shape, Vec<Referenced<Id>>)> = BTreeMap::new();
    let rows = changes.new.iter().map(|new| (new.shape, &new.values, &new.path));
    let updates = changes.updates.iter().map(|one| (one.address.shape, &one.values, &one.address.path));
    for (shape, values, path) in rows.chain(updates) {
        for (column, value) in values {
            if let (Some(relationship), Value::Id(id)) = (shape.belongs_to(column), value)
                && !made.contains(id)
            {
                let target = (relationship.target)();
                let path = step(path, &shape.input_field(column));
                let referenced = referenced.entry(target.table).or_insert((target, Vec::new()));
                referenced.1.push(Referenced { key: *id, path, noun: target.noun() });
            }
        }
    }
    for (shape, referenced) in referenced.into_values() {
        let ids = Values::ids(referenced.iter().map(|referenced| referenced.key).collect());
        let key = (shape.key(), shape.key());
        let rows = select_visible(tx, &shape, key, &[], ids, Lock::Reference).await?;
        let there: HashSet<Id> = rows.into_iter().map(|(id, _)| id).collect();
        for Referenced { key, path, noun } in referenced {
            if !there.contains(&key) {
                changes.refuse(NotFound, &path, format!("there is no {noun} with this id"));
            }
        }
    }
    Ok(())
}

/// That no row comes to stand below itself, along a foreign key to its own table. The rows above are locked, so that two transactions
/// do not put each one's row below the other's.
pub(super) async fn circles(tx: &mut Transaction, changes: &mut Changes) -> Result<(), DbError> {
    /// What is to stand above each row that is changed, and where that was said.
    type Moved = HashMap<Id, (Option<Id>, Path)>;
    let mut moved: BTreeMap<(&str, &str), (Shape, Column, Moved)> = BTreeMap::new();
    for RowUpdate { address: Address { shape, id, path, .. }, values } in &changes.updates {
        for (column, value) in values {
            if shape.belongs_to(column).is_some_and(|one| one.join.target == shape.table) {
                let moved = moved.entry((shape.table, column.name));
                let (.., moved) = moved.or_insert_with(|| (*shape, *column, HashMap::new()));
                let above = if let Value::Id(above) = value { Some(*above) } else { None };
                moved.insert(*id, (above, step(path, &shape.input_field(column))));
            }
        }
    }
    for (shape, column, moved) in moved.into_values() {
        let mut above: HashMap<Id, Option<Id>> = moved.iter().map(|(id, (above, _))| (*id, *above)).collect();
        loop {
            let unknown: HashSet<Id> = above.values().flatten().copied().collect();
            let unknown: Vec<Id> = unknown.into_iter().filter(|id| !above.contains_key(id)).collect();
            if unknown.is_empty() {
                break;
            }
            above.extend(unknown.iter().map(|id| (*id, None)));
            let (key, ids) = ((shape.key(), shape.key()), Values::ids(unknown));
            for (id, values) in select(tx, shape.table, key, &[column], ids, Lock::Change).await? {
                let parent = if let Some(Value::Id(parent)) = values.first() { Some(*parent) } else { None };
                above.insert(id, parent);
            }
        }
        for (id, (first, path)) in &moved {
            let (mut seen, mut at) = (HashSet::new(), *first);
            while let Some(parent) = at.filter(|parent| parent != id && seen.insert(*parent)) {
                at = above.get(&parent).copied().flatten();
            }
            if at == Some(*id) {
                changes.refuse(Invalid, path, format!("this {} would be its own ancestor", shape.noun()));
            }
        }
    }
    Ok(())
}

/// That the rows which changes of join tables name are there.
async fn references(
    tx: &mut Transaction,
    changes: &mut Changes,
    checked: &mut Checked,
) -> Result<(), DbError> {
    let mut by_table: BTreeMap<&str, (Shape, Vec<Referenced<ReferenceBy>>)> = BTreeMap::new();
    for change in &changes.links {
        let referenced = change.set.iter().flatten().chain(&change.disconnect).chain(&change.connect);
        let referenced = referenced.chain(change.moved.iter().map(|(reference, _)| reference));
        let list = &mut by_table.entry(change.target.table).or_insert((change.target, Vec::new())).1;
        let noun = change.target.noun();
        list.extend(referenced.map(|one| Referenced {
            key: one.key.clone(),
            path: one.path.clone(),
            noun: noun.clone(),
        }));
    }
    for (shape, referenced) in by_table.into_values() {
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for Referenced { key, .. } in &referenced {
            match key {
                ReferenceBy::Id(id) => ids.push(*id),
                ReferenceBy::Name(name) => names.push(name.clone()),
            }
        }
        let key = (shape.key(), shape.key());
        let rows = select_visible(tx, &shape, key, &[], Values::ids(ids), Lock::Reference).await?;
        let there: HashSet<Id> = rows.into_iter().map(|(id, _)| id).collect();
        if let Some(column) = shape.columns.iter().find(|column| shape.named == Some(column.name)) {
            let key = (shape.key(), *column);
            let names = Values::Texts(names);
            let rows = select_visible(tx, &shape, key, &[*column], names, Lock::Reference).await?;
            for (id, values) in rows {
                if let Some(Value::Text(name)) = values.into_iter().next() {
                    checked.by_name.insert((shape.table, name), id);
                }
            }
        }
        for Referenced { key, path, noun } in referenced {
            let found = match &key {
                ReferenceBy::Id(id) => there.contains(id),
                ReferenceBy::Name(name) => checked.by_name.contains_key(&(shape.table, name.clone())),
            };
            if !found {
                let by = path.last().map_or("id", String::as_str);
                changes.refuse(NotFound, &path, format!("there is no {noun} with this {by}"));
            }
        }
    }
    Ok(())
}

/// That no row has a value which must be unique.
async fn unique_values(tx: &mut Transaction, changes: &mut Changes) -> Result<(), DbError> {
    /// A value that was given for a unique column: of which row, and where.
    struct Given {
        value: Value,
        row: Id,
        path: Path,
        /// A row that has it already takes this one's place.
        upsert: bool,
    }
    let mut given: BTreeMap<(&str, &str), (Shape, Column, Vec<Given>)> = BTreeMap::new();
    let new = changes.new.iter().map(|new| (new.shape, new.id, &new.values, &new.path, new.upsert));
    let updates = changes.updates.iter();
    let updates =
        updates.map(|one| (one.address.shape, one.address.id, &one.values, &one.address.path, false));
    for (shape, row, values, path, upsert) in new.chain(updates) {
        for column in shape.unique() {
            // Any number of rows may have none.
            let is_given = |(given, value): &&(Column, Value)| given == column && *value != Value::Null;
            if let Some((_, value)) = values.iter().find(is_given) {
                let list = given.entry((shape.table, column.name)).or_insert((shape, *column, Vec::new()));
                let path = step(path, &shape.input_field(column));
                list.2.push(Given { value: value.clone(), row, path, upsert });
            }
        }
    }
    let made = changes.made();
    for (shape, column, given) in given.into_values() {
        let mut seen = HashSet::new();
        let (mut ids, mut texts) = (Vec::new(), Vec::new());
        for Given { value, path, upsert, .. } in &given {
            if !seen.insert(value) {
                let text = format!("this {} is given twice", shape.input_field(&column));
                changes.refuse(Duplicate, path, text);
            }
            match value {
                // What is made here has no row of somebody else yet.
                Value::Id(id) if !upsert && !made.contains(id) => ids.push(*id),
                Value::Text(text) if !upsert => texts.push(text.clone()),
                _ => {}
            }
        }
        // A column holds the one or the other.
        let wanted = if texts.is_empty() { Values::ids(ids) } else { Values::Texts(texts) };
        let rows = select(tx, shape.table, (shape.key(), column), &[column], wanted, Lock::None).await?;
        let takers: HashMap<Value, Id> =
            rows.into_iter().filter_map(|(id, values)| Some((values.into_iter().next()?, id))).collect();
        for Given { value, row, path, .. } in given.iter().filter(|given| !given.upsert) {
            // Its row may give the value up in the same request.
            let given_up = |taker: &Id| {
                matches!(value, Value::Text(_))
                    && given.iter().any(|other| other.row == *taker && other.value != *value)
            };
            if takers.get(value).is_some_and(|taker| taker != row && !given_up(taker)) {
                changes.refuse(Taken, path, taken(&shape, &column));
            }
        }
    }
    Ok(())
}
