//! `graphql-ws`, the legacy protocol of the npm package `subscriptions-transport-ws`, for GraphQL Playground and older
//! Apollo clients.
//!
//! The protocol is <https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md>.
//! async-graphql-axum implements it, but without our limits. So it does not get the socket. Instead, each connection is one
//! task that reads the socket, checks each message and passes it on to the library, and sends what the library answers.
//! While the client does not read, the library waits.
//!
//! These differences from `graphql-transport-ws` come from the protocol or from the library:
//!
//! - An invalid operation is answered with a `data` message, which has `"data": null` next to `errors`, and `complete`.
//!   Only an operation that is refused before it reaches the library is answered with `error`.
//! - A `start` with an id in use replaces the running operation, as in the reference implementation.
//! - A `stop` is answered with `complete`.
//! - The library polls its operations in no fair order, so a very busy subscription can delay the other operations of its
//!   connection.
//!
//! The legacy protocol defines no close codes. We use those of `graphql-transport-ws`.

mod operations;

use super::close::Close;
use super::connection::{End, Heartbeat, text_of};
use super::socket::Socket;
use crate::engine::Turn;
use crate::server::http::{Parameters, RawParameters, describe_json_error};
use crate::server::shared::Shared;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{FromRequestParts, ws},
    http::{self, header},
};
use futures_channel::mpsc;
use futures_util::{FutureExt, StreamExt, future::poll_fn};
use operations::Operations;
use serde::Deserialize;
use serde_json::{Value, json};
use std::pin::pin;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{Error, Message};

/// The protocol in `Sec-WebSocket-Protocol`. The npm package `graphql-ws` implements the newer protocol instead.
pub(super) const PROTOCOL: &str = "graphql-ws";

/// A message from the client. The library would also accept the messages of the newer protocol.
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

/// Runs a connection until it ends.
pub(super) async fn run(shared: Shared, socket: &mut Socket) -> End {
    let Some(protocol) = protocol().await else { return Some(Close::INTERNAL) };
    // Channels without a buffer: the library produces its next message when this task has taken the last one.
    let (input, received) = mpsc::channel(0);
    let (answers, output) = mpsc::channel(0);
    let operations = Operations::new(shared.clone());
    let library = GraphQLWebSocket::new_with_pair(answers, received, operations.clone(), protocol);
    let connection = Connection {
        shared,
        socket,
        input,
        operations,
        initialised: false,
        acknowledged: false,
        draining: false,
    };
    connection.run(library.serve(), output).await
}

/// The library can only create one from the headers of a request.
async fn protocol() -> Option<GraphQLProtocol> {
    let request = http::Request::builder().header(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL).body(()).ok()?;
    GraphQLProtocol::from_request_parts(&mut request.into_parts().0, &()).await.ok()
}

struct Connection<'a> {
    shared: Shared,
    socket: &'a mut Socket,
    /// To the library.
    input: mpsc::Sender<Result<ws::Message, axum::Error>>,
    operations: Operations,
    /// Whether the client has sent `connection_init`.
    initialised: bool,
    /// Whether it has been answered.
    acknowledged: bool,
    draining: bool,
}

impl Connection<'_> {
    async fn run(
        mut self,
        library: impl Future<Output = ()>,
        mut output: mpsc::Receiver<ws::Message>,
    ) -> End {
        let (start, limits) = (Instant::now(), self.shared.options.limits);
        let mut heartbeat = Heartbeat::new(start, limits.ping);
        let (mut library, mut drained) = (pin!(library.fuse()), pin!(self.shared.drained()));
        loop {
            let next = tokio::select! {
                () = &mut library => Ok(()),
                message = self.next() => {
                    heartbeat.hear();
                    self.receive(message).await
                }
                message = output.next() => match message {
                    Some(message) => self.answer(message).await,
                    // The library has ended, and all of its messages have been sent.
                    None if self.draining => Err(Some(Close::GOING_AWAY)),
                    None => Err(Some(Close::NORMAL)),
                },
                alive = heartbeat.tick() => {
                    // In the middle of a message, a client cannot answer a ping.
                    if !alive && !self.socket.is_receiving() {
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
            // Queries and mutations are finished first. Subscriptions end without `complete`, so that clients start them
            // again on their next connection.
            if self.draining && self.operations.only_subscriptions() {
                self.input.close_channel();
            }
        }
    }

    /// Reads the next message from the socket, once the library has taken the last one.
    async fn next(&mut self) -> Option<Result<Message, Error>> {
        // An error means that the library has ended, and then the connection ends too.
        let _ = poll_fn(|cx| self.input.poll_ready(cx)).await;
        self.socket.receive().await
    }

    async fn receive(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        let Some(text) = text_of(message)? else { return Ok(()) };
        let turn = self.shared.turn_for_values(&text).await.map_err(|_| Some(Close::TOO_MANY))?;
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
            Incoming::Start { id, payload } => self.start(id, payload, (text.len(), turn)).await,
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

    /// Starts an operation whose message had so many bytes, and its turn to be read.
    async fn start(
        &mut self,
        id: String,
        payload: RawParameters,
        (size, turn): (usize, Option<Turn>),
    ) -> Result<(), End> {
        let parameters = Parameters::try_from(payload).map_err(|problem| Some(Close::invalid(&problem)))?;
        if self.draining {
            return Ok(());
        }
        match self.operations.add(&id, parameters.sent_in(size, turn)).await {
            Ok(()) => {
                self.forward(&json!({ "type": "start", "id": id, "payload": { "query": id } }));
                Ok(())
            }
            Err(error) => self.write(&json!({ "type": "error", "id": id, "payload": error })).await,
        }
    }

    /// Passes a message on to the library, which has taken the last one.
    fn forward(&mut self, message: &Value) {
        // An error means that the library has ended, and then the connection ends too.
        let _ = self.input.try_send(Ok(ws::Message::text(message.to_string())));
    }

    /// Sends a message from the library.
    async fn answer(&mut self, message: ws::Message) -> Result<(), End> {
        match message {
            ws::Message::Close(frame) => return Err(Some(frame.map_or(Close::NORMAL, Close::from))),
            message => {
                let text = message.into_data();
                match self.operations.answer(&text) {
                    Some((text, room)) => self.socket.send_response(text, room).await?,
                    None => self.socket.send_text(text).await?,
                }
            }
        }
        // Its first message is `connection_ack`.
        if !self.acknowledged {
            self.acknowledged = true;
            self.write(&json!({ "type": "ka" })).await?;
        }
        Ok(())
    }

    /// Sends a ping and a `ka`. The library never sends `ka`. After the first one, a client expects one every 30 s.
    async fn keep_alive(&mut self) -> Result<(), End> {
        if self.acknowledged {
            self.write(&json!({ "type": "ka" })).await?;
        }
        Ok(self.socket.ping().await?)
    }

    async fn write(&mut self, message: &Value) -> Result<(), End> {
        Ok(self.socket.send_text(message.to_string().into()).await?)
    }
}
