//! What connections read from the database; `node` and `nodes`.

use crate::support::Server;
use doorway::blog::seed::{Size, seed};
use serde_json::json;
use std::sync::Arc;

on_both_databases!(
    each_connection_and_each_count_takes_one_statement,
    only_requested_fields_are_read,
    node_and_nodes_find_rows_of_any_type,
    bad_ids_are_reported,
);

async fn each_connection_and_each_count_takes_one_statement(server: Server) {
    seed(&server.db, &Size { users: 30, posts: 300, tags: 12, seed: 5 }, |_, _| {}).await.unwrap();
    let server = Arc::new(server);
    for (query, statements) in [
        ("{ usersConnection(first: 9) { totalCount edges { cursor node { username } } pageInfo { endCursor } } }", 2),
        // users, their posts, the number of them, tags of posts, authors.
        (
            "{ usersConnection { nodes { blogPostsConnection(first: 3) { totalCount pageInfo { hasNextPage }
               nodes { tagsConnection(last: 2) { edges { position node { name } } } author { username } } } } } }",
            5,
        ),
        // A list and a connection take a statement each, and so do two connections with different arguments.
        (
            "{ tags { a: postsConnection(first: 2) { nodes { id } } b: postsConnection(first: 3) { nodes { id } }
               posts(limit: 2) { id } } }",
            4,
        ),
        // Selections of the same field are merged, even if they select different fields.
        (
            "{ tags { c: postsConnection(first: 2) { edges { node { id } } } ...F } } fragment F on Tag { c: postsConnection(first: 2) {
               edges { cursor node { n: id } position } pageInfo { hasPreviousPage } } }",
            2,
        ),
        // Two aliases with the same arguments are read once.
        (
            "{ tags { a: postsConnection(first: 2) { nodes { id } } b: postsConnection(first: 2) { edges { node { id } } } } }",
            2,
        ),
    ] {
        server.take_statements();
        let alone = server.data(query).await;
        assert_eq!(server.take_statements().len(), statements, "{query}");
        let clients = (0..16).map(|_| {
            let server = server.clone();
            tokio::spawn(async move { server.data(query).await })
        });
        for data in futures_util::future::join_all(clients).await {
            assert_eq!(data.unwrap(), alone);
        }
        assert_eq!(server.take_statements().len(), 16 * statements, "{query}");
    }
}

async fn only_requested_fields_are_read(server: Server) {
    let server = server.with_demo().await;
    let statement = async |body: &str| {
        server.take_statements();
        server.data(&format!("{{ blogPostsConnection(first: 2) {{ {body} }} }}")).await;
        let statements = server.take_statements();
        assert_eq!(statements.len(), 1, "{body}: {statements:#?}");
        statements.into_iter().next().unwrap()
    };
    assert!(!statement("nodes { id }").await.contains("json"));
    assert!(
        !statement("edges { node { id } } pageInfo { hasNextPage hasPreviousPage }").await.contains("json")
    );
    assert!(statement("edges { cursor }").await.contains("json"));
    let counted = statement("totalCount").await;
    assert!(counted.contains("count(*)") && !counted.contains("content"), "{counted}");
    server.take_statements();
    server.data("{ blogPostsConnection { __typename } }").await;
    assert_eq!(server.take_statements(), Vec::<String>::new());
}

async fn node_and_nodes_find_rows_of_any_type(server: Server) {
    let server = server.with_demo().await;
    let data = server
        .data("{ users(limit: 2) { id } profiles(limit: 1) { id } blogPosts(limit: 2) { id title } tags(limit: 1) { id } }")
        .await;
    let id = |list: &str, nth: usize| data[list][nth]["id"].as_str().unwrap().to_owned();
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let ids = [
        id("blogPosts", 1),
        id("users", 0),
        unknown,
        id("tags", 0),
        id("profiles", 0),
        id("users", 1),
        id("users", 0),
        id("blogPosts", 0),
    ];
    server.take_statements();
    let query =
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on BlogPost { title author { id } } } }";
    let answer = server.post(query, json!({ "ids": ids })).await.json();
    // One finds the types, four read one type each, and one may read further authors.
    let statements = server.take_statements();
    assert!((5..=6).contains(&statements.len()), "{statements:#?}");
    let nodes = answer["data"]["nodes"].as_array().unwrap();
    let types: Vec<&str> = nodes.iter().map(|node| node["__typename"].as_str().unwrap_or("null")).collect();
    assert_eq!(types, ["BlogPost", "User", "null", "Tag", "Profile", "User", "User", "BlogPost"]);
    for (node, id) in nodes.iter().zip(&ids).filter(|(node, _)| !node.is_null()) {
        assert_eq!(node["id"], json!(id));
    }
    assert_eq!(nodes[7]["title"], data["blogPosts"][0]["title"]);
    // `node` finds each of them, with fragments on an interface and on a type.
    for (nth, id) in ids.iter().enumerate() {
        let query =
            format!(r#"{{ node(id: "{id}") {{ ... on Node {{ id }} ... on User {{ username }} }} }}"#);
        let node = server.data(&query).await["node"].take();
        assert_eq!(node.is_null(), nth == 2);
        assert_eq!(node.get("username").is_some(), types[nth] == "User", "{node}");
    }
    assert_eq!(server.data("{ nodes(ids: []) { id } }").await, json!({ "nodes": [] }));
}

async fn bad_ids_are_reported(server: Server) {
    let ask = async |field: String| {
        let answer = server.ask(&format!("{{ {field} {{ id }} }}")).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        answer["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    let uuid = "must be an id as this server gives them, a UUID in text form";
    assert_eq!(ask(r#"node(id: "1")"#.into()).await, format!("argument `id` {uuid}"));
    let good = r#""01890a5d-ac96-774b-bcce-b302099a8057""#;
    assert_eq!(ask(format!(r#"nodes(ids: [{good}, ""])"#)).await, format!("argument `ids[1]` {uuid}"));
    let many = format!("nodes(ids: [{}])", format!("{good},").repeat(1001));
    assert_eq!(ask(many).await, "argument `ids` may have up to 1000 ids, not 1001");
    let many = format!("nodes(ids: [{}])", format!("{good},").repeat(1000));
    let answer = server.ask(&format!("{{ {many} {{ id }} }}")).await;
    assert_eq!(answer["data"]["nodes"].as_array().unwrap().len(), 1000);
}
