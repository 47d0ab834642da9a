//! Filters, orders and paging arguments that are refused.

use crate::support::Server;
use serde_json::json;

on_both_databases!(bad_arguments_are_reported_with_their_path, filters_that_are_too_large_are_refused);

async fn bad_arguments_are_reported_with_their_path(server: Server) {
    let server = server.with_demo().await;
    for (field, message) in [
        (r#"tags(where: { id: { eq: "x" } })"#, "argument `where.id.eq` must be a UUID"),
        (
            r#"tags(where: { or: [{}, { not: { id: { in: [""] } } }] })"#,
            "argument `where.or[1].not.id.in[0]` must be a UUID",
        ),
        (
            "tags(where: { name: { eq: null } })",
            "argument `where.name.eq` must not be null: use `isNull` or omit it",
        ),
        ("tags(where: { name: null })", "argument `where.name` must not be null: omit it"),
        (
            r#"tags(where: { name: { contains: "a\u0000" } })"#,
            "argument `where.name.contains` must not contain U+0000",
        ),
        (
            r#"tags(where: { createdAt: { lt: "soon" } })"#,
            "argument `where.createdAt.lt` is not a date: expected a date as in 2024-04-18 or 2024-04-18T14:40:00Z, from year 1970 to 9999",
        ),
        (
            "tags(where: { postTagLink: { position: { gt: 1 } } })",
            "argument `where.postTagLink` is valid only in a many-to-many relationship through this join table",
        ),
        (
            "tags(orderBy: { postTagLink: { position: ASC } })",
            "argument `orderBy[0].postTagLink` is valid only in a many-to-many relationship through this join table",
        ),
        ("tagsConnection(first: -1)", "argument `first` must be from 0 to 1000, not -1"),
        ("tagsConnection(last: 1001)", "argument `last` must be from 0 to 1000, not 1001"),
        ("tagsConnection(first: 1, last: 1)", "argument `last` must not be given together with `first`"),
    ] {
        let body = if field.contains("Connection") { "{ totalCount }" } else { "{ id }" };
        let answer = server.ask(&format!("{{ {field} {body} }}")).await;
        assert_eq!(answer["errors"][0]["message"], message, "{field}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{field}");
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    }
    // Validation finds these before anything runs.
    for field in [
        "tags(where: 5)",
        r#"tags(where: { title: { eq: "x" } })"#,
        r#"tags(where: { name: { like: "x" } })"#,
        r#"tags(where: { version: { eq: "1" } })"#,
        "tags(where: { name: { isNull: true } })",
        "tags(orderBy: [{ name: ASC, id: DESC }])",
        "tags(orderBy: [{}])",
        "tags(orderBy: { name: SIDEWAYS })",
        "tags(orderBy: { posts: { where: {} } })",
    ] {
        let answer = server.ask(&format!("{{ {field} {{ id }} }}")).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
            "{field}: {answer}"
        );
    }
}

async fn filters_that_are_too_large_are_refused(server: Server) {
    // Databases compare a part of a text at every place of it, and nothing stops them within one.
    for (operator, length) in [("contains", 1001), ("startsWithI", 1001), ("endsWith", 1000)] {
        let query =
            format!("query($part: String!) {{ tags(where: {{ name: {{ {operator}: $part }} }}) {{ id }} }}");
        let answer = server.post(&query, json!({ "part": "é".repeat(length) })).await.json();
        let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
        let expected = format!("argument `where.name.{operator}` must have up to 1000 characters");
        assert_eq!(message, if length > 1000 { &*expected } else { "" });
    }
    let server = server.with_any_cost().with_demo().await;
    let deep = |depth: usize| format!("{}{}", "{and:[".repeat(depth), "{}".to_owned() + &"]}".repeat(depth));
    let refused = async |field: String, part: &str| {
        server.take_statements();
        let answer = server.ask(&format!("{{ {field} {{ id }} }}")).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_else(|| panic!("{part}: {answer}"));
        assert!(message.contains(part) && message.len() < 300, "{message}");
        assert_eq!(server.take_statements(), Vec::<String>::new());
    };
    server.data(&format!("{{ tags(where: {}) {{ id }} }}", deep(19))).await;
    refused(format!("tags(where: {})", deep(21)), "nested more than 40 levels deep").await;
    refused(format!("tags(where: {})", deep(140)), "nested more than 40 levels deep").await;
    refused(format!("tags(where: {})", deep(1000)), "nests brackets more than 300 levels deep").await;
    refused(format!("tags(where: {})", deep(100_000)), "nests brackets more than 300 levels deep").await;
    // Relationships may be nested less deeply.
    let chain = |rounds: usize| {
        let steps = "user: { profile: { ".repeat(rounds);
        format!("profiles(where: {{ {steps} version: {{ ne: 0 }} {} }})", "} }".repeat(rounds))
    };
    server.data(&format!("{{ {} {{ id }} }}", chain(5))).await;
    refused(chain(6), "nests more than 10 relationships").await;
    let mixed = "author: { blogPosts: { none: { tags: { every: { posts: { some: { ".repeat(2);
    let mixed = format!("{mixed} version: {{ gt: 0 }} {}", "}".repeat(14));
    server.data(&format!("{{ blogPosts(where: {{ {mixed} }}) {{ id }} }}")).await;
    let many = r#"{ tags: { some: { name: { ne: "x" } } } },"#.repeat(100);
    server.data(&format!("{{ blogPosts(where: {{ and: [{many}] }}) {{ id }} }}")).await;
    let wide =
        |conditions: usize| format!("tags(where: {{ or: [{}] }})", "{version:{gt:0}},".repeat(conditions));
    server.data(&format!("{{ {} {{ id }} }}", wide(250))).await;
    refused(wide(251), "has more than 500 conditions").await;
    let ids = |ids: usize| {
        format!(
            "tags(where: {{ id: {{ in: [{}] }} }})",
            r#""01890a5d-ac96-774b-bcce-b302099a8057","#.repeat(ids)
        )
    };
    server.data(&format!("{{ {} {{ id }} }}", ids(10_000))).await;
    refused(ids(10_001), "may have up to 10000 values, not 10001").await;
    let many = format!("tags(where: {{ id: {{ in: [{}] }} }})", r#""x","#.repeat(100_000));
    refused(many, "may have up to 10000 values, not 100000").await;
    refused(format!("tags(orderBy: [{}])", "{name:ASC},".repeat(11)), "may have up to 10 keys, not 11").await;
    // The limit is for all filters of an operation together, here 900 kB of text in each of 100 orders.
    let field = |nth| {
        format!(
            "a{nth}: users(orderBy: {{ blogPosts: {{ where: {{ title: {{ eq: $n }} }}, count: ASC }} }}) {{ id }} "
        )
    };
    let query: String = (0..100).map(field).collect();
    let query = format!("query($n: String!) {{ {query} }}");
    let answer = server.post(&query, json!({ "n": "x".repeat(900_000) })).await.json();
    let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("more than 2000000 conditions and values"), "{message}");
    let path = format!("{{ author: {}{{ id: ASC }}{} }}", "{ profile: { user: ".repeat(20), "} }".repeat(20));
    refused(format!("blogPosts(orderBy: {path})"), "nests more than 10 relationships").await;
}
