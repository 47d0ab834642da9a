//! The operations of a legacy connection, as the library executes them.
//!
//! The library's own reading of a request would lose its `documentId`, and would run any document on a server that runs
//! trusted documents only. So operations are read and checked as on every other transport, before the library starts them.

use crate::document::Kind;
use crate::execution::Operation;
use crate::server::http::{Parameters, Refusal};
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
    pub(super) fn new(shared: Shared) -> Operations {
        let (added, running, queries) = (Mutex::default(), Arc::default(), Arc::default());
        let places = Places::default();
        Operations(Arc::new(All { shared, places, added, running, queries }))
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
        let responses = self.0.shared.responses(operation, session_data, &self.0.places);
        // It counts as running until the library drops the stream.
        responses.map(move |answer| (answer.into_response(), &running).0).boxed()
    }
}
