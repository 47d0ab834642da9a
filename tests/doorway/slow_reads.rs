//! Reads that take longer than a quick one may, on SQLite: they begin again on a slow reader, and end when nobody waits for them.

use crate::support::{Database, Doorway, Server, Socket};
use doorway::{blog::seed, db::Db};
use serde_json::{Value, json};
use std::{io::Write, net::TcpStream};

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

/// There are two slow readers, and an operation may take an hour: the last query waits for as long unless those whose clients have
/// left give theirs back.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_slow_read_ends_when_its_client_has_left() {
    let database = Database::migrated_sqlite().await;
    let size = seed::Size { users: 5, posts: 300, tags: 5, seed: 1 };
    let db = Db::open(&database.url.parse().unwrap()).unwrap();
    seed::seed(&db, &size, |_, _| {}).await.unwrap();
    let limits = ["--time-limit", "3600", "--max-cost", "1000000000", "--log", "doorway::sql=debug"];
    let mut doorway = Doorway::serve(&database.url, &limits);
    let address = doorway.address().to_owned();
    // Looks at each post of each tag, three times over.
    let mut condition = "title: { contains: \"no such\" }".to_owned();
    for _ in 0..3 {
        condition = format!("tags: {{ some: {{ posts: {{ some: {{ {condition} }} }} }} }}");
    }
    let endless = format!("{{ blogPosts(where: {{ {condition} }}) {{ id }} }}");

    let mut client = TcpStream::connect(&address).unwrap();
    let body = json!({ "query": endless }).to_string();
    let head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    write!(client, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    doorway.wait_for_log("FROM `blog_posts`");
    let mut socket = Socket::ready(address.parse().unwrap()).await;
    socket.subscribe("1", &endless).await;
    doorway.wait_for_log("FROM `blog_posts`");
    // Both run. The one client leaves, the other only takes its operation back.
    drop(client);
    socket.send(json!({ "type": "complete", "id": "1" })).await;
    let slow = r#"{ tags(where: { name: { contains: "no such" } }) { name } }"#.to_owned();
    let answers: Vec<_> = (0..2)
        .map(|_| {
            let (url, slow) = (doorway.url.clone(), slow.clone());
            tokio::task::spawn_blocking(move || {
                let mut response =
                    ureq::post(format!("{url}/graphql")).send_json(json!({ "query": slow })).unwrap();
                response.body_mut().read_json::<Value>().unwrap()
            })
        })
        .collect();
    for answer in answers {
        assert_eq!(answer.await.unwrap(), json!({ "data": { "tags": [] } }));
    }
}
