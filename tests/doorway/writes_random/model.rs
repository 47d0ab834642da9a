//! What a mutation does to the tables, by one rule after the other.

use super::state::{ANY, State};
use crate::reference::{Column, Kind, Lead, Schema, is_visible};
use doorway::relation::{ColumnKind, DefaultValue, OnDelete};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A mutation of one row, or of several new ones.
#[derive(Debug, Clone)]
pub enum Verb {
    Create,
    CreateAll,
    Update,
    Delete,
    Upsert,
    Move(Lead),
}

pub struct Model {
    pub schema: &'static Schema,
    /// As they are before.
    before: State,
    pub state: State,
    /// The codes of the errors that there must be, if there are any.
    pub errors: BTreeSet<&'static str>,
    /// What is told of each row: `C`, `U` or `D`.
    pub told: BTreeMap<(&'static str, String), char>,
}

/// The input's field for a column. A foreign key is called after its relationship.
pub fn field_of(kind: Kind, column: &Column) -> String {
    let key = kind.leads().find(|lead| lead.is_one && lead.to == "id" && lead.from == column.sql);
    key.map_or_else(|| column.name.clone(), |lead| format!("{}Id", lead.field))
}

fn id_of(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

impl Model {
    pub fn new(schema: &'static Schema, state: &State) -> Model {
        let (before, state) = (state.clone(), state.clone());
        Model { schema, before, state, errors: BTreeSet::new(), told: BTreeMap::new() }
    }

    pub fn apply(&mut self, kind: Kind, verb: &Verb, input: &Value) {
        match verb {
            Verb::Create => drop(self.create(kind, input, None)),
            Verb::CreateAll => {
                input.as_array().unwrap().iter().for_each(|input| drop(self.create(kind, input, None)));
            }
            Verb::Update => self.update(kind, &id_of(input), input),
            Verb::Delete => match self.visible(kind, &id_of(input)) {
                true => self.delete(kind, &id_of(input)),
                false => drop(self.errors.insert("NOT_FOUND")),
            },
            Verb::Upsert => {
                let name = kind.column_sql(kind.shape.named.unwrap()).unwrap();
                let has_name = |row: &&Value| row[&name.name] == input[&name.name];
                match self.state.rows[kind.nth].values().find(has_name).map(id_of) {
                    Some(id) if self.visible(kind, &id) => self.update(kind, &id, input),
                    Some(_) => drop(self.errors.insert("TAKEN")),
                    None => drop(self.create(kind, input, None)),
                }
            }
            Verb::Move(lead) => self.move_link(*lead, input),
        }
        self.check_rules();
    }

    fn visible(&self, kind: Kind, id: &str) -> bool {
        self.before.row(kind, id).is_some_and(|row| is_visible(kind, row))
    }

    /// Made and deleted say more than changed.
    fn tell(&mut self, kind: Kind, id: &str, what: char) {
        let told = self.told.entry((kind.table, id.to_owned())).or_insert(what);
        if what != 'U' {
            *told = what;
        }
    }

    /// The one row of which this is a part has changed with it.
    fn tell_owners(&mut self, kind: Kind, row: &Value) {
        for lead in kind.leads().filter(|lead| lead.is_one && lead.to == "id") {
            let key = &row[&kind.column_sql(lead.from).unwrap().name];
            if let Some(owner) = key.as_str().filter(|_| kind.uniques.contains(&vec![lead.from])) {
                self.tell(lead.target(), owner, 'U');
            }
        }
    }

    fn create(&mut self, kind: Kind, input: &Value, owner: Option<(&str, &str)>) -> String {
        let id = format!("new {} {}", kind.name, self.state.rows[kind.nth].len());
        let mut row = Map::new();
        for column in &kind.entity().columns {
            let given = input.get(field_of(kind, column));
            let value = match (column.sql, owner) {
                (name, Some((key, owner))) if name == key => json!(owner),
                ("id", _) => json!(id),
                ("created_at" | "updated_at", _) => json!(ANY),
                ("version", _) => json!(1),
                _ if column.generated => json!(ANY),
                _ => given.cloned().unwrap_or_else(|| default_of(kind, column)),
            };
            self.check_key(kind, column, given);
            row.insert(column.name.clone(), value);
        }
        let row = Value::Object(row);
        self.state.rows[kind.nth].insert(id.clone(), row.clone());
        self.tell(kind, &id, 'C');
        self.tell_owners(kind, &row);
        for lead in kind.leads() {
            let Some(nested) = input.get(&lead.field).filter(|nested| !nested.is_null()) else { continue };
            match (lead.link(), nested) {
                (Some(_), _) => drop(self.change_list(lead, &id, nested)),
                (None, Value::Array(all)) => {
                    all.iter().for_each(|one| drop(self.create(lead.target(), one, Some((lead.to, &id)))));
                }
                (None, one) => drop(self.create(lead.target(), one, Some((lead.to, &id)))),
            }
        }
        id
    }

    /// A row that is referred to must be there.
    fn check_key(&mut self, kind: Kind, column: &Column, given: Option<&Value>) {
        let key = kind.leads().find(|lead| lead.is_one && lead.to == "id" && lead.from == column.sql);
        if let (Some(lead), Some(id)) = (key, given.and_then(Value::as_str))
            && !self.visible(lead.target(), id)
        {
            self.errors.insert("NOT_FOUND");
        }
    }

    fn update(&mut self, kind: Kind, id: &str, input: &Value) {
        if !self.visible(kind, id) {
            self.errors.insert("NOT_FOUND");
            return;
        }
        let before = self.state.row(kind, id).unwrap().clone();
        let mut after = before.clone();
        for column in kind.entity().columns.iter().filter(|column| column.sql != "id") {
            let given = input.get(field_of(kind, column));
            self.check_key(kind, column, given);
            after[&column.name] = given.unwrap_or(&before[&column.name]).clone();
        }
        if let Some(expected) = input.get("expectedVersion")
            && *expected != before["version"]
        {
            self.errors.insert("CONFLICT");
        }
        let mut changed = after != before;
        for lead in kind.leads().filter(|lead| lead.link().is_some()) {
            if let Some(nested) = input.get(&lead.field).filter(|nested| !nested.is_null()) {
                changed |= self.change_list(lead, id, nested);
            }
        }
        self.state.rows[kind.nth].insert(id.to_owned(), after);
        if changed {
            self.change(kind, id);
            self.tell_owners(kind, &before);
        }
    }

    /// What becomes of a row besides the columns that were given: it is a version further.
    fn change(&mut self, kind: Kind, id: &str) {
        let row = self.state.rows[kind.nth].get_mut(id).unwrap();
        for column in &kind.entity().columns {
            let value = &mut row[&column.name];
            match column.sql {
                "updated_at" => *value = json!(ANY),
                "version" => {
                    let was = self.before.row(kind, id).map_or(0, |row| row["version"].as_i64().unwrap());
                    *value = json!(was + 1);
                }
                _ if column.generated => *value = json!(ANY),
                _ => {}
            }
        }
        let row = row.clone();
        self.tell(kind, id, 'U');
        self.tell_owners(kind, &row);
    }

    fn delete(&mut self, kind: Kind, id: &str) {
        let Some(row) = self.state.rows[kind.nth].remove(id) else { return };
        self.tell(kind, id, 'D');
        self.tell_owners(kind, &row);
        for (link, links) in self.schema.links.iter().zip(&mut self.state.links) {
            // Rows of other types may have the same number.
            let is_of = |(key, end): (&String, &usize)| key == id && *end == kind.nth;
            links.retain(|keys, _| !keys.iter().zip(&link.ends).any(is_of));
        }
        let of_others = self.schema.kinds().flat_map(Kind::leads);
        for lead in of_others.filter(|lead| lead.is_one && lead.to == "id" && lead.target() == kind) {
            let (other, key) = (lead.source, &lead.source.column_sql(lead.from).unwrap().name);
            let rows = self.state.rows[other.nth].iter();
            let ids: Vec<String> = rows.filter(|(_, row)| row[key] == id).map(|(id, _)| id.clone()).collect();
            for id in ids {
                match other.shape.relationships[lead.nth].on_delete {
                    OnDelete::Cascade => self.delete(other, &id),
                    OnDelete::Restrict => drop(self.errors.insert("IN_USE")),
                    OnDelete::SetNull => {
                        // It may have gone by another way.
                        if let Some(row) = self.state.rows[other.nth].get_mut(&id) {
                            row[key] = Value::Null;
                            self.change(other, &id);
                        }
                    }
                }
            }
        }
    }

    /// The rows on the other side of a join table, in order.
    pub fn list(&self, lead: Lead, near: &str) -> Vec<(String, Value)> {
        let through = lead.through.as_ref().unwrap();
        let at = usize::from(self.schema.links[through.link].keys[0] != through.near);
        let links = self.state.links[through.link].iter().filter(|(keys, _)| keys[at] == near);
        let mut list: Vec<_> = links.map(|(keys, own)| (keys[1 - at].clone(), own.clone())).collect();
        if let Some(position) = &through.position {
            list.sort_by_key(|(id, own)| (own[position].as_i64(), id.clone()));
        }
        list
    }

    /// The id of a row that is there, by its id or its name.
    fn refer(&mut self, kind: Kind, reference: &Value) -> Option<String> {
        let name = kind.shape.named.map(|name| kind.column_sql(name).unwrap().name.as_str());
        let is_it = |row: &&Value| {
            let by = |column: &str| reference.get(column).is_some_and(|key| row[column] == *key);
            by("id") || name.is_some_and(by)
        };
        let found = self.before.rows[kind.nth].values().find(is_it).filter(|row| is_visible(kind, row));
        let found = found.map(id_of);
        if found.is_none() {
            self.errors.insert("NOT_FOUND");
        }
        found
    }

    /// Applies `set`, `disconnect`, `connect` and `create`; whether the list is then another.
    fn change_list(&mut self, lead: Lead, near: &str, change: &Value) -> bool {
        let (link, target) = (lead.link().unwrap(), lead.target());
        let before = self.list(lead, near);
        let mut given: BTreeMap<String, Value> = BTreeMap::new();
        let mut ids = |model: &mut Model, field: &str| {
            let mut ids = Vec::new();
            for reference in change.get(field).and_then(Value::as_array).into_iter().flatten() {
                if let Some(id) = model.refer(target, reference) {
                    if ids.contains(&id) {
                        model.errors.insert("DUPLICATE");
                    }
                    if let Some(own) = reference.get(&link.field) {
                        given.insert(id.clone(), own.clone());
                    }
                    ids.push(id);
                }
            }
            ids
        };
        let set = ids(self, "set");
        let (out, connect) = (ids(self, "disconnect"), ids(self, "connect"));
        let mut list = match change.get("set").is_some_and(Value::is_array) {
            true => set,
            false => before.iter().map(|(id, _)| id.clone()).collect(),
        };
        list.retain(|id| !out.contains(id));
        for id in connect {
            if !list.contains(&id) {
                list.push(id);
            }
        }
        for new in change.get("create").and_then(Value::as_array).into_iter().flatten() {
            let id = self.create(target, new, None);
            given.extend(new.get(&link.field).map(|own| (id.clone(), own.clone())));
            list.push(id);
        }
        self.set_list(lead, near, &before, list, &given)
    }

    fn move_link(&mut self, lead: Lead, input: &Value) {
        let (near, target) = (id_of(input), lead.target());
        if !self.visible(lead.source, &near) {
            self.errors.insert("NOT_FOUND");
        }
        let variable = target.name[..1].to_lowercase() + &target.name[1..];
        let Some(moved) = self.refer(target, &input[variable]) else { return };
        let before = self.list(lead, &near);
        let mut list: Vec<String> = before.iter().map(|(id, _)| id.clone()).collect();
        let Some(at) = list.iter().position(|id| *id == moved) else {
            self.errors.insert("NOT_FOUND");
            return;
        };
        let moved = list.remove(at);
        let place = usize::try_from(input["position"].as_u64().unwrap()).unwrap();
        list.insert(place.min(list.len()), moved);
        if self.set_list(lead, &near, &before, list, &BTreeMap::new()) && self.errors.is_empty() {
            self.change(lead.source, &near);
        }
    }

    /// Makes the list these rows, which keep what is not given for them. Whether it was another.
    fn set_list(
        &mut self,
        lead: Lead,
        near: &str,
        before: &[(String, Value)],
        list: Vec<String>,
        given: &BTreeMap<String, Value>,
    ) -> bool {
        let (link, through) = (lead.link().unwrap(), lead.through.as_ref().unwrap());
        let own = |id: &String| {
            let known = before.iter().find(|(known, _)| known == id).map(|(_, own)| own);
            let value = |column: &Column| {
                let given = given.get(id).and_then(|given| given.get(&column.name));
                let new = if column.kind == ColumnKind::Time && !column.nullable {
                    json!(ANY)
                } else {
                    Value::Null
                };
                given.or_else(|| known.map(|known| &known[&column.name])).cloned().unwrap_or(new)
            };
            link.columns.iter().map(|column| (column.name.clone(), value(column))).collect::<Map<_, _>>()
        };
        let mut after: Vec<(String, Value)> = list
            .into_iter()
            .map(|id| {
                let own = own(&id);
                (id, own.into())
            })
            .collect();
        let is_same = match through.position {
            Some(_) => after
                .iter()
                .map(|(id, own)| (id, without(own, through.position.as_ref())))
                .eq(before.iter().map(|(id, own)| (id, without(own, through.position.as_ref())))),
            None => {
                let sorted = |list: &[(String, Value)]| {
                    list.iter().map(|(id, own)| (id.clone(), own.clone())).collect::<BTreeMap<_, _>>()
                };
                sorted(&after) == sorted(before)
            }
        };
        if is_same {
            return false;
        }
        if let Some(position) = &through.position {
            after.iter_mut().enumerate().for_each(|(nth, (_, own))| own[position] = json!(nth));
        }
        let at = usize::from(self.schema.links[through.link].keys[0] != through.near);
        let links = &mut self.state.links[through.link];
        links.retain(|keys, _| keys[at] != near);
        for (far, own) in after {
            let keys = if at == 0 { [near.to_owned(), far] } else { [far, near.to_owned()] };
            links.insert(keys, own);
        }
        true
    }

    /// What the tables do not allow.
    fn check_rules(&mut self) {
        for kind in self.schema.kinds() {
            for unique in &kind.uniques {
                let mut seen = BTreeSet::new();
                for row in self.state.rows[kind.nth].values() {
                    let values: Vec<&Value> =
                        unique.iter().map(|column| &row[&kind.column_sql(column).unwrap().name]).collect();
                    if !values.iter().any(|value| value.is_null()) && !seen.insert(json!(values).to_string())
                    {
                        self.errors.extend(["TAKEN", "DUPLICATE"]);
                    }
                }
            }
            for rule in kind.shape.checks {
                let words: Vec<&str> = rule.sql.split(' ').collect();
                let [column, ">", least] = words[..] else { panic!("the model does not know {}", rule.sql) };
                let name = &kind.column_sql(column).unwrap().name;
                let least: i64 = least.parse().unwrap();
                if self.state.rows[kind.nth]
                    .values()
                    .any(|row| row[name].as_i64().is_some_and(|int| int <= least))
                {
                    self.errors.insert("INVALID");
                }
            }
            for lead in kind.leads().filter(|lead| lead.is_one && lead.to == "id" && lead.target() == kind) {
                let key = &kind.column_sql(lead.from).unwrap().name;
                for (id, row) in &self.state.rows[kind.nth] {
                    let (mut at, mut steps) = (row[key].as_str(), 0);
                    while let Some(above) = at.filter(|above| *above != id && steps < 1000) {
                        at = self.state.row(kind, above).and_then(|row| row[key].as_str());
                        steps += 1;
                    }
                    if at == Some(id) {
                        self.errors.insert("INVALID");
                    }
                }
            }
        }
    }
}

fn without(own: &Value, column: Option<&String>) -> Value {
    let mut own = own.clone();
    column.into_iter().for_each(|column| drop(own.as_object_mut().unwrap().remove(column)));
    own
}

/// What a new row has in a column that it is not given.
fn default_of(kind: Kind, column: &Column) -> Value {
    let rule = kind.shape.defaults.iter().find(|rule| rule.column == column.sql);
    match rule.map(|rule| (rule.value)()) {
        None => Value::Null,
        Some(DefaultValue::Text(text)) => json!(text),
        Some(DefaultValue::Int(int)) if column.kind == ColumnKind::Long => json!(int.to_string()),
        Some(DefaultValue::Int(int)) => json!(int),
        Some(DefaultValue::Bool(truth)) => json!(truth),
        Some(DefaultValue::EmptyList) => json!([]),
    }
}
