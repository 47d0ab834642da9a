//! What is declared: columns, joins, and the shapes of entities and their relationships.

mod columns;
mod from_json;
mod join;
mod literal;
pub mod names;
mod resolver;
mod shape;

pub use columns::{
    Column, ColumnKind, ColumnType, Columns, Described, ElementType, EnumShape, Role, same_text,
};
pub use from_json::FromJson;
pub use join::{
    AllColumns, Join, KeyColumn, KeyType, LeadsTo, LinkTable, NodeTable, Refers, Stored, association, key,
    key_of,
};
pub use literal::{Literal, Of};
pub use names::camel_case;
pub use resolver::{
    Batch, FieldType, Given, Inputs, Resolve, Resolved, ResolvedRows, Resolver, ResolverInput, RowCells,
    resolved, resolved_together,
};
pub use shape::{
    CheckRule, DefaultRule, DefaultValue, GeneratedRule, HasRelationships, Kind, LengthRule, LinkShape,
    OnDelete, Relationship, ScopeCondition, ScopeRule, Shape, SortKey,
};
