//! The cost of an operation: about how many rows it may touch. It is known from the text and the page sizes, before the first
//! statement.
//!
//! | what | costs |
//! |---|---|
//! | a row that is read | 1, and 1 more for each 25 fields selected of it |
//! | a list | its rows: `limit`, `first` or `last`; without them 100, and 10 for each parent if there are several |
//! | a list with a condition, an order or an offset, and a count | also the rows that it searches: 200, and 10 for each parent if there are several |
//! | a condition on a related row | 1 for each row searched; 10 if it is about a list or a count, times 10 for each further one in it |
//! | each further text that a condition searches | the rows searched once more |
//! | introspection | 1 for each 400 bytes of its answer |
//! | an offset | 1 for each 100 rows skipped |
//! | a mutation | 10 for each object in its input |
//!
//! What hangs on a row costs as much for each row. It is an estimate: how many rows there are is not known. What an operation
//! really reads and writes is bounded as well ([`Budget`](crate::relation::Budget), [`Limits::response`](super::Limits)).

use super::plan::{Field, Item, PageItem, Plan, Request, What};
use crate::relation::{
    Asked, Column, ColumnKind, CountScope, Expr, Join, OrderBy, PageRequest, Predicate, Scope,
};
use async_graphql::Error;
use async_graphql_value::Value;
use std::sync::Arc;

/// Rows of a list whose page size is not given.
const ONE_LIST: u64 = 100;

/// Rows that a search of one list goes through.
const ONE_SEARCH: u64 = 200;

/// Either of them for each of several parents. Most have few rows.
const EACH_LIST: u64 = 10;

/// Related rows that a condition looks at, for each row.
const RELATED: u64 = 10;

/// So many fields of a row cost as much as the row.
const FIELDS: u64 = 25;

/// So many bytes of introspection cost as much as a row.
const INTROSPECTION: u64 = 400;

/// Each row that a mutation may write.
const WRITE: u64 = 10;

/// The most rows that quick statements may read together.
const QUICK_ROWS: usize = 100_000;

/// The most bytes that quick statements may read together: others wait behind them on their connection.
const QUICK_BYTES: usize = 6 << 20;

/// Texts that cannot be longer are not counted: rows are.
const SHORT_TEXT: usize = 10_000;

/// What the fields of an operation cost.
pub(super) struct Costs<'p> {
    pub(super) plan: &'p Plan,
    pub(super) requests: &'p [Result<Request, Error>],
}

