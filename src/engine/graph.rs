//! The entities of a schema, with their root fields: all that an operation can lead to.

use crate::relation::{NodeTable, RootFields, Shape};

/// The entities of a schema.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Each with its root fields.
    pub entities: Vec<RootFields>,
    /// Their tables, in the same order: what `node` looks through.
    pub tables: &'static [NodeTable],
}

impl Graph {
    /// The entity whose type has this name.
    pub(super) fn entity(&self, name: &str) -> Option<Shape> {
        self.entities.iter().map(|entity| entity.shape).find(|shape| shape.name == name)
    }
}
