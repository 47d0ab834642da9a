//! A model of an application's tables in memory. It filters row by row and sorts whole lists, so that it is easy to check by eye, and
//! shares no code with the server but the declarations: it reads the tables with SQL of its own, and resolves every field alone.

pub mod arguments;
pub mod connections;
pub mod fixture;
mod keys;
mod rows;
mod schema;
pub mod tables;
pub mod walk;

pub use keys::Key;
pub use schema::{Column, Kind, Lead, Link, List, Schema};

use crate::support::Server;
use doorway::relation::{DefaultValue, ScopeCondition};
use keys::{COUNT, holds};
use serde_json::{Value, json};
use std::{cmp::Ordering, collections::HashMap};

/// A row, with the row of the join table that led to it, if one did.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    pub kind: Kind,
    pub row: &'a Value,
    pub link: Option<&'a Value>,
}

impl<'a> Item<'a> {
    pub fn id(&self) -> &'a str {
        self.row["id"].as_str().unwrap()
    }
}

pub struct Model {
    pub schema: &'static Schema,
    /// By type.
    rows: Vec<Vec<Value>>,
    /// By join table.
    links: Vec<Vec<Value>>,
    /// By type and relationship.
    leads: Vec<Vec<Targets>>,
}

/// By the id of a row, where a relationship leads: indices into the rows of the target's type, and into the links.
type Targets = HashMap<String, Vec<(usize, Option<usize>)>>;

/// The only field of an object.
fn only(object: &Value) -> (&str, &Value) {
    let mut fields = object.as_object().unwrap().iter();
    let (name, value) = fields.next().unwrap();
    assert!(fields.next().is_none(), "{object}");
    (name, value)
}

fn descends(key: &Value) -> bool {
    match key {
        Value::String(direction) => direction == "DESC",
        _ if key["count"].is_string() => descends(&key["count"]),
        _ => descends(only(key).1),
    }
}

/// Compares two results of [`Model::keyset`] for these keys.
pub fn compare(keys: &[Value], a: &[Key], b: &[Key]) -> Ordering {
    let last = keys.last().unwrap();
    let directions = keys.iter().chain([last]).map(descends);
    directions.zip(a.iter().zip(b)).fold(Ordering::Equal, |so_far, (descends, (a, b))| {
        let next = a.partial_cmp(b).unwrap();
        so_far.then(if descends { next.reverse() } else { next })
    })
}

/// Whether clients see the row.
pub fn is_visible(kind: Kind, row: &Value) -> bool {
    let is = |value: &Value, given: DefaultValue| match given {
        DefaultValue::Text(text) => *value == json!(text),
        DefaultValue::Int(int) => *value == json!(int) || *value == json!(int.to_string()),
        DefaultValue::Bool(truth) => *value == json!(truth),
        DefaultValue::EmptyList => *value == json!([]),
    };
    kind.scope.iter().all(|rule| {
        let value = &row[rule.column.graphql_name()];
        match (rule.condition)() {
            ScopeCondition::IsNull => value.is_null(),
            ScopeCondition::NotNull => !value.is_null(),
            ScopeCondition::Is(given) => is(value, given),
            ScopeCondition::IsNot(given) => !value.is_null() && !is(value, given),
        }
    })
}

impl Model {
    pub async fn read(server: &Server, schema: &'static Schema) -> Model {
        let (mut rows, links) = tables::read(server, schema).await;
        for (kind, rows) in schema.kinds().zip(&mut rows) {
            rows.retain(|row| is_visible(kind, row));
        }
        let mut model = Model { schema, rows, links, leads: Vec::new() };
        model.relate();
        model
    }

    /// Finds the targets of every row's relationships.
    fn relate(&mut self) {
        let of_kind = |kind: Kind| kind.leads().map(|lead| self.targets(lead)).collect();
        self.leads = self.schema.kinds().map(of_kind).collect();
    }

    fn targets(&self, lead: Lead) -> Targets {
        let (source, target) = (lead.source, lead.target());
        let name = |kind: Kind, sql: &str| kind.column_sql(sql).unwrap().name.clone();
        let (from, to) = (name(source, lead.from), name(target, lead.to));
        let mut known: HashMap<&str, Vec<usize>> = HashMap::new();
        for (nth, row) in self.rows(target).iter().enumerate() {
            row[&to].as_str().into_iter().for_each(|key| known.entry(key).or_default().push(nth));
        }
        let found = |key: &Value, link: Option<usize>| {
            let rows = key.as_str().and_then(|key| known.get(key)).into_iter().flatten();
            rows.map(|nth| (*nth, link)).collect::<Vec<_>>()
        };
        let targets = |row: &Value| match &lead.through {
            None => found(&row[&from], None),
            Some(through) => {
                let links = self.links[through.link].iter().enumerate();
                let own = links.filter(|(_, link)| link[through.near] == row[&from]);
                own.flat_map(|(nth, link)| found(&link[through.far], Some(nth))).collect()
            }
        };
        self.rows(source).iter().map(|row| (row["id"].as_str().unwrap().to_owned(), targets(row))).collect()
    }

    pub fn rows(&self, kind: Kind) -> &[Value] {
        &self.rows[kind.nth]
    }

    pub fn links(&self, link: &Link) -> &[Value] {
        let nth = self.schema.links.iter().position(|known| known.table == link.table).unwrap();
        &self.links[nth]
    }

