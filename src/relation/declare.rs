//! The declarations of an entity file. They write repetitive blocks and decide nothing.
//!
//! | module | what it is for |
//! |---|---|
//! | `queries` | `queries!`: the root fields of an entity |
//! | `relationships` | `relationships!`, and that both sides of a relationship agree |
//! | `entity` | `entity!` and `join_table!` |
//! | `lists` | the fields of lists and connections, for `queries!` and `relationships!` |
//! | `mistakes` | tests: what must not compile |

mod entity;
mod lists;
#[cfg(doctest)]
mod mistakes;
mod queries;
mod relationships;

pub use relationships::{leads_back, names_back};

/// The first of several values, for a part of a declaration that may be left out: what it says, or else the rest.
#[doc(hidden)]
pub const fn first<T: Copy>(values: &[T]) -> T {
    values[0]
}
