//! All tables, with hidden rows, before and after a mutation.

use crate::reference::{Kind, Schema, tables};
use crate::support::Server;
use doorway::relation::ColumnKind;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What the model does not know: a time, or what the database computes.
pub const ANY: &str = "?";

#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// By type, and by id.
    pub rows: Vec<BTreeMap<String, Value>>,
    /// By join table, and by its two keys in their order.
    pub links: Vec<BTreeMap<[String; 2], Value>>,
}

impl State {
    pub async fn read(server: &Server, schema: &'static Schema) -> State {
        let (rows, links) = tables::read(server, schema).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let by_id = |rows: Vec<Value>| rows.into_iter().map(|row| (text(&row["id"]), row)).collect();
        let by_keys = |(link, rows): (&crate::reference::Link, Vec<Value>)| {
            let own = |row: &Value| {
                let names = link.columns.iter().map(|column| &column.name);
                names.map(|name| (name.clone(), row[name].clone())).collect::<Map<_, _>>()
            };
            let keys = |row: &Value| [text(&row[link.keys[0]]), text(&row[link.keys[1]])];
            rows.iter().map(|row| (keys(row), own(row).into())).collect()
        };
        State {
            rows: rows.into_iter().map(by_id).collect(),
            links: schema.links.iter().zip(links).map(by_keys).collect(),
        }
    }

    pub fn row(&self, kind: Kind, id: &str) -> Option<&Value> {
        self.rows[kind.nth].get(id)
    }

    /// The rows of a type in the order in which they were made, which does not depend on their ids.
    pub fn in_order(&self, kind: Kind) -> Vec<&Value> {
        let mut rows: Vec<&Value> = self.rows[kind.nth].values().collect();
        rows.sort_by_key(|row| number(row, mark(kind)));
        rows
    }

    /// Gives new rows the ids that they have in the tables: each has a text of its own.
    pub fn name_new_rows(&mut self, schema: &'static Schema, found: &State) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for kind in schema.kinds() {
            let column = mark(kind);
            for (id, row) in self.rows[kind.nth].iter().filter(|(id, _)| id.starts_with("new ")) {
                let same = found.rows[kind.nth].values().find(|other| other[column] == row[column]);
                let same = same.unwrap_or_else(|| panic!("there is no {kind:?} like {row}"));
                names.insert(id.clone(), same["id"].as_str().unwrap().to_owned());
            }
        }
        let new = |id: &str| names.get(id).map_or(id, String::as_str).to_owned();
        for rows in &mut self.rows {
            let named = std::mem::take(rows).into_iter().map(|(id, mut row)| {
                for value in row.as_object_mut().unwrap().values_mut() {
                    if let Some(name) = value.as_str().and_then(|id| names.get(id)) {
                        *value = json!(name);
                    }
                }
                (new(&id), row)
            });
            *rows = named.collect();
        }
        for links in &mut self.links {
            let named = std::mem::take(links).into_iter().map(|([a, b], own)| ([new(&a), new(&b)], own));
            *links = named.collect();
        }
        names
    }

    /// Fails unless the tables are what the model expects. What it does not know of changed rows is later than it was.
    pub fn check(&self, schema: &'static Schema, before: &State, found: &State, why: &str) {
        for kind in schema.kinds() {
            let [expected, found] = [self, found].map(|state| &state.rows[kind.nth]);
            let ids = |rows: &BTreeMap<String, Value>| rows.keys().cloned().collect::<Vec<_>>();
            assert_eq!(ids(found), ids(expected), "{kind:?} after {why}");
            for (id, expected) in expected {
                let (found, before) = (&found[id], before.row(kind, id));
                is_like(expected, found, &format!("{kind:?} after {why}"));
                if expected.get("updatedAt") == Some(&json!(ANY)) {
                    let [created, updated] =
                        ["createdAt", "updatedAt"].map(|name| found[name].as_str().unwrap());
                    match before {
                        Some(before) => assert!(*updated > *before["updatedAt"].as_str().unwrap(), "{why}"),
                        None => assert_eq!(created, updated, "{why}"),
                    }
                }
            }
        }
        for (nth, link) in schema.links.iter().enumerate() {
            let [expected, found] = [self, found].map(|state| &state.links[nth]);
            let keys = |rows: &BTreeMap<[String; 2], Value>| rows.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(found), keys(expected), "{} after {why}", link.table);
            for (keys, expected) in expected {
                is_like(expected, &found[keys], &format!("{} after {why}", link.table));
            }
        }
    }
}

fn is_like(expected: &Value, found: &Value, why: &str) {
    for (name, expected) in expected.as_object().unwrap() {
        assert!(
            *expected == json!(ANY) || *expected == found[name],
            "{name}: {found} is not {expected}: {why}"
        );
    }
}

/// The column whose text tells the rows of a type apart.
pub fn mark(kind: Kind) -> &'static str {
    let is_free = |column: &&crate::reference::Column| column.kind == ColumnKind::Text && !column.generated;
    let unique = |column: &&crate::reference::Column| kind.uniques.contains(&vec![column.sql]);
    let columns = &kind.entity().columns;
    let column = columns.iter().filter(is_free).find(unique).or_else(|| columns.iter().find(is_free));
    &column.expect("a column of text").name
}

/// The number in the text that tells a row apart.
fn number(row: &Value, column: &str) -> usize {
    row[column].as_str().unwrap().trim_start_matches('n').split(' ').next().unwrap().parse().unwrap()
}
