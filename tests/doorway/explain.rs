//! The cost of an operation, in the extensions of its response.

use crate::support::{Server, Socket};
use doorway::server::{Limits, Options};
use serde_json::{Value, json};

on_both_databases!(
    each_batch_lists_its_fields,
    each_transaction_lists_its_statements,
    explain_must_be_requested_and_allowed,
    each_subscription_event_is_explained,
);

fn explaining(server: Server) -> Server {
    server.with_options(Options { explain: true, ..Options::default() })
}

async fn explain(server: &Server, query: &str) -> Value {
    let body = json!({ "query": query, "extensions": { "doorway": { "explain": true } } });
    let response = server.post_json(body).await.json();
    assert!(response["data"].is_object(), "{response}");
    response["extensions"]["doorway"].clone()
}

/// The fields of the batches, with their numbers of keys, cached keys, and rows.
fn served(explained: &Value) -> Vec<(Vec<&str>, u64, u64, u64)> {
    let batches = explained["batches"].as_array().unwrap().iter();
    let number = |batch: &Value, name: &str| batch[name].as_u64().unwrap();
    batches
        .map(|batch| {
            let fields = batch["fields"].as_array().unwrap().iter().map(|field| field.as_str().unwrap());
            (fields.collect(), number(batch, "keys"), number(batch, "cached"), number(batch, "rows"))
        })
        .collect()
}

async fn each_batch_lists_its_fields(server: Server) {
    let server = explaining(server.with_demo().await);
    server.take_statements();
    // Two fields share a batch; one level has some of its keys cached, another has all of them.
    let query = r#"{ newest: blogPosts(limit: 2) { author { username } a: tags { name } b: tags { posts { author { username } } } }
        tag(name: "sql") { postsConnection(first: 1) { totalCount nodes { author { blogPosts(limit: 1) { tags(limit: 1) { posts(limit: 1) { author { id } } } } } } } } }"#;
    let explained = explain(&server, query).await;
    let statements = server.take_statements();
    let explained_sql: Vec<&str> =
        explained["batches"].as_array().unwrap().iter().filter_map(|batch| batch["sql"].as_str()).collect();
    assert_eq!(explained_sql, statements, "in the order in which they ran");
    let served = served(&explained);
    let of = |field: &str| served.iter().find(|(fields, ..)| fields.contains(&field)).unwrap();
    assert_eq!(served[0].0, ["newest"]);
    assert_eq!(*of("newest"), (vec!["newest"], 1, 0, 2));
    assert_eq!(of("newest.a").0, ["newest.a", "newest.b"]);
    assert_eq!(of("tag.postsConnection.totalCount").0, ["tag.postsConnection.totalCount"]);
    let cached = of("tag.postsConnection.nodes.author.blogPosts.tags.posts.author");
    assert_eq!((cached.1, cached.2, cached.3), (1, 1, 0), "the author is cached");
    let null = explained["batches"].as_array().unwrap().iter().filter(|batch| batch["sql"].is_null());
    assert!(null.count() >= 1, "{explained}");
    let sum = |name: &str| -> u64 {
        explained["batches"].as_array().unwrap().iter().map(|batch| batch[name].as_u64().unwrap()).sum()
    };
    let totals = &explained["totals"];
    assert_eq!(totals["batches"], served.len());
    assert_eq!(totals["statements"], statements.len());
    assert_eq!(totals["rows"], sum("rows"));
    assert_eq!(totals["microseconds"], sum("microseconds"));
    assert!(sum("microseconds") > 0, "{explained}");
    assert_eq!(explained["transactions"], json!([]));
}

