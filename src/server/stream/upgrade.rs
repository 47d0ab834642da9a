//! How a WebSocket connection begins, which protocol it uses, and how it is closed.

use super::close::Close;
use super::connection::MESSAGE_LIMIT;
use super::{legacy, websocket};
use crate::server::app::App;
use crate::server::http::Refusal;
use axum::{
    extract::ws::{WebSocket, WebSocketUpgrade},
    http::HeaderValue,
    response::Response as HttpResponse,
};
use std::time::Duration;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

/// The largest message that is read, in bytes. One above the limit of messages is read to its end, so that the client
/// gets the close code: closing with bytes unread would reset the connection. A client may not get it for a larger one.
const READ_LIMIT: usize = 2 * MESSAGE_LIMIT;

/// The size of the read buffer of each connection, in bytes. Most connections are idle, so it is small.
const READ_BUFFER: usize = 4 << 10;

/// How long a client may take to answer a close.
const GOODBYE: Duration = Duration::from_secs(3);

/// Takes the connection over.
///
/// # Errors
/// 503 if all slots are taken. After a close code of the protocol, clients would not try again.
pub(in crate::server) fn upgrade(app: App, upgrade: WebSocketUpgrade) -> Result<HttpResponse, Refusal> {
    // Taken now, so that draining waits for this connection too.
    let slot = app.slot()?;
    let response = upgrade
        .protocols([websocket::PROTOCOL, legacy::PROTOCOL])
        .max_message_size(READ_LIMIT)
        .max_frame_size(READ_LIMIT)
        .read_buffer_size(READ_BUFFER)
        .on_upgrade(move |socket| serve(app, socket, slot));
    Ok(response)
}

/// Runs a connection until it ends, and then frees its slot.
async fn serve(app: App, mut socket: WebSocket, _slot: OwnedSemaphorePermit) {
    let close = match socket.protocol().map(HeaderValue::as_bytes) {
        Some(protocol) if protocol == websocket::PROTOCOL.as_bytes() => {
            websocket::Connection::new(app, &mut socket).run().await
        }
        Some(protocol) if protocol == legacy::PROTOCOL.as_bytes() => legacy::run(app, &mut socket).await,
        _ => Some(Close::NO_PROTOCOL),
    };
    // Its operations have ended. What the client still sends is read: otherwise the system would reset the connection, and
    // the client would not get the close code.
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
