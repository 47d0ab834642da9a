//! `graphql-transport-ws` under `/graphql`: operations over one connection, subscriptions first of all.
//!
//! The protocol is <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>; its messages are in
//! `message`. A connection is one task, which reads, runs all of its operations, and writes: when the client
//! leaves, everything ends with the task, and while the client does not read, nothing is produced for it.

mod message;

use super::{
    App, graphql,
    request::{Parameters, Sent},
    response::{Refusal, executed},
};
use crate::document::Kind;
use crate::error::{BAD_USER_INPUT, coded, unplaced};
use async_graphql::{Response, ServerError};
use axum::{
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::Response as HttpResponse,
};
use futures_util::{
    StreamExt,
    future::ready,
    stream::{self, AbortHandle, Abortable, BoxStream, SelectAll},
};
use message::{Close, Incoming, Outgoing};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout},
};

const PROTOCOL: &str = "graphql-transport-ws";

/// The largest message from a client, in bytes: 1 MiB, as of a body.
const MESSAGE_LIMIT: usize = 1 << 20;

/// How much is read from a connection at once, in bytes. Each connection keeps so much, and most are quiet.
const READ_BUFFER: usize = 4 << 10;

/// How long a client may take to answer that the connection is closed.
const GOODBYE: Duration = Duration::from_secs(3);

/// Takes the connection over.
///
/// # Errors
/// 503 when there is no place for it, rather than a close code: clients take those of the protocol for final.
pub(super) fn upgrade(app: App, upgrade: WebSocketUpgrade) -> Result<HttpResponse, Refusal> {
    // Taken now, so that one who drains waits for this connection too.
    let place = app.place()?;
    let response = upgrade
        .protocols([PROTOCOL])
        .max_message_size(MESSAGE_LIMIT)
        .max_frame_size(MESSAGE_LIMIT)
        .read_buffer_size(READ_BUFFER)
        .on_upgrade(move |socket| serve(app, socket, place));
    Ok(response)
}

/// A connection's life; its place is free again at the end.
async fn serve(app: App, mut socket: WebSocket, _place: OwnedSemaphorePermit) {
    let close = if socket.protocol().is_none() {
        Some(Close::NO_PROTOCOL)
    } else {
        Connection::new(app, &mut socket).run().await
    };
    // Its operations have ended. What the client still sends is read, or the system would reset the connection
    // and with it take back the code that it was closed with.
    let goodbye = async {
        if let Some(close) = close
            && socket.send(close.into()).await.is_err()
        {
            return;
        }
        while let Some(Ok(_)) = socket.recv().await {}
    };
    let _ = timeout(GOODBYE, goodbye).await;
}

/// What an operation has to say: a response, or that there are no more.
type Said = (Arc<str>, Option<Response>);

struct Connection<'a> {
    app: App,
    socket: &'a mut WebSocket,
    acknowledged: bool,
    draining: bool,
    operations: SelectAll<Abortable<BoxStream<'static, Said>>>,
    /// How to end those that have not said that they are complete.
    running: HashMap<Arc<str>, Running>,
}

struct Running {
    abort: AbortHandle,
    subscription: bool,
}

/// How a connection ends: closed with a word, or, where nobody would hear it, without.
type End = Option<Close>;

