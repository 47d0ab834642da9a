//! Ids, days and points in time in GraphQL.

use crate::db::{Date, Id, Timestamp};
use async_graphql::{
    ContextSelectionSet, ID, InputValueError, InputValueResult, OutputType, Positioned, Scalar, ScalarType,
    ServerResult, Value, parser::types::Field, registry::Registry,
};
use std::borrow::Cow;

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

/// A day, as in `2024-04-18`, of the years 1 to 9999.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => text.parse().map_err(InputValueError::custom),
            other => Err(InputValueError::expected_type(other)),
        }
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
        match value {
            Value::String(text) => text.parse().map_err(InputValueError::custom),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}
