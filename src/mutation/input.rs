//! The inputs of mutations: their types, and how they are read.

mod read;
mod types;

pub use types::{Create, Delete, Move, Update, Upsert};
pub(super) use types::{MAX_LINKS, MAX_ROWS};
