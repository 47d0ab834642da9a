//! The values of a column in several rows, as one array of PostgreSQL's; lists as texts, from which they become arrays again.

use super::lists::literal;
use super::values::{
    BoolList, BytesList, DayList, DecimalList, FloatList, IdList, IntList, JsonList, TextList, TimeList,
    Value,
};
use crate::db::{AnyFixed, Date, Day, Decimal, Finite, Guid, Id, Instant, Json, JsonValue, Timestamp};
use crate::relation::model::ColumnKind;
use diesel::{
    expression::AsExpression,
    pg::Pg,
    query_builder::AstPass,
    result::QueryResult,
    serialize::{self, Output, ToSql},
    sql_types::{Array, BigInt, Binary, Bool, Double, Nullable, Text},
};

/// Values of one kind, or nothing in their places.
#[derive(Debug, AsExpression)]
#[diesel(sql_type = IdList)]
#[diesel(sql_type = TextList)]
#[diesel(sql_type = TimeList)]
#[diesel(sql_type = IntList)]
#[diesel(sql_type = BoolList)]
#[diesel(sql_type = FloatList)]
#[diesel(sql_type = DayList)]
#[diesel(sql_type = DecimalList)]
#[diesel(sql_type = BytesList)]
#[diesel(sql_type = JsonList)]
pub(super) enum Cells {
    Ids(Vec<Option<Id>>),
    Texts(Vec<Option<String>>),
    Times(Vec<Option<Timestamp>>),
    Ints(Vec<Option<i64>>),
    Bools(Vec<Option<bool>>),
    Floats(Vec<Option<Finite>>),
    Dates(Vec<Option<Date>>),
    Decimals(Vec<Option<Decimal>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Jsons(Vec<Option<JsonValue>>),
}

impl Cells {
    /// The columns of these rows. A value of another kind than its column's is none.
    pub(super) fn of(kinds: impl Iterator<Item = ColumnKind>, rows: Vec<Vec<Value>>) -> Vec<Cells> {
        let height = rows.len();
        let empty = |kind| match kind {
            ColumnKind::Id => Cells::Ids(Vec::with_capacity(height)),
            // Lists as PostgreSQL writes them: an array has no elements of different lengths.
            ColumnKind::Text | ColumnKind::Enum(_) | ColumnKind::List(_) => {
                Cells::Texts(Vec::with_capacity(height))
            }
            ColumnKind::Time => Cells::Times(Vec::with_capacity(height)),
            ColumnKind::Int | ColumnKind::Small | ColumnKind::Long | ColumnKind::Number(_) => {
                Cells::Ints(Vec::with_capacity(height))
            }
            ColumnKind::Bool => Cells::Bools(Vec::with_capacity(height)),
            ColumnKind::Float => Cells::Floats(Vec::with_capacity(height)),
            ColumnKind::Date => Cells::Dates(Vec::with_capacity(height)),
            ColumnKind::Decimal { .. } => Cells::Decimals(Vec::with_capacity(height)),
            ColumnKind::Bytes => Cells::Bytes(Vec::with_capacity(height)),
            ColumnKind::Json => Cells::Jsons(Vec::with_capacity(height)),
        };
        let mut columns: Vec<Cells> = kinds.map(empty).collect();
        for row in rows {
            for (cells, value) in columns.iter_mut().zip(row) {
                match (cells, value) {
                    (Cells::Ids(ids), Value::Id(id)) => ids.push(Some(id)),
                    (Cells::Texts(texts), Value::Text(text)) => texts.push(Some(text)),
                    (Cells::Texts(texts), Value::List(values)) => texts.push(Some(literal(&values))),
                    (Cells::Times(times), Value::Time(time)) => times.push(Some(time)),
                    (Cells::Ints(ints), Value::Int(int)) => ints.push(Some(int)),
                    (Cells::Ints(ints), Value::Id(id)) => ints.push(id.number()),
                    (Cells::Bools(bools), Value::Bool(truth)) => bools.push(Some(truth)),
                    (Cells::Floats(floats), Value::Float(number)) => floats.push(Some(number)),
                    (Cells::Dates(dates), Value::Date(date)) => dates.push(Some(date)),
                    (Cells::Decimals(decimals), Value::Decimal(decimal)) => decimals.push(Some(decimal)),
                    (Cells::Bytes(all), Value::Bytes(bytes)) => all.push(Some(bytes)),
                    (Cells::Jsons(jsons), Value::Json(json)) => jsons.push(Some(json)),
                    (Cells::Ids(ids), _) => ids.push(None),
                    (Cells::Texts(texts), _) => texts.push(None),
                    (Cells::Times(times), _) => times.push(None),
                    (Cells::Ints(ints), _) => ints.push(None),
                    (Cells::Bools(bools), _) => bools.push(None),
                    (Cells::Floats(floats), _) => floats.push(None),
                    (Cells::Dates(dates), _) => dates.push(None),
                    (Cells::Decimals(decimals), _) => decimals.push(None),
                    (Cells::Bytes(all), _) => all.push(None),
                    (Cells::Jsons(jsons), _) => jsons.push(None),
                }
            }
        }
        columns
    }

