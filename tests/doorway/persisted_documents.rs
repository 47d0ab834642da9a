//! Automatic persisted queries, and which of their responses caches may store.

use crate::support::{Answer, Server, Socket};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use doorway::server::{Limits, Options};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

on_both_databases!(
    a_query_is_sent_once_and_then_only_its_hash,
    only_valid_documents_are_stored,
    bad_hashes_say_why,
    caches_may_store_persisted_gets,
    sockets_and_event_streams_accept_persisted_documents,
);

const QUERY: &str = "query Posts($n: Int! = 2) { blogPosts(limit: $n) { title } }";

pub fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn named(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

pub async fn post(server: &Server, body: Value) -> Answer {
    server.post_json(body).await
}

/// Sends a GET with these parameters.
pub async fn get(server: &Server, parameters: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let parameters: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let mut request = Request::get(format!("/graphql?{}", parameters.join("&")));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

pub fn code(answer: &Answer) -> Value {
    answer.json()["errors"][0]["extensions"]["code"].clone()
}

async fn a_query_is_sent_once_and_then_only_its_hash(server: Server) {
    let server = server.with_demo().await;
    let by_hash = json!({ "extensions": named(&hash(QUERY)), "variables": { "n": 1 } });
    let unknown = post(&server, by_hash.clone()).await;
    assert_eq!(unknown.status, StatusCode::OK);
    assert_eq!(unknown.json()["errors"][0]["message"], "PersistedQueryNotFound", "{}", unknown.text);
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(unknown.json().get("data"), None);
    let sent = post(&server, json!({ "query": QUERY, "extensions": named(&hash(QUERY)) })).await;
    assert_eq!(sent.json()["data"]["blogPosts"].as_array().map(Vec::len), Some(2), "{}", sent.text);
    let known = post(&server, by_hash).await;
    assert_eq!(known.json()["data"]["blogPosts"].as_array().map(Vec::len), Some(1), "{}", known.text);
    let extensions = named(&hash(QUERY)).to_string();
    let got = get(&server, &[("extensions", &extensions), ("variables", r#"{"n":3}"#)], &[]).await;
    assert_eq!(got.json()["data"]["blogPosts"].as_array().map(Vec::len), Some(3), "{}", got.text);
    let by_id = post(&server, json!({ "documentId": format!("sha256:{}", hash(QUERY)) })).await;
    assert_eq!(by_id.text, sent.text);
    // Mutations have hashes too, but GET does not run them.
    let mutation =
        r#"mutation { deleteTag(input: { id: "01890a5d-ac96-774b-bcce-b302099a8057" }) { deletedId } }"#;
    let sent = post(&server, json!({ "query": mutation, "extensions": named(&hash(mutation)) })).await;
    let expected = json!({ "data": { "deleteTag": { "deletedId": null } } });
    assert_eq!(sent.json(), expected);
    assert_eq!(post(&server, json!({ "extensions": named(&hash(mutation)) })).await.json(), expected);
    let got = get(&server, &[("extensions", &named(&hash(mutation)).to_string())], &[]).await;
    assert_eq!((got.status, got.allow.as_deref()), (StatusCode::METHOD_NOT_ALLOWED, Some("POST")));
}

async fn only_valid_documents_are_stored(server: Server) {
    for (query, more) in [
        ("{ nobody }", json!({})),
        ("{ users ", json!({})),
        (
            "query A($n: Int) { users(limit: 1, offset: $n) { id } } query B { nobody }",
            json!({ "operationName": "A" }),
        ),
    ] {
        let extensions = named(&hash(query));
        let mut body = json!({ "query": query, "extensions": extensions });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(&server, body).await;
        let asked = post(&server, json!({ "extensions": extensions })).await;
        assert_eq!(code(&asked), "PERSISTED_QUERY_NOT_FOUND", "{query}");
    }
    // A valid document is stored even if its variables are wrong, or if its execution fails.
    for fails in ["{ users(limit: -1) { id } }", "query($n: Int!) { users(limit: $n) { id } }"] {
        post(&server, json!({ "query": fails, "extensions": named(&hash(fails)) })).await;
        let asked = post(&server, json!({ "extensions": named(&hash(fails)) })).await;
        assert_eq!(code(&asked), "BAD_USER_INPUT", "{}", asked.text);
    }
}

async fn bad_hashes_say_why(server: Server) {
    let of_another = named(&hash("{ tags { id } }"));
    for (body, words) in [
        (json!({ "query": QUERY, "extensions": of_another }), "is not the SHA-256 of `query`"),
        (json!({ "extensions": named("abc") }), "must have 64 hexadecimal digits"),
        (json!({ "extensions": named(&"g".repeat(64)) }), "must have 64 hexadecimal digits"),
        (
            json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": hash("") } } }),
            "version 1",
        ),
        (json!({ "extensions": { "persistedQuery": { "version": 1 } } }), "missing field `sha256Hash`"),
        (json!({ "extensions": { "persistedQuery": "x" } }), "`persistedQuery` cannot be read"),
        (json!({ "documentId": 7 }), "`documentId` must be a string"),
        (json!({ "documentId": "sha256:x" }), "64 hexadecimal digits after sha256:"),
        (json!({ "documentId": "x", "query": QUERY }), "`documentId` cannot be combined"),
        (json!({ "documentId": "x", "extensions": named(&hash("")) }), "`documentId` cannot be combined"),
    ] {
        let answer = post(&server, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert!(answer.json()["errors"][0]["message"].as_str().unwrap().contains(words), "{}", answer.text);
    }
    // With this media type, the status is 400.
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let request = request.header(header::ACCEPT, "application/graphql-response+json");
    let body = json!({ "extensions": named(&hash("never sent")) }).to_string();
    let answer = server.send(request.body(body.into()).unwrap()).await;
    assert_eq!((answer.status, code(&answer)), (StatusCode::BAD_REQUEST, json!("PERSISTED_QUERY_NOT_FOUND")));
}

async fn caches_may_store_persisted_gets(server: Server) {
    let options = Options { shared_max_age: 60, explain: true, ..Options::default() };
    let server = server.with_demo().await.with_options(options);
    let extensions = named(&hash(QUERY)).to_string();
    let by_hash = [("extensions", extensions.as_str())];
    let unknown = get(&server, &by_hash, &[]).await;
    assert_eq!((unknown.header("cache-control"), unknown.header("etag")), ("no-store", ""));
    let sent = get(&server, &[("query", QUERY), ("extensions", &extensions)], &[]).await;
    assert_eq!(sent.header("cache-control"), "no-store", "the request contains the document");

    let first = get(&server, &by_hash, &[]).await;
    assert_eq!(first.text, sent.text);
    assert_eq!(first.header("cache-control"), "public, max-age=0, s-maxage=60, must-revalidate");
    assert_eq!(first.header("vary"), "accept, accept-encoding");
    let tag = first.header("etag");
    assert!(tag.starts_with(r#"W/""#) && tag.len() == 36, "{tag}");
    for known in [tag, &tag[2..], &format!(r#""x", {tag}"#), "*"] {
        let again = get(&server, &by_hash, &[("if-none-match", known)]).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{known}");
        assert_eq!((again.header("etag"), again.header("vary")), (tag, first.header("vary")));
        assert_eq!(again.header("content-length"), "", "it would be the length of the full response");
        assert_eq!(again.header("cache-control"), first.header("cache-control"));
    }
    // Another response has another tag, whatever differs.
    let other = get(&server, &[by_hash[0], ("variables", r#"{"n":1}"#)], &[("if-none-match", tag)]).await;
    assert_eq!(other.status, StatusCode::OK);
    server.sql("UPDATE blog_posts SET title = 'changed'").await;
    let changed = get(&server, &by_hash, &[("if-none-match", tag)]).await;
    assert!(changed.status == StatusCode::OK && changed.text.contains("changed"), "{}", changed.text);
    assert_ne!(changed.header("etag"), tag);
    // Caches must not store errors, nor explanations, which differ each time.
    let failed = get(&server, &[by_hash[0], ("variables", r#"{"n":-1}"#)], &[]).await;
    assert_eq!(
        (failed.status, failed.header("cache-control")),
        (StatusCode::OK, "no-store"),
        "{}",
        failed.text
    );
    let mut extensions = named(&hash(QUERY));
    extensions["doorway"] = json!({ "explain": true });
    let explained = get(&server, &[("extensions", &extensions.to_string())], &[]).await;
    assert_eq!(explained.header("cache-control"), "no-store");
    assert!(explained.text.contains("microseconds"), "{}", explained.text);
}

async fn sockets_and_event_streams_accept_persisted_documents(server: Server) {
    let server = server.with_demo().await;
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    let extensions = named(&hash(QUERY));
    let subscribe = |id: &str, mut payload: Value| {
        payload["extensions"] = extensions.clone();
        json!({ "type": "subscribe", "id": id, "payload": payload })
    };
    socket.send(subscribe("a", json!({}))).await;
    let message = socket.next().await;
    assert_eq!(
        (&message["type"], &message["payload"][0]["message"]),
        (&json!("error"), &json!("PersistedQueryNotFound"))
    );
    socket.send(subscribe("a", json!({ "query": QUERY }))).await;
    let sent = socket.event("a").await;
    assert_eq!(socket.next().await["type"], "complete");
    socket.send(subscribe("b", json!({}))).await;
    assert_eq!(socket.event("b").await, sent);

    let events = [("accept", "text/event-stream")];
    let stream = get(&server, &[("extensions", &named(&hash("{ never }")).to_string())], &events).await;
    assert_eq!(stream.status, StatusCode::BAD_REQUEST, "{}", stream.text);
    get(&server, &[("query", QUERY), ("extensions", &extensions.to_string())], &events).await;
    let stream = get(&server, &[("extensions", &extensions.to_string())], &events).await;
    assert!(
        stream.text.starts_with(&format!("event: next\ndata: {{\"data\":{}", json!(sent))),
        "{}",
        stream.text
    );
}
