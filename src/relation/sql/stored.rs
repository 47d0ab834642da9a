//! Values as the databases have them in JSON, and as declarations have them.

use super::values::{Value, Values};
use crate::db::{Decimal, Element, Finite, Id, Timestamp, each_of_json};
use crate::relation::model::{ColumnKind, DefaultValue};
use serde_json::Value as Json;

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
            DefaultValue::EmptyList => Json::Array(Vec::new()),
        };
        Value::from_json(kind, json).unwrap_or(Value::Null)
    }

    /// What a database's JSON holds: ids with hyphens or without, times as numbers or as text, truths as numbers or as such, exact
    /// numbers as text or in units of their last decimal, bytes in hexadecimal, JSON as text, lists as arrays or as SQLite's text of one.
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
            (ColumnKind::List(element), Json::Array(items)) => list(*element, items)?,
            // SQLite's.
            (ColumnKind::List(element), Json::String(text)) => {
                let mut values = Values::with_capacity(*element, 0);
                let is_read = each_of_json(&text, |item| {
                    Value::of_element(*element, item).map(|value| values.push(value)).is_some()
                });
                is_read?.then_some(Value::List(values))?
            }
            (ColumnKind::Bool, Json::Bool(truth)) => Value::Bool(truth),
            // SQLite's.
            (ColumnKind::Bool, Json::Number(truth)) => Value::Bool(truth.as_i64()? != 0),
            _ => return None,
        })
    }

    /// The value of an element of a list; none where it is not of this kind.
    pub fn of_element(kind: ColumnKind, element: Element<'_>) -> Option<Value> {
        Some(match kind {
            ColumnKind::Text => Value::Text(element.text()?.into_owned()),
            // The tables do not say which texts these are.
            ColumnKind::Enum(shape) => Value::Text(shape.value(&element.text()?)?.to_owned()),
            ColumnKind::Id => Value::Id(element.id()?),
            ColumnKind::Time => Value::Time(element.time()?),
            ColumnKind::Int | ColumnKind::Small | ColumnKind::Long => {
                Value::Int(element.int().filter(|int| kind.range().is_some_and(|range| range.contains(int)))?)
            }
            ColumnKind::Float => Value::Float(element.float()?),
            ColumnKind::Date => Value::Date(element.date()?),
            ColumnKind::Bool => Value::Bool(element.bool()?),
            ColumnKind::Decimal { scale, .. } => Value::Decimal(element.decimal(scale)?),
            ColumnKind::Bytes => Value::Bytes(element.blob()?),
            ColumnKind::Number(_) | ColumnKind::Json | ColumnKind::List(_) => return None,
        })
    }
}

/// A list in PostgreSQL's JSON, in which numbers that are not whole are texts, and bytes texts as PostgreSQL writes them.
fn list(kind: ColumnKind, items: Vec<Json>) -> Option<Value> {
    let mut values = Values::with_capacity(kind, items.len());
    for item in items {
        let item = match (kind, item) {
            (_, Json::Null) => return None,
            (ColumnKind::Bytes, Json::String(text)) => Json::from(text.strip_prefix("\\x")?),
            (_, item) => item,
        };
        values.push(Value::from_json(kind, item)?);
    }
    Some(Value::List(values))
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
    use crate::relation::sql::to_hex;

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
            (
                ColumnKind::List(&ColumnKind::Bool),
                DefaultValue::EmptyList,
                Value::List(Values::Bools(Vec::new())),
            ),
            (ColumnKind::Text, DefaultValue::EmptyList, Value::Null),
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
