//! What a resolver gives the engine to write.

use super::plan::{Projected, Projection, key_text};
use crate::db::Id;
use crate::relation::Value as Cell;
use async_graphql::Value;
use std::sync::Arc;

/// What a resolver gives for an object with rows in it: a payload, or an event.
#[derive(Debug, Default)]
pub struct Given {
    /// The rows, by their ids. All of its fields that are rows have these.
    pub rows: Vec<Id>,
    /// Rows that are known already: their ids, and a value for each column of their table.
    pub known: Vec<(Id, Vec<Cell>)>,
    /// The text of the event that it is about, the same one for all who hear of it.
    pub event: Option<Arc<str>>,
    /// The other fields, by their names.
    pub values: Vec<(&'static str, Value)>,
}

impl Given {
    /// Writes what is selected of the field called `name`.
    pub(super) fn write(&self, name: &str, selection: &Projection, out: &mut Vec<u8>) {
        let value = self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        project(value.unwrap_or(&Value::Null), selection, out);
    }
}

/// What is selected of a value that a resolver gives.
fn project(value: &Value, selection: &Projection, out: &mut Vec<u8>) {
    match value {
        Value::List(items) => {
            out.push(b'[');
            for (nth, item) in items.iter().enumerate() {
                out.extend_from_slice(if nth > 0 { b"," } else { b"" });
                project(item, selection, out);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (nth, (key, projected)) in selection.fields.iter().enumerate() {
                out.extend_from_slice(key_text(nth, key).as_bytes());
                match projected {
                    Projected::TypeName(name) => out.extend_from_slice(format!("\"{name}\"").as_bytes()),
                    Projected::Field(name, selection) => {
                        let value = fields.get(name.as_str()).unwrap_or(&Value::Null);
                        project(value, selection, out);
                    }
                }
            }
            out.push(b'}');
        }
        // Writing to a vector does not fail.
        scalar => drop(serde_json::to_writer(out, scalar)),
    }
}