    pub(super) fn texts(texts: Vec<String>) -> Cells {
        Cells::Texts(texts.into_iter().map(Some).collect())
    }

    pub(super) fn ids(ids: Vec<Id>) -> Cells {
        Cells::Ids(ids.into_iter().map(Some).collect())
    }

    /// Binds them.
    pub(super) fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Cells::Ids(_) => out.push_bind_param::<IdList, _>(self),
            Cells::Texts(_) => out.push_bind_param::<TextList, _>(self),
            Cells::Times(_) => out.push_bind_param::<TimeList, _>(self),
            Cells::Ints(_) => out.push_bind_param::<IntList, _>(self),
            Cells::Bools(_) => out.push_bind_param::<BoolList, _>(self),
            Cells::Floats(_) => out.push_bind_param::<FloatList, _>(self),
            Cells::Dates(_) => out.push_bind_param::<DayList, _>(self),
            Cells::Decimals(_) => out.push_bind_param::<DecimalList, _>(self),
            Cells::Bytes(_) => out.push_bind_param::<BytesList, _>(self),
            Cells::Jsons(_) => out.push_bind_param::<JsonList, _>(self),
        }
    }
}

macro_rules! bind {
    ($($list:ident),*) => {
        $(impl ToSql<$list, Pg> for Cells {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let out = &mut out.reborrow();
                match self {
                    Cells::Ids(ids) => ToSql::<Array<Nullable<Guid>>, Pg>::to_sql(ids, out),
                    Cells::Texts(texts) => ToSql::<Array<Nullable<Text>>, Pg>::to_sql(texts, out),
                    Cells::Times(times) => ToSql::<Array<Nullable<Instant>>, Pg>::to_sql(times, out),
                    Cells::Ints(ints) => ToSql::<Array<Nullable<BigInt>>, Pg>::to_sql(ints, out),
                    Cells::Bools(bools) => ToSql::<Array<Nullable<Bool>>, Pg>::to_sql(bools, out),
                    Cells::Floats(floats) => ToSql::<Array<Nullable<Double>>, Pg>::to_sql(floats, out),
                    Cells::Dates(dates) => ToSql::<Array<Nullable<Day>>, Pg>::to_sql(dates, out),
                    Cells::Decimals(decimals) => {
                        ToSql::<Array<Nullable<AnyFixed>>, Pg>::to_sql(decimals, out)
                    }
                    Cells::Bytes(bytes) => ToSql::<Array<Nullable<Binary>>, Pg>::to_sql(bytes, out),
                    Cells::Jsons(jsons) => ToSql::<Array<Nullable<Json>>, Pg>::to_sql(jsons, out),
                }
            }
        })*
    };
}
bind! { IdList, TextList, TimeList, IntList, BoolList, BytesList, FloatList, DayList, DecimalList, JsonList }
