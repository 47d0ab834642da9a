//! The object types of entities, registered from their shapes: what clients can select. The engine resolves it.
//!
//! | file | what is in it |
//! |---|---|
//! | `queries` | the root fields that lead to entities, and the interface of all of them |
//! | `entity` | the object type of an entity, and the types that its relationships need |
//! | `fields` | how a type is put together |
//! | `scalars` | ids and timestamps |

mod entity;
mod fields;
mod queries;
mod scalars;

pub use entity::{connection_name, edge_name, register_entity};
pub use fields::{Fields, add_field, argument, description, register_object};
pub use queries::{NamedBy, Queried, Queries, RootFields, register_nodes};
