//! Mutations whose client disconnects, or whose server is killed.

use crate::support::{Database, Doorway, Server};
use serde_json::{Value, json};
use std::{collections::HashSet, sync::Arc, time::Duration};

on_both_databases!(cancelled_mutations_write_everything_or_nothing);

async fn cancelled_mutations_write_everything_or_nothing(server: Server) {
    let server = Arc::new(server.with_any_cost().with_demo().await);
    let posts = |nth: usize| {
        json!({ "u": format!("user {nth}"), "posts": (0..5).map(|post| json!({ "title": format!("{nth} {post}"), "content": "",
        "tags": { "connect": [{ "name": "sql" }], "create": [{ "name": format!("tag {nth} {post}") }] } })).collect::<Vec<_>>() })
    };
    let query = r#"mutation($u: String!, $posts: [CreateUserBlogPostsInput!]) {
        createUser(input: { username: $u, profile: { bio: "b" }, blogPosts: $posts }) { user { id } userErrors { code } } }"#;
    let mut rng = fastrand::Rng::with_seed(3);
    for nth in 0..60 {
        let request = {
            let (server, variables) = (server.clone(), posts(nth));
            async move { server.post(query, variables).await }
        };
        // Dropped at a random moment: a closed connection drops its handler.
        let _ = tokio::time::timeout(Duration::from_micros(rng.u64(0..8000)), request).await;
    }
    count_complete(&server.data(USERS).await);
}

const USERS: &str = r#"{ users(limit: 1000, where: { username: { startsWith: "user " } }) { username profile { bio } blogPosts { title tags { name } } }
    orphans: tags(where: { name: { startsWith: "tag " }, postsCount: { eq: 0 } }) { name } }"#;

/// Checks that each user has everything that was created with them, and returns the number of users.
fn count_complete(data: &Value) -> usize {
    assert_eq!(data["orphans"], json!([]));
    let users = data["users"].as_array().unwrap();
    for user in users {
        assert_eq!(user["profile"]["bio"], "b", "{user}");
        let posts = user["blogPosts"].as_array().unwrap();
        assert!(
            posts.len() == 5 && posts.iter().all(|post| post["tags"].as_array().unwrap().len() == 2),
            "{user}"
        );
    }
    users.len()
}

/// Kills the server twenty times while eight clients write. Every acknowledged mutation must be there, and no part of
/// another one.
async fn keep_acknowledged_mutations(database: Database) {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut acknowledged: HashSet<String> = HashSet::new();
    let mut nth = 0;
    for _ in 0..20 {
        let doorway = Doorway::serve(&database.url, &["--demo"]);
        let url = format!("{}/graphql", doorway.url);
        let (sender, acknowledgements) = std::sync::mpsc::channel();
        let writers: Vec<_> = (0..8)
            .map(|_| {
                nth += 1;
                let (url, run, sender) = (url.clone(), nth, sender.clone());
                std::thread::spawn(move || {
                    let mut created = Vec::new();
                    for step in 0.. {
                        let user = format!("user {run} {step}");
                        let posts: Vec<String> = (0..5).map(|post| format!(r#"{{ title: "{post}", content: "", tags: {{ connect: [{{ name: "sql" }}], create: [{{ name: "tag {run} {step} {post}" }}] }} }}"#)).collect();
                        let query = format!(r#"mutation {{ createUser(input: {{ username: "{user}", profile: {{ bio: "b" }}, blogPosts: [{}] }}) {{ user {{ id }} userErrors {{ code }} }} }}"#, posts.join(" "));
                        let Ok(mut answer) = ureq::post(&url).send_json(json!({ "query": query })) else { break };
                        let Ok(answer) = answer.body_mut().read_json::<Value>() else { break };
                        if !answer["data"]["createUser"]["user"]["id"].is_string() {
                            break;
                        }
                        created.push(user);
                        let _ = sender.send(());
                    }
                    created
                })
            })
            .collect();
        // Killed after a random number of writes, during the next ones.
        for _ in 0..rng.usize(1..20) {
            acknowledgements.recv().unwrap();
        }
        doorway.signal("KILL");
        for writer in writers {
            acknowledged.extend(writer.join().unwrap());
        }
    }
    let doorway = Doorway::serve(&database.url, &[]);
    let mut there = HashSet::new();
    let mut after = String::new();
    loop {
        let page = USERS.replace(
            r#"users(limit: 1000, where: { username: { startsWith: "user " } })"#,
            &format!(r#"users(limit: 200, where: {{ username: {{ startsWith: "user ", gt: "{after}" }} }})"#),
        );
        let data = doorway.ask(&page)["data"].take();
        if count_complete(&data) == 0 {
            break;
        }
        let users = data["users"].as_array().unwrap();
        there.extend(users.iter().map(|user| user["username"].as_str().unwrap().to_owned()));
        after = users.last().unwrap()["username"].as_str().unwrap().to_owned();
    }
    let lost: Vec<&String> = acknowledged.difference(&there).collect();
    assert_eq!(lost, Vec::<&String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_servers_keep_acknowledged_mutations_on_sqlite() {
    keep_acknowledged_mutations(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn killed_servers_keep_acknowledged_mutations_on_postgres() {
    keep_acknowledged_mutations(Database::postgres().await).await;
}
