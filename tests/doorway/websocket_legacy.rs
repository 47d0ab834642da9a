//! `graphql-ws`, the legacy protocol of `subscriptions-transport-ws`, with the same operations and limits as
//! `graphql-transport-ws`.

use crate::support::{Doorway, Server, Socket, until};
use diesel::sql_query;
use doorway::{
    db::Id,
    events::{self, Event, EventKind},
    server::{Limits, Options, TrustedDocuments},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{fs, sync::Arc, time::Duration};
use tokio_tungstenite::tungstenite::{Error, Message};

on_both_databases!(
    operations_run_in_the_legacy_protocol,
    statements_are_exact_in_the_legacy_protocol,
    an_id_in_use_is_taken_over,
    legacy_connections_are_limited,
    legacy_connections_know_persisted_documents,
    only_trusted_documents_run_in_the_legacy_protocol,
    cost_is_told_in_the_legacy_protocol_only_where_allowed,
    legacy_clients_that_do_not_answer_pings_are_disconnected,
    what_runs_in_the_legacy_protocol_is_finished_before_the_end,
);

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-ws");
const TAGS: &str = "subscription { tagChanged { id } }";

/// The payload of the next message, which must have this type and id.
async fn payload(socket: &mut Socket, kind: &str, id: &str) -> Value {
    let mut message = socket.next().await;
    assert_eq!((&message["type"], &message["id"]), (&json!(kind), &json!(id)), "{message}");
    message["payload"].take()
}

/// The payload of an operation's only response.
async fn response(socket: &mut Socket, id: &str) -> Value {
    let response = payload(socket, "data", id).await;
    assert_eq!(socket.next().await, json!({ "type": "complete", "id": id }));
    response
}

async fn operations_run_in_the_legacy_protocol(server: Server) {
    let server = server.with_demo().await;
    let mut socket = Socket::legacy(server.listen(Limits::default()).await).await;
    let query = "query Q($n: String) { tag(name: $n) { name } } query R { users { id } }";
    let variables = json!({ "n": "sql" });
    let q = json!({ "query": query, "operationName": "Q", "variables": variables, "extensions": null });
    socket.send(json!({ "type": "start", "id": "q", "payload": q })).await;
    assert_eq!(response(&mut socket, "q").await, json!({ "data": { "tag": { "name": "sql" } } }));
    // The id is free again, also after an error.
    socket.start("q", "{ nothing }").await;
    let refused = response(&mut socket, "q").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{refused}");
    socket.start("q", "{ tag(id: \"x\") { name } }").await;
    let failed = response(&mut socket, "q").await;
    assert_eq!(failed["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{failed}");
    assert_eq!(failed["data"], json!({ "tag": null }));
    socket.start("q", "mutation { createTag(input: { name: \"new\" }) { tag { name } } }").await;
    let written = response(&mut socket, "q").await;
    assert_eq!(written, json!({ "data": { "createTag": { "tag": { "name": "new" } } } }));
    // This has no answer.
    socket.send(json!({ "type": "stop", "id": "unknown" })).await;
    socket.start("last", "{ tags(limit: 0) { id } }").await;
    assert_eq!(response(&mut socket, "last").await, json!({ "data": { "tags": [] } }));
    socket.send(json!({ "type": "connection_terminate", "payload": null })).await;
    assert_eq!(socket.closed().await, (1000, String::new()));
}

async fn statements_are_exact_in_the_legacy_protocol(server: Server) {
    let server = server.with_demo().await;
    let mut socket = Socket::legacy(server.listen(Limits::default()).await).await;
    server.take_statements();
    // They run in parallel.
    for id in ["a", "b", "c"] {
        socket.start(id, "{ users { blogPosts { tags { name } author { username } } } }").await;
    }
    for _ in 0..6 {
        let message = socket.next().await;
        assert!(message["payload"].get("errors").is_none(), "{message}");
    }
    assert_eq!(server.take_statements().len(), 3 * 4, "one for each list and relationship of each");

    socket.start("s", "subscription { tagChanged { kind tag { name posts { tags { name } } } } }").await;
    until(|| server.db.receivers() == 1).await;
    let id: Id =
        server.data("{ tag(name: \"sql\") { id } }").await["tag"]["id"].as_str().unwrap().parse().unwrap();
    server.take_statements();
    let mut tx = server.db.begin().await.unwrap();
    tx.run(sql_query("UPDATE tags SET name = 'structured' WHERE name = 'sql'")).await.unwrap();
    let event = Event { table: "tags".into(), id, kind: EventKind::Updated, related: Vec::new() };
    events::publish(&mut tx, &[event]).await.unwrap();
    tx.commit().await.unwrap();
    let told = payload(&mut socket, "data", "s").await;
    assert_eq!(told["data"]["tagChanged"]["tag"]["name"], "structured", "{told}");
    assert!(told["data"]["tagChanged"]["tag"]["posts"].as_array().unwrap().len() > 1, "{told}");
    let statements = server.take_statements();
    let reads = statements.iter().filter(|sql| sql.contains("FROM") && !sql.contains("notify")).count();
    assert_eq!(reads, 3, "one statement for each level: {statements:?}");
    socket.send(json!({ "type": "stop", "id": "s" })).await;
    assert_eq!(socket.next().await, json!({ "type": "complete", "id": "s" }));
    until(|| server.db.receivers() == 0).await;
}

async fn an_id_in_use_is_taken_over(server: Server) {
    let mut socket = Socket::legacy(server.listen(Limits::default()).await).await;
    socket.start("a", "subscription { userChanged { id } }").await;
    socket.start("a", TAGS).await;
    socket.start("b", "{ tags { id } }").await;
    assert_eq!(response(&mut socket, "b").await, json!({ "data": { "tags": [] } }));
    until(|| server.db.receivers() == 1).await;
    server.data("mutation { createUser(input: { username: \"zoe\" }) { user { id } } }").await;
    server.data("mutation { createTag(input: { name: \"new\" }) { tag { id } } }").await;
    let told = payload(&mut socket, "data", "a").await;
    assert!(told["data"]["tagChanged"]["id"].is_string(), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_breach_of_the_legacy_protocol_has_its_code() {
    let server = Server::on_sqlite().await;
    let address = server.listen(Limits { init: Duration::from_secs(5), ..Limits::default() }).await;
    for message in [
        Message::text("{"),
        Message::text("[]"),
        Message::text(r#"{"type":"start","id":"a"}"#),
        Message::text(r#"{"type":"start","id":1,"payload":{"query":"{ a }"}}"#),
        Message::text(r#"{"type":"start","id":"","payload":{"query":"{ a }"}}"#),
        Message::text(r#"{"type":"start","id":"a","payload":{"query":"{ a }","variables":[]}}"#),
        // The library would accept these.
        Message::text(r#"{"type":"subscribe","id":"a","payload":{"query":"{ tags { id } }"}}"#),
        Message::text(r#"{"type":"complete","id":"a"}"#),
        Message::text(r#"{"type":"ping"}"#),
        Message::binary(&b"{\"type\":\"connection_init\"}"[..]),
    ] {
        let mut socket = Socket::legacy(address).await;
        socket.send_raw(message.clone()).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{message:?}");
        assert!(reason.starts_with("Invalid message: "), "{reason}");
    }

    let mut socket = Socket::open(address, &[PROTOCOL]).await.unwrap();
    socket.start("a", TAGS).await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".into()));

    let mut socket = Socket::legacy(address).await;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".into()));

    let mut socket = Socket::legacy(address).await;
    socket.start("a", TAGS).await;
    until(|| server.db.receivers() == 1).await;
    socket.send_raw(Message::text(" ".repeat((1 << 20) + 1))).await;
    assert_eq!(socket.closed().await.0, 1009);
    until(|| server.db.receivers() == 0).await;

    let hasty = server.listen(Limits { init: Duration::from_millis(1), ..Limits::default() }).await;
    let mut socket = Socket::open(hasty, &[PROTOCOL]).await.unwrap();
    assert_eq!(socket.closed().await, (4408, "Connection initialisation timeout".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_may_follow_the_initialisation_at_once() {
    let server = Server::on_sqlite().await;
    let address = server.listen(Limits::default()).await;
    let mut socket = Socket::open(address, &[PROTOCOL]).await.unwrap();
    socket.send(json!({ "type": "connection_init", "payload": null })).await;
    socket.start("a", "{ tags { id } }").await;
    assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
    assert_eq!(socket.next().await, json!({ "type": "ka" }));
    assert_eq!(response(&mut socket, "a").await, json!({ "data": { "tags": [] } }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newer_protocol_is_preferred() {
    let server = Server::on_sqlite().await;
    let address = server.listen(Limits::default()).await;
    for offered in ["graphql-ws, graphql-transport-ws", "graphql-transport-ws, graphql-ws"] {
        let mut socket = Socket::open(address, &[("sec-websocket-protocol", offered)]).await.unwrap();
        socket.send(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        socket.subscribe("a", "{ tags { id } }").await;
        assert_eq!(socket.event("a").await, json!({ "tags": [] }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_is_refused_in_the_legacy_protocol() {
    let address = Server::on_sqlite().await.listen(Limits::default()).await;
    let own = format!("http://{address}");
    assert!(Socket::open(address, &[PROTOCOL, ("origin", &own)]).await.is_ok());
    match Socket::open(address, &[PROTOCOL, ("origin", "http://example.com")]).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{:?}", other.err()),
    }
}

async fn legacy_connections_are_limited(server: Server) {
    let address = server.listen(Limits { connections: 2, operations: 3, ..Limits::default() }).await;
    // Both protocols share the slots.
    let (mut one, two) = (Socket::legacy(address).await, Socket::ready(address).await);
    match Socket::open(address, &[PROTOCOL]).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 503),
        other => panic!("{:?}", other.err()),
    }
    for id in ["a", "b", "c", "d"] {
        one.start(id, TAGS).await;
    }
    let refused = payload(&mut one, "error", "d").await;
    assert_eq!(refused["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("3 operations at a time"), "{refused}");
    one.send(json!({ "type": "stop", "id": "a" })).await;
    assert_eq!(one.next().await, json!({ "type": "complete", "id": "a" }));
    one.start("d", "{ tags { id } }").await;
    assert_eq!(response(&mut one, "d").await, json!({ "data": { "tags": [] } }));
    one.start("d", TAGS).await;
    until(|| server.db.receivers() == 3).await;
    // Closing a connection ends its operations and frees its slot.
    drop(one);
    until(|| server.db.receivers() == 0).await;
    let wait = async { while Socket::open(address, &[PROTOCOL]).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
    drop(two);
}

async fn legacy_connections_know_persisted_documents(server: Server) {
    let mut socket = Socket::legacy(server.listen(Limits::default()).await).await;
    let query = "{ tags { id } }";
    let hash: String = Sha256::digest(query).iter().map(|byte| format!("{byte:02x}")).collect();
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let named = json!({ "type": "start", "id": "a", "payload": { "extensions": extensions } });
    socket.send(named.clone()).await;
    let unknown = payload(&mut socket, "error", "a").await;
    assert_eq!(unknown["message"], "PersistedQueryNotFound", "{unknown}");
    let sent = json!({ "query": query, "extensions": extensions });
    socket.send(json!({ "type": "start", "id": "a", "payload": sent })).await;
    let expected = json!({ "data": { "tags": [] } });
    assert_eq!(response(&mut socket, "a").await, expected);
    socket.send(named).await;
    assert_eq!(response(&mut socket, "a").await, expected);
    let by_id = json!({ "documentId": format!("sha256:{hash}") });
    socket.send(json!({ "type": "start", "id": "a", "payload": by_id })).await;
    assert_eq!(response(&mut socket, "a").await, expected);
}

async fn only_trusted_documents_run_in_the_legacy_protocol(server: Server) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Tags.graphql"), "query Tags { tags { name } }\n").unwrap();
    fs::write(folder.path().join("Changes.graphql"), "subscription Changes { tagChanged { kind } }\n")
        .unwrap();
    let trusted = Arc::new(TrustedDocuments::read(&doorway::blog::app(), folder.path(), true).unwrap());
    let address = server.listen_with(Options { trusted, ..Options::default() }).await;
    let mut socket = Socket::legacy(address).await;
    for query in [
        "{ users { id } }",
        "mutation { createTag(input: { name: \"a\" }) { tag { id } } }",
        TAGS,
        "Tags",
        "a",
    ] {
        socket.start("a", query).await;
        let refused = payload(&mut socket, "error", "a").await;
        assert_eq!(refused["extensions"]["code"], "DOCUMENT_NOT_TRUSTED", "{refused}");
    }
    // A trusted id does not let another document through.
    let both = json!({ "documentId": "Tags", "query": "{ users { id } }" });
    socket.send(json!({ "type": "start", "id": "a", "payload": both })).await;
    assert_eq!(payload(&mut socket, "error", "a").await["extensions"]["code"], "BAD_USER_INPUT");
    socket.send(json!({ "type": "start", "id": "a", "payload": { "documentId": "Tags" } })).await;
    assert_eq!(response(&mut socket, "a").await, json!({ "data": { "tags": [] } }));
    socket.start("a", "query Tags { tags { name } }").await;
    assert_eq!(response(&mut socket, "a").await, json!({ "data": { "tags": [] } }));
    socket.send(json!({ "type": "start", "id": "a", "payload": { "documentId": "Changes" } })).await;
    until(|| server.db.receivers() == 1).await;
    server.data("mutation { createTag(input: { name: \"a\" }) { tag { id } } }").await;
    let told = payload(&mut socket, "data", "a").await;
    assert_eq!(told, json!({ "data": { "tagChanged": { "kind": "CREATED" } } }));
}

async fn cost_is_told_in_the_legacy_protocol_only_where_allowed(server: Server) {
    for explain in [false, true] {
        let address = server.listen_with(Options { explain, ..Options::default() }).await;
        let mut socket = Socket::legacy(address).await;
        let asks = json!({ "query": "{ tags { id } }", "extensions": { "doorway": { "explain": true } } });
        socket.send(json!({ "type": "start", "id": "a", "payload": asks })).await;
        let told = response(&mut socket, "a").await;
        let statements = &told["extensions"]["doorway"]["totals"]["statements"];
        assert_eq!(*statements, if explain { json!(1) } else { json!(null) }, "{told}");
    }
}

/// A client that reads nothing answers no ping. A client that reads stays connected, and gets a `ka` with each ping.
async fn legacy_clients_that_do_not_answer_pings_are_disconnected(server: Server) {
    let address = server.listen(Limits { ping: Duration::from_secs(1), ..Limits::default() }).await;
    let (mut reading, mut silent) = (Socket::legacy(address).await, Socket::legacy(address).await);
    reading.start("a", TAGS).await;
    let reader = tokio::spawn(async move {
        loop {
            assert_eq!(reading.next().await, json!({ "type": "ka" }));
        }
    });
    silent.start("a", TAGS).await;
    until(|| server.db.receivers() == 2).await;
    until(|| server.db.receivers() == 1).await;
    assert!(!reader.is_finished());
    reader.abort();
}

async fn what_runs_in_the_legacy_protocol_is_finished_before_the_end(server: Server) {
    let server = server.with_demo().await;
    let id = server.data("{ tag(name: \"sql\") { id } }").await["tag"]["id"].take();
    let url = server.database.url.clone();
    let mut doorway = tokio::task::spawn_blocking(move || Doorway::serve(&url, &[])).await.unwrap();
    let mut socket = Socket::legacy(doorway.address().parse().unwrap()).await;
    let mut idle = Socket::legacy(doorway.address().parse().unwrap()).await;
    // The mutation below sends them nothing.
    for socket in [&mut socket, &mut idle] {
        socket.start("s", "subscription { userChanged { id } }").await;
    }
    idle.start("q", "{ tags(limit: 0) { id } }").await;
    response(&mut idle, "q").await;
    // On PostgreSQL the mutation waits for this transaction. On SQLite it would do so in the thread that reads the
    // socket, so there it is finished before.
    let mut blocking = None;
    if server.is_postgres() {
        let tx = blocking.insert(server.db.begin().await.unwrap());
        tx.run(sql_query("UPDATE tags SET name = name WHERE name = 'sql'")).await.unwrap();
    }
    let renamed = json!({ "data": { "updateTag": { "tag": { "name": "structured" } } } });
    let rename =
        "mutation($id: ID!) { updateTag(input: { id: $id, name: \"structured\" }) { tag { name } } }";
    let rename = json!({ "query": rename, "variables": { "id": id } });
    socket.send(json!({ "type": "start", "id": "m", "payload": rename })).await;
    if blocking.is_some() {
        // It was started before the query that is answered.
        socket.start("q", "{ tags(limit: 0) { id } }").await;
        response(&mut socket, "q").await;
    } else {
        assert_eq!(response(&mut socket, "m").await, renamed);
    }
    doorway.signal("TERM");
    let mut doorway = tokio::task::spawn_blocking(move || {
        doorway.wait_for_log("draining");
        doorway
    })
    .await
    .unwrap();
    assert_eq!(idle.closed().await, (1001, "The server stops".into()));
    if let Some(tx) = blocking {
        tx.commit().await.unwrap();
        assert_eq!(response(&mut socket, "m").await, renamed);
    }
    // Without `complete` for its subscription.
    assert_eq!(socket.closed().await, (1001, "The server stops".into()));
    let status = tokio::task::spawn_blocking(move || doorway.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}
