//! How the databases read few of many rows.

use crate::support::Server;
use diesel::{QueryableByName, sql_query, sql_types::Text};
use serde_json::{Value, json};

on_both_databases!(
    a_page_reads_few_of_many_rows,
    a_deep_page_costs_what_the_first_page_costs,
    posts_in_any_order_are_read_from_an_index,
    conditions_that_name_a_row_begin_with_it,
);

/// When all of [`with_hot_tag`]'s posts were published, for PostgreSQL.
const AT: &str = "'2024-01-01Z'::timestamptz";

/// 100,000 posts by 1,000 users, published at the same time, half of them with the tag `hot`.
async fn with_hot_tag(server: &Server) -> String {
    let (series, guid, user, at, tag) = if server.is_postgres() {
        (
            "generate_series(1, 100000) AS n(n)",
            "('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid",
            "('00000000-0000-7000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid",
            AT,
            "'00000000-0000-7000-8001-000000000001'",
        )
    } else {
        (
            "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 100000) SELECT n FROM s)",
            "unhex('01900000000070008000' || printf('%012d', n))",
            "unhex('00000000000070008000' || printf('%012d', n % 1000))",
            "1704067200000000",
            "x'00000000000070008001000000000001'",
        )
    };
    for sql in [
        format!(
            "INSERT INTO users SELECT {user}, 'writer-' || n, {at}, {at}, 1 FROM {series} WHERE n <= 1000"
        ),
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
    let (key, cursor) = (format!("'{tag}'::uuid"), "'01900000-0000-7000-8000-000000099982'::uuid");
    for (statement, parameters) in [
        (first_statement, vec![key.as_str()]),
        (second_statement, vec![key.as_str(), cursor, key.as_str(), cursor]),
    ] {
        let plan = plan(&server, &statement, &parameters).await;
        let text = plan.join("\n");
        if server.is_postgres() {
            // Of half of the links, an index in the order of the page gives the rows as soon as the tag's own.
            assert!(
                text.contains("post_tags_tag_id_post_id_idx") || text.contains("Index Only Scan"),
                "{text}"
            );
            let read = rows_read(&plan);
            assert!((20..200).contains(&read), "{read} rows:\n{text}");
        } else {
            // The index leads to where the page begins: no table is scanned.
            assert!(text.contains("INDEX post_tags_tag_id_post_id_idx (tag_id=?"), "{text}");
            assert!(!text.contains("SCAN blog_posts"), "{text}");
            // The page is sorted, and the row beside it.
            assert!(text.matches("TEMP B-TREE").count() <= 2, "{text}");
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
    let few = statements[1].replace("LIMIT 1001", "LIMIT 11");
    let plan = plan(&server, &few, &["'01900000-0000-7000-8000-000000050000'::uuid"]).await;
    let text = plan.join("\n");
    if server.is_postgres() {
        assert!(rows_read(&plan) < 100, "{text}");
        assert!(text.contains("Index Cond: (id < "), "{text}");
    } else {
        assert!(text.contains("(id<?)") && !text.contains("TEMP B-TREE"), "{text}");
    }
}

async fn posts_in_any_order_are_read_from_an_index(server: Server) {
    with_hot_tag(&server).await;
    for (field, column, value) in [
        ("publishedAt", "published_at", AT),
        ("createdAt", "created_at", AT),
        ("updatedAt", "updated_at", AT),
        ("title", "title", "'post'"),
    ] {
        for direction in ["ASC", "DESC"] {
            let query = format!(
                "query($after: String) {{ blogPostsConnection(first: 10, after: $after, orderBy: {{ {field}: {direction} }}) {{
                   nodes {{ id }} pageInfo {{ hasPreviousPage endCursor }} }} }}"
            );
            let mut after = json!(null);
            let mut statement = String::new();
            for _ in 0..2 {
                server.take_statements();
                let answer = server.post(&query, json!({ "after": after })).await.json();
                after = answer["data"]["blogPostsConnection"]["pageInfo"]["endCursor"].clone();
                statement = server.take_statements().pop().unwrap();
            }
            // Of the second page, which begins in the middle: the rows around it are as near.
            let id = "'01900000-0000-7000-8000-000000050000'::uuid";
            let plan = plan(&server, &statement, &[value, id, value, id]).await;
            let text = plan.join("\n");
            assert!(text.contains(&format!("blog_posts_{column}_id_idx")), "{field} {direction}:\n{text}");
            if server.is_postgres() {
                assert!((11..200).contains(&rows_read(&plan)), "{field} {direction}:\n{text}");
            } else {
                let seeks = plan.iter().filter(|step| step.contains("blog_posts")).collect::<Vec<_>>();
                assert!(seeks.iter().any(|step| step.contains(",id)")), "{field} {direction}:\n{text}");
                // The pieces of a page are read as one more table of this name.
                let steps = |start: &str| seeks.iter().filter(|step| step.starts_with(start)).count();
                assert!(
                    steps("SCAN blog_posts") <= steps("CO-ROUTINE blog_posts"),
                    "{field} {direction}:\n{text}"
                );
            }
        }
    }
}

async fn conditions_that_name_a_row_begin_with_it(server: Server) {
    with_hot_tag(&server).await;
    for (filter, name, rows) in [
        (r#"{ author: { username: { eq: "nobody" } } }"#, "nobody", 0),
        (r#"{ author: { username: { eq: "writer-7" } } }"#, "writer-7", 10),
        (r#"{ tags: { some: { name: { eq: "hot" } } } }"#, "hot", 10),
        (r#"{ tags: { some: { name: { eq: "none" } } } }"#, "none", 0),
    ] {
        server.take_statements();
        let data = server.data(&format!("{{ blogPosts(limit: 10, where: {filter}) {{ id }} }}")).await;
        assert_eq!(data["blogPosts"].as_array().unwrap().len(), rows, "{filter}");
        let statement = server.take_statements().pop().unwrap();
        let plan = plan(&server, &statement, &[&format!("'{name}'::text")]).await;
        let text = plan.join("\n");
        // SQLite cannot walk a tag's posts in order: it goes from the newest post on, and looks for the link to the tag.
        let index = match (filter.contains("tags"), server.is_postgres()) {
            (false, _) => "blog_posts_user_id_id_idx",
            (true, true) => "post_tags_tag_id_post_id_idx",
            (true, false) => "SEARCH l1 EXISTS USING PRIMARY KEY (post_id=? AND tag_id=?)",
        };
        assert!(text.contains(index), "{filter}:\n{text}");
        if server.is_postgres() {
            assert!(rows_read(&plan) < 200, "{filter}:\n{text}");
        } else {
            // Looked up once, and not for each post.
            assert!(plan.iter().any(|step| step.starts_with("SCALAR SUBQUERY")), "{filter}:\n{text}");
            assert_eq!(text.contains("SCAN blog_posts"), filter.contains("tags"), "{filter}:\n{text}");
        }
    }
}