    /// The row of this type whose column has this value.
    pub fn find(&self, kind: Kind, column: &str, value: &str) -> Option<Item<'_>> {
        let row = self.rows(kind).iter().find(|row| row[column] == value)?;
        Some(Item { kind, row, link: None })
    }

    pub fn one(&self, from: Item<'_>, lead: Lead) -> Option<Item<'_>> {
        let found: Vec<_> = self.many(lead, from.id()).collect();
        assert!(found.len() <= 1, "{lead:?} of {from:?}");
        found.first().copied()
    }

    fn many(&self, lead: Lead, id: &str) -> impl Iterator<Item = Item<'_>> {
        let kind = lead.target();
        let links = lead.link().map(|link| self.links(link));
        let item = move |(row, link): &(usize, Option<usize>)| Item {
            kind,
            row: &self.rows(kind)[*row],
            link: link.map(|nth| &links.unwrap()[nth]),
        };
        self.leads[lead.source.nth][lead.nth][id].iter().map(item)
    }

    /// How many rows the unfiltered list of a parent, or of the root, has.
    pub fn size(&self, list: List, parent: Option<&str>) -> usize {
        match (list.lead, parent) {
            (Some(lead), Some(id)) => self.many(lead, id).count(),
            _ => self.rows(list.target).len(),
        }
    }

    /// Whether a row meets a condition. `link` is the join table that led to it.
    pub fn matches(&self, at: Item<'_>, link: Option<&Link>, filter: &Value) -> bool {
        filter.as_object().unwrap().iter().all(|(name, value)| {
            let mut each = value.as_array().into_iter().flatten();
            match name.as_str() {
                "and" => return each.all(|each| self.matches(at, link, each)),
                "or" => return each.any(|each| self.matches(at, link, each)),
                "not" => return !self.matches(at, link, value),
                _ => {}
            }
            if let Some(column) = at.kind.column(name) {
                return all_hold(column, &at.row[name], value);
            }
            if let Some(lead) = at.kind.relationship(name) {
                if lead.is_one {
                    return self.one(at, lead).is_some_and(|one| self.matches(one, None, value));
                }
                return value.as_object().unwrap().iter().all(|(quantifier, each)| {
                    let mut matching =
                        self.many(lead, at.id()).map(|one| self.matches(one, lead.link(), each));
                    match quantifier.as_str() {
                        "some" => matching.any(|matches| matches),
                        "every" => matching.all(|matches| matches),
                        _ => !matching.any(|matches| matches),
                    }
                });
            }
            match name.strip_suffix("Count").and_then(|field| at.kind.relationship(field)) {
                Some(lead) => all_hold(&COUNT, &json!(self.many(lead, at.id()).count()), value),
                None => {
                    let (link, row) = (link.unwrap(), at.link.unwrap());
                    assert_eq!(link.field, *name);
                    let of_column = |(name, value): (&String, &Value)| {
                        all_hold(
                            link.columns.iter().find(|own| own.name == *name).unwrap(),
                            &row[name],
                            value,
                        )
                    };
                    value.as_object().unwrap().iter().all(of_column)
                }
            }
        })
    }

    /// The row's values for these keys, and its id.
    pub fn keyset(&self, at: Item<'_>, link: Option<&Link>, keys: &[Value]) -> Vec<Key> {
        let listed = keys.iter().map(|key| self.value(at, link, key));
        listed.chain([Key::of(at.kind.column("id").unwrap(), &at.row["id"])]).collect()
    }

    fn value(&self, at: Item<'_>, link: Option<&Link>, key: &Value) -> Key {
        let (name, inner) = only(key);
        if let Some(column) = at.kind.column(name) {
            return Key::of(column, &at.row[name]);
        }
        if let Some(lead) = at.kind.relationship(name) {
            if lead.is_one {
                return self.one(at, lead).map_or(Key::Null, |one| self.value(one, None, inner));
            }
            let counts =
                |one: &Item<'_>| inner.get("where").is_none_or(|each| self.matches(*one, lead.link(), each));
            return Key::of(&COUNT, &json!(self.many(lead, at.id()).filter(counts).count()));
        }
        match name.strip_suffix("Count").and_then(|field| at.kind.relationship(field)) {
            Some(lead) => Key::of(&COUNT, &json!(self.many(lead, at.id()).count())),
            None => {
                let (column, link) = (only(inner).0, link.unwrap());
                let of = link.columns.iter().find(|own| own.name == column).unwrap();
                Key::of(of, &at.link.unwrap()[column])
            }
        }
    }

    /// The whole list of the parent with this id, or of the root.
    pub fn list(&self, list: List, parent: Option<&str>, filter: &Value, keys: &[Value]) -> Vec<Item<'_>> {
        let (kind, link) = (list.target, list.link());
        let mut items: Vec<Item<'_>> = match list.lead {
            Some(lead) => self.many(lead, parent.unwrap()).collect(),
            None => self.rows(kind).iter().map(|row| Item { kind, row, link: None }).collect(),
        };
        items.retain(|item| filter.is_null() || self.matches(*item, link, filter));
        items.sort_by_cached_key(|item| Sorted(keys, self.keyset(*item, link, keys)));
        items
    }
}

fn all_hold(column: &Column, value: &Value, comparison: &Value) -> bool {
    comparison.as_object().unwrap().iter().all(|(operator, operand)| holds(column, value, operator, operand))
}

/// A keyset with its keys, by which it sorts.
struct Sorted<'a>(&'a [Value], Vec<Key>);

impl Ord for Sorted<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0, &self.1, &other.1)
    }
}

impl PartialOrd for Sorted<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sorted<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sorted<'_> {}
