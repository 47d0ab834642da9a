//! Random inputs, for every field that an input type has.

use super::model::{Verb, field_of};
use super::state::{State, mark};
use crate::reference::{Column, Kind, Lead, Schema, is_visible};
use doorway::relation::{ColumnKind, ScopeCondition};
use fastrand::Rng;
use serde_json::{Map, Value, json};

const WORDS: [&str; 7] = ["", " ΣΟΦΟΣ 100%", " Straße_", " \u{1f600}", " \\ \"'", " \u{fffd}", " {}"];

fn pick<T: Clone>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.usize(..items.len())].clone()
}

pub struct Maker<'a> {
    pub schema: &'static Schema,
    pub state: &'a State,
    pub rng: &'a mut Rng,
    /// How many texts there were, so that each is another.
    pub texts: &'a mut usize,
}

impl<'a> Maker<'a> {
    /// One time in so many.
    fn rarely(&mut self, times: usize) -> bool {
        self.rng.usize(..times) == 0
    }

    /// A mutation of this kind, with its input; none where there is nothing to change yet.
    pub fn input(&mut self, kind: Kind, verb: &Verb, of: &str) -> Option<Value> {
        match verb {
            Verb::Create | Verb::Upsert => {
                let mut input = self.new_row(kind, of, 2);
                let name = kind.shape.named.filter(|_| matches!(verb, Verb::Upsert) && !self.rarely(3));
                if let (Some(name), Some(known)) = (name, self.any(kind)) {
                    let name = &kind.column_sql(name).unwrap().name;
                    input[name] = known[name].clone();
                }
                Some(input)
            }
            Verb::CreateAll => Some((0..self.rng.usize(0..4)).map(|_| self.new_row(kind, of, 1)).collect()),
            Verb::Delete => Some(json!({ "id": self.id(kind)? })),
            Verb::Update => {
                let known = self.any(kind)?;
                let mut input = Map::new();
                let is_there = |name: &str| self.schema.input(of).iter().any(|field| field.0 == name);
                if is_there("expectedVersion") && self.rarely(4) {
                    let version = known["version"].as_i64().unwrap();
                    input.insert("expectedVersion".into(), json!(version - i64::from(self.rarely(3))));
                }
                for (field, _) in self.columns(kind, of) {
                    if self.rarely(3) {
                        let column = self.column_of(kind, &field);
                        let value = if self.rarely(4) {
                            known[&column.name].clone()
                        } else {
                            self.value(kind, column)
                        };
                        // Null is an error in some columns.
                        if column.nullable || !value.is_null() {
                            input.insert(field, value);
                        }
                    }
                }
                self.lists(kind, of, 2, &mut input);
                input.insert(
                    "id".into(),
                    if self.rarely(15) { json!(self.id(kind)?) } else { known["id"].clone() },
                );
                Some(input.into())
            }
            Verb::Move(lead) => {
                let target = lead.target();
                let variable = target.name[..1].to_lowercase() + &target.name[1..];
                // Of a row that has a list, and one that is in the list, if there is one.
                let through = lead.through.as_ref().unwrap();
                let at = usize::from(self.schema.links[through.link].keys[0] != through.near);
                let mut near = self.id(lead.source)?;
                for _ in 0..10 {
                    if !self.state.links[through.link].keys().any(|keys| keys[at] == near) {
                        near = self.id(lead.source)?;
                    }
                }
                let mut linked: Vec<&Value> = self.state.in_order(target);
                linked.retain(|row| {
                    let far = |keys: &[String; 2]| keys[at] == near && row["id"] == keys[1 - at];
                    self.state.links[through.link].keys().any(far)
                });
                let moved = match linked.is_empty() || self.rarely(8) {
                    true => self.reference(target)?,
                    false => json!({ "id": pick(self.rng, &linked)["id"] }),
                };
                Some(json!({ "id": near, variable: moved, "position": self.rng.usize(..6) }))
            }
        }
    }

