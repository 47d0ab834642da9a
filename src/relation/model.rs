//! What is declared: columns, joins, and the shapes of entities and their relationships.

mod columns;
mod join;
pub mod names;
mod shape;

pub use columns::same_text as is_same;
pub(super) use columns::same_text;
pub use columns::{Column, ColumnKind, ColumnType, Columns, Described, EnumShape, Role};
pub use join::{AllColumns, Join, LinkTable, Refers, Stored, association, key, key_of};
pub use names::camel_case;
pub use shape::{
    CheckRule, DefaultRule, DefaultValue, HasRelationships, Kind, LinkShape, OnDelete, Relationship, Shape,
    SortKey, TextRule,
};
