//! How many different statements may be kept prepared.
//!
//! Diesel keeps each statement it has prepared for as long as the connection lives. Of those whose text
//! follows from what a client selects, filters and sorts there is no end, and 4,096 of them took 60 MB of one backend's
//! memory; so only the first few texts are kept, and the others are prepared each time (115 µs on PostgreSQL).

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

/// The most texts that are kept.
const KEPT: usize = 500;

static SHAPES: Mutex<Option<HashSet<u64>>> = Mutex::new(None);

/// Whether the statement of this text may stay prepared; in place of the text, whatever it follows from will do.
pub(super) fn may_be_kept(text: impl Hash) -> bool {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let shape = hasher.finish();
    let mut shapes = SHAPES.lock().unwrap_or_else(PoisonError::into_inner);
    let shapes = shapes.get_or_insert_default();
    shapes.contains(&shape) || (shapes.len() < KEPT && shapes.insert(shape))
}
