//! A model of the blog in memory. It filters row by row and sorts whole lists, so that it is easy to check by eye, and
//! shares no code with the server.

pub mod arguments;
pub mod connections;
pub mod fixture;
mod schema;
pub mod walk;

pub use schema::{Kind, LINK, List, Type};

use crate::support::Server;
use Kind::{BlogPost, Profile};
use diesel::{QueryableByName, sql_query, sql_types::Integer};
use doorway::db;
use serde_json::{Value, json};
use std::{cmp::Ordering, collections::HashMap};

/// A row, with the link between a post and a tag that led to it, if one did.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    kind: Kind,
    pub row: &'a Value,
    pub link: Option<&'a Value>,
}

impl<'a> Item<'a> {
    pub fn id(&self) -> &'a str {
        self.row["id"].as_str().unwrap()
    }
}

#[derive(QueryableByName)]
struct Link {
    #[diesel(sql_type = db::Guid)]
    post_id: db::Id,
    #[diesel(sql_type = db::Guid)]
    tag_id: db::Id,
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = db::Instant)]
    added_at: db::Timestamp,
}

pub struct Blog {
    rows: Vec<(Kind, Vec<Value>)>,
    links: Vec<Value>,
    /// By a row's id, the target of its to-one field: an index into the rows of the target's kind.
    one: HashMap<String, usize>,
    /// By a row's id, the targets of its to-many field: indices into the rows and the links.
    many: HashMap<String, Vec<(usize, Option<usize>)>>,
}

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

/// Compares numbers, or the bytes of texts; null is the greatest. The texts of ids and times sort like their values.
fn compare_values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Null, _) | (_, Value::Null) => a.is_null().cmp(&b.is_null()),
        _ => a.as_i64().unwrap().cmp(&b.as_i64().unwrap()),
    }
}

/// Compares two results of [`Blog::keyset`] for these keys.
pub fn compare(keys: &[Value], a: &[Value], b: &[Value]) -> Ordering {
    let last = keys.last().unwrap();
    let directions = keys.iter().chain([last]).map(descends);
    directions.zip(a.iter().zip(b)).fold(Ordering::Equal, |so_far, (descends, (a, b))| {
        let next = compare_values(a, b);
        so_far.then(if descends { next.reverse() } else { next })
    })
}

fn fold(text: &str) -> String {
    text.to_lowercase().replace('ς', "σ")
}

fn holds(value: &Value, operator: &str, operand: &Value) -> bool {
    if operator == "isNull" {
        return value.is_null() == operand.as_bool().unwrap();
    }
    let among = || operand.as_array().unwrap().contains(value);
    let text = || (value.as_str().unwrap(), operand.as_str().unwrap());
    let folded = || (fold(text().0), fold(text().1));
    !value.is_null()
        && match operator {
            "eq" => value == operand,
            "ne" => value != operand,
            "in" => among(),
            "notIn" => !among(),
            "lt" => compare_values(value, operand).is_lt(),
            "lte" => compare_values(value, operand).is_le(),
            "gt" => compare_values(value, operand).is_gt(),
            "gte" => compare_values(value, operand).is_ge(),
            "contains" => text().0.contains(text().1),
            "startsWith" => text().0.starts_with(text().1),
            "endsWith" => text().0.ends_with(text().1),
            "containsI" => folded().0.contains(&folded().1),
            "startsWithI" => folded().0.starts_with(&folded().1),
            "endsWithI" => folded().0.ends_with(&folded().1),
            other => panic!("{other}"),
        }
}

fn all_hold(value: &Value, comparison: &Value) -> bool {
    comparison.as_object().unwrap().iter().all(|(operator, operand)| holds(value, operator, operand))
}

impl Blog {
    pub async fn read(server: &Server) -> Blog {
        let mut rows = Vec::new();
        for kind in Kind::ALL {
            let columns: String = kind.columns().iter().map(|column| format!("{} ", column.0)).collect();
            let root = kind.root();
            let mut data = server.data(&format!("{{ {root}(limit: 1000) {{ {columns} }} }}")).await;
            rows.push((kind, data[root].as_array_mut().unwrap().split_off(0)));
        }
        let links: Vec<Link> =
            server.db.reader().rows(sql_query("SELECT * FROM post_tags ORDER BY 1, 2")).await.unwrap();
        let link = |link: Link| {
            json!({
                "post": link.post_id.to_string(),
                "tag": link.tag_id.to_string(),
                "position": link.position,
                "addedAt": link.added_at.to_string(),
            })
        };
        let links = links.into_iter().map(link).collect();
        let mut blog = Blog { rows, links, one: HashMap::new(), many: HashMap::new() };
        blog.relate();
        blog
    }

