//! Documents that requests name: automatic persisted queries, trusted documents, and what caches may keep.

use crate::support::{Answer, Server, Socket, doorway, ended};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use doorway::server::{Limits, Options, TrustedDocuments};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{fs, path::Path, sync::Arc};
use tempfile::TempDir;

on_both_databases!(
    a_query_is_sent_once_and_then_named,
    only_valid_documents_are_kept,
    a_hash_that_is_none_says_why,
    a_persisted_get_is_kept_by_caches,
    trusted_documents_go_by_what_compilers_call_them,
    only_trusted_documents_run_where_that_is_set,
    sockets_and_streams_know_persisted_documents,
);

const QUERY: &str = "query Posts($n: Int! = 2) { blogPosts(limit: $n) { title } }";

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn post(server: &Server, body: Value) -> Answer {
    server.post_json(body).await
}

/// The parameters of a GET, each with its value; `headers` are more of them.
async fn get(server: &Server, parameters: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let parameters: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let mut request = Request::get(format!("/graphql?{}", parameters.join("&")));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

fn code(answer: &Answer) -> Value {
    answer.json()["errors"][0]["extensions"]["code"].clone()
}

async fn a_query_is_sent_once_and_then_named(server: Server) {
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
    // A mutation is named as well, but not by GET.
    let mutation =
        "mutation { deleteTag(input: { id: \"01890a5d-ac96-774b-bcce-b302099a8057\" }) { deletedId } }";
    let sent = post(&server, json!({ "query": mutation, "extensions": named(&hash(mutation)) })).await;
    let expected = json!({ "data": { "deleteTag": { "deletedId": null } } });
    assert_eq!(sent.json(), expected);
    assert_eq!(post(&server, json!({ "extensions": named(&hash(mutation)) })).await.json(), expected);
    let got = get(&server, &[("extensions", &named(&hash(mutation)).to_string())], &[]).await;
    assert_eq!((got.status, got.allow.as_deref()), (StatusCode::METHOD_NOT_ALLOWED, Some("POST")));
}

async fn only_valid_documents_are_kept(server: Server) {
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
    // One that is valid is kept, also where its variables will not do, or its execution fails.
    for fails in ["{ users(limit: -1) { id } }", "query($n: Int!) { users(limit: $n) { id } }"] {
        post(&server, json!({ "query": fails, "extensions": named(&hash(fails)) })).await;
        let asked = post(&server, json!({ "extensions": named(&hash(fails)) })).await;
        assert_eq!(code(&asked), "BAD_USER_INPUT", "{}", asked.text);
    }
}

async fn a_hash_that_is_none_says_why(server: Server) {
    let of_another = named(&hash("{ tags { id } }"));
    for (body, words) in [
        (json!({ "query": QUERY, "extensions": of_another }), "is not the SHA-256 of `query`"),
        (json!({ "extensions": named("abc") }), "is not of 64 hexadecimal digits"),
        (json!({ "extensions": named(&"g".repeat(64)) }), "is not of 64 hexadecimal digits"),
        (
            json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": hash("") } } }),
            "version 1",
        ),
        (json!({ "extensions": { "persistedQuery": { "version": 1 } } }), "missing field `sha256Hash`"),
        (json!({ "extensions": { "persistedQuery": "x" } }), "`persistedQuery` cannot be read"),
        (json!({ "documentId": 7 }), "`documentId` must be a string"),
        (json!({ "documentId": "sha256:x" }), "64 hexadecimal digits after sha256:"),
        (json!({ "documentId": "x", "query": QUERY }), "`documentId` goes with neither"),
        (json!({ "documentId": "x", "extensions": named(&hash("")) }), "`documentId` goes with neither"),
    ] {
        let answer = post(&server, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert!(answer.json()["errors"][0]["message"].as_str().unwrap().contains(words), "{}", answer.text);
    }
    // Where the media type has a status for it.
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let request = request.header(header::ACCEPT, "application/graphql-response+json");
    let body = json!({ "extensions": named(&hash("never sent")) }).to_string();
    let answer = server.send(request.body(body.into()).unwrap()).await;
    assert_eq!((answer.status, code(&answer)), (StatusCode::BAD_REQUEST, json!("PERSISTED_QUERY_NOT_FOUND")));
}

async fn a_persisted_get_is_kept_by_caches(server: Server) {
    let options = Options { shared_max_age: 60, explain: true, ..Options::default() };
    let server = server.with_demo().await.with_options(options);
    let extensions = named(&hash(QUERY)).to_string();
    let by_hash = [("extensions", extensions.as_str())];
    let unknown = get(&server, &by_hash, &[]).await;
    assert_eq!((unknown.header("cache-control"), unknown.header("etag")), ("no-store", ""));
    let sent = get(&server, &[("query", QUERY), ("extensions", &extensions)], &[]).await;
    assert_eq!(sent.header("cache-control"), "no-store", "it was not asked for by its hash");

    let first = get(&server, &by_hash, &[]).await;
    assert_eq!(first.text, sent.text);
    assert_eq!(first.header("cache-control"), "public, max-age=0, s-maxage=60, must-revalidate");
    assert_eq!(first.header("vary"), "accept, accept-encoding");
    let tag = first.header("etag");
    assert!(tag.starts_with("W/\"") && tag.len() == 36, "{tag}");
    for known in [tag, &tag[2..], &format!("\"x\", {tag}"), "*"] {
        let again = get(&server, &by_hash, &[("if-none-match", known)]).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{known}");
        assert_eq!((again.header("etag"), again.header("vary")), (tag, first.header("vary")));
        assert_eq!(again.header("content-length"), "", "it would have to be that of the whole");
        assert_eq!(again.header("cache-control"), first.header("cache-control"));
    }
    // Another answer has another tag, by whatever it differs.
    let other = get(&server, &[by_hash[0], ("variables", r#"{"n":1}"#)], &[("if-none-match", tag)]).await;
    assert_eq!(other.status, StatusCode::OK);
    server.sql("UPDATE blog_posts SET title = 'changed'").await;
    let changed = get(&server, &by_hash, &[("if-none-match", tag)]).await;
    assert!(changed.status == StatusCode::OK && changed.text.contains("changed"), "{}", changed.text);
    assert_ne!(changed.header("etag"), tag);
    // What failed is not kept, nor what is of the moment.
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

/// A folder with one document for each kind of file.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("Newest.graphql", "query Newest { blogPosts(limit: 1) { title } }\n");
    fs::create_dir(folder.path().join("relay")).unwrap();
    write("relay/persisted.json", &json!({ "0a1b": "query Tags { tags { name } }" }).to_string());
    let operation = json!({ "id": "apollo-1", "name": "Users", "type": "query",
        "body": "query Users($n: Int!) { users(limit: $n) { username } }" });
    let manifest =
        json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation] });
    write("manifest.json", &manifest.to_string());
    write(
        "two.gql",
        "subscription S { ...F } fragment F on Subscription { tagChanged { id } } query Q { users { id } }",
    );
    write("README.md", "not a document");
    folder
}

fn trusting(folder: &Path, only: bool) -> Options {
    let trusted = Arc::new(TrustedDocuments::read(folder, only).unwrap());
    Options { trusted, ..Options::default() }
}

async fn trusted_documents_go_by_what_compilers_call_them(server: Server) {
    let server = server.with_demo().await.with_options(trusting(folder().path(), false));
    for (body, field) in [
        (json!({ "documentId": "Newest" }), "blogPosts"),
        (json!({ "documentId": "0a1b" }), "tags"),
        (json!({ "documentId": "apollo-1", "variables": { "n": 2 } }), "users"),
        (json!({ "documentId": "two", "operationName": "Q" }), "users"),
        (json!({ "documentId": hash("query Tags { tags { name } }") }), "tags"),
        (json!({ "documentId": format!("sha256:{}", hash("query Tags { tags { name } }")) }), "tags"),
        (json!({ "extensions": named(&hash("query Tags { tags { name } }")) }), "tags"),
    ] {
        let answer = post(&server, body.clone()).await;
        assert!(
            answer.json()["data"][field].as_array().is_some_and(|rows| !rows.is_empty()),
            "{body} {}",
            answer.text
        );
    }
    let unknown = post(&server, json!({ "documentId": "Oldest" })).await;
    assert_eq!((unknown.status, code(&unknown)), (StatusCode::OK, json!("PERSISTED_QUERY_NOT_FOUND")));
    // Others run as well.
    assert_eq!(
        post(&server, json!({ "query": "{ users(limit: 0) { id } }" })).await.json(),
        json!({ "data": { "users": [] } })
    );
    let kept = get(&server, &[("documentId", "Newest")], &[]).await;
    assert!(
        kept.header("cache-control").starts_with("public") && kept.header("etag").starts_with("W/"),
        "{:?}",
        kept.headers
    );
}

async fn only_trusted_documents_run_where_that_is_set(server: Server) {
    let server = server.with_demo().await.with_options(trusting(folder().path(), true));
    let other = "{ users { id } }";
    for body in [
        json!({ "query": other }),
        json!({ "query": other, "extensions": named(&hash(other)) }),
        json!({ "query": "{ __schema { types { name } } }" }),
        json!({ "query": "query Tags { tags { name, id } }" }),
    ] {
        let answer = post(&server, body).await;
        assert_eq!(code(&answer), "DOCUMENT_NOT_TRUSTED", "{}", answer.text);
        assert_eq!(answer.json().get("data"), None);
    }
    let unknown = post(&server, json!({ "extensions": named(&hash(other)) })).await;
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND", "nothing was learned: {}", unknown.text);
    assert_eq!(code(&get(&server, &[("query", other)], &[]).await), "DOCUMENT_NOT_TRUSTED");
    // Nor by another way in.
    let mut socket = Socket::ready(server.listen_with(trusting(folder().path(), true)).await).await;
    socket.send(json!({ "type": "subscribe", "id": "a", "payload": { "query": other } })).await;
    assert_eq!(socket.next().await["payload"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED");
    let stream = get(&server, &[("query", other)], &[("accept", "text/event-stream")]).await;
    assert_eq!(code(&stream), "DOCUMENT_NOT_TRUSTED");
    // The very text of one is as good as its name, also without the end of its file's last line.
    let text = post(&server, json!({ "query": "query Newest { blogPosts(limit: 1) { title } }" })).await;
    assert!(text.json()["data"].is_object(), "{}", text.text);
    let text = post(&server, json!({ "query": "query Tags { tags { name } }" })).await;
    assert!(text.json()["data"]["tags"].is_array(), "{}", text.text);
    assert!(post(&server, json!({ "documentId": "Newest" })).await.json()["data"].is_object());
}

async fn sockets_and_streams_know_persisted_documents(server: Server) {
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

#[test]
fn a_folder_that_cannot_be_trusted_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let start = |more: &[&str]| {
        let mut arguments = vec!["serve", "--database-url", "sqlite::memory:", "--trusted-documents", path];
        arguments.extend(more);
        let (stdout, stderr, code) = ended(&doorway(&arguments).output().unwrap());
        assert_eq!((stdout.as_str(), code, stderr.lines().count()), ("", Some(2), 1), "{stderr}");
        stderr
    };
    assert!(start(&[]).contains("there is no document in"));
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.graphql", "query A { users { id nothing } }");
    let said = start(&["--trusted-only"]);
    assert!(
        said.contains("a.graphql: the document \"a\" is not valid") && said.contains("nothing"),
        "{said}"
    );
    write("a.graphql", "query A { users { id } }");
    write("a.gql", "query A { users { id username } }");
    assert!(start(&[]).contains("the id \"a\" names two documents"));
    write("a.gql", "query A { users { id } }");
    write("a.graphql", "query A { users { ");
    assert!(start(&[]).contains("a.graphql: the document \"a\" is not valid"), "in one line");
    write("a.graphql", "query A { users { id } }");
    for (list, words) in [
        ("[1]", "b.json is neither Apollo's manifest nor an object of documents by their ids"),
        (r#"{"version":1}"#, "missing field `operations`"),
        (r#"{"x":"{ users { id } }","x":"{ tags { id } }"}"#, "the id \"x\" names two documents"),
        (
            &json!({ hash("{ tags { id } }"): "{ users { id } }" }).to_string(),
            "is a SHA-256, but not its document's",
        ),
    ] {
        write("b.json", list);
        let said = start(&[]);
        assert!(said.contains(words), "{said}");
    }
    fs::write(folder.path().join("b.json"), b"\xff").unwrap();
    assert!(start(&[]).contains("b.json cannot be read"));
    let (_, stderr, code) = ended(&doorway(&["serve", "--trusted-documents", "nowhere"]).output().unwrap());
    assert!(code == Some(2) && stderr.contains("nowhere cannot be read"), "{stderr}");
    let by_variables = |variables: &[(&str, &str)]| {
        let mut command = doorway(&["migrate", "status", "--database-url", "sqlite::memory:"]);
        ended(&command.envs(variables.iter().copied()).output().unwrap())
    };
    for variables in [
        [("DOORWAY_TRUSTED_ONLY", ""), ("DOORWAY_TRUSTED_DOCUMENTS", "")],
        [("DOORWAY_TRUSTED_ONLY", "false"), ("DOORWAY_EXPLAIN", "1")],
        [("DOORWAY_EXPLAIN", "yes"), ("DOORWAY_SHARED_MAX_AGE", "")],
    ] {
        assert_eq!(by_variables(&variables).2, Some(0), "{variables:?}: {}", by_variables(&variables).1);
    }
    for (variables, words) in [
        ([("DOORWAY_TRUSTED_ONLY", "1")], "DOORWAY_TRUSTED_DOCUMENTS"),
        ([("DOORWAY_SHARED_MAX_AGE", "soon")], "DOORWAY_SHARED_MAX_AGE"),
        ([("DOORWAY_EXPLAIN", "disabled")], "expected true or false"),
        ([("DOORWAY_CORS_ORIGINS", "example.org")], "DOORWAY_CORS_ORIGINS"),
    ] {
        let (_, stderr, code) = by_variables(&variables);
        assert!(code == Some(2) && stderr.contains(words) && stderr.lines().count() == 1, "{stderr}");
    }
}
