//! Queries of connections, and their pages according to the reference.

use super::{Key, List, Model, compare};
use crate::support::Server;
use serde_json::{Map, Value, json};
use std::{fmt::Write, ops::Range};

/// A cursor from the server, and the keyset of its row according to the reference.
#[derive(Debug, Clone)]
pub struct Cursor {
    pub text: String,
    pub keyset: Vec<Key>,
}

/// The paging arguments.
#[derive(Debug, Clone, Default)]
pub struct Bounds {
    pub first: Option<usize>,
    pub after: Option<Cursor>,
    pub last: Option<usize>,
    pub before: Option<Cursor>,
}

/// A query of a connection field, of the root or of some parents.
#[derive(Debug, Clone)]
pub struct ConnectionQuery {
    pub list: List,
    pub parents: Vec<String>,
    pub filter: Value,
    pub order_by: Value,
    pub bounds: Bounds,
    pub count: bool,
    /// Those of [`OPTIONAL`] that are not selected.
    pub without: Vec<&'static str>,
}

/// Fields that may be left out. The server then reads less, but the page must be the same.
pub const OPTIONAL: [&str; 5] = ["edges", "hasPreviousPage", "hasNextPage", "startCursor", "endCursor"];

/// A page from the server, after its check.
#[derive(Debug)]
pub struct Page {
    pub ids: Vec<String>,
    pub cursors: Vec<Cursor>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl Bounds {
    /// The page as a range of the list's rows, and whether there are rows before and after it.
    fn window(&self, keysets: &[Vec<Key>], keys: &[Value]) -> (Range<usize>, bool, bool) {
        let whole = keysets.len();
        let up_to = |cursor: &Cursor, inclusive: bool| {
            let stands_before = |keyset: &&Vec<Key>| {
                let compared = compare(keys, keyset, &cursor.keyset);
                compared.is_lt() || inclusive && compared.is_eq()
            };
            keysets.iter().filter(stands_before).count()
        };
        let from = self.after.as_ref().map_or(0, |after| up_to(after, true));
        let to = self.before.as_ref().map_or(whole, |before| up_to(before, false));
        if from > to {
            return (0..0, true, true);
        }
        let page = match self.last {
            Some(last) => from.max(to.saturating_sub(last))..to,
            None => from..to.min(from + self.first.unwrap_or(100)),
        };
        (page.clone(), page.start > 0, page.end < whole)
    }
}

impl ConnectionQuery {
    /// The field under the alias `c0`, `c1` and so on, and its variables.
    pub fn write(
        &self,
        nth: usize,
        head: &mut String,
        body: &mut String,
        variables: &mut Map<String, Value>,
    ) {
        let target = self.list.target;
        let arguments = [
            ("first", "Int".to_owned(), json!(self.bounds.first)),
            ("after", "String".to_owned(), json!(self.bounds.after.as_ref().map(|cursor| &cursor.text))),
            ("last", "Int".to_owned(), json!(self.bounds.last)),
            ("before", "String".to_owned(), json!(self.bounds.before.as_ref().map(|cursor| &cursor.text))),
            ("where", format!("{}Filter", target.name), self.filter.clone()),
            ("orderBy", format!("[{}Order!]", target.name), self.order_by.clone()),
        ];
        let mut given = String::new();
        for (name, of_type, value) in arguments {
            write!(head, "${name}{nth}: {of_type} ").unwrap();
            write!(given, "{name}: ${name}{nth} ").unwrap();
            variables.insert(format!("{name}{nth}"), value);
        }
        let link = self.list.link().map_or_else(String::new, |link| {
            link.columns.iter().map(|column| format!("{} ", column.name)).collect()
        });
        let count = if self.count { "totalCount" } else { "" };
        let selected = |name: &&&str| !self.without.contains(*name);
        let edges = if selected(&&OPTIONAL[0]) {
            format!("edges {{ cursor {link} node {{ id }} }}")
        } else {
            String::new()
        };
        let page_info: String =
            OPTIONAL[1..].iter().filter(selected).map(|name| format!("{name} ")).collect();
        let connection = format!(
            "{}Connection({given}) {{ {edges} nodes {{ id }} pageInfo {{ __typename {page_info} }} {count} }}",
            self.list.field()
        );
        match self.list.parent() {
            None => write!(body, "c{nth}: {connection} ").unwrap(),
            Some(parent) => {
                write!(head, "$parents{nth}: [ID!] ").unwrap();
                variables.insert(format!("parents{nth}"), json!(self.parents));
                let root = &parent.root;
                write!(
                    body,
                    "c{nth}: {root}(where: {{ id: {{ in: $parents{nth} }} }}) {{ id of: {connection} }} "
                )
                .unwrap();
            }
        }
    }

