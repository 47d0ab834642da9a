//! A client of `graphql-transport-ws`, and of the legacy protocol `graphql-ws`.

use axum::body::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

/// A test fails when it waits longer for something.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Waits until `holds` returns true.
pub async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, wait).await.expect("the condition never held");
}

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects with these headers, which include the subprotocol.
    pub async fn open(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        Ok(Socket(connect_async(request).await?.0))
    }

    /// Connects with the right subprotocol.
    pub async fn new(address: SocketAddr) -> Socket {
        Socket::open(address, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap()
    }

    /// Connects and initialises the connection.
    pub async fn ready(address: SocketAddr) -> Socket {
        let mut socket = Socket::new(address).await;
        socket.send(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// The same in the legacy protocol.
    pub async fn legacy(address: SocketAddr) -> Socket {
        let mut socket = Socket::open(address, &[("sec-websocket-protocol", "graphql-ws")]).await.unwrap();
        socket.send(json!({ "type": "connection_init", "payload": {} })).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        assert_eq!(socket.next().await, json!({ "type": "ka" }));
        socket
    }

    pub async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// Sends these bytes, whatever they are.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let MaybeTlsStream::Plain(stream) = self.0.get_mut() else { panic!("it is encrypted") };
        stream.write_all(bytes).await.unwrap();
    }

    /// Sends a ping, and waits for the pong: the server has read what was sent before.
    pub async fn heartbeat(&mut self) {
        self.send_raw(Message::Ping(Bytes::new())).await;
        loop {
            match tokio::time::timeout(TIMEOUT, self.0.next()).await.expect("no pong came") {
                Some(Ok(Message::Pong(_))) => return,
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    /// Starts an operation in the legacy protocol.
    pub async fn start(&mut self, id: &str, query: &str) {
        self.send(json!({ "type": "start", "id": id, "payload": { "query": query } })).await;
    }

    async fn receive(&mut self) -> Message {
        loop {
            let received = tokio::time::timeout(TIMEOUT, self.0.next()).await.expect("no message came");
            match received.expect("the connection has ended").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    /// The next message of the protocol.
    pub async fn next(&mut self) -> Value {
        match self.receive().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The data of the next event of the operation with this id.
    pub async fn event(&mut self, id: &str) -> Value {
        let mut message = self.next().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message}");
        assert!(message["payload"].get("errors").is_none(), "{message}");
        message["payload"]["data"].take()
    }

    /// Expects that the server closes the connection, and returns its code and reason. The legacy protocol has a ping of its own.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.receive().await {
                Message::Close(Some(frame)) => return (frame.code.into(), frame.reason.to_string()),
                Message::Text(text) if text == r#"{"type":"ka"}"# => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Whether a message comes next, rather than the end of the connection.
    pub async fn is_answered(&mut self) -> bool {
        matches!(self.receive().await, Message::Text(_))
    }
}
