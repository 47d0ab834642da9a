//! Values that statements bind: one at a time, or any number of them as one parameter, so that a statement's
//! text does not depend on how many there are.

use crate::db::{AnyFixed, Date, Day, Decimal, Finite, Guid, Id, Instant, JsonValue, Timestamp};
use crate::relation::model::{ColumnKind, DefaultValue};
use diesel::{
    expression::AsExpression,
    pg::Pg,
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Array, BigInt, Binary, SqlType, Text},
    sqlite::Sqlite,
};
use serde_json::Value as Json;
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
    /// Nothing.
    Null,
}

impl Value {
    /// What a declaration has for a column of this kind; NULL if the column cannot hold it.
    pub fn of_default(kind: ColumnKind, value: DefaultValue) -> Value {
        let json = match value {
            DefaultValue::Text(text) => Json::from(text),
            DefaultValue::Int(int) if matches!(kind, ColumnKind::Decimal { .. }) => {
                Json::from(int.to_string())
            }
            DefaultValue::Int(int) => Json::from(int),
            DefaultValue::Bool(truth) => Json::from(truth),
        };
        Value::from_json(kind, json).unwrap_or(Value::Null)
    }

    /// What a database's JSON holds: ids with hyphens or without, times as numbers or as text, truths as numbers or as such, exact
    /// numbers as text or in units of their last decimal, bytes in hexadecimal, JSON as text.
    pub fn from_json(kind: ColumnKind, json: Json) -> Option<Value> {
        Some(match (kind, json) {
            (_, Json::Null) => Value::Null,
            (ColumnKind::Text, Json::String(text)) => Value::Text(text),
            (ColumnKind::Enum(shape), Json::String(text)) => Value::Text(shape.value(&text)?.to_owned()),
            (ColumnKind::Id, Json::String(text)) => Value::Id(Id::from_hex(&text)?),
            (ColumnKind::Number(table), Json::Number(number)) => {
                Value::Id(Id::from(number.as_i64()?).of_table(table))
            }
            // Cursors'.
            (ColumnKind::Number(table), Json::String(text)) => {
                Value::Id(Id::from_digits(&text)?.of_table(table))
            }
            (ColumnKind::Time, Json::String(text)) => Value::Time(text.parse().ok()?),
            (ColumnKind::Time, Json::Number(micros)) => {
                Value::Time(Timestamp::from_micros(micros.as_i64()?)?)
            }
            (ColumnKind::Int | ColumnKind::Small | ColumnKind::Long, Json::Number(int)) => {
                Value::Int(int.as_i64()?)
            }
            (ColumnKind::Float, Json::Number(number)) => Value::Float(Finite::new(number.as_f64()?)?),
            // SQLite's, and cursors': every digit of it.
            (ColumnKind::Float, Json::String(text)) => Value::Float(Finite::new(text.parse().ok()?)?),
            (ColumnKind::Date, Json::String(text)) => Value::Date(text.parse().ok()?),
            (ColumnKind::Decimal { precision, scale }, Json::String(text)) => {
                Value::Decimal(Decimal::read(&text, precision, scale)?)
            }
            // SQLite's.
            (ColumnKind::Decimal { scale, .. }, Json::Number(units)) => {
                Value::Decimal(Decimal::new(units.as_i64()?, scale)?)
            }
            (ColumnKind::Bytes, Json::String(text)) => Value::Bytes(from_hex(&text)?),
            (ColumnKind::Json, Json::String(text)) => Value::Json(text.parse().ok()?),
            (ColumnKind::Bool, Json::Bool(truth)) => Value::Bool(truth),
            // SQLite's.
            (ColumnKind::Bool, Json::Number(truth)) => Value::Bool(truth.as_i64()? != 0),
            _ => return None,
        })
    }
}

/// Values of one kind: an array in PostgreSQL; in SQLite, which has none, a JSON array, ids and bytes in it in
/// hexadecimal, times in microseconds, exact numbers in units of their last decimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression)]
#[diesel(sql_type = IdList)]
#[diesel(sql_type = TextList)]
#[diesel(sql_type = TimeList)]
#[diesel(sql_type = IntList)]
#[diesel(sql_type = DayList)]
#[diesel(sql_type = DecimalList)]
#[diesel(sql_type = BytesList)]
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
}

impl Values {
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

/// The SQL type of truths in a statement that creates rows: `boolean[]` in PostgreSQL.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1000, array_oid = 0))]
pub struct BoolList;

/// The SQL type of JSON in a statement that creates rows: `jsonb[]` in PostgreSQL.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 3807, array_oid = 0))]
pub struct JsonList;

/// The SQL type of finite numbers in a statement that creates rows: `double precision[]` in PostgreSQL.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1022, array_oid = 0))]
pub struct FloatList;

fn to_array<'b>(values: &'b Values, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
    match values {
        Values::Ids(ids) => ToSql::<Array<Guid>, Pg>::to_sql(ids, &mut out.reborrow()),
        Values::Texts(texts) => ToSql::<Array<Text>, Pg>::to_sql(texts, &mut out.reborrow()),
        Values::Times(times) => ToSql::<Array<Instant>, Pg>::to_sql(times, &mut out.reborrow()),
        Values::Ints(ints) => ToSql::<Array<BigInt>, Pg>::to_sql(ints, &mut out.reborrow()),
        Values::Dates(dates) => ToSql::<Array<Day>, Pg>::to_sql(dates, &mut out.reborrow()),
        Values::Bytes(bytes) => ToSql::<Array<Binary>, Pg>::to_sql(bytes, &mut out.reborrow()),
        Values::Decimals(decimals) => ToSql::<Array<AnyFixed>, Pg>::to_sql(decimals, &mut out.reborrow()),
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

/// Bytes from hexadecimal, in either case.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_values_of_their_columns() {
        let fee = ColumnKind::Decimal { precision: 10, scale: 2 };
        let decimal = |text: &str| Value::Decimal(Decimal::read(text, 10, 2).unwrap());
        for (kind, default, expected) in [
            (ColumnKind::Text, DefaultValue::Text("1"), Value::Text("1".to_owned())),
            (ColumnKind::Long, DefaultValue::Int(-1), Value::Int(-1)),
            (ColumnKind::Bool, DefaultValue::Bool(true), Value::Bool(true)),
            (ColumnKind::Date, DefaultValue::Text("2024-02-29"), Value::Date("2024-02-29".parse().unwrap())),
            (ColumnKind::Json, DefaultValue::Text("{ }"), Value::Json("{}".parse().unwrap())),
            (fee, DefaultValue::Text("1.5"), decimal("1.50")),
            // Not in units of its last decimal, as SQLite has it.
            (fee, DefaultValue::Int(5), decimal("5")),
            (fee, DefaultValue::Text("0.001"), Value::Null),
        ] {
            assert_eq!(Value::of_default(kind, default), expected, "{kind:?}");
        }
    }

    #[test]
    fn bytes_are_the_same_in_hexadecimal() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hex(&to_hex(&all)), Some(all.clone()));
        assert_eq!(from_hex(&to_hex(&all).to_uppercase()), Some(all));
        assert_eq!(from_hex(""), Some(Vec::new()));
        for text in ["0", "0g", "+1", "é", "000"] {
            assert_eq!(from_hex(text), None, "{text}");
        }
    }
}
