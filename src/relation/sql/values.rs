//! Values that statements bind: one at a time, or any number of them as one parameter, so that a statement's
//! text does not depend on how many there are.

use crate::db::{AnyFixed, Date, Day, Decimal, Finite, Guid, Id, Instant, JsonValue, Timestamp};
use crate::relation::model::ColumnKind;
use diesel::{
    expression::AsExpression,
    pg::Pg,
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Array, BigInt, Binary, Bool, Double, SqlType, Text},
    sqlite::Sqlite,
};
use std::fmt::Write;

/// A value of a column. They compare as both databases compare them: NULL is the greatest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Text, by code point.
    Text(String),
    /// A key, by its bytes, or as a number.
    Id(Id),
    /// A point in time.
    Time(Timestamp),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Float(Finite),
    /// A day.
    Date(Date),
    /// True or false.
    Bool(bool),
    /// An exact number, in the scale of its column.
    Decimal(Decimal),
    /// Bytes.
    Bytes(Vec<u8>),
    /// JSON.
    Json(JsonValue),
    /// A list.
    List(Values),
    /// Nothing.
    Null,
}

/// Values of one kind: an array in PostgreSQL; in SQLite, which has none, a JSON array, ids and bytes in it in
/// hexadecimal, times in microseconds, exact numbers in units of their last decimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression)]
#[diesel(sql_type = IdList)]
#[diesel(sql_type = TextList)]
#[diesel(sql_type = TimeList)]
#[diesel(sql_type = IntList)]
#[diesel(sql_type = DayList)]
#[diesel(sql_type = DecimalList)]
#[diesel(sql_type = BytesList)]
#[diesel(sql_type = FloatList)]
#[diesel(sql_type = BoolList)]
pub enum Values {
    /// Keys that are UUIDs. Those that are numbers are whole numbers.
    Ids(Vec<Id>),
    /// Texts.
    Texts(Vec<String>),
    /// Points in time.
    Times(Vec<Timestamp>),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// Days.
    Dates(Vec<Date>),
    /// Exact numbers, in the scale of their column.
    Decimals(Vec<Decimal>),
    /// Bytes.
    Bytes(Vec<Vec<u8>>),
    /// Finite numbers.
    Floats(Vec<Finite>),
    /// Truths.
    Bools(Vec<bool>),
}

impl Values {
    /// None yet, of a column of this kind, with room for so many.
    pub fn with_capacity(kind: ColumnKind, capacity: usize) -> Values {
        match kind {
            ColumnKind::Text | ColumnKind::Enum(_) | ColumnKind::Json => {
                Values::Texts(Vec::with_capacity(capacity))
            }
            ColumnKind::Id => Values::Ids(Vec::with_capacity(capacity)),
            ColumnKind::Time => Values::Times(Vec::with_capacity(capacity)),
            ColumnKind::Date => Values::Dates(Vec::with_capacity(capacity)),
            ColumnKind::Decimal { .. } => Values::Decimals(Vec::with_capacity(capacity)),
            ColumnKind::Bytes => Values::Bytes(Vec::with_capacity(capacity)),
            ColumnKind::Float => Values::Floats(Vec::with_capacity(capacity)),
            ColumnKind::Bool => Values::Bools(Vec::with_capacity(capacity)),
            ColumnKind::Number(_) | ColumnKind::Int | ColumnKind::Small | ColumnKind::Long => {
                Values::Ints(Vec::with_capacity(capacity))
            }
            // There are no lists of lists.
            ColumnKind::List(element) => Values::with_capacity(*element, capacity),
        }
    }

