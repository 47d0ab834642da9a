//! Lists in statements of Diesel's own. Doorway's bind theirs by themselves.

use super::list::{ElementOf, List};
use diesel::{
    backend::Backend,
    expression::AsExpression,
    internal::derives::as_expression::Bound,
    pg::Pg,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Array, HasSqlType, Nullable},
    sqlite::Sqlite,
};
use serde_json::Value as Json;
use std::fmt::Debug;

/// A list in a statement of Diesel's, which takes no `Vec`: `tags.eq(Elements(tags))`. In a row that is `Insertable`, a field
/// `Vec<String>` needs `#[diesel(serialize_as = Elements<String>)]`; an `Option` of one needs nothing, where
/// `treat_none_as_default_value = false`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elements<E>(pub Vec<E>);

impl<E> From<Vec<E>> for Elements<E> {
    fn from(elements: Vec<E>) -> Elements<E> {
        Elements(elements)
    }
}

macro_rules! expressions {
    ($($sql:ty: $rust:ty),*) => {
        $(impl<T: 'static, E> AsExpression<$sql> for $rust {
            type Expression = Bound<$sql, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        })*
    };
}
expressions! {
    List<T>: Elements<E>,
    List<T>: &Elements<E>,
    Nullable<List<T>>: Elements<E>,
    Nullable<List<T>>: &Elements<E>
}

impl<T: 'static, E: ToSql<T, Pg> + Debug> ToSql<List<T>, Pg> for Vec<E>
where
    Pg: HasSqlType<T>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Array<T>, Pg>::to_sql(self, out)
    }
}

impl<T, E: ElementOf<T> + Debug> ToSql<List<T>, Sqlite> for Vec<E> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        // What is not finite becomes null.
        let json = self.iter().map(|element| element.to_json().filter(|json| !json.is_null()));
        let json: Option<Vec<Json>> = json.collect();
        let json = json.ok_or_else(|| format!("not elements of their column: {self:?}"))?;
        out.set_value(Json::from(json).to_string());
        Ok(IsNull::No)
    }
}

impl<T, E: Debug, DB: Backend> ToSql<List<T>, DB> for Elements<E>
where
    Vec<E>: ToSql<List<T>, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<T, E: Debug, DB: Backend> ToSql<Nullable<List<T>>, DB> for Elements<E>
where
    Elements<E>: ToSql<List<T>, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        ToSql::<List<T>, DB>::to_sql(self, out)
    }
}
