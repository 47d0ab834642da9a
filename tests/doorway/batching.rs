//! Each relationship field takes one statement, however many clients ask at the same time.

use crate::support::Server;
use doorway::blog::seed::{Size, seed};
use serde_json::json;

on_both_databases!(
    statement_counts_are_exact_at_any_concurrency,
    loaded_keys_wait_for_their_level,
    every_parent_has_its_own_page,
    many_keys_take_one_statement,
);

/// Operations with the number of their statements. Their branches differ in depth and lead to the same rows.
/// Rows that an earlier level has loaded take no statement.
const OPERATIONS: [(&str, usize); 5] = [
    // users, profile, blogPosts, tags, posts.
    (
        "{ users(limit: 50) { username profile { bio } blogPosts(limit: 3) { title tags { name posts(limit: 2) { title } } } } }",
        5,
    ),
    // One statement for both names, one for both profiles.
    (r#"{ a: user(username: "USER0") { profile { bio } } b: user(username: "USER1") { profile { bio } } }"#, 2),
    // users and tags; blogPosts and posts; the authors of both.
    ("{ users(limit: 50) { blogPosts(limit: 3) { author { username } } } tags { posts(limit: 5) { author { username } } } }", 5),
    // Three branches that reach `author { profile }` after one, two and four levels. Statements of each level:
    // 3 (the roots), 3 (author, posts, blogPosts), 3 (profile, author, tags), 2 (profile, posts), 1 (author), 1.
    (
        "{ blogPosts(limit: 2) { author { profile { bio } } } tags(limit: 3) { posts(limit: 4) { author { profile { bio } } } }
           users(limit: 2) { blogPosts(limit: 2) { tags { posts(limit: 4) { author { profile { bio } } } } } } }",
        13,
    ),
    // A fragment counts each time it is spread.
    ("{ users(limit: 3) { ...F blogPosts(limit: 2) { tags { posts(limit: 9) { author { ...F } } } } } } fragment F on User { profile { bio } }", 7),
];

async fn statement_counts_are_exact_at_any_concurrency(server: Server) {
    seed(&server.db, &Size { users: 50, posts: 400, tags: 20, seed: 1 }, |_, _| {}).await.unwrap();
    let users = server.data("{ users(limit: 2) { username } }").await;
    let server = std::sync::Arc::new(server);
    for (query, statements) in OPERATIONS {
        let name = |nth: usize| users["users"][nth]["username"].as_str().unwrap().to_owned();
        let query = query.replace("USER0", &name(0)).replace("USER1", &name(1));
        server.take_statements();
        let alone = server.data(&query).await;
        assert_eq!(server.take_statements().len(), statements, "{query}");
        for _ in 0..5 {
            // One task each, so that they run on all threads at once.
            let clients = (0..16).map(|_| {
                let (server, query) = (server.clone(), query.clone());
                tokio::spawn(async move { server.data(&query).await })
            });
            for data in futures_util::future::join_all(clients).await {
                assert_eq!(data.unwrap(), alone);
            }
            assert_eq!(server.take_statements().len(), 16 * statements, "{query}");
        }
    }
}

/// Some of the second level's authors were loaded by the first level, others were not. If the loaded ones were
/// resolved at once, their profiles would take a statement before the profiles of the others.
async fn loaded_keys_wait_for_their_level(server: Server) {
    let server = server.with_demo().await;
    server.take_statements();
    let query = r#"{ user(username: "ada-moreno") { blogPosts(limit: 1) { author { username } tags {
        posts { title author { username profile { displayName } } } } } } }"#;
    let data = server.data(query).await;
    // user, blogPosts, author, tags, posts, the other authors, profile.
    assert_eq!(server.take_statements().len(), 7, "{data}");
    // users, blogPosts, author.
    server.data("{ users { blogPosts { author { username } } } }").await;
    assert_eq!(server.take_statements().len(), 3);
}

async fn every_parent_has_its_own_page(server: Server) {
    let server = server.with_any_cost();
    seed(&server.db, &Size { users: 5, posts: 200, tags: 4, seed: 7 }, |_, _| {}).await.unwrap();
    let all = server
        .data("{ tags { name posts(limit: 1000) { id } } users { blogPosts(limit: 1000) { id } } }")
        .await;
    server.take_statements();
    let paged =
        "{ tags { name posts(limit: 7, offset: 3) { id } } users { blogPosts(limit: 7, offset: 3) { id } } }";
    let paged = server.data(paged).await;
    assert_eq!(server.take_statements().len(), 4);
    for (kind, field) in [("tags", "posts"), ("users", "blogPosts")] {
        for (whole, page) in all[kind].as_array().unwrap().iter().zip(paged[kind].as_array().unwrap()) {
            let whole = whole[field].as_array().unwrap();
            assert!(whole.len() > 10, "each parent has more than a page");
            assert_eq!(page[field], json!(whole[3..10]));
        }
    }
    let empty =
        server.data("{ tags { posts(limit: 0) { id } } users { blogPosts(offset: 100000) { id } } }").await;
    assert!(empty["tags"].as_array().unwrap().iter().all(|tag| tag["posts"] == json!([])));
    assert!(empty["users"].as_array().unwrap().iter().all(|user| user["blogPosts"] == json!([])));
}

/// More keys than a statement of SQLite may have variables, and than one batch of async-graphql's loader.
async fn many_keys_take_one_statement(server: Server) {
    let server = server.with_any_cost();
    seed(&server.db, &Size { users: 40, posts: 36_000, tags: 0, seed: 3 }, |_, _| {}).await.unwrap();
    server.take_statements();
    let data =
        server.data("{ users { blogPosts(limit: 1000) { tags { name } author { username } } } }").await;
    let posts: usize = data["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["blogPosts"].as_array().unwrap().len())
        .sum();
    assert!(posts > 32_766, "{posts}");
    assert_eq!(server.take_statements().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_sqlite_reads_do_not_block_other_requests() {
    let server = Server::on_sqlite().await;
    // More reads than threads, and each takes much longer than the request.
    let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) \
                SELECT CAST(count(*) AS TEXT) AS text FROM n";
    let reads: Vec<_> = (0..4)
        .map(|_| {
            let db = server.db.clone();
            tokio::spawn(async move { db.reader().rows::<Text, _>(diesel::sql_query(slow)).await.unwrap() })
        })
        .collect();
    while server.take_statements().is_empty() {
        tokio::task::yield_now().await;
    }
    let health = axum::http::Request::get("/healthz").body(axum::body::Body::empty()).unwrap();
    // A task runs on the same threads as the reads.
    assert_eq!(tokio::spawn(async move { server.send(health).await }).await.unwrap().status, 200);
    assert!(reads.iter().all(|read| !read.is_finished()), "the slow reads were too fast for this test");
    for read in reads {
        assert_eq!(read.await.unwrap()[0].text, "2000000");
    }
}

#[derive(diesel::QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}
