//! `__schema` and `__type`, answered by `apollo-compiler` from the printed schema: async-graphql 8.0.0-rc.5 gives a
//! type's description for the schema's, and an interface no list of interfaces.

use super::schema::{Document, Refused};
use super::values::Values;
use crate::error::GRAPHQL_VALIDATION_FAILED;
use apollo_compiler::{executable::Operation, introspection, response::JsonValue};
use async_graphql::{Name, Value, indexmap::IndexMap};

/// The fields of a query's root that introspection answers.
#[derive(Debug)]
pub struct Introspected {
    /// All keys of the response, in its order.
    pub(super) keys: Vec<Name>,
    /// Those that are answered here.
    fields: IndexMap<Name, Value>,
}

impl Introspected {
    /// Answers the fields of `keys` that are not `others`.
    pub(super) fn answer(
        document: &Document,
        operation: &Operation,
        values: &Values<'_>,
        keys: Vec<Name>,
    ) -> Result<Introspected, Refused> {
        let schema = &document.schema;
        let answer = introspection::partial_execute(
            &schema.definitions,
            &schema.implementers,
            &document.executable,
            operation,
            &values.coerced,
        );
        let answer = answer.map_err(|error| {
            let text = error.message().to_string();
            document.lines.error(GRAPHQL_VALIDATION_FAILED, text, error.location())
        })?;
        let fields = answer.data.unwrap_or_default();
        let fields = fields.iter().map(|(key, value)| (Name::new(key.as_str()), constant(value))).collect();
        Ok(Introspected { keys, fields })
    }

    /// Puts the fields among the data of the others. An error that left no data leaves none.
    pub fn among(mut self, data: Value) -> Value {
        let Value::Object(mut data) = data else { return data };
        let keys = self.keys.into_iter().filter_map(|key| {
            let value = data.swap_remove(&key).or_else(|| self.fields.swap_remove(&key))?;
            Some((key, value))
        });
        Value::Object(keys.collect())
    }
}

fn constant(value: &JsonValue) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(boolean) => Value::Boolean(*boolean),
        JsonValue::Number(number) => Value::Number(number.clone()),
        JsonValue::String(text) => Value::String(text.as_str().to_owned()),
        JsonValue::Array(values) => Value::List(values.iter().map(constant).collect()),
        JsonValue::Object(fields) => Value::Object(
            fields.iter().map(|(key, value)| (Name::new(key.as_str()), constant(value))).collect(),
        ),
    }
}