impl Costs<'_> {
    /// The cost of a field for each of so many parents, with everything below it.
    pub(super) fn field(&self, nth: usize, parents: u64) -> u64 {
        let field = &self.plan.fields[nth];
        let Ok(request) = &self.requests[field.load] else { return 0 };
        let beside = sum(field.beside.iter().map(|one| self.field(*one, parents)));
        let (each, search) = if parents > 1 { (EACH_LIST, EACH_LIST) } else { (ONE_LIST, ONE_SEARCH) };
        let (rows, searched) = match request {
            Request::Count(count) => match count.scope {
                CountScope::WhichTable(_) => (parents, 0),
                CountScope::List(_) => {
                    let work = count.filter.as_ref().map_or(1, |filter| work(filter));
                    (0, parents.saturating_mul(search).saturating_mul(work))
                }
            },
            Request::Page { request, is_sized, .. } => {
                let rows = match request.scope {
                    Scope::One(_) | Scope::ByName { .. } => 1,
                    Scope::List(_) if *is_sized => u64::try_from(request.page.limit).unwrap_or(0),
                    Scope::List(_) => each,
                };
                (parents.saturating_mul(rows), searched(request, parents, search))
            }
        };
        let (lists, fields) = written(&field.what);
        let written = rows.saturating_mul(lists + fields / FIELDS);
        let below = match &field.what {
            // A row is of one type.
            What::Located { fields, .. } => {
                fields.iter().map(|child| self.field(*child, rows)).max().unwrap_or(0)
            }
            _ => sum(field.children.iter().map(|child| self.field(*child, rows))),
        };
        sum([beside, searched, written, below])
    }

    /// Whether a statement searches texts, which may be long.
    pub(super) fn searches_texts(&self) -> bool {
        let searches =
            |filter: &Option<Arc<Predicate>>| filter.as_ref().is_some_and(|filter| texts(filter) > 0);
        self.plan.fields.iter().any(|field| match &self.requests[field.load] {
            Ok(Request::Page { request, .. }) => searches(&request.filter),
            Ok(Request::Count(request)) => searches(&request.filter),
            Err(_) => false,
        })
    }

    /// The most rows that it may read, if none of its statements can take long: each finds its rows by keys or at the beginning of
    /// an index, not too many of them, and their texts are not too long.
    pub(super) fn quick_rows(&self, roots: impl Iterator<Item = usize>) -> Option<usize> {
        let quick = self.plan.fields.iter().all(|field| match &self.requests[field.load] {
            Ok(Request::Page { request, .. }) => request.is_quick(),
            Ok(Request::Count(request)) => matches!(request.scope, CountScope::WhichTable(_)),
            Err(_) => true,
        });
        let add = |(rows, bytes): (usize, usize), (more_rows, more_bytes): (usize, usize)| {
            (rows.saturating_add(more_rows), bytes.saturating_add(more_bytes))
        };
        let (rows, bytes) = roots.map(|root| self.most_rows(root)).fold((0, 0), add);
        (quick && rows <= QUICK_ROWS && bytes <= QUICK_BYTES).then_some(rows)
    }

    /// The most rows that a field can lead to, with those below it, and the bytes of their texts.
    fn most_rows(&self, field: usize) -> (usize, usize) {
        let planned = &self.plan.fields[field];
        let rows = match &self.requests[planned.load] {
            Ok(Request::Page { request, .. }) => request.most_rows(),
            _ => 1,
        };
        let mut of_each = (1_usize, self.most_bytes(planned));
        for child in &planned.children {
            let (rows, bytes) = self.most_rows(*child);
            of_each = (of_each.0.saturating_add(rows), of_each.1.saturating_add(bytes));
        }
        (rows.saturating_mul(of_each.0), rows.saturating_mul(of_each.1))
    }

    /// The most bytes of text that are selected of each row.
    fn most_bytes(&self, field: &Field) -> usize {
        let load = &self.plan.loads[field.load];
        let longest = |column: &Column| {
            let rules = load.source.shape.map_or(&[][..], |shape| shape.texts);
            let rule = rules.iter().find(|rule| rule.column == column.name);
            rule.map(|rule| rule.max).filter(|most| *most > SHORT_TEXT).unwrap_or(0)
        };
        let mut bytes = 0_usize;
        each_cell(&field.what, &mut |nth| {
            let column = load.columns.get(nth).map(Asked::column);
            let text = column.filter(|column| column.kind == ColumnKind::Text);
            bytes = bytes.saturating_add(text.map_or(0, |column| longest(&column)));
        });
        bytes
    }
}

/// What costs together, or as much as can be said.
pub(super) fn sum(costs: impl IntoIterator<Item = u64>) -> u64 {
    costs.into_iter().fold(0, u64::saturating_add)
}

/// What introspection costs that answers with so many bytes.
pub(super) fn introspecting(bytes: usize) -> u64 {
    bytes as u64 / INTROSPECTION
}

/// What a mutation costs that has these arguments.
pub fn writing<'v>(arguments: impl Iterator<Item = &'v Value>) -> u64 {
    sum(arguments.map(objects)).saturating_add(1).saturating_mul(WRITE)
}

/// The objects in a value.
fn objects(value: &Value) -> u64 {
    match value {
        Value::List(values) => values.iter().map(objects).sum(),
        Value::Object(fields) => 1 + fields.values().map(objects).sum::<u64>(),
        _ => 0,
    }
}

