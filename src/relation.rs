//! What Doorway exists for: relationships between tables, opened from both sides, batched and paged.
//!
//! A relationship is declared by one line on each of its sides ([`relationships!`](crate::relationships))
//! and is otherwise data, a [`Join`]. So is what is asked for, a [`PageRequest`]: the relationship or the table, a
//! condition ([`Predicate`]), an order ([`OrderBy`]), and a part of the list. Lists and connections are two views
//! of it. From it, [`Fetch`] makes one statement that reads the right rows for any number of parents;
//! [`Loaders`] gather the parents, and [`drive`] decides when: as soon as an operation can do nothing but wait.
//!
//! | folder | what is in it |
//! |---|---|
//! | `declare` | the macros of an entity file |
//! | `field` | what resolvers call, and what they return: lists, connections, scalars |
//! | `load` | batching: the loaders of an operation, and when they run |
//! | `page` | cursors and edges |
//! | `input` | `where` and `orderBy`: their types, and how they are read |
//! | `entity` | the contract of a row type |
//! | `sql` | what is asked for as data, and its statement for either database |
//! | `model` | what is declared: columns, joins, shapes |
//!
//! Each imports only those below it. Nothing here names an entity.

#[cfg(test)]
mod check;
#[doc(hidden)]
pub mod declare;
mod entity;
mod field;
mod input;
mod load;
mod model;
mod page;
mod sql;

pub use entity::{Entity, Fetched, JoinTable, LinkTo, Named};
pub use field::{
    Connection, ConnectionArguments, List, ListArguments, MAX_LIMIT, PageInfo, Source, belongs_to, by_id,
    by_id_or_name, connection, has_one, id_argument, list, locate,
};
pub use input::types::{
    Direction, Filter, FilterKind, Input, InputKind, Order, OrderKind, input_field, register, required_field,
    scalar,
};
pub use load::{
    Budget, Drive, EXTENSION, Explain, Loaders, MAX_FILTERING, MAX_OBJECTS, MAX_TEXT, drive, is_asked,
};
pub use model::{
    AllColumns, Column, ColumnKind, Columns, Described, HasRelationships, Join, Kind, LinkShape, LinkTable,
    Relationship, Role, Shape, Stored, TextRule, camel_case, names,
};
pub use page::{Direct, Edge, Through, Via};
pub use sql::{
    Comparison, CountRequest, CountScope, Dialect, Expr, Fetch, ListScope, OrderBy, Page, PageRequest, Part,
    Predicate, Scope, Value, Values, create, write,
};