impl<'a> Connection<'a> {
    fn new(app: App, socket: &'a mut WebSocket) -> Connection<'a> {
        let (operations, running) = (SelectAll::new(), HashMap::new());
        Connection { app, socket, acknowledged: false, draining: false, operations, running }
    }

    async fn run(mut self) -> End {
        let start = Instant::now();
        let mut pings = interval_at(start + self.app.options.limits.ping, self.app.options.limits.ping);
        // A tick that comes late, behind a long send, must leave the client its whole time to answer.
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = true;
        let drain = self.app.drained();
        tokio::pin!(drain);
        loop {
            let next = tokio::select! {
                message = self.socket.recv() => {
                    heard = true;
                    self.receive(message).await
                }
                Some(said) = self.operations.next() => self.say(said).await,
                _ = pings.tick() => {
                    if !heard {
                        return None;
                    }
                    heard = false;
                    self.send(Message::Ping(Vec::new().into())).await
                }
                () = sleep_until(start + self.app.options.limits.init), if !self.acknowledged => {
                    Err(Some(Close::NOT_INITIALISED))
                }
                () = &mut drain, if !self.draining => {
                    self.draining = true;
                    self.running.values().filter(|one| one.subscription).for_each(|one| one.abort.abort());
                    self.running.retain(|_, one| !one.subscription);
                    Ok(())
                }
            };
            if let Err(end) = next {
                return end;
            }
            // Queries and mutations come to their end first.
            if self.draining && self.running.is_empty() {
                return Some(Close::GOING_AWAY);
            }
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(Some(Close::invalid("a message is a text"))),
            Some(Err(error)) => return Err(Close::because_of(&error)),
            Some(Ok(Message::Close(_))) | None => return Err(None),
        };
        let message = Incoming::read(&text).map_err(Some)?;
        match message {
            Incoming::ConnectionInit { .. } if self.acknowledged => Err(Some(Close::INITIALISED_TWICE)),
            Incoming::ConnectionInit { .. } => {
                self.acknowledged = true;
                self.tell(&Outgoing::ConnectionAck).await
            }
            Incoming::Ping { .. } => self.tell(&Outgoing::Pong).await,
            Incoming::Pong { .. } => Ok(()),
            Incoming::Subscribe { .. } if !self.acknowledged => Err(Some(Close::UNAUTHORIZED)),
            Incoming::Subscribe { id, payload } => self.begin(id.into(), payload).await,
            Incoming::Complete { id } => {
                if let Some(running) = self.running.remove(id.as_str()) {
                    running.abort.abort();
                }
                Ok(())
            }
        }
    }

    async fn begin(&mut self, id: Arc<str>, payload: Sent) -> Result<(), End> {
        if self.running.contains_key(&id) {
            return Err(Some(Close::duplicate(&id)));
        }
        if self.draining {
            return Ok(());
        }
        if self.running.len() >= self.app.options.limits.operations {
            let most = self.app.options.limits.operations;
            let text = format!("a connection runs {most} operations at a time at most: complete one first");
            let error = unplaced(coded(BAD_USER_INPUT, text));
            return self.tell(&Outgoing::Error { id: &id, payload: &[error] }).await;
        }
        let parameters = Parameters::try_from(payload).map_err(|problem| Some(Close::invalid(&problem)))?;
        let asked = match self.app.operation(parameters) {
            Ok(asked) => asked,
            Err(refusal) => {
                return self.tell(&Outgoing::Error { id: &id, payload: &[refusal.into_error()] }).await;
            }
        };
        let subscription = asked.operation.kind() == Some(Kind::Subscription);
        let (abort, registration) = AbortHandle::new_pair();
        let said = id.clone();
        let responses =
            graphql::responses(&self.app, asked.operation).map(Some).chain(stream::once(ready(None)));
        let operation = responses.map(move |response| (said.clone(), response)).boxed();
        self.operations.push(Abortable::new(operation, registration));
        self.running.insert(id, Running { abort, subscription });
        Ok(())
    }

    async fn say(&mut self, (id, response): Said) -> Result<(), End> {
        match &response {
            None => {
                self.running.remove(&id);
                self.tell(&Outgoing::Complete { id: &id }).await
            }
            Some(response) if executed(response) => {
                self.tell(&Outgoing::Next { id: &id, payload: response }).await
            }
            // An error is the operation's end.
            Some(response) => {
                if let Some(running) = self.running.remove(&id) {
                    running.abort.abort();
                }
                let payload: &[ServerError] = &response.errors;
                self.tell(&Outgoing::Error { id: &id, payload }).await
            }
        }
    }

    async fn tell(&mut self, message: &Outgoing<'_>) -> Result<(), End> {
        match serde_json::to_string(message) {
            Ok(text) => self.send(Message::Text(text.into())).await,
            Err(error) => {
                tracing::error!(%error, "a message could not be written");
                Err(Some(Close::INTERNAL))
            }
        }
    }

    /// Sends to a client that reads; one that does not for as long as it may leave pings unanswered is left.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.app.options.limits.ping, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(None),
        }
    }
}
