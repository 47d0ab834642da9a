//! What a resolver gives the engine to write.

use crate::db::Id;
use crate::relation::Value as Cell;
use async_graphql::Value;

/// What a resolver gives for an object with rows in it: a payload, or an event.
#[derive(Debug, Default)]
pub struct Given {
    /// The rows, by their ids. All of its fields that are rows have these.
    pub rows: Vec<Id>,
    /// Rows that are known already: their ids, and a value for each column of their table.
    pub known: Vec<(Id, Vec<Cell>)>,
    /// The other fields, by their names.
    pub values: Vec<(&'static str, Value)>,
}

impl Given {
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}
