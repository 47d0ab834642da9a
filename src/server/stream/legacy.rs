//! `graphql-ws`, the protocol of `subscriptions-transport-ws`: for GraphQL Playground and older clients of Apollo.
//!
//! The protocol is <https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md>.
//! async-graphql-axum speaks it, but knows none of our limits, so it does not get the socket. This task reads the socket,
//! checks each message, and hands it on; the library answers, and this task sends the answer. While the client does not
//! read, the library waits.
//!
//! What differs from `graphql-transport-ws`, because the old protocol or the library has it so:
//!
//! - An operation that is not valid is answered by `data`, with `"data": null` beside its `errors`, and `complete`.
//!   Only an operation that never reaches the library is answered by `error`.
//! - `start` with an id in use ends the operation that had it.
//! - `stop` is answered by `complete`.
//! - The library looks at its operations in no particular order, so a very busy one may delay the others of its
//!   connection.
//!
//! The old protocol has no close codes of its own. Connections are closed with those of `graphql-transport-ws`.

use super::close::Close;
use super::connection::{End, Heartbeat, send, text_of, too_many_operations};
use crate::execution;
use crate::server::app::App;
use crate::server::documents::Operation;
use crate::server::http::{Parameters, RawParameters, Refusal, describe_json_error};
use crate::server::operation::responses;
use async_graphql::{Data, Executor, Request, Response, ServerError, parser::types::OperationType};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{
        FromRequestParts,
        ws::{Message, WebSocket},
    },
    http::{self, header},
};
use futures_channel::mpsc;
use futures_util::{
    FutureExt, StreamExt,
    future::poll_fn,
    stream::{self, BoxStream},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::time::{Instant, sleep_until};

/// The name of the protocol in `Sec-WebSocket-Protocol`: that of the package which speaks the newer one.
pub(super) const PROTOCOL: &str = "graphql-ws";

/// From the client. The library would also take the messages of the newer protocol.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Incoming {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Value>,
    },
    Start {
        id: String,
        payload: RawParameters,
    },
    Stop {
        id: String,
    },
    ConnectionTerminate,
}

/// A connection's life.
pub(super) async fn run(app: App, socket: &mut WebSocket) -> End {
    let Some(protocol) = protocol().await else { return Some(Close::INTERNAL) };
    // Without room: the library makes its next message when this one is on its way.
    let (input, received) = mpsc::channel(0);
    let (answers, output) = mpsc::channel(0);
    let operations = Operations::new(app.clone());
    let library = GraphQLWebSocket::new_with_pair(answers, received, operations.clone(), protocol);
    let connection = Connection {
        app,
        socket,
        input,
        operations,
        initialised: false,
        acknowledged: false,
        draining: false,
    };
    connection.run(library.serve(), output).await
}

/// The library makes it from the headers of a request only.
async fn protocol() -> Option<GraphQLProtocol> {
    let request = http::Request::builder().header(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL).body(()).ok()?;
    GraphQLProtocol::from_request_parts(&mut request.into_parts().0, &()).await.ok()
}

struct Connection<'a> {
    app: App,
    socket: &'a mut WebSocket,
    /// To the library.
    input: mpsc::Sender<Result<Message, axum::Error>>,
    operations: Operations,
    /// Whether the client has sent `connection_init`.
    initialised: bool,
    /// Whether it has been answered.
    acknowledged: bool,
    draining: bool,
}

