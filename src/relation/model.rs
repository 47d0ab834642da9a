//! What is declared: columns, joins, and the shapes of entities and their relationships.

mod columns;
mod join;
pub mod names;
mod shape;

pub use columns::{Column, ColumnKind, ColumnType, Columns, Described, EnumShape, Role, same_text};
pub use join::{AllColumns, Join, LinkTable, Refers, Stored, association, key, key_of};
pub use names::camel_case;
pub use shape::{
    CheckRule, DefaultRule, DefaultValue, GeneratedRule, HasRelationships, Kind, LinkShape, OnDelete,
    Relationship, Shape, SortKey, TextRule,
};
