//! Subscriptions: server-sent events and WebSockets.

mod message;
mod sse;
mod websocket;

pub(super) use sse::answer;
pub(super) use websocket::upgrade;
