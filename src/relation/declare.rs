//! The declarations of an entity file. They write repetitive blocks and decide nothing.
//!
//! | module | what it is for |
//! |---|---|
//! | `queries` | `queries!`: the root fields of an entity |
//! | `resolvers` | `resolvers!`: fields that are computed |
//! | `relationships` | `relationships!`, and that both sides of a relationship agree |
//! | `entity` | `entity!` and `join_table!` |
//! | `text_enum` | `text_enum!` |
//! | `mistakes` | tests: what must not compile |

mod entity;
#[cfg(doctest)]
mod mistakes;
mod queries;
mod relationships;
mod resolvers;
mod text_enum;

pub use relationships::{leads_back, names_back};
pub use resolvers::NoResolvers;

use crate::relation::model::{Column, Relationship, Resolver, same_text};

/// Whether `connection` is the name of the connection beside the list `list`: `users_connection`.
#[doc(hidden)]
pub const fn is_connection_of(connection: &str, list: &str) -> bool {
    let (connection, list, end) = (connection.as_bytes(), list.as_bytes(), b"_connection");
    if connection.len() != list.len() + end.len() {
        return false;
    }
    let mut nth = 0;
    while nth < connection.len() {
        let expected = if nth < list.len() { list[nth] } else { end[nth - list.len()] };
        if connection[nth] != expected {
            return false;
        }
        nth += 1;
    }
    true
}

/// The first of several values, for a part of a declaration that may be left out: what it says, or else the rest.
#[doc(hidden)]
pub const fn first<T: Copy>(values: &[T]) -> T {
    values[0]
}

/// Whether a text says anything.
#[doc(hidden)]
pub const fn is_text(text: &str) -> bool {
    !text.trim_ascii().is_empty()
}

/// Whether a computed field is called as no other field is.
#[doc(hidden)]
pub const fn is_new_field(
    columns: &[Column],
    relationships: &[Relationship],
    resolvers: &[Resolver],
    name: &str,
) -> bool {
    let (mut nth, mut same) = (0, 0);
    while nth < resolvers.len() {
        same += same_text(resolvers[nth].field, name) as usize;
        nth += 1;
    }
    nth = 0;
    while nth < columns.len() {
        same += same_text(columns[nth].name, name) as usize;
        nth += 1;
    }
    nth = 0;
    while nth < relationships.len() {
        let field = relationships[nth].field;
        same += (same_text(field, name) || is_connection_of(name, field)) as usize;
        nth += 1;
    }
    same == 1
}