    /// Finds the targets of every row's relationships.
    fn relate(&mut self) {
        let id = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
        let mut nths = HashMap::new();
        for (_, rows) in &self.rows {
            nths.extend(rows.iter().enumerate().map(|(nth, row)| (id(row, "id"), nth)));
        }
        self.many.extend(nths.keys().map(|id| (id.clone(), Vec::new())));
        let mut lead = |from: &str, to: &str, link| self.many.get_mut(from).unwrap().push((nths[to], link));
        for (kind, rows) in self.rows.iter().filter(|(kind, _)| [Profile, BlogPost].contains(kind)) {
            for row in rows {
                let (own, user) = (id(row, "id"), id(row, "userId"));
                if *kind == Profile {
                    self.one.insert(user.clone(), nths[&own]);
                } else {
                    lead(&user, &own, None);
                }
                self.one.insert(own, nths[&user]);
            }
        }
        for (nth, link) in self.links.iter().enumerate() {
            lead(&id(link, "post"), &id(link, "tag"), Some(nth));
            lead(&id(link, "tag"), &id(link, "post"), Some(nth));
        }
    }

    pub fn rows(&self, kind: Kind) -> &[Value] {
        &self.rows.iter().find(|one| one.0 == kind).unwrap().1
    }

    pub fn links(&self) -> &[Value] {
        &self.links
    }

    fn one(&self, from: Item<'_>) -> Option<Item<'_>> {
        let kind = from.kind.to_one()?.1;
        Some(Item { kind, row: &self.rows(kind)[*self.one.get(from.id())?], link: None })
    }

    fn many(&self, from: Kind, id: &str) -> impl Iterator<Item = Item<'_>> {
        let kind = from.to_many().unwrap().2;
        let item = move |(row, link): &(usize, Option<usize>)| Item {
            kind,
            row: &self.rows(kind)[*row],
            link: link.map(|nth| &self.links[nth]),
        };
        self.many[id].iter().map(item)
    }

    /// How many rows the unfiltered list of a parent, or of the root, has.
    pub fn size(&self, list: List, parent: Option<&str>) -> usize {
        parent.map_or(self.rows(list.target).len(), |id| self.many[id].len())
    }

    pub fn matches(&self, at: Item<'_>, filter: &Value) -> bool {
        filter.as_object().unwrap().iter().all(|(name, value)| match name.as_str() {
            "and" => value.as_array().unwrap().iter().all(|each| self.matches(at, each)),
            "or" => value.as_array().unwrap().iter().any(|each| self.matches(at, each)),
            "not" => !self.matches(at, value),
            "postTagLink" => {
                let comparisons = value.as_object().unwrap().iter();
                comparisons.into_iter().all(|(column, value)| all_hold(&at.link.unwrap()[column], value))
            }
            name if at.row.get(name).is_some() => all_hold(&at.row[name], value),
            name if at.kind.to_one().is_some_and(|one| one.0 == name) => {
                self.one(at).is_some_and(|one| self.matches(one, value))
            }
            name if name.ends_with("Count") => all_hold(&json!(self.many(at.kind, at.id()).count()), value),
            _ => value.as_object().unwrap().iter().all(|(quantifier, each)| {
                let mut matching = self.many(at.kind, at.id()).map(|one| self.matches(one, each));
                match quantifier.as_str() {
                    "some" => matching.any(|matches| matches),
                    "every" => matching.all(|matches| matches),
                    _ => !matching.any(|matches| matches),
                }
            }),
        })
    }

    /// The row's values for these keys, and its id.
    pub fn keyset(&self, at: Item<'_>, keys: &[Value]) -> Vec<Value> {
        let listed = keys.iter().map(|key| self.value(at, key));
        listed.chain([at.row["id"].clone()]).collect()
    }

    fn value(&self, at: Item<'_>, key: &Value) -> Value {
        let (name, inner) = only(key);
        match name {
            "postTagLink" => at.link.unwrap()[only(inner).0].clone(),
            _ if at.row.get(name).is_some() => at.row[name].clone(),
            _ if at.kind.to_one().is_some_and(|one| one.0 == name) => {
                self.one(at).map_or(Value::Null, |one| self.value(one, inner))
            }
            _ => {
                let counts = |one: &Item<'_>| inner.get("where").is_none_or(|each| self.matches(*one, each));
                json!(self.many(at.kind, at.id()).filter(counts).count())
            }
        }
    }

    /// The whole list of the parent with this id, or of the root.
    pub fn list(&self, list: List, parent: Option<&str>, filter: &Value, keys: &[Value]) -> Vec<Item<'_>> {
        let mut items: Vec<Item<'_>> = match list.parent {
            Some(kind) => self.many(kind, parent.unwrap()).collect(),
            None => {
                self.rows(list.target).iter().map(|row| Item { kind: list.target, row, link: None }).collect()
            }
        };
        items.retain(|item| filter.is_null() || self.matches(*item, filter));
        items.sort_by_cached_key(|item| Sorted(keys, self.keyset(*item, keys)));
        items
    }
}

/// A keyset with its keys, by which it sorts.
struct Sorted<'a>(&'a [Value], Vec<Value>);

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
