//! `graphql-transport-ws`: operations, limits, and how connections end.

use crate::support::{Database, Doorway, Server, Socket, until};
use doorway::server::Limits;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{Error, Message};

on_both_databases!(
    queries_run_over_a_socket,
    connections_and_operations_are_limited,
    clients_that_do_not_answer_pings_are_disconnected,
);

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

async fn queries_run_over_a_socket(server: Server) {
    let server = server.with_demo().await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket
        .send(json!({ "type": "subscribe", "id": "q", "payload": {
        "query": "query Q($n: String) { tag(name: $n) { name } } query R { users { id } }",
        "operationName": "Q", "variables": { "n": "sql" }, "extensions": null } }))
        .await;
    assert_eq!(socket.event("q").await, json!({ "tag": { "name": "sql" } }));
    assert_eq!(socket.next().await, json!({ "type": "complete", "id": "q" }));
    // The id is free again, also after an error, which is the last message of its operation.
    socket.subscribe("q", "{ nothing }").await;
    let message = socket.next().await;
    assert_eq!(message["type"], "error", "{message}");
    assert_eq!(message["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    socket.subscribe("q", r#"{ tag(id: "x") { name } }"#).await;
    let message = socket.next().await;
    assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{message}");
    assert_eq!(message["payload"]["data"], json!({ "tag": null }));
    assert_eq!(socket.next().await, json!({ "type": "complete", "id": "q" }));
    for ping in [json!({ "type": "ping" }), json!({ "type": "ping", "payload": { "a": 1 } })] {
        socket.send(ping).await;
        assert_eq!(socket.next().await, json!({ "type": "pong" }));
    }
    // These are ignored.
    socket.send(json!({ "type": "pong" })).await;
    socket.send(json!({ "type": "complete", "id": "unknown" })).await;
    socket.subscribe("last", "{ tags(limit: 0) { id } }").await;
    assert_eq!(socket.event("last").await, json!({ "tags": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_protocol_violation_has_its_close_code() {
    let server = Server::on_sqlite().await;
    let address = server.listen(Limits { init: Duration::from_secs(600), ..Limits::default() }).await;
    let subscribe = json!({ "type": "subscribe", "id": "a", "payload": { "query": "subscription { tagChanged { id } }" } });

    let mut socket = Socket::open(address, &[]).await.unwrap();
    assert_eq!(socket.closed().await, (4406, "Subprotocol not acceptable".into()));

    for message in [
        Message::text("{"),
        Message::text("[]"),
        Message::text(r#"{"type":"start"}"#),
        Message::text(r#"{"type":"subscribe","id":"a"}"#),
        Message::text(r#"{"type":"subscribe","id":1,"payload":{"query":"{ a }"}}"#),
        Message::text(r#"{"type":"subscribe","id":"","payload":{"query":"{ a }"}}"#),
        Message::text(r#"{"type":"subscribe","id":"a","payload":{"query":"{ a }","variables":[]}}"#),
        Message::text(format!(r#"{{"type":"{}"}}"#, "é".repeat(200))),
        Message::binary(&b"{\"type\":\"connection_init\"}"[..]),
    ] {
        let mut socket = Socket::ready(address).await;
        socket.send_raw(message.clone()).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{message:?}");
        assert!(reason.starts_with("Invalid message: "), "{reason}");
    }

    let mut socket = Socket::new(address).await;
    socket.send(subscribe.clone()).await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".into()));

    let mut socket = Socket::ready(address).await;
    socket.send(json!({ "type": "connection_init", "payload": null })).await;
    assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".into()));

    let mut socket = Socket::ready(address).await;
    socket.send(subscribe.clone()).await;
    socket.send(subscribe.clone()).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for a already exists".into()));
    until(|| server.db.receivers() == 0).await;

    let mut socket = Socket::ready(address).await;
    socket.send_raw(Message::text(" ".repeat((1 << 20) + 1))).await;
    assert_eq!(socket.closed().await.0, 1009);

    let impatient = server.listen(Limits { init: Duration::from_millis(1), ..Limits::default() }).await;
    let mut socket = Socket::new(impatient).await;
    assert_eq!(socket.closed().await, (4408, "Connection initialisation timeout".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origins_are_refused() {
    let address = Server::on_sqlite().await.listen(Limits::default()).await;
    let host = address.to_string();
    for (origin, allowed) in [
        (format!("http://{host}"), true),
        (format!("https://{host}"), true),
        ("http://example.com".to_owned(), false),
        (format!("http://{host}.example.com"), false),
        ("null".to_owned(), false),
        (String::new(), false),
    ] {
        match Socket::open(address, &[PROTOCOL, ("origin", &origin)]).await {
            Ok(_) => assert!(allowed, "{origin}"),
            Err(Error::Http(response)) => assert!(!allowed && response.status() == 403, "{origin}"),
            Err(error) => panic!("{origin}: {error}"),
        }
    }
}

async fn connections_and_operations_are_limited(server: Server) {
    let address = server.listen(Limits { connections: 2, operations: 3, ..Limits::default() }).await;
    let (mut one, two) = (Socket::ready(address).await, Socket::ready(address).await);
    // HTTP status 503. Clients do not try again after the close codes of the protocol.
    match Socket::open(address, &[PROTOCOL]).await {
        Err(Error::Http(response)) => {
            assert_eq!(
                (response.status().as_u16(), response.headers()["retry-after"].as_bytes()),
                (503, &b"1"[..])
            );
        }
        other => panic!("{:?}", other.err()),
    }
    let query = "subscription { tagChanged { id } }";
    for id in ["a", "b", "c", "d"] {
        one.subscribe(id, query).await;
    }
    let message = one.next().await;
    assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("d")), "{message}");
    assert_eq!(message["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{message}");
    one.send(json!({ "type": "complete", "id": "a" })).await;
    one.subscribe("a", query).await;
    until(|| server.db.receivers() == 3).await;
    // A client that disconnects makes room for another, and its operations end.
    drop(one);
    until(|| server.db.receivers() == 0).await;
    let wait = async {
        loop {
            let mut next = Socket::new(address).await;
            next.send(json!({ "type": "ping" })).await;
            if next.is_answered().await {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
    drop(two);
}

/// Only one of the clients reads, and so answers pings.
async fn clients_that_do_not_answer_pings_are_disconnected(server: Server) {
    let address = server.listen(Limits { ping: Duration::from_secs(1), ..Limits::default() }).await;
    let query = "subscription { tagChanged { id } }";
    let (mut reading, mut silent) = (Socket::ready(address).await, Socket::ready(address).await);
    reading.subscribe("a", query).await;
    let reader = tokio::spawn(async move { reading.next().await });
    silent.subscribe("a", query).await;
    until(|| server.db.receivers() == 2).await;
    until(|| server.db.receivers() == 1).await;
    assert!(!reader.is_finished());
    reader.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_closes_sockets_with_1001() {
    let database = Database::sqlite();
    let url = database.url.clone();
    let mut doorway = tokio::task::spawn_blocking(move || Doorway::serve(&url, &[])).await.unwrap();
    let mut socket = Socket::ready(doorway.address().parse().unwrap()).await;
    socket.subscribe("a", "subscription { tagChanged { id } }").await;
    socket.subscribe("b", "{ tags { id } }").await;
    assert_eq!(socket.event("b").await, json!({ "tags": [] }));
    assert_eq!(socket.next().await, json!({ "type": "complete", "id": "b" }));
    doorway.signal("TERM");
    assert_eq!(socket.closed().await, (1001, "The server stops".into()));
    let status = tokio::task::spawn_blocking(move || doorway.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}
