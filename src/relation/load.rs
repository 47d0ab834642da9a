//! Batching: each loader gathers keys, and one statement answers all of them.

mod batch;
mod budget;
mod drive;
mod explain;
mod loaders;
mod queue;
mod selected;

pub use budget::{Budget, MAX_FILTERING, MAX_OBJECTS, MAX_TEXT};
pub use drive::{Drive, drive};
pub use explain::{EXTENSION, Explain, is_asked};
pub use loaders::Loaders;
