//! What Doorway exists for: relationships between tables, opened from both sides, batched and paged.
//!
//! A relationship is declared by one line on each of its sides ([`relationships!`](crate::relationships))
//! and is otherwise data, a [`Join`]. So is what is asked for, a [`PageRequest`]: the relationship or the table, a
//! condition ([`Predicate`]), an order ([`OrderBy`]), and a part of the list. Lists and connections are two views
//! of it. From it, [`Fetch`] makes one statement that reads the right rows for any number of parents; a [`PageLoader`]
//! runs it and keeps the rows. [`engine`](crate::engine) decides when.
//!
//! | folder | what is in it |
//! |---|---|
//! | `declare` | the macros of an entity file |
//! | `output` | object types and root fields, registered from shapes |
//! | `load` | loaders: each answers any number of keys by one statement |
//! | `page` | cursors |
//! | `input` | `where` and `orderBy`: their types, and how they are read |
//! | `rows_of` | the types of computed fields that are rows |
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
mod input;
mod load;
mod model;
mod output;
mod page;
mod rows_of;
mod sql;

pub use entity::{Entity, JoinTable, Named};
pub(crate) use input::read;
pub use input::types::{
    Direction, Filter, FilterKind, Input, InputKind, Order, OrderKind, input_field, register, required_field,
    scalar,
};
pub use load::{
    Budget, CountLoader, EXTENSION, Explain, Group, MAX_FILTERING, MAX_OBJECTS, NO_GROUP, PageLoader, Rows,
    Shared, Texts, is_asked,
};
pub use model::{
    AllColumns, Batch, CheckRule, Column, ColumnKind, ColumnType, Columns, DefaultRule, DefaultValue,
    Described, ElementType, EnumShape, FieldType, FromJson, GeneratedRule, Given, HasRelationships, Inputs,
    Join, KeyColumn, KeyType, Kind, LeadsTo, LengthRule, LinkShape, LinkTable, Literal, NodeTable, Of,
    OnDelete, Refers, Relationship, Resolve, Resolved, ResolvedRows, Resolver, ResolverInput, Role, RowCells,
    ScopeCondition, ScopeRule, Shape, SortKey, Stored, association, camel_case, key, key_of, names, resolved,
    resolved_together, same_text,
};
pub use output::{
    Fields, IdOf, NamedBy, Queried, Queries, RootFields, add_field, argument, connection_name, description,
    edge_name, register_entity, register_nodes, register_object,
};
pub use page::CursorCodec;
pub use rows_of::{RowOf, RowsOf};
pub use sql::{
    Asked, Comparison, CountRequest, CountScope, Dialect, Expr, Fetch, ListScope, OrderBy, Page, PageRequest,
    Part, Predicate, Scope, Text, Value, Values, WithText, create, numbers, write,
};
