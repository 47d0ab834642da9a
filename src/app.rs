//! An application: the tables that Doorway serves, as a schema, a graph and migrations.
//!
//! [`registry!`](crate::registry) makes most of it from a list of entity files.
//!
//! | file | what it is for |
//! |---|---|
//! | `registry` | the macro that lists the entities of an application |
//! | `subscription` | the subscriptions to their changes |
//! | `nodes` | the root fields that lead to a row of any type |
//! | `roots` | async-graphql's schema, whatever its types |
//!
//! Each imports only those below it.

mod nodes;
mod registry;
mod roots;
mod subscription;

pub use nodes::{Entities, Nodes};
pub use subscription::{Changed, Changes, changes};

/// What subscriptions are.
pub use futures_util::Stream;

use crate::db::{Db, History};
use crate::document;
use crate::engine::Graph;
use crate::relation::Shape;
use async_graphql::{ObjectType, SDLExportOptions, Schema, SchemaBuilder, SubscriptionType, ValidationMode};
use futures_util::future::BoxFuture;
use roots::AnyRoots;
use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
};

/// What Doorway serves. Cloning it is cheap.
#[derive(Clone)]
pub struct App(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    roots: Arc<dyn AnyRoots>,
    /// Whether queries go through async-graphql as well, for a program's own extensions.
    extended: bool,
    sdl: String,
    documents: OnceLock<Arc<document::Schema>>,
    graph: Arc<Graph>,
    history: History,
    demo: Option<Demo>,
}

/// Fills an empty database with demo rows; `false` if there were rows, and it was left alone.
pub type Demo = fn(Db) -> BoxFuture<'static, Result<bool, Box<dyn Error + Send + Sync>>>;

impl App {
    /// An application with these root types, these entities and these migrations.
    pub fn new<Q, M, S>(schema: SchemaBuilder<Q, M, S>, graph: Graph, history: History) -> App
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        App::of(schema, false, Arc::new(graph), history, None)
    }

    /// The same application with a schema that has extensions or data of a program's own. Every operation goes through them.
    #[must_use]
    pub fn extended<Q, M, S>(&self, schema: SchemaBuilder<Q, M, S>) -> App
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        App::of(schema, true, self.0.graph.clone(), self.0.history, self.0.demo)
    }

    fn of<Q, M, S>(
        schema: SchemaBuilder<Q, M, S>,
        extended: bool,
        graph: Arc<Graph>,
        history: History,
        demo: Option<Demo>,
    ) -> App
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        // [`crate::document`] validates, and prepares what is executed.
        let schema: Schema<Q, M, S> =
            schema.validation_mode(ValidationMode::Fast).limit_recursive_depth(usize::MAX).finish();
        let sdl = schema.sdl_with_options(SDLExportOptions::new().include_specified_by());
        let sdl = format!("{}\n", sdl.trim());
        App(Arc::new(Parts {
            roots: Arc::new(schema),
            extended,
            sdl,
            documents: OnceLock::new(),
            graph,
            history,
            demo,
        }))
    }

    /// The same application with demo rows, for `serve --demo`.
    #[must_use]
    pub fn with_demo(self, demo: Demo) -> App {
        App(Arc::new(Parts { demo: Some(demo), ..Parts::clone(&self.0) }))
    }

    /// What fills an empty database with demo rows.
    pub fn demo(&self) -> Option<Demo> {
        self.0.demo
    }

    /// The schema in GraphQL's schema definition language, ended by one newline.
    pub fn sdl(&self) -> &str {
        &self.0.sdl
    }

    /// The schema that documents are validated against: the one that is executed, read from its SDL.
    pub fn documents(&self) -> &Arc<document::Schema> {
        self.0.documents.get_or_init(|| {
            #[allow(clippy::expect_used, reason = "at start-up, and a test holds that it is valid")]
            document::Schema::read(&self.0.sdl, document::Limits::default()).expect("the schema is valid")
        })
    }

    /// The entities, with their root fields.
    pub fn graph(&self) -> &Graph {
        &self.0.graph
    }

    /// The entities as data.
    pub fn shapes(&self) -> Vec<Shape> {
        self.0.graph.entities.iter().map(|entity| entity.shape).collect()
    }

    /// Its migrations.
    pub fn history(&self) -> History {
        self.0.history
    }

    /// Whether queries go through async-graphql as well.
    pub(crate) fn is_extended(&self) -> bool {
        self.0.extended
    }

    /// What executes root fields that are resolvers'.
    pub(crate) fn roots(&self) -> &Arc<dyn AnyRoots> {
        &self.0.roots
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App")
    }
}
