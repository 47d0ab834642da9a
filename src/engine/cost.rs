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
//! | a field that a resolver computes by statements of its own | 10 for each row |
//! | rows that a computed field leads to | those rows: 10 for each row where there may be several |
//! | introspection | 1 for each 400 bytes of its answer |
//! | an offset | 1 for each 100 rows skipped |
//! | a mutation | 10 for each object in its input |
//!
//! What hangs on a row costs as much for each row. It is an estimate: how many rows there are is not known. What an operation
//! really reads and writes is bounded as well ([`Budget`](crate::relation::Budget), [`Limits::response`](super::Limits)).

use super::plan::{Computed, Item, Plan, Request, What};
use crate::relation::{Column, CountScope, Expr, Join, OrderBy, PageRequest, Predicate, Scope};
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
const QUICK_BYTES: u64 = 6 << 20;

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
        let computed = sum(field.computed.iter().map(|nth| self.computed(*nth, rows)));
        let below = match &field.what {
            // A row is of one type.
            What::Located { fields, .. } => {
                fields.iter().map(|child| self.field(*child, rows)).max().unwrap_or(0)
            }
            _ => sum(field.children.iter().map(|child| self.field(*child, rows))),
        };
        sum([beside, searched, written, computed, below])
    }

    /// The cost of what is computed between the waves for so many rows, with the rows that it leads to.
    fn computed(&self, nth: usize, rows: u64) -> u64 {
        let computed = &self.plan.computed[nth];
        let batch = if computed.is_batch() { rows.saturating_mul(EACH_LIST) } else { 0 };
        let each = if computed.resolver.rows.is_some_and(|rows| rows.many) { EACH_LIST } else { 1 };
        let below = computed.rows.map(|field| self.field(field, rows.saturating_mul(each)));
        batch.saturating_add(below.unwrap_or(0))
    }

    /// Whether a statement searches texts, or lists, which may be long.
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
        self.quick_rows_and_bytes(roots).0
    }

    /// The same, and the most bytes of long texts that it may read.
    pub(super) fn quick_rows_and_bytes(&self, roots: impl Iterator<Item = usize>) -> (Option<usize>, u64) {
        let quick = self.plan.fields.iter().all(|field| match &self.requests[field.load] {
            Ok(Request::Page { request, .. }) => request.is_quick(),
            Ok(Request::Count(request)) => matches!(request.scope, CountScope::WhichTable(_)),
            Err(_) => true,
        });
        let quick = quick && !self.plan.computed.iter().any(Computed::is_early);
        let (rows, bytes) = self.most_rows_of(roots);
        ((quick && rows <= QUICK_ROWS && bytes <= QUICK_BYTES).then_some(rows), bytes)
    }

    /// The most rows that fields can lead to, with those below them, and the bytes of their long texts.
    fn most_rows_of(&self, fields: impl Iterator<Item = usize>) -> (usize, u64) {
        fields.fold((0, 0), |(rows, bytes), field| {
            let (more_rows, more_bytes) = self.most_rows(field);
            (rows.saturating_add(more_rows), bytes.saturating_add(more_bytes))
        })
    }

    fn most_rows(&self, field: usize) -> (usize, u64) {
        let planned = &self.plan.fields[field];
        let rows = match &self.requests[planned.load] {
            Ok(Request::Page { request, .. }) => request.most_rows(),
            _ => 1,
        };
        let (below, bytes) = self.most_rows_of(planned.children.iter().copied());
        let bytes = planned.texts.saturating_add(bytes);
        (rows.saturating_mul(below.saturating_add(1)), bytes.saturating_mul(rows as u64))
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
    if let What::Count | What::Located { .. } = what {
        return (1, 0);
    }
    let cell =
        |item: &Item| u64::from(matches!(item, Item::Cell(_) | Item::Computed { .. } | Item::Cursor { .. }));
    what.rows().fold((0, 0), |(lists, cells), items| (lists + 1, cells + Item::sum(items, &cell)))
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

/// How many texts a condition searches, and lists.
fn texts(predicate: &Predicate) -> u64 {
    match predicate {
        Predicate::All(all) | Predicate::Any(all) => sum(all.iter().map(texts)),
        Predicate::Not(one) => texts(one),
        Predicate::Contains { .. } | Predicate::Has { .. } => 1,
        Predicate::Compare(..) | Predicate::In(..) | Predicate::IsNull(_) | Predicate::IsEmpty(_) => 0,
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
        | Predicate::Has { expr, .. }
        | Predicate::IsEmpty(expr)
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
