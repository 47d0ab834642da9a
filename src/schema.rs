//! The schema: its three roots, and how it is printed.

mod subscription;

use crate::entities::{Mutation, Query};
use async_graphql::{SDLExportOptions, SchemaBuilder, ValidationMode};

pub use subscription::SubscriptionRoot;

/// The schema; making it is cheap, cloning it cheaper.
pub type Schema = async_graphql::Schema<Query, Mutation, SubscriptionRoot>;

/// Makes the schema. It validates nothing itself: [`crate::document`] does that, and prepares what is executed.
pub fn schema() -> Schema {
    builder().finish()
}

/// Returns the builder of the schema, for programs that add extensions or data of their own.
pub fn builder() -> SchemaBuilder<Query, Mutation, SubscriptionRoot> {
    Schema::build(Query::default(), Mutation::default(), SubscriptionRoot)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(usize::MAX)
}

/// The schema in GraphQL's schema definition language, ended by one newline.
pub fn sdl() -> String {
    let sdl = schema().sdl_with_options(SDLExportOptions::new().include_specified_by());
    format!("{}\n", sdl.trim())
}
