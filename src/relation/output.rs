//! The object types of entities, registered from their shapes: what clients can select. The engine resolves it.
//!
//! | file | what is in it |
//! |---|---|
//! | `queries` | the root fields that lead to entities, and the interface of all of them |
//! | `entity` | the object type of an entity, and the types that its relationships need |
//! | `fields` | how a type is put together |
//! | `id_of` | the id of a row of an entity, as an argument |
//! | `scalars` | ids and timestamps |

mod entity;
mod fields;
mod id_of;
mod queries;
mod scalars;

pub use entity::{connection_name, edge_name, register_entity};
pub use fields::{Fields, add_field, argument, description, register_object};
pub use id_of::IdOf;
pub use queries::{NamedBy, Queried, Queries, RootFields, register_nodes};
