//! `__schema` and `__type`, answered by `apollo-compiler` from the printed schema: async-graphql 8.0.0-rc.5 gives a
//! type's description for the schema's, and an interface no list of interfaces.

use super::schema::Refused;
use super::selection::Requested;
use crate::error::GRAPHQL_VALIDATION_FAILED;
use apollo_compiler::introspection;

/// Whether introspection answers a field of a query's root (section 4.1, "Schema Introspection").
pub fn is_introspection(field: &str) -> bool {
    ["__schema", "__type"].contains(&field)
}

impl Requested<'_> {
    /// The answers to the root fields that [`is_introspection`] is true of: each with its key in the response, as JSON.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED` where `apollo-compiler` does not execute it.
    pub fn introspect(&self) -> Result<Vec<(String, String)>, Refused> {
        let schema = &self.document.schema;
        let answer = introspection::partial_execute(
            &schema.definitions,
            &schema.implementers,
            &self.document.executable,
            self.operation,
            &self.values.coerced,
        );
        let answer = answer.map_err(|error| {
            let text = error.message().to_string();
            self.document.lines.error(GRAPHQL_VALIDATION_FAILED, text, error.location())
        })?;
        let fields = answer.data.unwrap_or_default();
        let json = |value| serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
        Ok(fields.iter().map(|(key, value)| (key.as_str().to_owned(), json(value))).collect())
    }
}
