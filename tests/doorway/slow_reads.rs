//! Reads that take longer than a quick one may, on SQLite: they begin again on a slow reader.

use crate::support::Server;
use doorway::seed;
use serde_json::Value;

/// Steps are counted, not time, so that the same statement is always slow, or never.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_slow_read_gives_its_rows_once_and_is_one_statement() {
    let server = Server::on_sqlite().await.with_any_cost();
    let size = seed::Size { users: 5, posts: 300, tags: 5, seed: 1 };
    seed::seed(&server.db, &size, |_, _| {}).await.unwrap();
    let ids = |data: &Value| {
        data["blogPosts"].as_array().unwrap().iter().map(|post| post["id"].clone()).collect::<Vec<_>>()
    };
    let all = ids(&server.data("{ blogPosts(limit: 1000) { id } }").await);
    assert_eq!(all.len(), 300);
    server.take_statements();
    // True of all, but only after a look at each post of each tag of each post: some hundred thousand of them.
    let condition = "tags: { every: { posts: { every: { content: { contains: \".\" } } } } }";
    let query = format!(
        "{{ blogPosts(limit: 1000, where: {{ {condition} }}) {{ id tags {{ name }} }}
           blogPostsConnection(where: {{ {condition} }}, first: 1) {{ totalCount }} }}"
    );
    let data = server.data(&query).await;
    assert_eq!(ids(&data), all);
    assert_eq!(data["blogPostsConnection"]["totalCount"], 300);
    let tags =
        data["blogPosts"].as_array().unwrap().iter().map(|post| post["tags"].as_array().unwrap().len());
    assert_eq!(tags.sum::<usize>(), 900);
    let statements = server.take_statements();
    assert_eq!(statements.len(), 3, "{statements:#?}");
}
