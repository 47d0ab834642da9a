//! The executor: what a server mounts to run operations. Doorway's own server does, and so can other programs.

use crate::app::App;
use crate::db::Db;
use crate::document::{self, Documents};
use crate::engine::Answer;
use crate::error::{internal, without_location};
use crate::execution::{self, Bounds, Operation};
use crate::relation::{EXTENSION, is_asked};
use async_graphql::{BatchRequest, BatchResponse, Data, Error, Request, Response, value};
use futures_util::{FutureExt, Stream, StreamExt, stream::BoxStream};
use std::{panic::AssertUnwindSafe, sync::Arc};

/// Executes operations on one database. Cloning it is cheap. It implements [`async_graphql::Executor`], so async-graphql's
/// integrations accept it in place of a schema.
///
/// Operations run as on Doorway's own server: one SQL statement for each relationship field, the same limits on documents,
/// responses and time, and errors without database text. HTTP is up to the program: origins, the size of requests, the
/// number of connections, and which documents may run.
#[derive(Clone)]
pub struct Executor {
    app: App,
    db: Db,
    documents: Arc<Documents>,
    explain: bool,
    bounds: Bounds,
}

/// The most that all documents which were read may take, in bytes: 64 MiB.
const MEMORY: usize = 64 << 20;

impl Executor {
    /// An executor of `app`'s operations on this database. Its migrations must have been applied ([`Db::migrations`]). Where the
    /// schema needs extensions or data of a program's own, [`App::extended`] adds them.
    pub fn new(app: App, db: Db) -> Executor {
        let documents = Arc::new(Documents::new(app.documents().clone(), MEMORY));
        Executor { app, db, documents, explain: false, bounds: Bounds::default() }
    }

    /// The same with other limits of each operation, and of all that run at a time.
    #[must_use]
    pub fn bounded(self, bounds: Bounds) -> Executor {
        Executor { bounds, ..self }
    }

    /// Whether requests may ask for what they ran, with the extension `doorway: { explain: true }`. The answer contains SQL, so
    /// by default this is ignored. Any request may ask for its cost, with `doorway: { cost: true }`.
    #[must_use]
    pub fn explain(self, allowed: bool) -> Executor {
        Executor { explain: allowed, ..self }
    }

    /// The same for documents within these limits. None of them has been read yet.
    #[must_use]
    pub fn with_documents(self, limits: document::Limits) -> Executor {
        let documents = Documents::new(self.app.documents().within(limits), MEMORY);
        Executor { documents: Arc::new(documents), ..self }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The documents that were read, so that none is read twice.
    pub(crate) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Whether the response to this request will contain what it ran.
    pub(crate) fn explains(&self, request: &Request) -> bool {
        self.explain && request.extensions.get(EXTENSION).is_some_and(|asked| is_asked(asked, "explain"))
    }

    /// The one response of a query or a mutation.
    ///
    /// # Errors
    /// The error to answer with, where executing it panicked.
    pub(crate) async fn respond(&self, operation: Operation) -> Result<Answer, Error> {
        let execution = execution::answer(&self.app, &self.bounds, &self.db, self.allowed(operation));
        AssertUnwindSafe(execution).catch_unwind().await.map_err(|_| panicked())
    }

    /// The responses of an operation: one, or for a subscription one for each event. A panic gives a last one.
    pub(crate) fn responses(
        &self,
        operation: Operation,
        session_data: Option<Arc<Data>>,
    ) -> impl Stream<Item = Answer> + Send + use<> {
        let operation = self.allowed(operation);
        let responses = execution::answers(&self.app, &self.bounds, &self.db, operation, session_data);
        AssertUnwindSafe(responses)
            .catch_unwind()
            .map(|response| response.unwrap_or_else(|_| failed(panicked())))
    }

    /// The operation without the extensions that are not allowed.
    fn allowed(&self, mut operation: Operation) -> Operation {
        if !self.explain
            && let Some(asked) = operation.request.extensions.get_mut(EXTENSION)
        {
            // Its cost is no secret.
            *asked = value!({ "cost": is_asked(asked, "cost") });
        }
        operation
    }

    /// The operation that a request asks for, its document read now or before.
    fn read(&self, request: Request) -> Operation {
        let size = request.query.len();
        Operation { document: self.documents.read(&request.query), request, size, turn: None }
    }
}

impl async_graphql::Executor for Executor {
    async fn execute(&self, request: Request) -> Response {
        self.respond(self.read(request)).await.unwrap_or_else(failed).into_response()
    }

    /// Executes the operations one after the other, each with limits of its own. In parallel, the mutations of a batch would
    /// run in any order, and one client would hold a database connection for each of them.
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
        self.responses(self.read(request), session_data).map(Answer::into_response).boxed()
    }
}

fn panicked() -> Error {
    internal(&"a panic, see above")
}

fn failed(error: Error) -> Answer {
    Answer::refused(vec![without_location(error)])
}
