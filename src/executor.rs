//! The executor: what a server mounts to run operations. Ours does ([`crate::server`]), and other programs may.

use crate::db::Db;
use crate::error::{INTERNAL_SERVER_ERROR, masked, without_location};
use crate::execution;
use crate::relation::{EXTENSION, is_asked};
use crate::schema::{Schema, schema};
use async_graphql::{BatchRequest, BatchResponse, Data, Error, Request, Response};
use futures_util::{FutureExt, Stream, StreamExt, stream::BoxStream};
use std::{panic::AssertUnwindSafe, sync::Arc};

/// Executes operations on one database; cloning it is cheap. It implements [`async_graphql::Executor`], so that
/// async-graphql's integrations take it where they take a schema.
///
/// Each operation runs as under Doorway's own server: one SQL statement for each relationship field, the same limits on
/// its document and its response, 30 seconds, and errors that tell nothing of the database. What belongs to HTTP is the
/// program's own task: who may ask, how large a request may be, and which documents may run.
#[derive(Clone)]
pub struct Executor {
    schema: Schema,
    db: Db,
    explain: bool,
}

impl Executor {
    /// Over this database, whose migrations have been applied ([`Db::migrations`]).
    pub fn new(db: Db) -> Executor {
        Executor::with_schema(schema(), db)
    }

    /// The same with a schema of one's own making, from [`crate::schema::builder`].
    pub fn with_schema(schema: Schema, db: Db) -> Executor {
        Executor { schema, db, explain: false }
    }

    /// Whether a request may ask what it costs, by the extension `doorway: { explain: true }`. It shows the SQL, so by
    /// default it may not, and the extension is ignored.
    #[must_use]
    pub fn explain(self, allowed: bool) -> Executor {
        Executor { explain: allowed, ..self }
    }

    /// The database that it executes on.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Whether the response to this request will say what it costs.
    pub(crate) fn explains(&self, request: &Request) -> bool {
        self.explain && request.extensions.get(EXTENSION).is_some_and(is_asked)
    }

    /// The one response of a query or a mutation.
    ///
    /// # Errors
    /// The error to answer with, where executing it panicked.
    pub(crate) async fn respond(&self, request: Request) -> Result<Response, Error> {
        let execution = execution::execute(&self.schema, &self.db, self.allowed(request));
        AssertUnwindSafe(execution).catch_unwind().await.map_err(|_| panicked())
    }

    /// The responses to an operation, one to any but a subscription; a panic is one, and the last.
    pub(crate) fn responses(
        &self,
        request: Request,
        session_data: Option<Arc<Data>>,
    ) -> impl Stream<Item = Response> + Send + use<> {
        let request = self.allowed(request);
        let responses =
            execution::execute_stream_with_session_data(&self.schema, &self.db, request, session_data);
        AssertUnwindSafe(responses)
            .catch_unwind()
            .map(|response| response.unwrap_or_else(|_| failed(panicked())))
    }

    /// The request without what it may not ask.
    fn allowed(&self, mut request: Request) -> Request {
        if !self.explain {
            request.extensions.remove(EXTENSION);
        }
        request
    }
}

impl async_graphql::Executor for Executor {
    async fn execute(&self, request: Request) -> Response {
        self.respond(request).await.unwrap_or_else(failed)
    }

    /// One operation after the other, each with limits of its own. Side by side, the mutations of a batch would run in
    /// any order, and one client would take a connection to the database for each.
    async fn execute_batch(&self, batch: BatchRequest) -> BatchResponse {
        match batch {
            BatchRequest::Single(request) => BatchResponse::Single(self.execute(request).await),
            BatchRequest::Batch(requests) => {
                let mut responses = Vec::with_capacity(requests.len());
                for request in requests {
                    responses.push(self.execute(request).await);
                }
                BatchResponse::Batch(responses)
            }
        }
    }

    fn execute_stream(
        &self,
        request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        self.responses(request, session_data).boxed()
    }
}

fn panicked() -> Error {
    masked(INTERNAL_SERVER_ERROR, "something went wrong inside the server", &"a panic, see above")
}

fn failed(error: Error) -> Response {
    Response::from_errors(vec![without_location(error)])
}