async fn each_transaction_lists_its_statements(server: Server) {
    let server = explaining(server.with_demo().await);
    server.take_statements();
    let query = r#"mutation { one: createTag(input: { name: "a" }) { tag { name } }
        two: createTag(input: { name: "a" }) { userErrors { code } } }"#;
    let explained = explain(&server, query).await;
    let transactions = explained["transactions"].as_array().unwrap();
    assert_eq!(transactions.iter().map(|one| &one["field"]).collect::<Vec<_>>(), ["one", "two"]);
    let statements = |nth: usize| transactions[nth]["statements"].as_array().unwrap();
    let sql = |nth: usize| statements(nth).iter().map(|one| one["sql"].as_str().unwrap());
    match server.is_postgres() {
        true => assert_eq!(statements(0).len(), 1, "a transaction of its own: {explained}"),
        false => assert!(
            sql(0).next().unwrap().starts_with("BEGIN") && sql(0).next_back().unwrap() == "COMMIT",
            "{explained}"
        ),
    }
    let insert = statements(0).iter().find(|one| one["sql"].as_str().unwrap().contains("INSERT")).unwrap();
    assert_eq!(insert["rows"], 1, "{explained}");
    // A commit waits for the disk or the server.
    assert!(statements(0).last().unwrap()["microseconds"].as_u64() > Some(0), "{explained}");
    // The name is taken: the row was refused, and a check has said why.
    assert!(
        sql(1).next().unwrap().starts_with(if server.is_postgres() { "WITH" } else { "BEGIN" }),
        "{explained}"
    );
    assert!(!sql(1).any(|sql| sql == "COMMIT"), "{explained}");
    assert_eq!(sql(1).filter(|sql| sql.contains("INSERT")).count(), 1, "{explained}");
    assert_eq!(explained["totals"]["transactions"], 2);
    // The payload shows the row as it was written.
    assert_eq!(served(&explained), [(vec!["one.tag"], 1, 1, 0)]);
}

async fn explain_must_be_requested_and_allowed(server: Server) {
    let server = server.with_demo().await;
    let query = "{ tags(limit: 1) { name } }";
    let asks = json!({ "query": query, "extensions": { "doorway": { "explain": true } } });
    assert_eq!(server.post_json(asks.clone()).await.json().get("extensions"), None, "not allowed");
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.send(json!({ "type": "subscribe", "id": "s", "payload": asks })).await;
    assert_eq!(socket.next().await["payload"].get("extensions"), None, "not allowed");
    let server = explaining(server);
    for extensions in [
        json!({}),
        json!({ "doorway": { "explain": false } }),
        json!({ "doorway": { "explain": "true" } }),
        json!({ "doorway": true }),
        json!({ "other": { "explain": true } }),
    ] {
        let response = server.post_json(json!({ "query": query, "extensions": extensions })).await.json();
        assert_eq!(response.get("extensions"), None, "{extensions}");
    }
    // An operation that is refused has no cost to explain.
    let asks = json!({ "query": "{ nobody }", "extensions": { "doorway": { "explain": true } } });
    let response = server.post_json(asks).await.json();
    assert!(response["errors"].is_array() && response.get("data").is_none(), "{response}");
}

async fn each_subscription_event_is_explained(server: Server) {
    let server = server.with_demo().await;
    let address =
        server.listen_with(Options { explain: true, limits: Limits::default(), ..Options::default() }).await;
    let mut socket = Socket::ready(address).await;
    let query = "subscription { tagChanged { kind tag { name posts { title } } } }";
    let extensions = json!({ "doorway": { "explain": true } });
    socket.send(json!({ "type": "subscribe", "id": "s", "payload": { "query": query, "extensions": extensions } })).await;
    crate::support::until(|| server.db.receivers() == 1).await;
    for name in ["x", "y"] {
        server
            .data(&format!(r#"mutation {{ createTag(input: {{ name: "{name}" }}) {{ tag {{ id }} }} }}"#))
            .await;
        let message = socket.next().await;
        let explained = &message["payload"]["extensions"]["doorway"];
        let expected = [(vec!["tagChanged.tag"], 1, 0, 1), (vec!["tagChanged.tag.posts"], 1, 0, 0)];
        assert_eq!(served(explained), expected, "{message}");
        assert_eq!(explained["totals"]["batches"], 2);
    }
}
