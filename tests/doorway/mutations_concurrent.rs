//! Mutations of many clients at the same time.

use crate::support::Server;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::{collections::HashSet, sync::Arc};

on_both_databases!(
    expected_version_prevents_lost_updates,
    concurrent_upserts_of_one_name_create_one_row,
    one_of_many_concurrent_creates_takes_the_name,
    no_post_outlives_its_deleted_author,
    writers_in_opposite_orders_all_succeed,
    conflicts_between_writers_name_the_input_field,
);

const CLIENTS: usize = 16;

async fn mutate(server: &Server, query: &str, variables: Value) -> Value {
    let answer = server.post(query, variables).await.json();
    assert!(answer.get("errors").is_none(), "{query}: {answer}");
    answer["data"].clone()
}

/// Runs `work` in [`CLIENTS`] tasks at the same time.
async fn at_once<F: Future<Output = R> + Send + 'static, R: Send + 'static>(
    server: &Arc<Server>,
    work: impl Fn(Arc<Server>, usize) -> F,
) -> Vec<R> {
    let tasks = (0..CLIENTS).map(|nth| tokio::spawn(work(server.clone(), nth)));
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

async fn expected_version_prevents_lost_updates(server: Server) {
    let server = Arc::new(server.with_demo().await);
    let profile = server.data("{ profiles(limit: 1) { id } }").await["profiles"][0]["id"].clone();
    mutate(
        &server,
        r#"mutation($id: ID!) { updateProfile(input: { id: $id, bio: "0" }) { userErrors { code } } }"#,
        json!({ "id": profile }),
    )
    .await;
    // Each client adds 1 to the number in the bio, ten times. After a conflict it reads the bio again.
    let conflicts: usize = at_once(&server, move |server, _| {
        let id = profile.clone();
        async move {
            let mut conflicts = 0;
            let mut added = 0;
            while added < 10 {
                let read = server.post("query($id: ID!) { profile(id: $id) { bio version } }", json!({ "id": id })).await.json();
                let read = &read["data"]["profile"];
                let next: u32 = read["bio"].as_str().unwrap().parse::<u32>().unwrap() + 1;
                let query = "mutation($id: ID!, $bio: String!, $version: Int!) {
                    updateProfile(input: { id: $id, bio: $bio, expectedVersion: $version }) { profile { version } userErrors { code } } }";
                let written = mutate(&server, query, json!({ "id": id, "bio": next.to_string(), "version": read["version"] })).await;
                match written["updateProfile"]["userErrors"][0]["code"].as_str() {
                    None => added += 1,
                    Some("CONFLICT") => conflicts += 1,
                    Some(other) => panic!("{other}"),
                }
            }
            conflicts
        }
    })
    .await
    .into_iter()
    .sum();
    let bio = server.data("{ profiles(limit: 1) { bio } }").await["profiles"][0]["bio"].clone();
    assert_eq!(bio, (CLIENTS * 10).to_string());
    assert!(conflicts > 0, "no two clients ever conflicted");
}

async fn concurrent_upserts_of_one_name_create_one_row(server: Server) {
    let server = Arc::new(server);
    for round in 0..10 {
        let name = format!("round {round}");
        let ids = at_once(&server, |server, _| {
            let name = name.clone();
            async move {
                let query = "mutation($n: String!) { upsertTag(input: { name: $n }) { tag { id version } userErrors { code } }
                    upsertUser(input: { username: $n }) { user { id } userErrors { code } } }";
                let data = mutate(&server, query, json!({ "n": name })).await;
                assert_eq!((&data["upsertTag"]["userErrors"], &data["upsertTag"]["tag"]["version"]), (&json!([]), &json!(1)));
                (data["upsertTag"]["tag"]["id"].to_string(), data["upsertUser"]["user"]["id"].to_string())
            }
        })
        .await;
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 1, "{ids:?}");
    }
    assert_eq!(server.data("{ tagsConnection { totalCount } }").await["tagsConnection"]["totalCount"], 10);
}

async fn one_of_many_concurrent_creates_takes_the_name(server: Server) {
    let server = Arc::new(server);
    for round in 0..10 {
        let query = r#"mutation($n: String!) { createUser(input: { username: $n, profile: { bio: "x" } }) { user { id } userErrors { code field message } } }"#;
        let name = format!("round {round}");
        let results = at_once(&server, |server, _| {
            let name = name.clone();
            async move { mutate(&server, query, json!({ "n": name })).await["createUser"].clone() }
        })
        .await;
        let (created, refused): (Vec<_>, Vec<_>) =
            results.iter().partition(|result| result["userErrors"] == json!([]));
        assert_eq!(created.len(), 1);
        for result in refused {
            // The error is the same whether a check or the constraint found it.
            let taken = json!([{ "code": "TAKEN", "field": ["input", "username"], "message": "another user has this username" }]);
            assert_eq!(result["userErrors"], taken);
        }
    }
    let data = server.data("{ users { profile { bio } } profilesConnection { totalCount } }").await;
    assert_eq!(data["profilesConnection"]["totalCount"], 10);
}

