//! What a plan must not get wrong: fields that fail beside others, large answers, rows that cannot be read.

use crate::support::Server;
use async_graphql::{Executor as _, Request, dataloader::Loader};
use doorway::{
    blog::app,
    db::Id,
    executor::Executor,
    relation::{
        Asked, Column, CountLoader, CountRequest, CountScope, Join, ListScope, PageLoader, PageRequest,
        Scope, Shared, Stored, association,
    },
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_databases!(
    a_bad_filter_fails_a_connection_and_its_count,
    a_field_that_fails_keeps_the_others_from_being_read,
    names_count_as_data,
    a_deep_answer_is_whole_for_other_programs,
    loads_that_variables_make_equal_are_one,
    conditions_by_variables_have_plans_of_their_own,
    loaders_answer_fields_that_are_resolved_by_hand,
);

const BAD: &str = r#"where: { id: { eq: "nope" } }"#;

async fn a_bad_filter_fails_a_connection_and_its_count(server: Server) {
    let server = server.with_demo().await;
    for selection in [
        "totalCount",
        "totalCount nodes { id }",
        "nodes { id } totalCount",
        "pageInfo { endCursor } totalCount",
    ] {
        let connection = format!("postsConnection({BAD}) {{ {selection} }}");
        let message = "argument `where.id.eq` must be an id as this server gives them, a UUID in text form";
        for (query, path) in [
            (format!("{{ tags {{ {connection} }} }}"), json!(["tags", 0, "postsConnection"])),
            (format!("{{ tag(name: \"sql\") {{ {connection} }} }}"), json!(["tag", "postsConnection"])),
            (
                format!("mutation {{ upsertTag(input: {{ name: \"sql\" }}) {{ tag {{ {connection} }} }} }}"),
                json!(["upsertTag", "tag", "postsConnection"]),
            ),
        ] {
            let answer = server.ask(&query).await;
            assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{query}: {answer}");
            assert_eq!(answer["errors"][0]["path"], path, "{query}");
            assert!(answer["errors"][0]["message"].as_str().unwrap().starts_with(&message[..30]), "{answer}");
        }
        let one = server.ask(&format!("{{ tag(name: \"sql\") {{ {connection} }} }}")).await;
        assert_eq!(one["data"], json!({ "tag": null }));
    }
}

async fn a_field_that_fails_keeps_the_others_from_being_read(server: Server) {
    let server = server.with_demo().await;
    let id = server.id(r#"user(username: "ada-moreno")"#).await;
    server.take_statements();
    let query = format!(
        r#"{{ user(id: "{id}") {{ a: blogPosts {{ title }} blogPosts(limit: 5000) {{ title }} profile {{ bio }} }} }}"#
    );
    let answer = server.ask(&query).await;
    assert_eq!(answer["data"], json!({ "user": null }));
    assert_eq!(answer["errors"][0]["path"], json!(["user", "blogPosts"]));
    assert_eq!(server.take_statements().len(), 1, "the user alone");
}

/// What a client makes long by its own names is limited as rows are.
async fn names_count_as_data(server: Server) {
    let posts: Vec<Value> =
        (0..1000).map(|nth| json!({ "title": format!("post {nth}"), "content": "" })).collect();
    let create = "mutation($posts: [CreateUserBlogPostsInput!]) { createUser(input: { username: \"a\", blogPosts: $posts }) { userErrors { message } } }";
    let created = server.post(create, json!({ "posts": posts })).await.json();
    assert!(created.get("errors").is_none(), "{created}");
    let aliases: String = (0..900).map(|nth| format!("{}{nth}: __typename ", "a".repeat(300))).collect();
    let answer = server.ask(&format!("{{ blogPosts(limit: 1000) {{ {aliases} }} }}")).await;
    assert_eq!(answer["data"], Value::Null);
    let message = "the response would have more than 64 MiB of text: select less";
    assert_eq!(answer["errors"][0]["message"], message);
}

async fn a_deep_answer_is_whole_for_other_programs(server: Server) {
    let server = server.with_demo().await;
    let (open, close) = ("blogPosts(limit: 1) { author { ".repeat(45), "} } ".repeat(45));
    let query = format!("{{ user(username: \"ada-moreno\") {{ {open} username {close} }} }}");
    let response = Executor::new(app(), server.db.clone()).execute(Request::new(&query)).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let text = serde_json::to_string(&response.data).unwrap();
    assert!(text.contains("\"username\":\"ada-moreno\""), "{text}");
}

async fn loads_that_variables_make_equal_are_one(server: Server) {
    let server = server.with_demo().await;
    let query = "query($n: Int!, $m: Int!) { a: tags(limit: $n) { id } b: tags(limit: $m) { name } c: tags(limit: 2) { version } }";
    for (n, m, statements) in [(2, 2, 1), (2, 3, 2), (3, 4, 3)] {
        server.take_statements();
        let answer = server.post(query, json!({ "n": n, "m": m })).await.json();
        assert_eq!(server.take_statements().len(), statements, "{n} {m}");
        let all = server.data("{ tags { id name version } }").await;
        let expected = |field: &str, rows: usize| {
            let rows = all["tags"].as_array().unwrap().iter().take(rows);
            rows.map(|row| json!({ field: row[field] })).collect::<Value>()
        };
        assert_eq!(answer["data"]["a"], expected("id", n));
        assert_eq!(answer["data"]["b"], expected("name", m));
        assert_eq!(answer["data"]["c"], expected("version", 2));
    }
}

async fn conditions_by_variables_have_plans_of_their_own(server: Server) {
    let server = server.with_demo().await;
    let query = "query($a: Boolean!, $b: Boolean = false) { tag(name: \"sql\") { name @include(if: $a) posts(limit: 1) @skip(if: $b) { title } } }";
    // More than once each: the second time, the plan is there.
    for _ in 0..2 {
        for (a, b, keys) in
            [(true, false, vec!["name", "posts"]), (false, false, vec!["posts"]), (true, true, vec!["name"])]
        {
            let answer = server.post(query, json!({ "a": a, "b": b })).await.json();
            let tag = answer["data"]["tag"].as_object().unwrap();
            assert_eq!(tag.keys().collect::<Vec<_>>(), keys);
        }
    }
}

async fn loaders_answer_fields_that_are_resolved_by_hand(server: Server) {
    use doorway::blog::{BlogPost, User};
    let server = server.with_demo().await;
    let users = server.data("{ users { id blogPosts { title } } }").await;
    let ids: Vec<Id> = users["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["id"].as_str().unwrap().parse().unwrap())
        .collect();
    let join = Join::has::<User, BlogPost>(association::<BlogPost, User>());
    let reader = Arc::new(server.db.reader());
    let mut request = PageRequest {
        filter: None,
        is_searched: false,
        order: vec![].into(),
        scope: Scope::List(ListScope::Joined(join)),
        page: Default::default(),
        is_declared: true,
    };
    request.page.limit = 100;
    request.order = vec![doorway::relation::OrderBy::desc(Column::KEY)].into();
    let title = *BlogPost::COLUMNS.iter().find(|column| column.name == "title").unwrap();
    let columns = [Asked::Own(title)].into();
    let loader = PageLoader::new(reader.clone(), BlogPost::TABLE, columns, &[], request.into(), None);
    let posts = Shared(tokio::sync::Mutex::new(loader));
    server.take_statements();
    let loaded = posts.load(&ids).await.unwrap();
    for user in users["users"].as_array().unwrap() {
        let id: Id = user["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(json!(loaded[&id]), user["blogPosts"]);
    }
    assert_eq!(posts.load(&ids[..2]).await.unwrap().len(), 2);
    assert_eq!(server.take_statements().len(), 1, "what was read is not read again");
    let scope = CountScope::List(ListScope::Joined(join));
    let counts =
        Shared(tokio::sync::Mutex::new(CountLoader::new(reader, CountRequest { scope, filter: None })));
    let counted = counts.load(&ids).await.unwrap();
    assert!(ids.iter().all(|id| counted[id] == i64::try_from(loaded[id].len()).unwrap()));
    assert_eq!(server.take_statements().len(), 1);
}

/// Another program has written what no time is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_is_none_fails_its_list() {
    let server = Server::on_sqlite().await.with_demo().await;
    server.sql("UPDATE tags SET created_at = 9000000000000000000 WHERE name = 'sql'").await;
    let answer = server.ask(r#"{ tags { name } tag(name: "sql") { createdAt } }"#).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR", "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["tag"]));
    assert!(
        answer["data"]["tags"].as_array().is_some_and(|tags| tags.len() > 1)
            && answer["data"]["tag"].is_null()
    );
}

/// A row that cannot be read leaves nothing behind for a later wave of the same loader.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_load_leaves_nothing_behind() {
    let server = Server::on_sqlite().await.with_demo().await;
    let ids = server.data("{ users { id username blogPosts { id } } }").await;
    let with_posts: Vec<&Value> =
        ids["users"].as_array().unwrap().iter().filter(|user| user["blogPosts"][1].is_object()).collect();
    let (broken, whole) = (&with_posts[0], &with_posts[1]);
    server.sql(&format!(
        "UPDATE blog_posts SET created_at = 9000000000000000000 WHERE id = (SELECT id FROM blog_posts WHERE user_id = x'{}' ORDER BY id LIMIT 1)",
        broken["id"].as_str().unwrap().replace('-', "")
    )).await;
    // The same loader, in two waves.
    let query = format!(
        "{{ a: user(id: {}) {{ profile {{ user {{ blogPosts(limit: 50) {{ id createdAt }} }} }} }}
            b: blogPost(id: {}) {{ author {{ profile {{ user {{ blogPosts(limit: 50) {{ id createdAt }} }} }} }} }} }}",
        broken["id"], whole["blogPosts"][0]["id"]
    );
    let answer = server.ask(&query).await;
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
    let read = answer["data"]["b"]["author"]["profile"]["user"]["blogPosts"].as_array().unwrap();
    assert_eq!(read.len(), whole["blogPosts"].as_array().unwrap().len(), "{answer}");
    assert!(
        read.iter().zip(whole["blogPosts"].as_array().unwrap()).all(|(row, known)| row["id"] == known["id"])
    );
}
