//! What a client gets for what makes no sense.

use crate::support::Server;
use serde_json::{Value, json};

on_both_databases!(
    an_unknown_key_is_null,
    a_bad_argument_is_named_with_its_bounds,
    an_invalid_document_or_variable_says_why,
    a_nul_byte_is_refused,
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
        ("users(limit: 3000000000) { id }", "argument `limit` must be from 0 to 1000, not 3000000000"),
        ("tags(limit: 1001) { id }", "argument `limit` must be from 0 to 1000, not 1001"),
        ("profiles(offset: -1) { id }", "argument `offset` must be 0 or more, not -1"),
        (
            "users { blogPosts(limit: -2147483648) { id } }",
            "argument `limit` must be from 0 to 1000, not -2147483648",
        ),
        ("blogPosts { tags(offset: -7) { id } }", "argument `offset` must be 0 or more, not -7"),
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
        ("query($n: Int!) { users(limit: $n) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "n"),
        (
            "query($n: Int!) { users(limit: $n) { id } }",
            json!({ "n": "x" }),
            "GRAPHQL_VALIDATION_FAILED",
            "n",
        ),
        ("mutation { users { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "mutations"),
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
