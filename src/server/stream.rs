//! Subscriptions: server-sent events and WebSockets.
//!
//! | module | what it is for |
//! |---|---|
//! | `upgrade` | WebSockets: how a connection begins and ends |
//! | `websocket`, `legacy` | the protocols `graphql-transport-ws`, and `graphql-ws` before it |
//! | `message` | the messages of `graphql-transport-ws` |
//! | `connection` | what the connections of both protocols have in common |
//! | `socket` | a WebSocket: messages read and written within limits |
//! | `inbound` | what a WebSocket reads: counted, and in time |
//! | `close` | the codes that a connection is closed with |
//! | `sse` | server-sent events |
//!
//! Each imports only those below it.

mod close;
mod connection;
mod inbound;
mod legacy;
mod message;
mod socket;
mod sse;
mod upgrade;
mod websocket;

pub(super) use sse::answer;
pub(super) use upgrade::{Handshake, upgrade};
