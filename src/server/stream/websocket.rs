//! `graphql-transport-ws` under `/graphql`: operations over one connection, subscriptions first of all.
//!
//! The protocol is <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>; its messages are in
//! `message`. A connection is one task, which reads, runs all of its operations, and writes: when the client
//! leaves, everything ends with the task, and while the client does not read, nothing is produced for it.

use super::close::Close;
use super::connection::{End, Heartbeat, text_of, too_many_operations};
use super::message::{self, Incoming, Outgoing};
use super::socket::Socket;
use crate::document::Kind;
use crate::engine::{Answer, Turn};
use crate::server::http::{Parameters, RawParameters};
use crate::server::shared::{Places, Shared};
use async_graphql::ServerError;
use futures_util::{
    StreamExt,
    future::ready,
    stream::{self, AbortHandle, Abortable, BoxStream, SelectAll},
};
use std::{collections::HashMap, sync::Arc};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{Error, Message};

/// The name of the protocol in `Sec-WebSocket-Protocol`.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// What an operation has to say: a response, or that there are no more.
type Said = (Arc<str>, Option<Answer>);

pub(super) struct Connection<'a> {
    shared: Shared,
    socket: &'a mut Socket,
    acknowledged: bool,
    draining: bool,
    /// For its responses.
    places: Places,
    operations: SelectAll<Abortable<BoxStream<'static, Said>>>,
    /// How to end those that have not said that they are complete.
    running: HashMap<Arc<str>, Running>,
}

struct Running {
    abort: AbortHandle,
    subscription: bool,
}

impl<'a> Connection<'a> {
    pub(super) fn new(shared: Shared, socket: &'a mut Socket) -> Connection<'a> {
        let (operations, running) = (SelectAll::new(), HashMap::new());
        let places = Places::default();
        Connection { shared, socket, acknowledged: false, draining: false, places, operations, running }
    }

    pub(super) async fn run(mut self) -> End {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(start, self.shared.options.limits.ping);
        let drain = self.shared.drained();
        tokio::pin!(drain);
        loop {
            let next = tokio::select! {
                message = self.socket.receive() => {
                    heartbeat.hear();
                    self.receive(message).await
                }
                Some(said) = self.operations.next() => self.say(said).await,
                alive = heartbeat.tick() => {
                    // In the middle of a message, a client cannot answer a ping.
                    if !alive && !self.socket.is_receiving() {
                        return None;
                    }
                    self.socket.ping().await.map_err(End::from)
                }
                () = sleep_until(start + self.shared.options.limits.init), if !self.acknowledged => {
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

    async fn receive(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        let Some(text) = text_of(message)? else { return Ok(()) };
        let turn = self.shared.turn_for_values(&text).await.map_err(|_| Some(Close::TOO_MANY))?;
        let message = Incoming::read(&text).map_err(Some)?;
        match message {
            Incoming::ConnectionInit { .. } if self.acknowledged => Err(Some(Close::INITIALISED_TWICE)),
            Incoming::ConnectionInit { .. } => {
                self.acknowledged = true;
                self.write(&Outgoing::ConnectionAck).await
            }
            Incoming::Ping { .. } => self.write(&Outgoing::Pong).await,
            Incoming::Pong { .. } => Ok(()),
            Incoming::Subscribe { .. } if !self.acknowledged => Err(Some(Close::UNAUTHORIZED)),
            Incoming::Subscribe { id, payload } => self.begin(id.into(), payload, (text.len(), turn)).await,
            Incoming::Complete { id } => {
                if let Some(running) = self.running.remove(id.as_str()) {
                    running.abort.abort();
                }
                Ok(())
            }
        }
    }

    /// Begins an operation whose message had so many bytes, and its turn to be read.
    async fn begin(
        &mut self,
        id: Arc<str>,
        payload: RawParameters,
        (size, turn): (usize, Option<Turn>),
    ) -> Result<(), End> {
        if self.running.contains_key(&id) {
            return Err(Some(Close::duplicate(&id)));
        }
        if self.draining {
            return Ok(());
        }
        if self.running.len() >= self.shared.options.limits.operations {
            let error = too_many_operations(self.shared.options.limits.operations);
            return self.write(&Outgoing::Error { id: &id, payload: &[error] }).await;
        }
        let parameters = Parameters::try_from(payload).map_err(|problem| Some(Close::invalid(&problem)))?;
        let requested = match self.shared.operation(parameters.sent_in(size, turn)).await {
            Ok(requested) => requested,
            Err(refusal) => {
                return self.write(&Outgoing::Error { id: &id, payload: &[refusal.into_error()] }).await;
            }
        };
        let subscription = requested.operation.kind() == Some(Kind::Subscription);
        let (abort, registration) = AbortHandle::new_pair();
        let said = id.clone();
        let responses = self
            .shared
            .responses(requested.operation, None, &self.places)
            .map(Some)
            .chain(stream::once(ready(None)));
        let operation = responses.map(move |response| (said.clone(), response)).boxed();
        self.operations.push(Abortable::new(operation, registration));
        self.running.insert(id, Running { abort, subscription });
        Ok(())
    }

    async fn say(&mut self, (id, answer): Said) -> Result<(), End> {
        match answer {
            None => {
                self.running.remove(&id);
                self.write(&Outgoing::Complete { id: &id }).await
            }
            Some(mut answer) if answer.is_executed() => {
                let room = answer.room.take();
                Ok(self.socket.send_response(message::next(&id, answer), room).await?)
            }
            // An error is the operation's end.
            Some(answer) => {
                if let Some(running) = self.running.remove(&id) {
                    running.abort.abort();
                }
                let payload: &[ServerError] = &answer.errors;
                self.write(&Outgoing::Error { id: &id, payload }).await
            }
        }
    }

    async fn write(&mut self, message: &Outgoing<'_>) -> Result<(), End> {
        match serde_json::to_vec(message) {
            Ok(text) => Ok(self.socket.send_text(text.into()).await?),
            Err(error) => Err(internal(&error)),
        }
    }
}

fn internal(error: &dyn std::error::Error) -> End {
    tracing::error!(%error, "a message could not be written");
    Some(Close::INTERNAL)
}