impl Connection<'_> {
    async fn run(mut self, library: impl Future<Output = ()>, mut output: mpsc::Receiver<Message>) -> End {
        let (start, limits) = (Instant::now(), self.app.options.limits);
        let mut heartbeat = Heartbeat::new(start, limits.ping);
        let (mut library, mut drained) = (pin!(library.fuse()), pin!(self.app.drained()));
        loop {
            let next = tokio::select! {
                () = &mut library => Ok(()),
                message = self.next() => {
                    heartbeat.hear();
                    self.receive(message).await
                }
                message = output.next() => match message {
                    Some(message) => self.answer(message).await,
                    // The library has ended, and all that it had to say has been sent.
                    None if self.draining => Err(Some(Close::GOING_AWAY)),
                    None => Err(Some(Close::NORMAL)),
                },
                alive = heartbeat.tick() => {
                    if !alive {
                        return None;
                    }
                    self.keep_alive().await
                }
                () = sleep_until(start + limits.init), if !self.initialised => Err(Some(Close::NOT_INITIALISED)),
                () = &mut drained, if !self.draining => {
                    self.draining = true;
                    Ok(())
                }
            };
            if let Err(end) = next {
                return end;
            }
            // Queries and mutations come to their end first. Subscriptions end without `complete`, so that clients
            // take them up again.
            if self.draining && self.operations.all_subscribe() {
                self.input.close_channel();
            }
        }
    }

    /// The next message of the socket, once the library has taken the last one.
    async fn next(&mut self) -> Option<Result<Message, axum::Error>> {
        // Where it fails, the library has ended, and this connection is about to.
        let _ = poll_fn(|cx| self.input.poll_ready(cx)).await;
        self.socket.recv().await
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let Some(text) = text_of(message)? else { return Ok(()) };
        let message = serde_json::from_str(&text)
            .map_err(|error| Some(Close::invalid(&describe_json_error(&error))))?;
        match message {
            Incoming::ConnectionInit { .. } if self.initialised => Err(Some(Close::INITIALISED_TWICE)),
            Incoming::ConnectionInit { payload } => {
                self.initialised = true;
                self.forward(&json!({ "type": "connection_init", "payload": payload }));
                Ok(())
            }
            Incoming::Start { .. } if !self.initialised => Err(Some(Close::UNAUTHORIZED)),
            Incoming::Start { id, .. } if id.is_empty() => Err(Some(Close::invalid("the id is empty"))),
            Incoming::Start { id, payload } => self.start(id, payload).await,
            Incoming::Stop { id } => {
                self.forward(&json!({ "type": "stop", "id": id }));
                Ok(())
            }
            Incoming::ConnectionTerminate => {
                self.forward(&json!({ "type": "connection_terminate" }));
                Ok(())
            }
        }
    }

    async fn start(&mut self, id: String, payload: RawParameters) -> Result<(), End> {
        let parameters = Parameters::try_from(payload).map_err(|problem| Some(Close::invalid(&problem)))?;
        if self.draining {
            return Ok(());
        }
        match self.operations.add(&id, parameters) {
            Ok(()) => {
                self.forward(&json!({ "type": "start", "id": id, "payload": { "query": id } }));
                Ok(())
            }
            Err(error) => self.tell(&json!({ "type": "error", "id": id, "payload": error })).await,
        }
    }

    /// Hands a message to the library, which has taken the last one.
    fn forward(&mut self, message: &Value) {
        // Where it fails, the library has ended, and this connection is about to.
        let _ = self.input.try_send(Ok(Message::text(message.to_string())));
    }

    /// Sends what the library answers.
    async fn answer(&mut self, message: Message) -> Result<(), End> {
        if let Message::Close(frame) = message {
            return Err(Some(frame.map_or(Close::NORMAL, Close::from)));
        }
        self.send(message).await?;
        // Its first message is `connection_ack`.
        if !self.acknowledged {
            self.acknowledged = true;
            self.tell(&json!({ "type": "ka" })).await?;
        }
        Ok(())
    }

    /// Pings the connection. From the first `ka` on, which the library does not know, clients expect one every 30 s.
    async fn keep_alive(&mut self) -> Result<(), End> {
        if self.acknowledged {
            self.tell(&json!({ "type": "ka" })).await?;
        }
        self.send(Message::Ping(Vec::new().into())).await
    }

    async fn tell(&mut self, message: &Value) -> Result<(), End> {
        self.send(Message::text(message.to_string())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        send(self.socket, message, self.app.options.limits.ping).await
    }
}

/// What the library executes in place of the requests that it reads: operations whose documents were found and checked
/// before. The query of such a request is the id of an operation.
///
/// The library's own reading of a request would lose its `documentId`, and would not look at trusted documents.
#[derive(Clone)]
struct Operations(Arc<Shared>);

struct Shared {
    app: App,
    added: Mutex<HashMap<String, (Operation, Running)>>,
    /// Shared with each operation that runs, and so counting them; of these, with each query and mutation.
    running: Arc<()>,
    queries: Arc<()>,
}

/// Counts an operation until it is dropped.
struct Running {
    _one: Arc<()>,
    _query: Option<Arc<()>>,
}

impl Operations {
    fn new(app: App) -> Operations {
        let (added, running, queries) = (Mutex::default(), Arc::default(), Arc::default());
        Operations(Arc::new(Shared { app, added, running, queries }))
    }

    /// Adds the operation that the parameters ask for, for the library to start.
    fn add(&self, id: &str, parameters: Parameters) -> Result<(), ServerError> {
        let Shared { app, added, running, queries } = &*self.0;
        let most = app.options.limits.operations;
        if others(running) >= most {
            return Err(too_many_operations(most));
        }
        let mut operation = app.operation(parameters).map_err(Refusal::into_error)?;
        let subscribes =
            execution::operation_type(&mut operation.request) == Some(OperationType::Subscription);
        let running = Running { _one: running.clone(), _query: (!subscribes).then(|| queries.clone()) };
        let mut added = added.lock().unwrap_or_else(PoisonError::into_inner);
        added.insert(id.to_owned(), (operation, running));
        Ok(())
    }

    /// Whether nothing but subscriptions runs.
    fn all_subscribe(&self) -> bool {
        others(&self.0.queries) == 0
    }
}

/// How many others share it.
fn others(shared: &Arc<()>) -> usize {
    Arc::strong_count(shared) - 1
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
        let responses = responses(&self.0.app, operation, session_data);
        // Counted for as long as the library keeps it.
        responses.map(move |response| (response, &running).0).boxed()
    }
}
