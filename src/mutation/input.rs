//! The inputs of mutations: their types, and how they are read.

mod read;
mod types;

pub use types::{Create, Delete, Move, Update, Upsert, is_one_list};
pub(super) use types::{MAX_LINKS, MAX_ROWS, moved_name};
