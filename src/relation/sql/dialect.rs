//! The little in which the two databases' statements differ.

use super::values::{
    BoolList, BytesList, DayList, DecimalList, FloatList, IdList, IntList, TextList, TimeList, Value, Values,
};
use crate::db::{AnyFixed, Day, Guid, Instant, Json};
use diesel::{
    backend::Backend,
    pg::Pg,
    query_builder::AstPass,
    result::QueryResult,
    sql_types::{BigInt, Binary, Bool, Double, Text},
    sqlite::Sqlite,
};

/// A database that statements are rendered for.
pub trait Dialect: Backend {
    /// PostgreSQL; SQLite otherwise.
    const POSTGRES: bool;
    /// Binds a list of values.
    fn push_values<'b>(values: &'b Values, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
    /// Binds the first of a list of values as a value.
    fn push_first<'b>(values: &'b Values, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
    /// Binds a value.
    fn push_value<'b>(value: &'b Value, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
    /// Binds a number.
    fn push_number<'b>(number: &'b i64, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
}

macro_rules! dialect {
    ($backend:ty, $postgres:literal) => {
        impl Dialect for $backend {
            const POSTGRES: bool = $postgres;

            fn push_values<'b>(values: &'b Values, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
                match values {
                    Values::Ids(_) => out.push_bind_param::<IdList, _>(values),
                    Values::Texts(_) => out.push_bind_param::<TextList, _>(values),
                    Values::Times(_) => out.push_bind_param::<TimeList, _>(values),
                    Values::Ints(_) => out.push_bind_param::<IntList, _>(values),
                    Values::Dates(_) => out.push_bind_param::<DayList, _>(values),
                    Values::Decimals(_) => out.push_bind_param::<DecimalList, _>(values),
                    Values::Bytes(_) => out.push_bind_param::<BytesList, _>(values),
                    Values::Floats(_) => out.push_bind_param::<FloatList, _>(values),
                    Values::Bools(_) => out.push_bind_param::<BoolList, _>(values),
                }
            }

            fn push_first<'b>(values: &'b Values, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
                match values {
                    Values::Ids(ids) => ids.first().map(|id| out.push_bind_param::<Guid, _>(id)),
                    Values::Texts(texts) => texts.first().map(|text| out.push_bind_param::<Text, _>(text)),
                    Values::Times(times) => times.first().map(|at| out.push_bind_param::<Instant, _>(at)),
                    Values::Ints(ints) => ints.first().map(|int| out.push_bind_param::<BigInt, _>(int)),
                    Values::Dates(dates) => dates.first().map(|date| out.push_bind_param::<Day, _>(date)),
                    Values::Bytes(bytes) => {
                        bytes.first().map(|bytes| out.push_bind_param::<Binary, _>(bytes))
                    }
                    Values::Decimals(decimals) => {
                        decimals.first().map(|decimal| out.push_bind_param::<AnyFixed, _>(decimal))
                    }
                    Values::Floats(floats) => {
                        floats.first().map(|number| out.push_bind_param::<Double, _>(number))
                    }
                    Values::Bools(bools) => bools.first().map(|truth| out.push_bind_param::<Bool, _>(truth)),
                }
                .unwrap_or_else(|| {
                    out.push_sql("NULL");
                    Ok(())
                })
            }

            fn push_value<'b>(value: &'b Value, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
                match value {
                    Value::Text(text) => out.push_bind_param::<Text, _>(text),
                    Value::Id(id) if id.number().is_some() => out.push_bind_param::<BigInt, _>(id),
                    Value::Id(id) => out.push_bind_param::<Guid, _>(id),
                    Value::Time(time) => out.push_bind_param::<Instant, _>(time),
                    Value::Int(int) => out.push_bind_param::<BigInt, _>(int),
                    Value::Float(number) => out.push_bind_param::<Double, _>(number),
                    Value::Date(date) => out.push_bind_param::<Day, _>(date),
                    Value::Decimal(decimal) => out.push_bind_param::<AnyFixed, _>(decimal),
                    Value::Bytes(bytes) => out.push_bind_param::<Binary, _>(bytes),
                    Value::Json(json) => out.push_bind_param::<Json, _>(json),
                    Value::Bool(truth) => out.push_bind_param::<Bool, _>(truth),
                    Value::List(values) => Self::push_values(values, out),
                    Value::Null => {
                        out.push_sql("NULL");
                        Ok(())
                    }
                }
            }

            fn push_number<'b>(number: &'b i64, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
                out.push_bind_param::<BigInt, _>(number)
            }
        }
    };
}
dialect!(Pg, true);
dialect!(Sqlite, false);
