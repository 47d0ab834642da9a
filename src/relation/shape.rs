//! An entity as the code knows it that reads `where`, `orderBy` and the inputs of mutations: names,
//! columns and relationships, without its type.

use super::columns::{Column, camel_case, is_camel_case_of};
use super::inputs::{CountOrder, Filter, LinkFilter, LinkOrder, ListFilter, Order};
use super::rel::{Entity, JoinTable, Kind, Relationship};
use async_graphql::{InputType, registry::Registry};

/// Registers an input type, and names it.
pub type Register = fn(&mut Registry) -> String;

/// How long a column's text may be, in characters.
#[derive(Debug, Clone, Copy)]
pub struct TextRule {
    /// The column.
    pub column: &'static str,
    /// At least so many.
    pub min: usize,
    /// At most so many.
    pub max: usize,
}

/// An entity.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The GraphQL type's name.
    pub name: &'static str,
    /// Its table.
    pub table: &'static str,
    /// The table's columns.
    pub columns: &'static [Column],
    /// How it leads to others.
    pub relationships: &'static [Relationship],
    /// The unique column of text that it may be named by.
    pub named: Option<&'static str>,
    /// How long its texts may be.
    pub texts: &'static [TextRule],
    /// Its inputs: `UserFilter`, `UserListFilter`, `UserOrder`, `UserCountOrder`.
    pub(super) filter: Register,
    pub(super) list_filter: Register,
    pub(super) order: Register,
    pub(super) count_order: Register,
}

impl Shape {
    /// The shape of `T`.
    pub fn of<T: Entity>() -> Shape {
        Shape {
            name: <T as super::rel::Stored>::NAME,
            table: T::TABLE,
            columns: T::COLUMNS,
            relationships: T::RELATIONSHIPS,
            named: T::NAMED,
            texts: T::TEXTS,
            filter: Filter::<T>::create_type_info,
            list_filter: ListFilter::<T>::create_type_info,
            order: Order::<T>::create_type_info,
            count_order: CountOrder::<T>::create_type_info,
        }
    }
}

/// A join table.
#[derive(Debug, Clone)]
pub struct LinkShape {
    /// The row type's name.
    pub name: &'static str,
    /// The link's own columns.
    pub columns: Vec<Column>,
    pub(super) filter: Register,
    pub(super) order: Register,
}

impl LinkShape {
    /// The shape of `L`.
    pub fn of<L: JoinTable>() -> LinkShape {
        LinkShape {
            name: L::NAME,
            columns: L::own_columns().collect(),
            filter: LinkFilter::<L>::create_type_info,
            order: LinkOrder::<L>::create_type_info,
        }
    }

    /// Its field in filters and orders: `postTagLink`.
    pub(super) fn field(&self) -> String {
        self.name[..1].to_ascii_lowercase() + &self.name[1..]
    }
}

impl Relationship {
    /// Whether it gives one row at most.
    pub fn is_to_one(&self) -> bool {
        matches!(self.kind, Kind::BelongsTo | Kind::HasOne)
    }

    /// Its field in GraphQL.
    pub fn field_name(&self) -> String {
        camel_case(self.field)
    }

    /// Whether `field` is its name in GraphQL.
    pub(super) fn is_called(&self, field: &str) -> bool {
        is_camel_case_of(field, self.field)
    }
}
