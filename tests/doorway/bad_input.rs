//! Bad input, and documents and responses that are too large.

use crate::support::Server;
use doorway::blog::seed::{Size, seed};
use serde_json::{Value, json};
use std::fmt::Write;

on_both_databases!(
    unknown_keys_give_null,
    bad_arguments_are_named_with_their_limits,
    invalid_documents_and_variables_say_why,
    nul_characters_are_refused,
    an_omitted_variable_omits_its_argument,
    documents_that_expand_too_far_are_refused,
    responses_that_are_too_large_are_refused,
);

async fn unknown_keys_give_null(server: Server) {
    let server = server.with_demo().await;
    let query = r#"{ a: user(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id } b: user(username: "nobody") { id }
        c: profile(id: "00000000-0000-0000-0000-000000000000") { id } d: blogPost(id: "01890A5D-AC96-774B-BCCE-B302099A8057") { id }
        e: tag(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id } f: tag(name: "") { id } g: tag(name: "SQLITE") { id } }"#;
    let all_null = json!({ "a": null, "b": null, "c": null, "d": null, "e": null, "f": null, "g": null });
    assert_eq!(server.data(query).await, all_null);
    // The id of a tag finds no user.
    let tag = server.data(r#"{ tag(name: "sqlite") { id } }"#).await;
    let query = format!("{{ user(id: {}) {{ id }} }}", tag["tag"]["id"]);
    assert_eq!(server.data(&query).await, json!({ "user": null }));
}

