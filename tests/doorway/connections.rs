//! What connections read from the database; `node` and `nodes`.

use crate::support::Server;
use diesel::{QueryableByName, sql_query, sql_types::Text};
use doorway::seed::{Size, seed};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_databases!(
    each_connection_and_each_count_takes_one_statement,
    only_requested_fields_are_read,
    a_page_reads_few_of_many_rows,
    a_deep_page_costs_what_the_first_page_costs,
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

/// 100,000 posts, half of them with the tag `hot`.
async fn with_hot_tag(server: &Server) -> String {
    let (series, guid, at, hex) = if server.is_postgres() {
        (
            "generate_series(1, 100000) AS n(n)",
            "('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid",
            "'2024-01-01Z'::timestamptz",
            ("'00000000-0000-7000-8000-000000000001'", "'00000000-0000-7000-8000-000000000002'"),
        )
    } else {
        (
            "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 100000) SELECT n FROM s)",
            "unhex('01900000000070008000' || printf('%012d', n))",
            "1704067200000000",
            ("x'00000000000070008000000000000001'", "x'00000000000070008000000000000002'"),
        )
    };
    let (user, tag) = hex;
    for sql in [
        format!("INSERT INTO users VALUES ({user}, 'writer', {at}, {at}, 1)"),
        format!("INSERT INTO tags VALUES ({tag}, 'hot', {at}, {at}, 1)"),
        format!(
            "INSERT INTO blog_posts SELECT {guid}, 'post', '', {user}, {at}, {at}, {at}, 1 FROM {series}"
        ),
        format!("INSERT INTO post_tags SELECT {guid}, {tag}, 0, {at} FROM {series} WHERE n % 2 = 0"),
    ] {
        server.sql(&sql).await;
    }
    server.db.analyze().await.unwrap();
    tag.trim_start_matches('x').trim_matches('\'').to_owned()
}

/// The plan of a statement. PostgreSQL runs it again, to tell how many rows each step reads.
async fn plan(server: &Server, statement: &str, parameters: &[&str]) -> Vec<String> {
    if !server.is_postgres() {
        // SQLite plans without the parameters.
        let mut tx = server.db.begin().await.unwrap();
        let steps: Vec<Step> = tx.rows(sql_query(format!("EXPLAIN QUERY PLAN {statement}"))).await.unwrap();
        return steps.into_iter().map(|step| step.detail).collect();
    }
    let mut statement = statement.to_owned();
    for (nth, parameter) in parameters.iter().enumerate().rev() {
        statement = statement.replace(&format!("${}", nth + 1), parameter);
    }
    let mut tx = server.db.begin().await.unwrap();
    let steps: Vec<Plan> =
        tx.rows(sql_query(format!("EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) {statement}"))).await.unwrap();
    steps.into_iter().map(|step| step.plan).collect()
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

/// The sum of the rows that the steps of a PostgreSQL plan read. Each line says `actual rows=N loops=M`.
fn rows_read(plan: &[String]) -> usize {
    let number = |line: &str, word: &str| -> Option<usize> {
        let rest = line.split(word).nth(1)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    plan.iter()
        .filter_map(|line| {
            let (_, actual) = line.split_once("(actual ")?;
            Some(number(actual, "rows=")? * number(actual, "loops=")?)
        })
        .sum()
}

async fn a_page_reads_few_of_many_rows(server: Server) {
    let tag = with_hot_tag(&server).await;
    let query = r#"query($after: String) { tag(name: "hot") { postsConnection(first: 10, after: $after) {
        nodes { id } edges { position } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"#;
    let page = async |after: &Value| {
        server.take_statements();
        let answer = server.post(query, json!({ "after": after })).await.json();
        let statement = server.take_statements().pop().unwrap();
        (answer["data"]["tag"]["postsConnection"].clone(), statement)
    };
    let (first, first_statement) = page(&json!(null)).await;
    assert_eq!(first["nodes"][9]["id"], "01900000-0000-7000-8000-000000099982");
    let (second, second_statement) = page(&first["pageInfo"]["endCursor"]).await;
    assert_eq!(second["nodes"][0]["id"], "01900000-0000-7000-8000-000000099980");
    assert_eq!(second["pageInfo"]["hasPreviousPage"], true);
    let (keys, cursor) = (format!("ARRAY['{tag}']::uuid[]"), "'01900000-0000-7000-8000-000000099982'::uuid");
    for (statement, parameters) in [
        (first_statement, vec![keys.as_str(), "11"]),
        (second_statement, vec![keys.as_str(), cursor, "11", cursor]),
    ] {
        let plan = plan(&server, &statement, &parameters).await;
        let text = plan.join("\n");
        assert!(text.contains("post_tags_tag_id_post_id_idx"), "{text}");
        if server.is_postgres() {
            let read = rows_read(&plan);
            assert!((20..200).contains(&read), "{read} rows:\n{text}");
        } else {
            // The index leads to where the page begins: no table is scanned, and only the result is sorted.
            assert!(text.contains("COVERING INDEX post_tags_tag_id_post_id_idx (tag_id=?"), "{text}");
            assert!(!text.contains("SCAN post_tags") && !text.contains("SCAN blog_posts"), "{text}");
            assert_eq!(text.matches("TEMP B-TREE").count(), 1, "{text}");
        }
    }
}

async fn a_deep_page_costs_what_the_first_page_costs(server: Server) {
    with_hot_tag(&server).await;
    // A statement seeks to its cursor, so later pages have the text and the plan of page 2.
    let deep = "query($after: String) { blogPostsConnection(first: 1000, after: $after) { pageInfo { endCursor } nodes { id } } }";
    let mut after = json!(null);
    let mut statements = Vec::new();
    for _ in 0..10 {
        server.take_statements();
        let answer = server.post(deep, json!({ "after": after })).await.json();
        after = answer["data"]["blogPostsConnection"]["pageInfo"]["endCursor"].clone();
        statements.extend(server.take_statements());
    }
    assert!(statements[2..].iter().all(|statement| *statement == statements[1]), "{statements:#?}");
    let plan = plan(&server, &statements[1], &["'01900000-0000-7000-8000-000000050000'::uuid", "11"]).await;
    let text = plan.join("\n");
    if server.is_postgres() {
        assert!(rows_read(&plan) < 100, "{text}");
        assert!(text.contains("Index Cond: (id < "), "{text}");
    } else {
        assert!(text.contains("(id<?)") && !text.contains("TEMP B-TREE"), "{text}");
    }
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