    fn column_of(&self, kind: Kind, field: &str) -> &'static Column {
        kind.entity().columns.iter().find(|column| field_of(kind, column) == field).unwrap()
    }

    /// The fields of an input type for columns, and whether they must be given.
    fn columns(&self, kind: Kind, of: &str) -> Vec<(String, bool)> {
        let fields = self.schema.input(of).iter().filter(|field| field.0 != "id");
        let is_column =
            |name: &str| kind.entity().columns.iter().any(|column| field_of(kind, column) == name);
        fields.filter(|field| is_column(&field.0)).map(|field| (field.0.clone(), field.1.required)).collect()
    }

    /// A row that is there; most often a visible one.
    fn any(&mut self, kind: Kind) -> Option<&'a Value> {
        let state = self.state;
        let mut rows = state.in_order(kind);
        if self.rng.usize(..20) > 0 {
            rows.retain(|row| is_visible(kind, row));
        }
        (!rows.is_empty()).then(|| rows[self.rng.usize(..rows.len())])
    }

    /// An id, rarely one that no row has.
    fn id(&mut self, kind: Kind) -> Option<String> {
        if self.rarely(25) {
            return Some(kind.nobody().to_owned());
        }
        Some(self.any(kind)?["id"].as_str().unwrap().to_owned())
    }

    fn reference(&mut self, kind: Kind) -> Option<Value> {
        match kind.shape.named.filter(|_| self.rng.bool()) {
            Some(name) => {
                let name = &kind.column_sql(name).unwrap().name;
                Some(json!({ name.clone(): self.any(kind)?[name] }))
            }
            None => Some(json!({ "id": self.id(kind)? })),
        }
    }

    /// A new row, with what belongs to it so many levels deep.
    fn new_row(&mut self, kind: Kind, of: &str, depth: usize) -> Value {
        let mut input = Map::new();
        for (field, required) in self.columns(kind, of) {
            let column = self.column_of(kind, &field);
            let is_mark = column.name == mark(kind);
            if required || is_mark || self.rng.bool() {
                let value = self.value(kind, column);
                let is_taken = is_mark && kind.uniques.contains(&vec![column.sql]) && self.rarely(20);
                let known = if is_taken { self.any(kind).map(|row| row[&column.name].clone()) } else { None };
                input.insert(field, known.unwrap_or(value));
            }
        }
        if depth > 0 {
            for lead in kind.leads().filter(|lead| lead.link().is_none()) {
                let own = self.schema.input(of).iter().find(|field| field.0 == lead.field);
                let Some((field, ty)) = own.filter(|_| self.rng.usize(..3) == 0) else { continue };
                let nested = match ty.list {
                    true => (0..self.rng.usize(1..4))
                        .map(|_| self.new_row(lead.target(), &ty.name, depth - 1))
                        .collect(),
                    false => self.new_row(lead.target(), &ty.name, depth - 1),
                };
                input.insert(field.clone(), nested);
            }
            self.lists(kind, of, depth, &mut input);
        }
        input.into()
    }

    /// Changes of lists on the other side of join tables.
    fn lists(&mut self, kind: Kind, of: &str, depth: usize, input: &mut Map<String, Value>) {
        for lead in kind.leads().filter(|lead| lead.link().is_some()) {
            let own = self.schema.input(of).iter().find(|field| field.0 == lead.field);
            let Some((field, ty)) = own.filter(|_| self.rng.usize(..3) == 0) else { continue };
            let change = self.list(lead, &ty.name, depth);
            input.insert(field.clone(), change);
        }
    }

    fn list(&mut self, lead: Lead, of: &str, depth: usize) -> Value {
        let (target, mut change) = (lead.target(), Map::new());
        for (field, ty) in self.schema.input(of) {
            if self.rng.usize(..if field == "set" { 4 } else { 2 }) > 0 {
                continue;
            }
            let mut items: Vec<Value> = Vec::new();
            for _ in 0..self.rng.usize(0..4) {
                let item = match field.as_str() {
                    "create" if depth > 0 => Some(self.new_row(target, &ty.name, 0)),
                    "create" => None,
                    _ => self.reference(target),
                };
                items.extend(item);
            }
            // The same row twice is an error: rarely.
            if field != "create" && !self.rarely(10) {
                let mut seen: Vec<Value> = Vec::new();
                items.retain(|item| {
                    let of = self.same(target, item);
                    let is_new = !seen.contains(&of);
                    seen.push(of);
                    is_new
                });
            }
            let link = lead.link().unwrap();
            let own = self.schema.input(&ty.name).iter().find(|own| own.0 == link.field);
            if let Some((name, own)) = own {
                for item in &mut items {
                    item[name] = self.link(link, &own.name);
                }
            }
            change.insert(field.clone(), items.into());
        }
        change.into()
    }

    /// The id of a row that is referred to, or its reference.
    fn same(&self, kind: Kind, reference: &Value) -> Value {
        let (name, key) = reference.as_object().unwrap().iter().next().unwrap();
        let found = self.state.rows[kind.nth].values().find(|row| row[name] == *key);
        found.map_or_else(|| reference.clone(), |row| row["id"].clone())
    }

    fn link(&mut self, link: &'static crate::reference::Link, of: &str) -> Value {
        let mut own = Map::new();
        for (name, ty) in self.schema.input(of) {
            if ty.required || self.rng.bool() {
                let column = link.columns.iter().find(|column| column.name == *name).unwrap();
                own.insert(name.clone(), self.plain(column));
            }
        }
        own.into()
    }

    fn value(&mut self, kind: Kind, column: &'static Column) -> Value {
        let scoped = kind.scope.iter().find(|rule| rule.column.name == column.sql);
        if let Some(rule) = scoped.filter(|_| !self.rarely(12)) {
            match (rule.condition)() {
                ScopeCondition::IsNull => return Value::Null,
                ScopeCondition::Is(doorway::relation::DefaultValue::Bool(truth)) => return json!(truth),
                _ => {}
            }
        }
        let key = kind.leads().find(|lead| lead.is_one && lead.to == "id" && lead.from == column.sql);
        if let Some(lead) = key {
            let is_null = column.nullable && self.rarely(3);
            let id = if is_null { None } else { self.id(lead.target()) };
            let nobody = if column.nullable { Value::Null } else { json!(lead.target().nobody()) };
            return id.map_or(nobody, Value::from);
        }
        if column.kind == ColumnKind::Text && (column.name == mark(kind) || !column.nullable) {
            return self.text();
        }
        self.plain(column)
    }

    fn text(&mut self) -> Value {
        *self.texts += 1;
        json!(format!("n{}{}", self.texts, pick(self.rng, &WORDS)))
    }

    /// A value of a column that is no key.
    fn plain(&mut self, column: &Column) -> Value {
        if column.nullable && self.rarely(4) {
            return Value::Null;
        }
        if let ColumnKind::List(element) = column.kind {
            let of_element = Column { kind: *element, nullable: false, ..column.clone() };
            let elements = pick(self.rng, &[1, 1, 2, 3, 5]);
            return (0..elements).map(|_| self.plain(&of_element)).collect();
        }
        let rng = &mut *self.rng;
        match column.kind {
            ColumnKind::Text => self.text(),
            // In a list.
            ColumnKind::Id => json!(format!("018f0f5e-0a4b-7c3d-8e9f-{:012x}", rng.u8(..4))),
            ColumnKind::Number(_) => panic!("a key"),
            ColumnKind::List(_) => panic!("a list of lists"),
            ColumnKind::Time => json!(pick(
                rng,
                &[
                    "1970-01-01T00:00:00.000000Z",
                    "2024-04-18T14:40:00.000001Z",
                    "9999-12-31T23:59:59.999999Z"
                ]
            )),
            ColumnKind::Int => json!(pick(rng, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, i32::MAX])),
            ColumnKind::Small => json!(pick(rng, &[i16::MIN, 0, 1900, i16::MAX])),
            ColumnKind::Long => {
                json!(pick(rng, &["9223372036854775807", "-9223372036854775808", "9007199254740993", "0"]))
            }
            ColumnKind::Float => json!(pick(rng, &[0.1, 0.1 + 0.2, f64::MIN, 1e-5, 0.0, 2.0])),
            ColumnKind::Date => json!(pick(rng, &["0001-01-01", "2024-02-29", "9999-12-31"])),
            ColumnKind::Bool => json!(rng.bool()),
            ColumnKind::Decimal { precision, scale } => {
                let digits = |nines: u8| "9".repeat(nines.into());
                let most = format!("{}.{}", digits(precision - scale), digits(scale));
                let zeros = "0".repeat(scale.into());
                json!(pick(
                    rng,
                    &[most.clone(), format!("-{most}"), format!("0.{zeros}"), format!("12.{zeros}")]
                ))
            }
            ColumnKind::Bytes => json!(pick(rng, &["", "AA==", "/w==", "AAECAw=="])),
            ColumnKind::Json => pick(
                rng,
                &[json!({ "a": [1, null], "b": "ü" }), json!("x"), json!([]), json!(true), json!(1.5)],
            ),
            ColumnKind::Enum(shape) => json!(pick(rng, shape.values)),
        }
    }
}
