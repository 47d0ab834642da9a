//! What a client gets for what makes no sense.

use crate::support::Server;
use doorway::seed::{Size, seed};
use serde_json::{Value, json};
use std::fmt::Write;

on_both_databases!(
    an_unknown_key_is_null,
    a_bad_argument_is_named_with_its_bounds,
    an_invalid_document_or_variable_says_why,
    a_nul_byte_is_refused,
    a_variable_that_is_left_out_is_an_argument_that_is_left_out,
    a_document_that_unfolds_without_end_is_refused_at_once,
    a_response_without_end_is_refused,
);

async fn an_unknown_key_is_null(server: Server) {
    let server = server.with_demo().await;
    let query = r#"{ a: user(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id } b: user(username: "nobody") { id }
        c: profile(id: "00000000-0000-0000-0000-000000000000") { id } d: blogPost(id: "01890A5D-AC96-774B-BCCE-B302099A8057") { id }
        e: tag(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id } f: tag(name: "") { id } g: tag(name: "SQLITE") { id } }"#;
    let all_null = json!({ "a": null, "b": null, "c": null, "d": null, "e": null, "f": null, "g": null });
    assert_eq!(server.data(query).await, all_null);
    // An id of another type names nothing among these.
    let tag = server.data("{ tag(name: \"sqlite\") { id } }").await;
    let query = format!("{{ user(id: {}) {{ id }} }}", tag["tag"]["id"]);
    assert_eq!(server.data(&query).await, json!({ "user": null }));
}

async fn a_bad_argument_is_named_with_its_bounds(server: Server) {
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
        ("tag(id: \"x\", name: \"y\") { id }", "argument `id` or `name` must be given, and only one of them"),
        ("user(id: null) { id }", "argument `id` or `username` must be given, and only one of them"),
        (
            "user(id: \"1\") { id }",
            "argument `id` must be an id as this server gives them, a UUID in text form",
        ),
        (
            "blogPost(id: \"\") { id }",
            "argument `id` must be an id as this server gives them, a UUID in text form",
        ),
        (
            "profile(id: 7) { id }",
            "argument `id` must be an id as this server gives them, a UUID in text form",
        ),
        ("tag(name: \"a\\u0000b\") { id }", "argument `name` must not contain U+0000"),
    ] {
        let response = server.ask(&format!("{{ {field} }}")).await;
        let error = &response["errors"][0];
        assert_eq!(error["message"], message, "{field}");
        assert_eq!(error["extensions"], json!({ "code": "BAD_USER_INPUT" }), "{field}");
        assert!(error["path"].is_array(), "{field}");
    }
}

