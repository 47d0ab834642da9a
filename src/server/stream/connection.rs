//! What the connections of both protocols have in common: how they are read and written, and when they are given up.

use super::close::Close;
use crate::error::{BAD_USER_INPUT, coded, without_location};
use async_graphql::ServerError;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

/// How a connection ends: closed with a word, or, where nobody would hear it, without.
pub(super) type End = Option<Close>;

/// The text of a message; none where it is one of WebSocket's own.
pub(super) fn text_of(message: Option<Result<Message, axum::Error>>) -> Result<Option<Utf8Bytes>, End> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => Err(Some(Close::invalid("a message is a text"))),
        Some(Err(error)) => Err(Close::because_of(&error)),
        Some(Ok(Message::Close(_))) | None => Err(None),
    }
}

/// Sends to a client that reads; one that takes longer than `limit` is given up.
pub(super) async fn send(socket: &mut WebSocket, message: Message, limit: Duration) -> Result<(), End> {
    match timeout(limit, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(None),
    }
}

/// When to ping, and whether the client has been heard since the last ping.
pub(super) struct Heartbeat {
    pings: Interval,
    heard: bool,
}

impl Heartbeat {
    pub(super) fn new(start: Instant, every: Duration) -> Heartbeat {
        let mut pings = interval_at(start + every, every);
        // A tick that comes late, behind a long send, must leave the client its whole time to answer.
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Heartbeat { pings, heard: true }
    }

    /// Notes that something has come from the client.
    pub(super) fn hear(&mut self) {
        self.heard = true;
    }

    /// Waits until it is time to ping. False where nothing has come since the last ping.
    pub(super) async fn tick(&mut self) -> bool {
        self.pings.tick().await;
        std::mem::take(&mut self.heard)
    }
}

/// The error for one operation more than a connection may run.
pub(super) fn too_many_operations(most: usize) -> ServerError {
    let text = format!("a connection runs {most} operations at a time at most: complete one first");
    without_location(coded(BAD_USER_INPUT, text))
}
