//! An entity as the code knows it that reads `where` and `orderBy`: names, columns and relationships, without
//! its type.

use super::columns::{Column, camel_case, is_camel_case_of};
use super::inputs::{CountOrder, Filter, LinkFilter, LinkOrder, ListFilter, Order};
use super::rel::{Entity, JoinTable, Kind, Relationship};
use async_graphql::{InputType, registry::Registry};

/// Registers an input type, and names it.
pub(super) type Register = fn(&mut Registry) -> String;

/// An entity.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The GraphQL type's name.
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) relationships: &'static [Relationship],
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
            columns: T::COLUMNS,
            relationships: T::RELATIONSHIPS,
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
    pub(super) name: &'static str,
    /// The link's own columns.
    pub(super) columns: Vec<Column>,
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
    pub(super) fn is_to_one(&self) -> bool {
        matches!(self.kind, Kind::BelongsTo | Kind::HasOne)
    }

    /// Its field in GraphQL.
    pub(super) fn field_name(&self) -> String {
        camel_case(self.field)
    }

    /// Whether `field` is its name in GraphQL.
    pub(super) fn is_called(&self, field: &str) -> bool {
        is_camel_case_of(field, self.field)
    }
}
