//! The cost of an operation, which is known and checked before its first statement; and the limits that are settings.

use crate::support::Server;
use doorway::{document, engine::Limits, execution::Bounds, server::Options};
use serde_json::{Value, json};

on_both_databases!(
    each_part_of_an_operation_has_its_cost,
    what_costs_too_much_is_refused_before_it_runs,
    a_mutation_costs_what_it_writes,
    rows_that_are_read_are_bounded,
    limits_are_settings,
);

async fn cost(server: &Server, query: &str, variables: Value) -> u64 {
    let body = json!({
        "query": query,
        "variables": variables,
        "extensions": { "doorway": { "cost": true, "explain": true } },
    });
    let response = server.post_json(body).await.json();
    let cost = response["extensions"]["doorway"]["cost"].as_u64();
    let explained = response["extensions"]["doorway"].as_object().unwrap_or_else(|| panic!("{response}"));
    assert_eq!(explained.len(), 1, "what was run is not shown: {response}");
    cost.unwrap()
}

async fn each_part_of_an_operation_has_its_cost(server: Server) {
    let server = server.with_any_cost().with_demo().await;
    let ids = json!({ "ids": vec!["00000000-0000-7000-8000-000000000000"; 1000] });
    let many = (0..50).map(|nth| format!("a{nth}: id ")).collect::<String>();
    for (query, expected) in [
        ("{ __typename }", 0),
        ("{ __schema { queryType { name } } }", 0),
        (r#"{ user(username: "ada") { id } }"#, 1),
        // A list without a size, of one parent and of several.
        ("{ users { id } }", 100),
        (r#"{ user(username: "ada") { blogPosts { id } } }"#, 1 + 100),
        ("{ users { blogPosts { id } } }", 100 + 1_000),
        ("{ users(limit: 7) { blogPosts(limit: 50) { author { id } } } }", 7 + 350 + 350),
        ("{ users(limit: 0) { blogPosts { id } } }", 0),
        // Each alias, as if it were alone.
        ("{ a: users(limit: 7) { id } b: users(limit: 7) { id } }", 14),
        (&format!("{{ users(limit: 10) {{ {many} }} }}"), 10 * (1 + 2)),
        // A connection: its rows as often as they are listed, and its count, which searches.
        ("{ usersConnection(first: 5) { nodes { id } } }", 5),
        ("{ usersConnection(first: 5) { nodes { id } edges { cursor } } }", 10),
        ("{ usersConnection { totalCount } }", 200),
        ("{ usersConnection(first: 5) { totalCount nodes { id } } }", 205),
        ("{ users(limit: 9) { blogPostsConnection(first: 1) { totalCount } } }", 9 + 90),
        // A search.
        (r#"{ users(limit: 5, where: { username: { startsWith: "a" } }) { id } }"#, 200 + 5),
        ("{ users(limit: 5, orderBy: [{ createdAt: DESC }]) { id } }", 200 + 5),
        (
            r#"{ users(limit: 5, where: { or: [{ username: { contains: "a" } }, { username: { contains: "b" } }] }) { id } }"#,
            400 + 5,
        ),
        (
            r#"{ users(limit: 5, where: { or: [{ version: { eq: 1 } }, { version: { eq: 2 } }] }) { id } }"#,
            200 + 5,
        ),
        ("{ users(limit: 5, offset: 3000) { id } }", 200 + 30 + 5),
        (r#"{ tags(limit: 5, where: { posts: { some: { title: { contains: "a" } } } }) { id } }"#, 2_200 + 5),
        (r#"{ tags(limit: 5, where: { posts: { none: { title: { contains: "a" } } } }) { id } }"#, 2_200 + 5),
        (r#"{ blogPosts(limit: 5, where: { author: { username: { eq: "a" } } }) { id } }"#, 400 + 5),
        (r#"{ tags(limit: 5, orderBy: [{ postsCount: DESC }]) { id } }"#, 2_200 + 5),
        // Rows of any type.
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", 2_000),
    ] {
        let variables = if query.contains("$ids") { ids.clone() } else { Value::Null };
        assert_eq!(cost(&server, query, variables).await, expected, "{query}");
    }
}

async fn what_costs_too_much_is_refused_before_it_runs(server: Server) {
    let server = server.with_demo().await;
    server.take_statements();
    for query in [
        "{ users(limit: 1000) { blogPosts(limit: 1000) { id } } }",
        // What three requests could once stop all reads with.
        r#"{ tags(where: { posts: { some: { tags: { some: { posts: { some: { tags: { some: { posts: { some:
            { title: { containsI: "x" } } } } } } } } } } } }) { id } }"#,
        &format!(
            "{{ {} }}",
            (0..600).map(|nth| format!("a{nth}: usersConnection {{ totalCount }} ")).collect::<String>()
        ),
        "subscription { blogPostChanged { blogPost { author { blogPosts(limit: 1000) { tags(limit: 1000) { id } } } } } }",
        "mutation { deleteTag(input: { id: \"x\" }) { deletedId } createTag(input: { name: \"made\" }) { tag { posts(limit: 1000) \
            { author { blogPosts(limit: 1000) { id } } } } } }",
    ] {
        let response = server.ask(query).await;
        assert_eq!(response.get("data"), None, "{query}");
        let error = &response["errors"][0];
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with("the operation costs ") && message.contains("the limit is 50000"),
            "{message}"
        );
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
        assert_eq!(error["extensions"]["limit"], 50_000);
        assert!(error["extensions"]["cost"].as_u64().unwrap() > 50_000, "{error}");
        assert_eq!(server.take_statements(), Vec::<String>::new(), "{query}");
    }
    // Exactly as much as it may.
    let server = server.with_cost(100);
    assert!(server.ask("{ users { id } }").await["data"].is_object());
    assert!(server.ask("{ users { id } user(username: \"ada\") { id } }").await["errors"].is_array());
}