    /// Adds a value of their kind; of another kind there are none.
    pub fn push(&mut self, value: Value) {
        match (self, value) {
            (Values::Texts(texts), Value::Text(text)) => texts.push(text),
            (Values::Ids(ids), Value::Id(id)) => ids.push(id),
            (Values::Times(times), Value::Time(time)) => times.push(time),
            (Values::Ints(ints), Value::Int(int)) => ints.push(int),
            (Values::Ints(ints), Value::Id(id)) => ints.extend(id.number()),
            (Values::Dates(dates), Value::Date(date)) => dates.push(date),
            (Values::Decimals(decimals), Value::Decimal(decimal)) => decimals.push(decimal),
            (Values::Bytes(all), Value::Bytes(bytes)) => all.push(bytes),
            (Values::Floats(floats), Value::Float(number)) => floats.push(number),
            (Values::Bools(bools), Value::Bool(truth)) => bools.push(truth),
            _ => {}
        }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.len()).filter_map(|nth| match self {
            Values::Texts(texts) => texts.get(nth).cloned().map(Value::Text),
            Values::Ids(ids) => ids.get(nth).copied().map(Value::Id),
            Values::Times(times) => times.get(nth).copied().map(Value::Time),
            Values::Ints(ints) => ints.get(nth).copied().map(Value::Int),
            Values::Dates(dates) => dates.get(nth).copied().map(Value::Date),
            Values::Decimals(decimals) => decimals.get(nth).copied().map(Value::Decimal),
            Values::Bytes(all) => all.get(nth).cloned().map(Value::Bytes),
            Values::Floats(floats) => floats.get(nth).copied().map(Value::Float),
            Values::Bools(bools) => bools.get(nth).copied().map(Value::Bool),
        })
    }

    /// Keys of one type.
    pub fn ids(ids: Vec<Id>) -> Values {
        match ids.first().and_then(Id::number) {
            None => Values::Ids(ids),
            Some(_) => Values::Ints(ids.iter().filter_map(Id::number).collect()),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Ids(ids) => ids.len(),
            Values::Texts(texts) => texts.len(),
            Values::Times(times) => times.len(),
            Values::Ints(ints) => ints.len(),
            Values::Dates(dates) => dates.len(),
            Values::Decimals(decimals) => decimals.len(),
            Values::Bytes(bytes) => bytes.len(),
            Values::Floats(floats) => floats.len(),
            Values::Bools(bools) => bools.len(),
        }
    }

    /// One of them, where SQLite reads them from JSON.
    pub(super) fn json_value(&self) -> &'static str {
        match self {
            Values::Ids(_) | Values::Bytes(_) => "unhex(value)",
            _ => "value",
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Declares the SQL type of one kind of [`Values`] by PostgreSQL's number for the array type.
macro_rules! list {
    ($(#[$doc:meta])* $name:ident, $oid:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, SqlType, QueryId)]
        #[diesel(postgres_type(oid = $oid, array_oid = 0))]
        #[diesel(sqlite_type(name = "Text"))]
        pub struct $name;

        impl ToSql<$name, Pg> for Values {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                to_array(self, out)
            }
        }

        impl ToSql<$name, Sqlite> for Values {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                to_json(self, out)
            }
        }
    };
}
list! { /// The SQL type of [`Values::Ids`]: `uuid[]` in PostgreSQL.
IdList, 2951 }
list! { /// The SQL type of [`Values::Texts`]: `text[]` in PostgreSQL.
TextList, 1009 }
list! { /// The SQL type of [`Values::Times`]: `timestamptz[]` in PostgreSQL.
TimeList, 1185 }
list! { /// The SQL type of [`Values::Ints`]: `bigint[]` in PostgreSQL.
IntList, 1016 }
list! { /// The SQL type of [`Values::Dates`]: `date[]` in PostgreSQL.
DayList, 1182 }
list! { /// The SQL type of [`Values::Decimals`]: `numeric[]` in PostgreSQL.
DecimalList, 1231 }
list! { /// The SQL type of [`Values::Bytes`]: `bytea[]` in PostgreSQL.
BytesList, 1001 }
list! { /// The SQL type of [`Values::Floats`]: `double precision[]` in PostgreSQL.
FloatList, 1022 }
list! { /// The SQL type of [`Values::Bools`]: `boolean[]` in PostgreSQL.
BoolList, 1000 }

/// The SQL type of JSON in a statement that creates rows: `jsonb[]` in PostgreSQL.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 3807, array_oid = 0))]
pub struct JsonList;

fn to_array<'b>(values: &'b Values, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
    match values {
        Values::Ids(ids) => ToSql::<Array<Guid>, Pg>::to_sql(ids, &mut out.reborrow()),
        Values::Texts(texts) => ToSql::<Array<Text>, Pg>::to_sql(texts, &mut out.reborrow()),
        Values::Times(times) => ToSql::<Array<Instant>, Pg>::to_sql(times, &mut out.reborrow()),
        Values::Ints(ints) => ToSql::<Array<BigInt>, Pg>::to_sql(ints, &mut out.reborrow()),
        Values::Dates(dates) => ToSql::<Array<Day>, Pg>::to_sql(dates, &mut out.reborrow()),
        Values::Bytes(bytes) => ToSql::<Array<Binary>, Pg>::to_sql(bytes, &mut out.reborrow()),
        Values::Decimals(decimals) => ToSql::<Array<AnyFixed>, Pg>::to_sql(decimals, &mut out.reborrow()),
        Values::Floats(floats) => ToSql::<Array<Double>, Pg>::to_sql(floats, &mut out.reborrow()),
        Values::Bools(bools) => ToSql::<Array<Bool>, Pg>::to_sql(bools, &mut out.reborrow()),
    }
}

fn to_json<'b>(values: &'b Values, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
    let json = match values {
        Values::Ids(ids) => {
            let mut json = String::with_capacity(2 + ids.len() * 35);
            let mut digits = [0; 32];
            for id in ids.iter().filter_map(Id::as_bytes) {
                json.push_str(if json.is_empty() { "[\"" } else { ",\"" });
                hex::encode_to_slice(id, &mut digits)?;
                json.push_str(std::str::from_utf8(&digits)?);
                json.push('"');
            }
            json.push_str(if json.is_empty() { "[]" } else { "]" });
            json
        }
        Values::Texts(texts) => serde_json::to_string(texts)?,
        Values::Times(times) => {
            serde_json::to_string(&times.iter().map(|time| time.micros()).collect::<Vec<_>>())?
        }
        Values::Ints(ints) => serde_json::to_string(ints)?,
        Values::Bytes(bytes) => {
            serde_json::to_string(&bytes.iter().map(|bytes| to_hex(bytes)).collect::<Vec<_>>())?
        }
        Values::Decimals(decimals) => {
            serde_json::to_string(&decimals.iter().map(|decimal| decimal.units()).collect::<Vec<_>>())?
        }
        Values::Dates(dates) => {
            serde_json::to_string(&dates.iter().map(ToString::to_string).collect::<Vec<_>>())?
        }
        Values::Floats(floats) => {
            serde_json::to_string(&floats.iter().map(|number| number.get()).collect::<Vec<_>>())?
        }
        Values::Bools(bools) => serde_json::to_string(bools)?,
    };
    out.set_value(json);
    Ok(IsNull::No)
}

/// Bytes in hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