/// How often a field's rows are listed, and how many fields of each are selected.
fn written(what: &What) -> (u64, u64) {
    match what {
        What::One(items) | What::Named(items) | What::List(items) | What::Each(items) => (1, cells(items)),
        What::Page { items, .. } => {
            let lists = items.iter().filter_map(|item| match item {
                PageItem::Rows { items, .. } => Some(cells(items)),
                _ => None,
            });
            lists.fold((0, 0), |(lists, fields), list| (lists + 1, fields + list))
        }
        What::Count | What::Located { .. } => (1, 0),
    }
}

/// Calls `of` with the number of the column of each cell of a row.
fn each_cell(what: &What, of: &mut impl FnMut(usize)) {
    fn within(items: &[Item], of: &mut impl FnMut(usize)) {
        for item in items {
            match item {
                Item::Cell(nth) => of(*nth),
                Item::Object { items, .. } => within(items, of),
                Item::Literal(_) | Item::Field(_) | Item::Given { .. } | Item::Cursor { .. } => {}
            }
        }
    }
    match what {
        What::One(items) | What::Named(items) | What::List(items) | What::Each(items) => within(items, of),
        What::Page { items, .. } => {
            for item in items {
                if let PageItem::Rows { items, .. } = item {
                    within(items, of);
                }
            }
        }
        What::Count | What::Located { .. } => {}
    }
}

fn cells(items: &[Item]) -> u64 {
    let cells = items.iter().map(|item| match item {
        Item::Cell(_) | Item::Cursor { .. } => 1,
        Item::Object { items, .. } => cells(items),
        Item::Literal(_) | Item::Field(_) | Item::Given { .. } => 0,
    });
    cells.sum()
}

/// The rows that a list searches for those that it gives.
fn searched(request: &PageRequest, parents: u64, search: u64) -> u64 {
    if !matches!(request.scope, Scope::List(_)) || request.is_quick() {
        return 0;
    }
    let filter = request.filter.as_ref().map_or(1, |filter| work(filter));
    let order = sum(request.order.iter().map(|OrderBy { expr, .. }| related_to(expr)));
    let skipped = u64::try_from(request.page.offset.unwrap_or(0)).unwrap_or(0) / 100;
    let searched = search.saturating_mul(filter.saturating_add(order));
    parents.saturating_mul(searched.saturating_add(skipped))
}

/// What a condition takes of one row that it is asked of: the row, the texts that it searches, and the related rows it looks at.
fn work(predicate: &Predicate) -> u64 {
    texts(predicate).max(1).saturating_add(related(predicate))
}

/// How many texts a condition searches.
fn texts(predicate: &Predicate) -> u64 {
    match predicate {
        Predicate::All(all) | Predicate::Any(all) => sum(all.iter().map(texts)),
        Predicate::Not(one) => texts(one),
        Predicate::Contains { .. } => 1,
        Predicate::Compare(..) | Predicate::In(..) | Predicate::IsNull(_) => 0,
        Predicate::Exists { filter, .. } => texts(filter),
    }
}

/// How many related rows a condition looks at, for one row that it is asked of.
fn related(predicate: &Predicate) -> u64 {
    match predicate {
        Predicate::All(all) | Predicate::Any(all) => sum(all.iter().map(related)),
        Predicate::Not(one) => related(one),
        Predicate::Compare(expr, ..)
        | Predicate::Contains { expr, .. }
        | Predicate::In(expr, _)
        | Predicate::IsNull(expr) => related_to(expr),
        Predicate::Exists { join, filter, named, .. } => {
            let rows = if *named || is_one(join) { 1 } else { RELATED };
            rows.saturating_mul(related(filter).saturating_add(texts(filter).max(1)))
        }
    }
}

fn related_to(expr: &Expr) -> u64 {
    match expr {
        Expr::Column(_) | Expr::Link(_) => 0,
        Expr::Across(.., expr) => related_to(expr).saturating_add(1),
        Expr::Count(_, filter) => {
            let filter = filter.as_ref().map_or(0, |filter| related(filter));
            RELATED.saturating_mul(filter.saturating_add(1))
        }
    }
}

/// Whether it leads to one row at most.
fn is_one(join: &Join) -> bool {
    join.link.is_none() && join.to == Column::KEY.name
}
