//! The operations of a legacy connection, as the library executes them.
//!
//! The library's own reading of a request would lose its `documentId`, and would run any document on a server that runs
//! trusted documents only. So operations are read and checked as on every other transport, before the library starts them.

use crate::document::Kind;
use crate::engine::{Answer, Taken};
use crate::server::http::{Parameters, Refusal};
use crate::server::shared::{Places, Shared};
use crate::server::stream::connection::too_many_operations;
use async_graphql::{Executor, Request, Response, ServerError};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// The executor that the library gets. The library only sees requests whose query is the id of an operation, and this
/// executes the operation with that id, which was read and checked before.
#[derive(Clone)]
pub(super) struct Operations(Arc<All>);

struct All {
    shared: Shared,
    /// For its responses.
    places: Places,
    /// The responses of those that the library has not started.
    added: Mutex<HashMap<String, (BoxStream<'static, Answer>, Running)>>,
    /// The responses that the library has, by the numbers which stand for them there. It gives them in this order.
    answers: Mutex<BTreeMap<usize, Answer>>,
    /// How many there have been.
    answered: AtomicUsize,
    /// Each running operation holds a clone, so the reference count is the number of operations.
    running: Arc<()>,
    /// The same for queries and mutations.
    queries: Arc<()>,
}

/// A message of the library with a response that stands for another.
#[derive(Deserialize)]
struct Data<'a> {
    id: String,
    #[serde(borrow)]
    payload: Payload<'a>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    data: &'a str,
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
        Operations(Arc::new(All {
            shared,
            places,
            added,
            answers: Mutex::default(),
            answered: AtomicUsize::new(0),
            running,
            queries,
        }))
    }

    /// Adds the operation that the parameters ask for. The library starts it.
    pub(super) async fn add(&self, id: &str, parameters: Parameters) -> Result<(), ServerError> {
        let All { shared, places, added, running, queries, .. } = &*self.0;
        let most = shared.options.limits.operations;
        if others(running) >= most {
            return Err(too_many_operations(most));
        }
        let operation = shared.operation(parameters).await.map_err(Refusal::into_error)?.operation;
        let subscribes = operation.kind() == Some(Kind::Subscription);
        let running = Running { _one: running.clone(), _query: (!subscribes).then(|| queries.clone()) };
        // It is made ready now, in its turn: the library may start it later than others can wait for that.
        let responses = shared.responses(operation, None, places);
        let mut added = added.lock().unwrap_or_else(PoisonError::into_inner);
        added.insert(id.to_owned(), (responses, running));
        Ok(())
    }

    /// A response that stands for this one in the library, which would read and write all of its data once more.
    fn stand_in(&self, answer: Answer) -> Response {
        if !answer.is_executed() {
            return answer.into_response();
        }
        let nth = self.0.answered.fetch_add(1, Relaxed);
        self.0.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(nth, answer);
        Response::new(nth.to_string())
    }

    /// The message that a message of the library stands for, and the room that its response has taken.
    pub(super) fn answer(&self, message: &[u8]) -> Option<(Vec<u8>, Option<Taken>)> {
        let Data { id, payload } = serde_json::from_slice(message).ok()?;
        let nth: usize = payload.data.parse().ok()?;
        let mut answers = self.0.answers.lock().unwrap_or_else(PoisonError::into_inner);
        // Those before it were not sent, and never will be.
        *answers = answers.split_off(&nth);
        let mut answer = answers.remove(&nth)?;
        drop(answers);
        let room = answer.room.take();
        let id = serde_json::Value::from(id).to_string();
        let (json, id) = (answer.into_json(), id.as_bytes());
        Some(([br#"{"type":"data","id":"#, id, br#","payload":"#, &json, b"}"].concat(), room))
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
        _session_data: Option<Arc<async_graphql::Data>>,
    ) -> BoxStream<'static, Response> {
        let mut added = self.0.added.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((responses, running)) = added.remove(&request.query) else {
            return stream::empty().boxed();
        };
        let operations = self.clone();
        // It counts as running until the library drops the stream.
        responses.map(move |answer| (operations.stand_in(answer), &running).0).boxed()
    }
}
