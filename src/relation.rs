//! What Doorway exists for: relationships between tables, opened from both sides, batched and paged.
//!
//! A relationship is declared by one line on each of its sides ([`relationships!`](crate::relationships))
//! and is otherwise data, a [`Rel`]. So is what is asked for, a [`PageRequest`]: the relationship or the table, a
//! condition ([`Predicate`]), an order ([`OrderBy`]), and a part of the list. Lists and connections are two views
//! of it. From it, [`Fetch`] makes one statement that reads the right rows for any number of parents;
//! [`Loaders`] gather the parents, and [`drive`] decides when: as soon as an operation can do nothing but wait.
//!
//! From GraphQL to SQL, file by file: `columns` and `shape` (what is known of an entity), `inputs` (the types of
//! `where` and `orderBy`), `compile` (what was sent becomes a predicate and an order), `resolve` and `asked`
//! (arguments become a page request), `loader`, `batch` and `dispatch` (page requests become batches), `fetch` and
//! `count` (batches become statements), `predicate`, `order`, `place`, `values` and `dialect` (their parts),
//! `prepared` (which are kept), `cursor`, `connection`, `list` and `scalars` (rows become a response), `explain`
//! (what it cost). `write` has the statements of mutations.
//!
//! Nothing here names an entity.

mod asked;
mod batch;
mod columns;
mod compile;
mod connection;
mod count;
mod cursor;
mod declare;
mod dialect;
mod dispatch;
mod explain;
mod fetch;
mod inputs;
mod list;
mod loader;
mod order;
mod page;
mod place;
mod predicate;
mod prepared;
mod rel;
mod resolve;
mod scalars;
mod shape;
mod values;
pub mod write;

pub use columns::{Column, ColumnKind, Columns, Described, camel_case};
pub use connection::{Connection, Direct, Edge, PageInfo, Through};
pub use dialect::Dialect;
pub use dispatch::{Drive, drive};
pub use explain::{EXTENSION, Explain, is_asked};
pub use fetch::Fetch;
pub use inputs::{
    CountOrder, Direction, Filter, Form, Input, LinkFilter, LinkOrder, ListFilter, Order, input_field,
};
pub use list::List;
pub use loader::{Loaders, MAX_FILTERING, MAX_OBJECTS, MAX_TEXT};
pub use order::OrderBy;
pub use page::{Page, PageRequest, Scope};
pub use predicate::{Comparison, Expr, Part, Predicate};
pub use rel::{
    AllColumns, Entity, Fetched, JoinTable, Kind, LeadsTo, Link, Named, Rel, Related, Relationship, Stored,
};
pub use resolve::{
    ConnectionArguments, ListArguments, MAX_LIMIT, Source, belongs_to, by_id, by_id_or_name, connection,
    has_one, id_argument, list, locate,
};
pub use shape::{LinkShape, Register, Shape, TextRule};
pub use values::{Value, Values};
