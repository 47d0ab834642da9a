//! What is declared: columns, joins, and the shapes of entities and their relationships.

mod columns;
mod join;
pub mod names;
mod shape;

pub(super) use columns::same_text;
pub use columns::{Column, ColumnKind, Columns, Described, Role};
pub use join::{AllColumns, Join, LinkTable, Stored};
pub use names::camel_case;
pub use shape::{HasRelationships, Kind, LinkShape, Relationship, Shape, SortKey, TextRule};
