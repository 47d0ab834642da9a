//! The input types of `where` and `orderBy`, registered from the shapes of the entities.

mod filter;
mod object;
mod order;

pub use filter::{Filter, FilterKind};
pub use object::{Input, InputKind, input_field, register, required_field, scalar};
pub use order::{Direction, Order, OrderKind};
