//! What async-graphql must keep doing: field order, null propagation and error paths (GraphQL specification,
//! sections 6.2.2, 6.4.4 and 7.1). These tests fail if an upgrade breaks one of them.

use crate::support::Server;
use serde_json::json;

on_both_databases!(
    fields_come_in_document_order,
    an_error_at_a_nullable_field_nulls_that_field,
    an_error_at_a_non_null_field_nulls_the_nearest_nullable_parent,
    errors_in_lists_name_the_index,
    fields_with_the_same_name_are_merged,
    an_error_does_not_stop_other_branches,
);

async fn fields_come_in_document_order(server: Server) {
    let server = server.with_demo().await;
    // Some fields wait for a batch, others do not.
    let query =
        "{ z: users(limit: 1) { blogPosts(limit: 1) { tags(limit: 1) { name } author { username } title }
        username } __typename a: tags(limit: 1) { posts(limit: 1) { title } name } }";
    let answer = server.post(query, json!({})).await;
    let expected = concat!(
        r#"{"data":{"z":[{"blogPosts":[{"tags":[{"name":"data modelling"}],"author":{"username":"ada-moreno"},"#,
        r#""title":"UUIDs that sort"}],"username":"ada-moreno"}],"__typename":"Query","#,
        r#""a":[{"posts":[{"title":"Hello, Doorway"}],"name":"announcements"}]}}"#,
    );
    assert_eq!(answer.text, expected);
}

async fn an_error_at_a_nullable_field_nulls_that_field(server: Server) {
    let server = server.with_demo().await;
    server.sql("DROP TABLE profiles").await;
    let response =
        server.ask("{ users(limit: 2) { username profile { bio } } tags(limit: 1) { name } }").await;
    let expected = json!({
        "users": [{ "username": "ada-moreno", "profile": null }, { "username": "jun-watanabe", "profile": null }],
        "tags": [{ "name": "announcements" }],
    });
    assert_eq!(response["data"], expected);
    let errors = response["errors"].as_array().unwrap();
    let mut paths: Vec<String> = errors.iter().map(|error| error["path"].to_string()).collect();
    paths.sort();
    assert_eq!(paths, [r#"["users",0,"profile"]"#, r#"["users",1,"profile"]"#]);
    for error in errors {
        assert_eq!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR");
        let id = error["extensions"]["errorId"].as_str().unwrap();
        assert_eq!(error["message"], format!("something went wrong inside the server (error {id})"));
        assert!(!error.to_string().contains("profiles"), "the error contains text of the database: {error}");
    }
}

async fn an_error_at_a_non_null_field_nulls_the_nearest_nullable_parent(server: Server) {
    let server = server.with_demo().await;
    let query = r#"{ user(username: "ada-moreno") { username blogPosts(limit: -1) { title } } tags(limit: 1) { name } }"#;
    let response = server.ask(query).await;
    assert_eq!(response["data"], json!({ "user": null, "tags": [{ "name": "announcements" }] }));
    assert_eq!(response["errors"][0]["path"], json!(["user", "blogPosts"]));
    assert_eq!(response["errors"].as_array().unwrap().len(), 1);
    let response = server.ask("{ users(limit: -1) { username } }").await;
    assert_eq!(response["data"], json!(null));
}

async fn errors_in_lists_name_the_index(server: Server) {
    let server = server.with_demo().await;
    let query = r#"{ user(username: "ada-moreno") { blogPosts { title tags(limit: 2000) { name } } } }"#;
    let response = server.ask(query).await;
    assert_eq!(response["data"], json!({ "user": null }));
    let error = &response["errors"][0];
    assert_eq!(error["path"], json!(["user", "blogPosts", 0, "tags"]));
    assert_eq!(error["locations"], json!([{ "line": 1, "column": 52 }]));
}

async fn fields_with_the_same_name_are_merged(server: Server) {
    let server = server.with_demo().await;
    let split = r#"{ tag(name: "sqlite") { ...A posts { author { username } } } } fragment A on Tag { posts { title } }"#;
    let whole = r#"{ tag(name: "sqlite") { posts { title author { username } } } }"#;
    server.take_statements();
    let split = server.data(split).await;
    assert_eq!(server.take_statements().len(), 3);
    assert_eq!(split, server.data(whole).await);
}

/// The error ends its branch while `author`, a field beside it, is being loaded.
async fn an_error_does_not_stop_other_branches(server: Server) {
    let server = server.with_demo().await;
    let query = r#"{
        cut: user(username: "ada-moreno") { blogPosts { author { profile { bio } } tags(limit: -1) { name } } }
        whole: tag(name: "sqlite") { posts { author { username profile { displayName } } } } }"#;
    let response = server.ask(query).await;
    let author = json!({ "username": "tomas-novak", "profile": { "displayName": "Tomáš Novák" } });
    assert_eq!(response["data"], json!({ "cut": null, "whole": { "posts": [{ "author": author }] } }));
    assert_eq!(response["errors"][0]["path"], json!(["cut", "blogPosts", 0, "tags"]));
}
