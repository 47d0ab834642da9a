//! From what a client sent for `where` and `orderBy` to conditions and orders.

mod filter;
mod json;
mod order;
mod reader;

pub use filter::{expected, read_value};

use crate::relation::model::{LinkShape, Shape};
use crate::relation::sql::{OrderBy, Predicate};
use async_graphql::{Error, Value};
use reader::{ArgumentReader, Step};

/// Up to this number of relationships in a filter, PostgreSQL may turn them into joins. Planning time explodes with
/// their number: 20 nested ones took 0.7 s, 28 more than 12 s.
const MAX_JOINED: usize = 6;
/// The most keys of an order.
const MAX_KEYS: usize = 10;

/// The condition that `filter` is, and how many conditions and values it has.
///
/// # Errors
/// `BAD_USER_INPUT`, naming the place and what may stand there.
pub(crate) fn filter(
    shape: &Shape,
    filter: &Value,
    link: Option<&LinkShape>,
) -> Result<(Predicate, usize), Error> {
    let mut reader = ArgumentReader::of("where");
    let mut predicate = reader.filter(shape, link, filter)?;
    if reader.relationships > MAX_JOINED {
        predicate.fence();
    }
    Ok((predicate, reader.conditions + reader.values))
}

/// The order that `keys` are, and how many conditions and values the filters in it have.
///
/// # Errors
/// As [`filter()`].
pub(crate) fn order<'a>(
    shape: &Shape,
    keys: impl ExactSizeIterator<Item = &'a Value>,
    link: Option<&LinkShape>,
) -> Result<(Vec<OrderBy>, usize), Error> {
    let mut reader = ArgumentReader::of("orderBy");
    if keys.len() > MAX_KEYS {
        return Err(reader.bad(format!("may have up to {MAX_KEYS} keys, not {}", keys.len())));
    }
    let mut order = Vec::with_capacity(keys.len());
    for (nth, key) in keys.enumerate() {
        order.push(reader.at(Step::Item(nth), |reader| reader.order(shape, link, key))?);
    }
    if reader.relationships > MAX_JOINED {
        order.iter_mut().for_each(|by| by.expr.fence());
    }
    Ok((order, reader.conditions + reader.values))
}
