//! Ids, days, points in time, exact numbers and JSON in GraphQL.

use crate::db::{BadJson, Date, Decimal, Id, JsonValue, Timestamp};
use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned, Scalar,
    ScalarType, ServerResult, Value, parser::types::Field, registry::Registry,
};
use std::{borrow::Cow, fmt::Display, str::FromStr};

// `Id` is GraphQL's own `ID` in the schema, without a `String` for each one on the way out.
impl OutputType for Id {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::String(self.to_string()))
    }
}

impl InputType for Id {
    type RawValueType = Id;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        parse(value.unwrap_or_default())
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }

    fn as_raw_value(&self) -> Option<&Id> {
        Some(self)
    }
}

/// Reads a value that is a text in GraphQL.
fn parse<T: InputType + FromStr<Err: Display>>(value: Value) -> InputValueResult<T> {
    match value {
        Value::String(text) => text.parse().map_err(InputValueError::custom),
        other => Err(InputValueError::expected_type(other)),
    }
}

/// A day, as in `2024-04-18`, of the years 1 to 9999.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        parse(value)
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// A point in time as in RFC 3339, in UTC with microseconds: `2024-04-18T14:40:00.000000Z`. Inputs may have another
/// offset, no offset (UTC) or no time (midnight). The years 1970 to 9999 are valid; anything finer than a microsecond is
/// cut off.
#[Scalar(name = "DateTime", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for Timestamp {
    fn parse(value: Value) -> InputValueResult<Self> {
        parse(value)
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// An exact decimal number, as a text with all decimals of its column: `12.50`. Inputs may have fewer decimals, but not more; whole numbers
/// may also be numbers.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        parse(value)
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// Any JSON value, with up to 100 levels. It comes back in one form: the fields of objects in the order of their names (by code point), and
/// numbers as whole numbers of 64 bits or as doubles, so that `1.0` becomes `1`. Null is not a value: it clears the field.
#[Scalar(name = "JSON")]
impl ScalarType for JsonValue {
    fn parse(value: Value) -> InputValueResult<Self> {
        let json = value.into_json().map_err(InputValueError::custom)?;
        json.to_string().parse().map_err(|error: BadJson| InputValueError::custom(error))
    }

    fn to_value(&self) -> Value {
        serde_json::from_str(self.as_str()).unwrap_or_default()
    }
}