async fn no_post_outlives_its_deleted_author(server: Server) {
    let server = Arc::new(server);
    for round in 0..10 {
        let created = mutate(
            &server,
            "mutation($n: String!) { createUser(input: { username: $n }) { user { id } } }",
            json!({ "n": format!("u{round}") }),
        )
        .await;
        let user = created["createUser"]["user"]["id"].clone();
        at_once(&server, |server, nth| {
            let user = user.clone();
            async move {
                if nth == 7 {
                    let data = mutate(&server, "mutation($id: ID!) { deleteUser(input: { id: $id }) { deletedId } }", json!({ "id": user })).await;
                    assert_eq!(data["deleteUser"]["deletedId"], user);
                    return;
                }
                let query = r#"mutation($id: ID!) { createBlogPost(input: { title: "t", content: "", authorId: $id }) { blogPost { id } userErrors { code field } } }"#;
                let errors = mutate(&server, query, json!({ "id": user })).await["createBlogPost"]["userErrors"].clone();
                assert!(errors == json!([]) || errors == json!([{ "code": "NOT_FOUND", "field": ["input", "authorId"] }]), "{errors}");
            }
        })
        .await;
    }
    assert_eq!(
        server.data("{ users { id } blogPosts { id } }").await,
        json!({ "users": [], "blogPosts": [] })
    );
}

async fn writers_in_opposite_orders_all_succeed(server: Server) {
    let server = Arc::new(server.with_demo().await);
    let data = server.data("{ users { id } blogPosts { id } tags { id name } }").await;
    let ids = |list: &str| -> Vec<Value> {
        data[list].as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
    };
    let (users, posts, tags) = (ids("users"), ids("blogPosts"), ids("tags"));
    let in_order = |mut list: Vec<Value>, nth: usize| {
        if nth.is_multiple_of(2) {
            list.reverse();
        }
        list
    };
    for round in 0..6 {
        at_once(&server, |server, nth| {
            let (users, posts, tags) = (in_order(users.clone(), nth), in_order(posts.clone(), nth), tags.clone());
            async move {
                let names = in_order((0..40).map(|name| json!({ "name": format!("n{round} {name}") })).collect(), nth);
                let run = async |field: &str, ty: &str, inputs: Value| {
                    let query = format!("mutation($in: [{ty}!]!) {{ it: {field}(inputs: $in) {{ userErrors {{ code message }} }} }}");
                    assert_eq!(mutate(&server, &query, json!({ "in": inputs })).await["it"]["userErrors"], json!([]), "{field}");
                };
                match nth / 2 % 4 {
                    0 => run("upsertTags", "UpsertTagInput", json!(names)).await,
                    1 => {
                        let rename = |(at, id): (usize, &Value)| json!({ "id": id, "username": format!("{round} {nth} {at}") });
                        run("updateUsers", "UpdateUserInput", users.iter().enumerate().map(rename).collect()).await;
                    }
                    2 => {
                        let post = |id: &Value| json!({ "title": "t", "content": "", "authorId": id });
                        run("createBlogPosts", "CreateBlogPostInput", users.iter().map(post).collect()).await;
                    }
                    _ => {
                        let tags: Vec<Value> = tags.iter().skip(nth % 3).map(|id| json!({ "id": id })).collect();
                        let set = |id: &Value| json!({ "id": id, "tags": { "set": tags } });
                        run("updateBlogPosts", "UpdateBlogPostInput", posts.iter().map(set).collect()).await;
                    }
                }
            }
        })
        .await;
    }
    assert_eq!(
        server.data(r#"{ tagsConnection(where: { name: { startsWith: "n" } }) { totalCount } }"#).await["tagsConnection"]
            ["totalCount"],
        240
    );
}

/// The error is the same whether a check or the constraint finds the conflict.
async fn conflicts_between_writers_name_the_input_field(server: Server) {
    let server = Arc::new(server.with_demo().await);
    let ada = server.data(r#"{ user(username: "ada-moreno") { id } }"#).await["user"]["id"].clone();
    for round in 0..10 {
        let results = at_once(&server, |server, _| {
            let ada = ada.clone();
            async move {
                let post = |name: &str| json!({ "title": "t", "content": "", "authorId": ada, "tags": { "create": [{ "name": name }] } });
                let own = format!("{}", doorway::db::Id::new());
                let inputs = json!([post(&own), post(&format!("shared {round}"))]);
                let query = "mutation($in: [CreateBlogPostInput!]!) { createBlogPosts(inputs: $in) { blogPosts { id } userErrors { code field } } }";
                mutate(&server, query, json!({ "in": inputs })).await["createBlogPosts"].clone()
            }
        })
        .await;
        let refused = json!([{ "code": "TAKEN", "field": ["inputs", "1", "tags", "create", "0", "name"] }]);
        assert_eq!(
            results.iter().filter(|result| result["userErrors"] == json!([])).count(),
            1,
            "{results:?}"
        );
        assert_eq!(
            results.iter().filter(|result| result["userErrors"] == refused).count(),
            CLIENTS - 1,
            "{results:?}"
        );
    }
}
