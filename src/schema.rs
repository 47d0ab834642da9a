//! The schema: its three roots, and how it is printed.

mod subscription;

use crate::entities::{Mutation, Query};
use async_graphql::{SDLExportOptions, SchemaBuilder};

pub use subscription::SubscriptionRoot;

/// The schema; making it is cheap, cloning it cheaper.
pub type Schema = async_graphql::Schema<Query, Mutation, SubscriptionRoot>;

/// Makes the schema.
pub fn schema() -> Schema {
    builder().finish()
}

/// Returns the builder of the schema, for programs that add extensions or data of their own.
pub fn builder() -> SchemaBuilder<Query, Mutation, SubscriptionRoot> {
    Schema::build(Query::default(), Mutation::default(), SubscriptionRoot)
}

/// The schema in GraphQL's schema definition language, ended by one newline.
pub fn sdl() -> String {
    let sdl = schema().sdl_with_options(SDLExportOptions::new().include_specified_by());
    format!("{}\n", sdl.trim())
}
