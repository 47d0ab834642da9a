//! Statements: what is asked for as data, rendered for either database.

mod alias;
mod arrays;
mod count;
pub mod create;
mod dialect;
mod exists;
mod fetch;
mod keyset;
mod lists;
pub mod numbers;
pub(crate) mod order;
mod pieces;
mod predicate;
mod prepared;
mod render;
mod request;
mod stored;
#[cfg(test)]
mod tests;
mod text;
mod values;
pub mod write;

pub(crate) use count::Count;
pub use dialect::Dialect;
pub use fetch::{Asked, Fetch};
pub use order::OrderBy;
pub use predicate::{Comparison, Expr, Part, Predicate};
pub use request::{CountRequest, CountScope, ListScope, Page, PageRequest, Scope};
pub use text::{Text, WithText};
pub use values::{Value, Values, to_hex};