async fn a_mutation_costs_what_it_writes(server: Server) {
    let server = server.with_any_cost();
    let one = r#"mutation { createTag(input: { name: "one" }) { tag { id } } }"#;
    assert_eq!(cost(&server, one, Value::Null).await, 10 + 10 + 1);
    let nested = r#"mutation($tags: [CreateTagInput!]!) { createUser(input: { username: "ada", blogPosts:
        [{ title: "a", content: "" }, { title: "b", content: "" }] }) { user { blogPosts(limit: 5) { id } } }
        createTags(inputs: $tags) { tags { posts(limit: 5) { id } } } }"#;
    let tags: Vec<Value> = (0..20).map(|nth| json!({ "name": format!("tag {nth}") })).collect();
    // A user with two posts, of which it gives five; twenty tags, of each of which it gives five posts.
    let expected = (10 + 30 + 1 + 5) + (10 + 200 + 20 + 100);
    assert_eq!(cost(&server, nested, json!({ "tags": tags })).await, expected);
}

async fn rows_that_are_read_are_bounded(server: Server) {
    let limits = Limits { response: 1 << 20, ..Limits::default() };
    let server = server
        .with_options(Options { bounds: Bounds::new(limits, 16), ..Options::default() })
        .with_demo()
        .await;
    server.sql(&format!("UPDATE blog_posts SET content = '{}'", "x".repeat(300_000))).await;
    let response = server.ask("{ blogPosts(limit: 3) { content } }").await;
    assert!(response["data"].is_object());
    let refused = async |query: &str, text: &str| {
        let response = server.ask(query).await;
        let error = &response["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{query}");
        assert!(error["message"].as_str().unwrap().contains(text), "{error}");
    };
    refused("{ blogPosts(limit: 4) { content } }", "more than 1 MiB").await;
    // Twice as much is not even read.
    refused("{ blogPosts(limit: 10) { content } }", "too much text").await;
    // However many statements it takes.
    refused("{ a: blogPosts(limit: 4) { content } b: blogPosts(limit: 4, offset: 4) { content } }", "text")
        .await;
    // The same connection goes on, and so does another one.
    assert!(server.ask("{ blogPosts(limit: 3) { content } }").await["data"].is_object());
}

async fn limits_are_settings(server: Server) {
    let limits = Limits { response: 1 << 20, ..Limits::default() };
    let documents =
        document::Limits { bytes: 200, tokens: 30, depth: 4, aliases: 1, ..document::Limits::default() };
    let options = Options { bounds: Bounds::new(limits, 16), documents, ..Options::default() };
    let server = server.with_options(options).with_demo().await;
    assert!(server.ask("{ a: users(limit: 1) { id } }").await["data"].is_object());
    for (query, text) in [
        ("{ a: users(limit: 1) { b: id } }", "more than 1 aliases"),
        ("{ users { blogPosts { author { profile { id } } } } }", "more than 4 levels"),
        (&format!("{{ users {{ {} }} }}", "id ".repeat(30)), "more than 30 tokens"),
        (&format!("{{ users {{ id }} }} # {}", "x".repeat(200)), "more than 200 bytes"),
    ] {
        let response = server.ask(query).await;
        assert!(response["errors"][0]["message"].as_str().unwrap().contains(text), "{response}");
    }
}
