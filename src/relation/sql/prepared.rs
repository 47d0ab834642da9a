//! How many different statements may be kept prepared.
//!
//! Diesel keeps each statement it has prepared for as long as the connection lives. Of those whose text
//! follows from a client's `where` and `orderBy` there is no end, and 4,096 of them took 60 MB of one backend's
//! memory; so only the first few texts are kept, and the others are prepared each time (115 µs on PostgreSQL).

use diesel::{
    query_builder::{QueryBuilder, QueryFragment},
    sqlite::{Sqlite, query_builder::SqliteQueryBuilder},
};
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

/// The most texts that are kept.
const KEPT: usize = 500;

static SHAPES: Mutex<Option<HashSet<u64>>> = Mutex::new(None);

/// Whether `query` may stay prepared. SQLite's text identifies a query for both databases.
pub(super) fn may_be_kept(query: &impl QueryFragment<Sqlite>) -> bool {
    let mut text = SqliteQueryBuilder::new();
    if query.to_sql(&mut text, &Sqlite).is_err() {
        return false;
    }
    let mut hasher = DefaultHasher::new();
    text.finish().hash(&mut hasher);
    is_one_of_the_first(hasher.finish())
}

/// The same for a statement of PostgreSQL's alone, by what its text follows from.
pub(super) fn may_be_kept_by(key: &impl Hash) -> bool {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    is_one_of_the_first(hasher.finish())
}

fn is_one_of_the_first(shape: u64) -> bool {
    let mut shapes = SHAPES.lock().unwrap_or_else(PoisonError::into_inner);
    let shapes = shapes.get_or_insert_default();
    shapes.contains(&shape) || (shapes.len() < KEPT && shapes.insert(shape))
}