async fn an_invalid_document_or_variable_says_why(server: Server) {
    let server = server.with_demo().await;
    for (query, variables, code, words) in [
        ("{ users { ", json!({}), "GRAPHQL_PARSE_FAILED", "expected"),
        ("", json!({}), "GRAPHQL_PARSE_FAILED", "expected"),
        ("{ nobody { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "nobody"),
        ("{ users }", json!({}), "GRAPHQL_VALIDATION_FAILED", "users"),
        ("{ blogPost(id: null) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "id"),
        ("{ users(limit: null) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "limit"),
        ("{ users(limit: \"ten\") { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "limit"),
        ("{ users(limit: 3000000000) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "limit"),
        ("query($n: Int!) { users(limit: $n) { id } }", json!({}), "BAD_USER_INPUT", "'n'"),
        ("query($n: Int!) { users(limit: $n) { id } }", json!({ "n": "x" }), "BAD_USER_INPUT", "variable n"),
        ("mutation { users { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "Mutation"),
    ] {
        let response = server.post(query, variables).await.json();
        assert_eq!(response.get("data"), None, "nothing was executed: {query}: {response}");
        let error = &response["errors"][0];
        assert_eq!(error["extensions"]["code"], code, "{query}: {error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{query}: {error}");
    }
}

async fn a_nul_byte_is_refused(server: Server) {
    let query = "query($name: String) { user(username: $name) { id } }";
    let response = server.post(query, json!({ "name": "ada\0moreno" })).await.json();
    assert_eq!(response["data"], json!({ "user": Value::Null }));
    assert_eq!(response["errors"][0]["message"], "argument `username` must not contain U+0000");
}

/// GraphQL specification, section 6.4.1: the argument then has its default.
async fn a_variable_that_is_left_out_is_an_argument_that_is_left_out(server: Server) {
    let server = server.with_demo().await;
    let query = "query($limit: Int, $offset: Int, $name: String = \"sql\") {
        blogPosts(limit: $limit, offset: $offset) { ...F } tag(name: $name) { name } }
        fragment F on BlogPost { tags(limit: $limit) { name } }";
    let whole = server.post(query, json!({})).await.json();
    assert_eq!(whole["data"]["blogPosts"].as_array().unwrap().len(), 9, "{whole}");
    assert_eq!(whole["data"]["tag"]["name"], "sql");
    let some = server.post(query, json!({ "limit": 2 })).await.json();
    let expected = json!([{ "tags": [{ "name": "data modelling" }, { "name": "performance" }] },
        { "tags": [{ "name": "frontend" }, { "name": "graphql" }] }]);
    assert_eq!(some["data"]["blogPosts"], expected);
    // Another operation beside it may need the variable.
    let two = "query A($id: ID) { user(id: $id, username: \"ada-moreno\") { ...F } }
        query B($id: ID!) { blogPost(id: $id) { ...G } } fragment F on User { username } fragment G on BlogPost { id }";
    let request = json!({ "query": two, "operationName": "A" }).to_string();
    let request =
        axum::http::Request::post("/graphql").header("content-type", "application/json").body(request.into());
    let response = server.send(request.unwrap()).await.json();
    assert_eq!(response, json!({ "data": { "user": { "username": "ada-moreno" } } }));
    // Null is a value, and not one that a limit takes: an error of the field, since the variable may be null.
    let null = server.post(query, json!({ "limit": null })).await.json();
    assert_eq!(null["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{null}");
    assert_eq!(null["errors"][0]["path"], json!(["blogPosts"]), "{null}");
    assert_eq!(null["data"], Value::Null);
}

async fn a_document_that_unfolds_without_end_is_refused_at_once(server: Server) {
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
    // Chains, which would end the stack, also when nobody spreads them.
    for (length, spread) in [(400, "...F0"), (20_000, "...F0"), (20_000, "id")] {
        let mut chain = format!("{{ users {{ {spread} }} }} ");
        for nth in 0..length {
            write!(chain, "fragment F{nth} on User {{ ...F{} }} ", (nth + 1) % length).unwrap();
        }
        let response = server.ask(&chain).await;
        let message = response["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("more than"), "{message}");
    }
    // One that spreads itself is found by validation, as before.
    let response =
        server.ask("{ users { ...A } } fragment A on User { ...B } fragment B on User { ...A }").await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{response}");
}

async fn a_response_without_end_is_refused(server: Server) {
    seed(&server.db, &Size { users: 1, posts: 300, tags: 3, seed: 5 }, |_, _| {}).await.unwrap();
    // 300 posts of 3 tags of 300 posts of 3 tags.
    let query = "{ blogPosts(limit: 300) { tags { posts(limit: 300) { tags { name } } } } }";
    let response = server.ask(query).await;
    assert_eq!(response["data"], Value::Null);
    let message = "the response would hold more than 200000 objects: ask for less, with `limit` or `first`";
    assert_eq!(response["errors"][0]["message"], message);
    server.sql(&format!("UPDATE blog_posts SET content = '{}'", "x".repeat(10_000))).await;
    let query = "{ blogPosts(limit: 300) { tags { posts(limit: 50) { content } } } }";
    let response = server.ask(query).await;
    let message = "the response would hold more than 64 MiB of text: ask for less";
    assert_eq!(response["errors"][0]["message"], message);
    server.data("{ blogPosts(limit: 300) { tags { posts(limit: 50) { author { id } } } } }").await;
}
