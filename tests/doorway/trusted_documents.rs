//! Trusted documents, which the server reads from a folder when it starts.

use crate::{
    persisted_documents::{code, get, hash, named, post},
    support::{Server, Socket, doorway, ended},
};
use axum::http::StatusCode;
use doorway::server::{Options, TrustedDocuments};
use serde_json::json;
use std::{fs, path::Path, sync::Arc};
use tempfile::TempDir;

on_both_databases!(
    trusted_documents_keep_the_ids_of_their_compilers,
    trusted_only_refuses_all_other_documents,
);

/// A folder with one file of each kind.
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
    let trusted = Arc::new(TrustedDocuments::read(&doorway::blog::app(), folder, only).unwrap());
    Options { trusted, ..Options::default() }
}

async fn trusted_documents_keep_the_ids_of_their_compilers(server: Server) {
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
    // Without `--trusted-only`, other documents run too.
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

async fn trusted_only_refuses_all_other_documents(server: Server) {
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
    assert_eq!(
        code(&unknown),
        "PERSISTED_QUERY_NOT_FOUND",
        "a refused document was stored: {}",
        unknown.text
    );
    assert_eq!(code(&get(&server, &[("query", other)], &[]).await), "DOCUMENT_NOT_TRUSTED");
    // The same over sockets and event streams.
    let mut socket = Socket::ready(server.listen_with(trusting(folder().path(), true)).await).await;
    socket.send(json!({ "type": "subscribe", "id": "a", "payload": { "query": other } })).await;
    assert_eq!(socket.next().await["payload"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED");
    let stream = get(&server, &[("query", other)], &[("accept", "text/event-stream")]).await;
    assert_eq!(code(&stream), "DOCUMENT_NOT_TRUSTED");
    // The text of a trusted document runs too, even without the newline at the end of its file.
    let text = post(&server, json!({ "query": "query Newest { blogPosts(limit: 1) { title } }" })).await;
    assert!(text.json()["data"].is_object(), "{}", text.text);
    let text = post(&server, json!({ "query": "query Tags { tags { name } }" })).await;
    assert!(text.json()["data"]["tags"].is_array(), "{}", text.text);
    assert!(post(&server, json!({ "documentId": "Newest" })).await.json()["data"].is_object());
}

#[test]
fn a_bad_folder_stops_the_start() {
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
        said.contains(r#"a.graphql: the document "a" is not valid"#) && said.contains("nothing"),
        "{said}"
    );
    write("a.graphql", "query A { users { id } }");
    write("a.gql", "query A { users { id username } }");
    assert!(start(&[]).contains(r#"the id "a" names two documents"#));
    write("a.gql", "query A { users { id } }");
    write("a.graphql", "query A { users { ");
    assert!(start(&[]).contains(r#"a.graphql: the document "a" is not valid"#), "in one line");
    write("a.graphql", "query A { users { id } }");
    for (list, words) in [
        ("[1]", "b.json is neither an Apollo manifest nor a JSON object of documents by id"),
        (r#"{"version":1}"#, "missing field `operations`"),
        (r#"{"x":"{ users { id } }","x":"{ tags { id } }"}"#, r#"the id "x" names two documents"#),
        (
            &json!({ hash("{ tags { id } }"): "{ users { id } }" }).to_string(),
            "is a SHA-256 hash, but not that of its document",
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
