//! The Rust types of columns, read from the JSON that loaders keep of a row.

use crate::db::{Date, Decimal, Id, JsonValue, Timestamp};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::value::RawValue;
use std::str::FromStr;

/// The type of a row's field, read from the JSON of its cell.
#[diagnostic::on_unimplemented(
    message = "resolvers cannot read fields of the type `{Self}`",
    label = "not a type that columns have"
)]
pub trait FromJson: Sized {
    /// The value of a cell; nothing where it is not of this type.
    fn from_json(json: &[u8]) -> Option<Self>;
}

fn parsed<T: FromStr>(json: &[u8]) -> Option<T> {
    // None of these has a character that JSON escapes.
    std::str::from_utf8(json.strip_prefix(b"\"")?.strip_suffix(b"\"")?).ok()?.parse().ok()
}

macro_rules! from_json {
    ($read:expr; $($rust:ty),+) => {
        $(impl FromJson for $rust {
            fn from_json(json: &[u8]) -> Option<Self> {
                let read = $read;
                read(json)
            }
        })+
    };
}
from_json!(|json| serde_json::from_slice(json).ok(); String, bool, i16, i32, f64);
from_json!(parsed; i64, Id, Timestamp, Date, Decimal);
from_json!(|json| std::str::from_utf8(json).ok()?.parse().ok(); JsonValue);
from_json!(|json| STANDARD.decode(parsed::<String>(json)?).ok(); Vec<u8>);

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &[u8]) -> Option<Self> {
        let elements: Vec<&RawValue> = serde_json::from_slice(json).ok()?;
        elements.into_iter().map(|element| T::from_json(element.get().as_bytes())).collect()
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: &[u8]) -> Option<Self> {
        if json == b"null" { Some(None) } else { T::from_json(json).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_they_are_written() {
        assert_eq!(String::from_json(br#""a\"b""#).unwrap(), "a\"b");
        assert_eq!(i64::from_json(br#""-9223372036854775808""#), Some(i64::MIN));
        assert_eq!(f64::from_json(b"1.5"), Some(1.5));
        assert_eq!(Vec::<u8>::from_json(br#""AP8=""#), Some(vec![0, 255]));
        assert_eq!(Option::<i32>::from_json(b"null"), Some(None));
        assert_eq!(Option::<bool>::from_json(b"true"), Some(Some(true)));
        assert_eq!(Vec::<String>::from_json(br#"["a","\u00e9"]"#).unwrap(), ["a", "é"]);
        assert_eq!(Vec::<i64>::from_json(br#"["1","-2"]"#), Some(vec![1, -2]));
        assert_eq!(Vec::<Vec<u8>>::from_json(br#"["AP8=",""]"#), Some(vec![vec![0, 255], vec![]]));
        assert_eq!(Option::<Vec<bool>>::from_json(b"[]"), Some(Some(Vec::new())));
        for json in ["\"2024-01-02\"", "\"12.50\"", "{\"a\":1}"] {
            assert_eq!(i32::from_json(json.as_bytes()), None);
        }
        assert_eq!(Date::from_json(b"\"2024-01-02\"").unwrap().to_string(), "2024-01-02");
        assert_eq!(Decimal::from_json(b"\"12.50\"").unwrap().to_string(), "12.50");
        assert_eq!(JsonValue::from_json(b"{\"a\":1}").unwrap().as_str(), "{\"a\":1}");
        let time = "2024-04-18T14:40:00.000000Z";
        assert_eq!(Timestamp::from_json(format!("\"{time}\"").as_bytes()).unwrap().to_string(), time);
    }
}
