//! JSON, in one form on both databases.
//!
//! | Rust | Diesel | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | [`JsonValue`] | [`Json`] | `jsonb` | `TEXT`, checked by `json_valid` |

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::SqlType,
    sqlite::{Sqlite, SqliteValue},
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt, io::Write, str::FromStr};

/// The SQL type of a [`JsonValue`]. The numbers are PostgreSQL's own for `jsonb` and its array. It has no order.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Json;

/// A JSON value other than null, as its canonical text: what both databases give back as it was written.
///
/// The text has no spaces. The fields of an object are in the order of their names, by code point; of several with one name, the last
/// counts. A number is a whole number of 64 bits or a double: a double without a fraction is written as a whole number if it is within
/// their range (`1.0` as `1`), and any other in the shortest form that is read as the same double. There is no negative zero.
///
/// What another program has written is brought to this form when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Json)]
pub struct JsonValue(String);

impl JsonValue {
    /// The most levels of lists and objects.
    pub const MAX_DEPTH: usize = 100;

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a `jsonb` holds: the version of its form, and a text.
    pub(super) fn from_postgres(bytes: &[u8]) -> Option<JsonValue> {
        let (version, text) = bytes.split_first()?;
        if *version == 1 { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
    }
}

impl fmt::Display for JsonValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no [`JsonValue`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("expected JSON other than null, with up to 100 levels and with numbers that a double can hold")]
pub struct BadJson;

impl FromStr for JsonValue {
    type Err = BadJson;

    fn from_str(text: &str) -> Result<Self, BadJson> {
        let value: &RawValue = serde_json::from_str(text).map_err(|_| BadJson)?;
        let mut canonical = String::with_capacity(text.len());
        write(value, JsonValue::MAX_DEPTH, &mut canonical).filter(|()| canonical != "null").ok_or(BadJson)?;
        Ok(JsonValue(canonical))
    }
}

/// Writes the canonical form of a value with up to this many levels.
fn write(value: &RawValue, levels: usize, out: &mut String) -> Option<()> {
    let text = value.get();
    match text.as_bytes().first()? {
        b'{' => {
            let levels = levels.checked_sub(1)?;
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
            for (nth, (name, value)) in fields.iter().enumerate() {
                out.push(if nth == 0 { '{' } else { ',' });
                *out += &serde_json::to_string(name).ok()?;
                out.push(':');
                write(value, levels, out)?;
            }
            *out += if fields.is_empty() { "{}" } else { "}" };
        }
        b'[' => {
            let levels = levels.checked_sub(1)?;
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            for (nth, item) in items.iter().enumerate() {
                out.push(if nth == 0 { '[' } else { ',' });
                write(item, levels, out)?;
            }
            *out += if items.is_empty() { "[]" } else { "]" };
        }
        b'"' => *out += &serde_json::to_string(&serde_json::from_str::<String>(text).ok()?).ok()?,
        b't' | b'f' | b'n' => *out += text,
        _ => *out += &number(text)?,
    }
    Some(())
}

/// The canonical form of a number. Not by `serde_json`, which may read another double than the nearest one.
fn number(text: &str) -> Option<String> {
    /// 2 to the power of 64.
    const END: f64 = 18_446_744_073_709_551_616.0;
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.to_string());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.to_string());
    }
    // Either zero becomes the positive one.
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())? + 0.0;
    let is_whole = number.fract() == 0.0 && (-END / 2.0..END).contains(&number);
    if is_whole { Some(format!("{number:.0}")) } else { serde_json::to_string(&number).ok() }
}

impl FromSql<Json, Pg> for JsonValue {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(JsonValue::from_postgres(value.as_bytes()).ok_or(BadJson)?)
    }
}

impl ToSql<Json, Pg> for JsonValue {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[1])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Json, Sqlite> for JsonValue {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(value.read_text().parse()?)
    }
}

impl ToSql<Json, Sqlite> for JsonValue {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        text.parse::<JsonValue>().ok().map(|json| json.to_string())
    }

    #[test]
    fn what_is_the_same_has_one_form() {
        for (text, expected) in [
            (
                r#" { "b" : [ 1 , true , null ] , "a" : {} , "B" : [ ] } "#,
                r#"{"B":[],"a":{},"b":[1,true,null]}"#,
            ),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            // By code point: UTF-16 would have the last one first.
            ("{\"\u{1f600}\":1,\"\u{ffe6}\":2}", "{\"\u{ffe6}\":2,\"\u{1f600}\":1}"),
            (r#""\u00e9\/\n\u0001""#, "\"\u{e9}/\\n\\u0001\""),
            ("1.0", "1"),
            ("1e2", "100"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1E16", "10000000000000000"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-9223372036854775809", "-9223372036854775808"),
            ("0.1", "0.1"),
            ("0.10000000000000000555", "0.1"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
    }

    /// PostgreSQL writes all digits of a number.
    #[test]
    fn numbers_are_the_same_with_all_their_digits() {
        let powers = (-1074..1024).map(|power| 2_f64.powi(power));
        for number in powers.chain([0.1, 0.3, 1.0 / 3.0, f64::MAX, f64::MIN_POSITIVE, 1e22, 1e23]) {
            let text = canonical(&format!("{number:?}")).unwrap();
            assert_eq!(canonical(&format!("{number:.1100}")).unwrap(), text);
            assert_eq!(canonical(&text).unwrap(), text);
            assert_eq!(text.parse::<f64>().unwrap(), number);
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in ["", "null", "{", "[1,]", "NaN", "1e400", "'a'", "{a:1}", "01", "1 2", "\"\\ud800\""] {
            assert_eq!(canonical(text), None, "{text}");
        }
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(canonical(&nested(JsonValue::MAX_DEPTH)).is_some());
        assert!(canonical(&nested(JsonValue::MAX_DEPTH + 1)).is_none());
        assert!(canonical(&nested(100_000)).is_none());
    }
}
