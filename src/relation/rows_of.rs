//! The types of computed fields that are rows: their resolvers give ids, and the engine reads what is selected of the rows.

use super::entity::Entity;
use super::model::{FieldType, Resolved, ResolvedRows, Stored};
use crate::db::Id;
use crate::error::Failure;
use async_graphql::{Result, Value, registry::Registry};
use std::marker::PhantomData;

/// A list of rows, in this order. Those that are hidden or gone are left out. A resolver gives a `Vec<Id>`, or a `Vec<i64>` of numbers.
#[derive(Debug)]
pub struct RowsOf<T>(Vec<Id>, PhantomData<fn() -> T>);

/// A row, or null: also where it is hidden or gone. A resolver gives an `Option<Id>`, or an `Option<i64>`.
#[derive(Debug)]
pub struct RowOf<T>(Option<Id>, PhantomData<fn() -> T>);

impl<T: Entity> FieldType for RowsOf<T> {
    const ROWS: Option<ResolvedRows> = Some(ResolvedRows { entity: <T as Stored>::NAME, many: true });

    fn register(_: &mut Registry) -> String {
        format!("[{}!]!", <T as Stored>::NAME)
    }

    fn into_value(self) -> Value {
        Value::List(self.0.iter().map(|id| Value::String(id.to_string())).collect())
    }
}

impl<T: Entity> FieldType for RowOf<T> {
    const ROWS: Option<ResolvedRows> = Some(ResolvedRows { entity: <T as Stored>::NAME, many: false });

    fn register(_: &mut Registry) -> String {
        <T as Stored>::NAME.to_owned()
    }

    fn into_value(self) -> Value {
        Value::List(self.0.iter().map(|id| Value::String(id.to_string())).collect())
    }
}

macro_rules! resolved {
    ($($rows:ident: $given:ty => $ids:expr),*) => {
        $(impl<T> Resolved<$rows<T>> for $given {
            fn resolved(self) -> Result<$rows<T>> {
                Ok($rows($ids(self), PhantomData))
            }
        }

        impl<T, E: Into<Failure>> Resolved<$rows<T>> for std::result::Result<$given, E> {
            fn resolved(self) -> Result<$rows<T>> {
                self.map(|ids| $rows($ids(ids), PhantomData)).map_err(|error| error.into().into())
            }
        })*
    };
}
resolved! {
    RowsOf: Vec<Id> => |ids| ids,
    RowsOf: Vec<i64> => |ids: Vec<i64>| ids.into_iter().map(Id::from).collect(),
    RowOf: Option<Id> => |id| id,
    RowOf: Option<i64> => |id: Option<i64>| id.map(Id::from)
}