async fn bad_arguments_are_named_with_their_limits(server: Server) {
    let server = server.with_demo().await;
    for (field, message) in [
        ("users(limit: -1) { id }", "argument `limit` must be from 0 to 1000, not -1"),
        ("tags(limit: 1001) { id }", "argument `limit` must be from 0 to 1000, not 1001"),
        ("profiles(offset: -1) { id }", "argument `offset` must be from 0 to 2147483647, not -1"),
        (
            "users { blogPosts(limit: -2147483648) { id } }",
            "argument `limit` must be from 0 to 1000, not -2147483648",
        ),
        ("blogPosts { tags(offset: -7) { id } }", "argument `offset` must be from 0 to 2147483647, not -7"),
        ("tags { posts(limit: 1001) { id } }", "argument `limit` must be from 0 to 1000, not 1001"),
        ("user { id }", "argument `id` or `username` must be given, and only one of them"),
        (r#"tag(id: "x", name: "y") { id }"#, "argument `id` or `name` must be given, and only one of them"),
        ("user(id: null) { id }", "argument `id` or `username` must be given, and only one of them"),
        (
            r#"user(id: "1") { id }"#,
            "argument `id` must be an id as this server gives them, a UUID in text form",
        ),
        (
            r#"blogPost(id: "") { id }"#,
            "argument `id` must be an id as this server gives them, a UUID in text form",
        ),
        (
            "profile(id: 7) { id }",
            "argument `id` must be an id as this server gives them, a UUID in text form",
        ),
        (r#"tag(name: "a\u0000b") { id }"#, "argument `name` must not contain U+0000"),
    ] {
        let response = server.ask(&format!("{{ {field} }}")).await;
        let error = &response["errors"][0];
        assert_eq!(error["message"], message, "{field}");
        assert_eq!(error["extensions"], json!({ "code": "BAD_USER_INPUT" }), "{field}");
        assert!(error["path"].is_array(), "{field}");
    }
}

async fn invalid_documents_and_variables_say_why(server: Server) {
    let server = server.with_demo().await;
    for (query, variables, code, words) in [
        ("{ users { ", json!({}), "GRAPHQL_PARSE_FAILED", "expected"),
        ("", json!({}), "GRAPHQL_PARSE_FAILED", "expected"),
        ("{ nobody { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "nobody"),
        ("{ users }", json!({}), "GRAPHQL_VALIDATION_FAILED", "users"),
        ("{ blogPost(id: null) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "id"),
        ("{ users(limit: null) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "limit"),
        (r#"{ users(limit: "ten") { id } }"#, json!({}), "GRAPHQL_VALIDATION_FAILED", "limit"),
        ("{ users(limit: 3000000000) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "limit"),
        ("query($n: Int!) { users(limit: $n) { id } }", json!({}), "BAD_USER_INPUT", "`$n` is required"),
        (
            "query($n: Int!) { users(limit: $n) { id } }",
            json!({ "n": "x" }),
            "BAD_USER_INPUT",
            "variable `$n` must be of type `Int`",
        ),
        ("mutation { users { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "Mutation"),
    ] {
        let response = server.post(query, variables).await.json();
        assert_eq!(response.get("data"), None, "nothing was executed: {query}: {response}");
        let error = &response["errors"][0];
        assert_eq!(error["extensions"]["code"], code, "{query}: {error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{query}: {error}");
    }
}

async fn nul_characters_are_refused(server: Server) {
    let query = "query($name: String) { user(username: $name) { id } }";
    let response = server.post(query, json!({ "name": "ada\0moreno" })).await.json();
    assert_eq!(response["data"], json!({ "user": Value::Null }));
    assert_eq!(response["errors"][0]["message"], "argument `username` must not contain U+0000");
}

/// The argument then has its default: GraphQL specification, section 6.4.1.
async fn an_omitted_variable_omits_its_argument(server: Server) {
    let server = server.with_demo().await;
    let query = r#"query($limit: Int, $offset: Int, $name: String = "sql") {
        blogPosts(limit: $limit, offset: $offset) { ...F } tag(name: $name) { name } }
        fragment F on BlogPost { tags(limit: $limit) { name } }"#;
    let whole = server.post(query, json!({})).await.json();
    assert_eq!(whole["data"]["blogPosts"].as_array().unwrap().len(), 9, "{whole}");
    assert_eq!(whole["data"]["tag"]["name"], "sql");
    let some = server.post(query, json!({ "limit": 2 })).await.json();
    let expected = json!([{ "tags": [{ "name": "data modelling" }, { "name": "performance" }] },
        { "tags": [{ "name": "frontend" }, { "name": "graphql" }] }]);
    assert_eq!(some["data"]["blogPosts"], expected);
    // Only the variables of the operation that runs must be given.
    let two = r#"query A($id: ID) { user(id: $id, username: "ada-moreno") { ...F } }
        query B($id: ID!) { blogPost(id: $id) { ...G } } fragment F on User { username } fragment G on BlogPost { id }"#;
    let request = json!({ "query": two, "operationName": "A" }).to_string();
    let request =
        axum::http::Request::post("/graphql").header("content-type", "application/json").body(request.into());
    let response = server.send(request.unwrap()).await.json();
    assert_eq!(response, json!({ "data": { "user": { "username": "ada-moreno" } } }));
    // Null counts as given, and a limit must not be null. The variable may be, so it is an error of the field
    // (GraphQL specification, section 6.4.1).
    let null = server.post(query, json!({ "limit": null })).await.json();
    assert_eq!(null["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{null}");
    assert_eq!(null["errors"][0]["path"], json!(["blogPosts"]), "{null}");
    assert_eq!(null["data"], Value::Null);
}

async fn documents_that_expand_too_far_are_refused(server: Server) {
    let mut bomb = String::from("{ users { ...F0 } } ");
    for nth in 0..60 {
        write!(bomb, "fragment F{nth} on User {{ ...F{next} ...F{next} }} ", next = nth + 1).unwrap();
    }
    bomb.push_str("fragment F60 on User { id }");
    let many_fields = format!("{{ {} }}", "users { id } ".repeat(2000));
    for query in [bomb, many_fields] {
        let response = server.ask(&query).await;
        let message = response["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("the operation has more than 2000 fields"), "{message}");
        assert_eq!(response.get("data"), None);
    }
    // Long chains of fragments would overflow the stack, even if nothing spreads them.
    for (length, spread) in [(400, "...F0"), (20_000, "...F0"), (20_000, "id")] {
        let mut chain = format!("{{ users {{ {spread} }} }} ");
        for nth in 0..length {
            write!(chain, "fragment F{nth} on User {{ ...F{} }} ", (nth + 1) % length).unwrap();
        }
        let response = server.ask(&chain).await;
        let message = response["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("more than"), "{message}");
    }
    // Validation finds fragments that spread themselves.
    let response =
        server.ask("{ users { ...A } } fragment A on User { ...B } fragment B on User { ...A }").await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{response}");
}

async fn responses_that_are_too_large_are_refused(server: Server) {
    let server = server.with_any_cost();
    seed(&server.db, &Size { users: 1, posts: 300, tags: 3, seed: 5 }, |_, _| {}).await.unwrap();
    // 300 posts with 3 tags with 300 posts with 3 tags.
    let query = "{ blogPosts(limit: 300) { tags { posts(limit: 300) { tags { name } } } } }";
    let response = server.ask(query).await;
    assert_eq!(response["data"], Value::Null);
    let message = "the response would have more than 200000 objects: lower `limit` or `first`";
    assert_eq!(response["errors"][0]["message"], message);
    // Of a connection, the list that has too many.
    let query = "{ blogPosts(limit: 300) { tags { it: postsConnection(first: 300) { totalCount all: nodes { id } } } } }";
    let response = server.ask(&query.replace("{ id }", "{ tags { id } }")).await;
    assert_eq!(response["errors"][0]["message"], message);
    assert_eq!(response["errors"][0]["path"], json!(["blogPosts", 0, "tags", 0, "it", "all"]));
    server.sql(&format!("UPDATE blog_posts SET content = '{}'", "x".repeat(10_000))).await;
    let query = "{ blogPosts(limit: 300) { tags { posts(limit: 50) { content } } } }";
    let response = server.ask(query).await;
    let message = "the response would have more than 64 MiB of text: select less";
    assert_eq!(response["errors"][0]["message"], message);
    server.data("{ blogPosts(limit: 300) { tags { posts(limit: 50) { author { id } } } } }").await;
}
