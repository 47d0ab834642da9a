//! How a WebSocket connection begins, which protocol it uses, and how it is closed.

use super::close::Close;
use super::socket::Socket;
use super::{legacy, websocket};
use crate::server::http::Refusal;
use crate::server::shared::Shared;
use axum::{
    body::Body,
    extract::{FromRequestParts, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response as HttpResponse,
};
use hyper::upgrade::OnUpgrade;
use std::time::Duration;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// How long a client may take to answer a close.
const GOODBYE: Duration = Duration::from_secs(3);

/// The protocols, the best first.
const PROTOCOLS: [&str; 2] = [websocket::PROTOCOL, legacy::PROTOCOL];

/// A request for a WebSocket. axum checks it.
pub(in crate::server) struct Handshake {
    upgrade: OnUpgrade,
    accept: HeaderValue,
    protocol: Option<&'static str>,
}

impl<S: Send + Sync> FromRequestParts<S> for Handshake {
    type Rejection = WebSocketUpgradeRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Handshake, Self::Rejection> {
        // axum takes it.
        let upgrade = parts.extensions.get::<OnUpgrade>().cloned();
        let checked = WebSocketUpgrade::from_request_parts(parts, state).await?.protocols(PROTOCOLS);
        let chosen = checked.selected_protocol();
        let protocol = PROTOCOLS.into_iter().find(|name| chosen.is_some_and(|chosen| chosen == name));
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY).map_or(&b""[..], HeaderValue::as_bytes);
        let accept = HeaderValue::try_from(derive_accept_key(key));
        match (upgrade, accept) {
            (Some(upgrade), Ok(accept)) => Ok(Handshake { upgrade, accept, protocol }),
            // axum would not have accepted it.
            _ => Err(axum::extract::ws::rejection::ConnectionNotUpgradable::default().into()),
        }
    }
}

/// Takes the connection over.
///
/// # Errors
/// 503 if all slots are taken. After a close code of the protocol, clients would not try again.
pub(in crate::server) fn upgrade(shared: Shared, handshake: Handshake) -> Result<HttpResponse, Refusal> {
    // Taken now, so that draining waits for this connection too.
    let slot = shared.slot()?;
    let Handshake { upgrade, accept, protocol } = handshake;
    let mut response = HttpResponse::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    if let Some(protocol) = protocol {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    }
    tokio::spawn(async move {
        let cut = shared.cut();
        tokio::select! {
            () = serve(shared, upgrade, protocol, slot) => {}
            () = cut => {}
        }
    });
    Ok(response)
}

/// Runs a connection until it ends, and then frees its slot.
async fn serve(shared: Shared, upgrade: OnUpgrade, protocol: Option<&str>, _slot: OwnedSemaphorePermit) {
    // The client is gone.
    let Ok(upgraded) = upgrade.await else { return };
    let (limits, unwritten) = (&shared.options.limits, shared.unwritten.clone());
    let mut socket = Socket::new(upgraded, limits, unwritten, &shared.unread).await;
    let close = match protocol {
        Some(websocket::PROTOCOL) => websocket::Connection::new(shared, &mut socket).run().await,
        Some(legacy::PROTOCOL) => legacy::run(shared, &mut socket).await,
        _ => Some(Close::NO_PROTOCOL),
    };
    // Its operations have ended.
    let goodbye = async {
        if let Some(close) = close
            && socket.send(close.into()).await.is_err()
        {
            return;
        }
        socket.read_rest().await;
    };
    let _ = timeout(GOODBYE, goodbye).await;
}
