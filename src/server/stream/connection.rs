//! What the connections of both WebSocket protocols share: how they end, what they read, and pings.

use super::close::Close;
use super::inbound::MESSAGE_LIMIT;
use super::socket::Gone;
use crate::error::{BAD_USER_INPUT, coded, without_location};
use async_graphql::ServerError;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// How a connection ends: with a close code, or without one if the client cannot receive it.
pub(super) type End = Option<Close>;

impl From<Gone> for End {
    fn from(_: Gone) -> End {
        None
    }
}

/// The text of a message, or `None` for a pong.
pub(super) fn text_of(message: Option<Result<Message, Error>>) -> Result<Option<Utf8Bytes>, End> {
    match message {
        Some(Ok(Message::Text(text))) if text.len() > MESSAGE_LIMIT => Err(Some(Close::TOO_LONG)),
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => Err(Some(Close::invalid("a message must be text"))),
        Some(Err(error)) => Err(Close::because_of(&error)),
        Some(Ok(Message::Close(_) | Message::Frame(_))) | None => Err(None),
    }
}

/// When to send pings, and whether anything has arrived since the last one. Pings do not count: their sender need not read.
pub(super) struct Heartbeat {
    pings: Interval,
    heard: bool,
}

impl Heartbeat {
    pub(super) fn new(start: Instant, every: Duration) -> Heartbeat {
        let mut pings = interval_at(start + every, every);
        // After a tick that a long send has delayed, the client still gets the full time to answer.
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Heartbeat { pings, heard: true }
    }

    /// Notes that something has arrived from the client.
    pub(super) fn hear(&mut self) {
        self.heard = true;
    }

    /// Waits until it is time for a ping. Returns false if nothing has arrived since the last one.
    pub(super) async fn tick(&mut self) -> bool {
        self.pings.tick().await;
        std::mem::take(&mut self.heard)
    }
}

/// The error for an operation above the limit of a connection.
pub(super) fn too_many_operations(most: usize) -> ServerError {
    let text = format!("a connection runs up to {most} operations at a time: complete one first");
    without_location(coded(BAD_USER_INPUT, text))
}