    /// How many statements it takes.
    fn statements(&self) -> usize {
        1 + usize::from(self.list.lead.is_some()) + usize::from(self.count)
    }

    /// Compares one parent's page with the reference.
    fn check(&self, model: &Model, parent: Option<&str>, got: &Value) -> Page {
        let keys = self.list.keys(&self.order_by);
        let list = model.list(self.list, parent, &self.filter, &keys);
        let keysets: Vec<_> = list.iter().map(|item| model.keyset(*item, self.list.link(), &keys)).collect();
        let (rows, has_previous, has_next) = self.bounds.window(&keysets, &keys);
        let texts: Vec<&str> = got["edges"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|edge| edge["cursor"].as_str().unwrap())
            .collect();
        let edge = |(nth, item): (usize, &super::Item<'_>)| {
            let mut edge = json!({ "cursor": texts.get(nth), "node": { "id": item.id() } });
            if let Some(link) = item.link {
                for column in self.list.link().into_iter().flat_map(|link| &link.columns) {
                    edge[&column.name] = link[&column.name].clone();
                }
            }
            edge
        };
        let items = &list[rows.clone()];
        // Without edges, the reference knows only whether there must be a cursor.
        let cursor = |name: &str, of_edge: Option<&&str>| match &got["pageInfo"][name] {
            Value::String(text) if self.without.contains(&"edges") && !items.is_empty() => json!(text),
            _ => json!(of_edge),
        };
        let mut expected = json!({
            "edges": items.iter().enumerate().map(edge).collect::<Vec<_>>(),
            "nodes": items.iter().map(|item| json!({ "id": item.id() })).collect::<Vec<_>>(),
            "pageInfo": {
                "__typename": "PageInfo",
                "hasPreviousPage": has_previous,
                "hasNextPage": has_next,
                "startCursor": cursor("startCursor", texts.first()),
                "endCursor": cursor("endCursor", texts.last()),
            },
        });
        if self.count {
            expected["totalCount"] = json!(list.len());
        }
        for name in &self.without {
            expected.as_object_mut().unwrap().remove(*name);
            expected["pageInfo"].as_object_mut().unwrap().remove(*name);
        }
        assert_eq!(*got, expected, "{parent:?} of {self:#?}");
        Page {
            ids: items.iter().map(|item| item.id().to_owned()).collect(),
            cursors: texts
                .iter()
                .zip(&keysets[rows])
                .map(|(text, keyset)| Cursor { text: (*text).to_owned(), keyset: keyset.clone() })
                .collect(),
            has_previous,
            has_next,
        }
    }
}

/// Runs all queries in one request and checks every page, in the order of [`ConnectionQuery::parents`].
pub async fn ask(server: &Server, model: &Model, all: &[ConnectionQuery]) -> Vec<Vec<Page>> {
    let (mut head, mut body, mut variables) = (String::new(), String::new(), Map::new());
    for (nth, asked) in all.iter().enumerate() {
        asked.write(nth, &mut head, &mut body, &mut variables);
    }
    server.take_statements();
    let answer = server.post(&format!("query({head}) {{ {body} }}"), variables.into()).await.json();
    let statements = server.take_statements();
    assert!(answer.get("errors").is_none(), "{answer}\n{all:#?}");
    let allowed = all.iter().map(ConnectionQuery::statements).sum();
    // Equal queries are read once.
    let exact = if all.len() == 1 { allowed } else { statements.len().min(allowed) };
    assert_eq!(statements.len(), exact, "{all:#?}: {statements:#?}");
    let pages = all.iter().enumerate().map(|(nth, asked)| {
        let got = &answer["data"][format!("c{nth}")];
        match asked.list.parent() {
            None => vec![asked.check(model, None, got)],
            Some(_) => {
                let of = |parent: &String| {
                    let rows = got.as_array().unwrap();
                    &rows.iter().find(|row| row["id"] == **parent).unwrap()["of"]
                };
                asked.parents.iter().map(|id| asked.check(model, Some(id.as_str()), of(id))).collect()
            }
        }
    });
    pages.collect()
}
