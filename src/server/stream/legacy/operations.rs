//! The operations of a legacy connection, as the library executes them.
//!
//! The library's own reading of a request would lose its `documentId`, and would run any document on a server that runs
//! trusted documents only. So operations are read and checked as on every other transport, before the library starts them.

use crate::document::Kind;
use crate::engine::Answer;
use crate::execution::Operation;
use crate::server::http::{Held, Parameters, Reader, Refusal};
use crate::server::shared::{Places, Shared};
use crate::server::stream::connection::too_many_operations;
use async_graphql::{Data, Executor, Request, Response, ServerError};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The executor that the library gets. The library only sees requests whose query is the id of an operation, and this
/// executes the operation with that id, which was read and checked before.
#[derive(Clone)]
pub(super) struct Operations(Arc<All>);

struct All {
    shared: Shared,
    reader: Arc<Reader>,
    /// For its responses.
    places: Places,
    added: Mutex<HashMap<String, (Operation, Running)>>,
    /// Each running operation holds a clone, so the reference count is the number of operations.
    running: Arc<()>,
    /// The same for queries and mutations.
    queries: Arc<()>,
}

/// Counts an operation as running until it is dropped.
struct Running {
    _one: Arc<()>,
    _query: Option<Arc<()>>,
}

impl Operations {
    /// Those of a connection with this client.
    pub(super) fn new(shared: Shared, reader: Arc<Reader>) -> Operations {
        let (added, running, queries) = (Mutex::default(), Arc::default(), Arc::default());
        let places = Places::default();
        Operations(Arc::new(All { shared, reader, places, added, running, queries }))
    }

    /// Adds the operation that the parameters ask for. The library starts it.
    pub(super) fn add(&self, id: &str, parameters: Parameters) -> Result<(), ServerError> {
        let All { shared, added, running, queries, .. } = &*self.0;
        let most = shared.options.limits.operations;
        if others(running) >= most {
            return Err(too_many_operations(most));
        }
        let operation = shared.operation_at_once(parameters).map_err(Refusal::into_error)?.operation;
        let subscribes = operation.kind() == Some(Kind::Subscription);
        let running = Running { _one: running.clone(), _query: (!subscribes).then(|| queries.clone()) };
        let mut added = added.lock().unwrap_or_else(PoisonError::into_inner);
        added.insert(id.to_owned(), (operation, running));
        Ok(())
    }

    /// Whether all running operations are subscriptions.
    pub(super) fn only_subscriptions(&self) -> bool {
        others(&self.0.queries) == 0
    }
}

/// The number of other clones.
fn others(kept: &Arc<()>) -> usize {
    Arc::strong_count(kept) - 1
}

impl Executor for Operations {
    async fn execute(&self, request: Request) -> Response {
        self.execute_stream(request, None).next().await.unwrap_or_default()
    }

    fn execute_stream(
        &self,
        request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let mut added = self.0.added.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((operation, running)) = added.remove(&request.query) else {
            return stream::empty().boxed();
        };
        let All { shared, reader, places, .. } = &*self.0;
        let responses = shared.responses(operation, session_data, places);
        let (unwritten, reader) = (shared.unwritten.clone(), reader.clone());
        let count = move |answer: &mut Answer| answer.room.take().map(|room| unwritten.hold(room, &reader));
        // It counts as running until the library drops the stream.
        stream::unfold(
            (responses, None::<Held>, count, running),
            |(mut responses, held, count, running)| async {
                // The library asks for the next one when the last one was sent.
                drop(held);
                let mut answer = responses.next().await?;
                let held = count(&mut answer);
                Some((answer.into_response(), (responses, held, count, running)))
            },
        )
        .boxed()
    }
}
