//! The events of mutations: each subscriber receives each change once, in commit order.

use crate::support::{Server, Socket};
use doorway::{
    blog::app,
    db::{Id, Notice},
    execution,
    server::Limits,
};
use futures_util::{StreamExt, future::join_all};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_databases!(
    each_change_reaches_its_subscribers,
    mutations_without_a_change_publish_nothing,
    notices_have_the_ids_of_related_rows,
    a_thousand_subscribers_receive_a_hundred_writes_in_order,
    more_operations_than_connections_all_finish,
);

async fn mutate(server: &Server, mutation: &str) -> Value {
    let data = server.data(&format!("mutation {{ it: {mutation} }}")).await;
    assert_eq!(data["it"]["userErrors"], json!([]), "{mutation}");
    data["it"].clone()
}

async fn each_change_reaches_its_subscribers(server: Server) {
    let server = server.with_demo().await;
    let (ada, lena) = (
        server.id(r#"user(username: "ada-moreno")"#).await,
        server.id(r#"user(username: "lena-fischer")"#).await,
    );
    let (sql, sqlite) = (server.id(r#"tag(name: "sql")"#).await, server.id(r#"tag(name: "sqlite")"#).await);
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    for (name, field) in [
        ("all", "blogPostChanged".to_owned()),
        ("ada", format!(r#"blogPostChanged(authorId: "{ada}")"#)),
        ("lena", format!(r#"blogPostChanged(authorId: "{lena}")"#)),
        ("sql", format!(r#"blogPostChanged(tagId: "{sql}")"#)),
        ("sqlite", format!(r#"blogPostChanged(tagId: "{sqlite}")"#)),
    ] {
        socket
            .subscribe(name, &format!("subscription {{ it: {field} {{ kind blogPost {{ title }} }} }}"))
            .await;
    }
    for (name, field) in
        [("user", "userChanged".to_owned()), ("lena herself", format!(r#"userChanged(id: "{lena}")"#))]
    {
        socket
            .subscribe(name, &format!("subscription {{ it: {field} {{ kind user {{ username }} }} }}"))
            .await;
    }
    socket.subscribe("tag", "subscription { it: tagChanged { kind tag { name } } }").await;
    crate::support::until(|| server.db.receivers() == 8).await;
    // Each of these subscriptions receives one event. The order among subscriptions is not defined.
    let mut expect = async |names: &[&str], expected: &str| {
        let mut received = Vec::new();
        for _ in names {
            let message = socket.next().await;
            let it = &message["payload"]["data"]["it"];
            let row = ["blogPost", "user", "tag"].iter().find_map(|row| it.get(*row)).unwrap();
            let label = ["title", "username", "name"]
                .iter()
                .find_map(|label| row.get(*label))
                .unwrap_or(&Value::Null);
            let text = format!("{} {}", it["kind"].as_str().unwrap(), label.as_str().unwrap_or("-"));
            received.push((message["id"].as_str().unwrap().to_owned(), text));
        }
        received.sort();
        let mut wanted: Vec<_> = names
            .iter()
            .map(|name| {
                let text =
                    if *name == "tag" && expected == "CREATED new" { "CREATED fresh" } else { expected };
                ((*name).to_owned(), text.to_owned())
            })
            .collect();
        wanted.sort();
        assert_eq!(received, wanted);
    };
    let post = mutate(&server, &format!(r#"createBlogPost(input: {{ title: "new", content: "", authorId: "{ada}", tags: {{ connect: [{{ name: "sql" }}], create: [{{ name: "fresh" }}] }} }}) {{ blogPost {{ id }} userErrors {{ code }} }}"#)).await;
    let post = post["blogPost"]["id"].as_str().unwrap().to_owned();
    expect(&["all", "ada", "sql", "tag"], "CREATED new").await;
    // A new author: subscribers of both authors receive it.
    mutate(&server, &format!(r#"updateBlogPost(input: {{ id: "{post}", title: "moved", authorId: "{lena}" }}) {{ userErrors {{ code }} }}"#)).await;
    expect(&["all", "ada", "lena", "sql"], "UPDATED moved").await;
    // New tags: subscribers of the old and the new tag receive it.
    mutate(&server, &format!(r#"updateBlogPost(input: {{ id: "{post}", tags: {{ set: [{{ name: "sqlite" }}] }} }}) {{ userErrors {{ code }} }}"#)).await;
    expect(&["all", "lena", "sql", "sqlite"], "UPDATED moved").await;
    mutate(
        &server,
        &format!(r#"updateBlogPost(input: {{ id: "{post}", title: "again" }}) {{ userErrors {{ code }} }}"#),
    )
    .await;
    expect(&["all", "lena", "sqlite"], "UPDATED again").await;
    mutate(&server, &format!(r#"deleteBlogPost(input: {{ id: "{post}" }}) {{ userErrors {{ code }} }}"#))
        .await;
    expect(&["all", "lena", "sqlite"], "DELETED -").await;
    // A change of a profile is a change of its user.
    let profile =
        server.data(r#"{ user(username: "lena-fischer") { profile { id } } }"#).await["user"]["profile"]["id"]
            .clone();
    mutate(
        &server,
        &format!("updateProfile(input: {{ id: {profile}, bio: null }}) {{ userErrors {{ code }} }}"),
    )
    .await;
    expect(&["user", "lena herself"], "UPDATED lena-fischer").await;
    // Deleting a user deletes the posts.
    mutate(&server, &format!(r#"deleteUser(input: {{ id: "{lena}" }}) {{ userErrors {{ code }} }}"#)).await;
    expect(&["user", "lena herself", "all", "all", "lena", "lena", "sql"], "DELETED -").await;
    mutate(&server, r#"upsertTag(input: { name: "last" }) { userErrors { code } }"#).await;
    expect(&["tag"], "CREATED last").await;
}

async fn mutations_without_a_change_publish_nothing(server: Server) {
    let server = server.with_demo().await;
    let (ada, sql) =
        (server.id(r#"user(username: "ada-moreno")"#).await, server.id(r#"tag(name: "sql")"#).await);
    let mut socket = Socket::ready(server.listen(Limits::default()).await).await;
    socket.subscribe("users", "subscription { userChanged { kind id } }").await;
    socket.subscribe("tags", "subscription { tagChanged { kind tag { name } } }").await;
    crate::support::until(|| server.db.receivers() == 2).await;
    server
        .data(&format!(
            r#"mutation {{
        same: updateUser(input: {{ id: "{ada}", username: "ada-moreno" }}) {{ user {{ id }} }}
        taken: updateUser(input: {{ id: "{ada}", username: "lena-fischer" }}) {{ user {{ id }} }}
        found: upsertTag(input: {{ name: "sql" }}) {{ tag {{ id }} }}
        late: updateTag(input: {{ id: "{sql}", name: "x", expectedVersion: 9 }}) {{ tag {{ id }} }}
        bad: createTags(inputs: [{{ name: "good" }}, {{ name: "" }}]) {{ tags {{ id }} }}
        user: createUser(input: {{ username: "end" }}) {{ user {{ id }} }}
        tag: createTag(input: {{ name: "end" }}) {{ tag {{ id }} }} }}"#
        ))
        .await;
    assert_eq!(socket.event("users").await["userChanged"]["kind"], "CREATED");
    assert_eq!(
        socket.event("tags").await["tagChanged"],
        json!({ "kind": "CREATED", "tag": { "name": "end" } })
    );
}

/// The order of events, their kinds and their related rows, also of those that are named.
async fn notices_have_the_ids_of_related_rows(server: Server) {
    let server = server.with_demo().await;
    let mut notices = server.db.notices().await.unwrap();
    let mut next = async || match notices.next().await.unwrap().unwrap() {
        Notice::Payload(text) => text.to_string(),
        Notice::Resync => panic!("nothing was lost"),
    };
    let text = |head: &str, related: &[&str]| {
        let mut related: Vec<String> = related.iter().map(|id| id.replace('-', "")).collect();
        related.sort();
        let (head, id) = head.split_once(':').unwrap();
        format!("{head}:{}{}", id.replace('-', ""), related.concat())
    };
    let sql = server.id(r#"tag(name: "sql")"#).await;
    let sqlite = server.id(r#"tag(name: "sqlite")"#).await;
    let graphql = server.id(r#"tag(name: "graphql")"#).await;
    for connect in [
        r#"[{ name: "sql" }, { name: "sqlite" }]"#.to_owned(),
        format!(r#"[{{ name: "sqlite" }}, {{ id: "{sql}" }}]"#),
        format!(r#"[{{ id: "{sqlite}" }}, {{ id: "{sql}" }}]"#),
    ] {
        let nth = Id::new();
        let user = mutate(
            &server,
            &format!(
                r#"createUser(input: {{ username: "{nth}", profile: {{ bio: "" }}, blogPosts: [
            {{ title: "1", content: "", tags: {{ connect: {connect}, create: [{{ name: "{nth}" }}] }} }}
            {{ title: "2", content: "" }}
            {{ title: "3", content: "", tags: {{ connect: {{ id: "{graphql}" }} }} }}
        ] }}) {{ user {{ id profile {{ id }} blogPosts {{ id tags {{ id }} }} }} userErrors {{ code }} }}"#
            ),
        )
        .await["user"]
            .take();
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let (own, posts) = (id(&user), &user["blogPosts"]);
        assert_eq!(next().await, text(&format!("C.users:{own}"), &[]));
        assert_eq!(next().await, text(&format!("C.profiles:{}", id(&user["profile"])), &[&own]));
        let tag = id(&posts[2]["tags"][2]);
        // Newest first.
        assert_eq!(
            next().await,
            text(&format!("C.blog_posts:{}", id(&posts[2])), &[&own, &sql, &sqlite, &tag])
        );
        assert_eq!(next().await, text(&format!("C.blog_posts:{}", id(&posts[1])), &[&own]));
        assert_eq!(next().await, text(&format!("C.blog_posts:{}", id(&posts[0])), &[&own, &graphql]));
        assert_eq!(next().await, text(&format!("C.tags:{tag}"), &[]));
    }
    let user =
        mutate(&server, r#"createUser(input: { username: "new" }) { user { id } userErrors { code } }"#)
            .await;
    let user = user["user"]["id"].as_str().unwrap();
    assert_eq!(next().await, text(&format!("C.users:{user}"), &[]));
    let profile = mutate(
        &server,
        &format!(
            r#"createProfile(input: {{ userId: "{user}" }}) {{ profile {{ id }} userErrors {{ code }} }}"#
        ),
    )
    .await;
    let profile = profile["profile"]["id"].as_str().unwrap();
    assert_eq!(next().await, text(&format!("U.users:{user}"), &[]));
    assert_eq!(next().await, text(&format!("C.profiles:{profile}"), &[user]));
}

async fn a_thousand_subscribers_receive_a_hundred_writes_in_order(server: Server) {
    const SUBSCRIBERS: usize = 1_000;
    const WRITES: usize = 100;
    let server = Arc::new(server);
    let app = app();
    let subscribers: Vec<_> = (0..SUBSCRIBERS)
        .map(|_| {
            let events =
                execution::execute_stream(&app, &server.db, "subscription { tagChanged { id } }".into());
            tokio::spawn(
                events
                    .take(WRITES)
                    .map(|event| event.data.into_json().unwrap()["tagChanged"]["id"].clone())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    crate::support::until(|| server.db.receivers() == SUBSCRIBERS).await;
    // Four clients write at the same time.
    let writers = (0..4).map(|writer| {
        let server = server.clone();
        tokio::spawn(async move {
            for nth in 0..WRITES / 4 {
                mutate(
                    &server,
                    &format!(r#"createTag(input: {{ name: "{writer} {nth}" }}) {{ userErrors {{ code }} }}"#),
                )
                .await;
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());
    let received: Vec<Vec<Value>> = join_all(subscribers).await.into_iter().map(Result::unwrap).collect();
    assert!(received.iter().all(|ids| *ids == received[0]), "all subscribers receive the same order");
    let names = server.data("{ tags(limit: 1000) { id name } }").await;
    let name = |id: &Value| {
        names["tags"].as_array().unwrap().iter().find(|tag| tag["id"] == *id).unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let names: Vec<String> = received[0].iter().map(name).collect();
    for writer in 0..4 {
        let own: Vec<&String> = names.iter().filter(|name| name.starts_with(&format!("{writer} "))).collect();
        let expected: Vec<String> = (0..WRITES / 4).map(|nth| format!("{writer} {nth}")).collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>());
    }
    assert_eq!(server.db.receivers(), 0, "no receiver is left");
}

/// More operations than PostgreSQL connections. Each reads the result of one mutation before the next begins.
async fn more_operations_than_connections_all_finish(server: Server) {
    let server = Arc::new(server.with_demo().await);
    let operations = (0..60).map(|nth| {
        let server = server.clone();
        tokio::spawn(async move {
            server
                .data(&format!(
                    r#"mutation {{
                a: createTag(input: {{ name: "a{nth}" }}) {{ tag {{ name posts {{ id }} }} }}
                b: upsertTag(input: {{ name: "a{nth}" }}) {{ tag {{ name posts {{ id }} }} }}
                c: createTag(input: {{ name: "c{nth}" }}) {{ tag {{ name posts {{ id }} }} }} }}"#
                ))
                .await
        })
    });
    for data in join_all(operations).await {
        let data = data.unwrap();
        assert!(["a", "b", "c"].iter().all(|field| data[*field]["tag"]["name"].is_string()), "{data}");
    }
}

/// A subscriber of one server receives writes through the other, before and after PostgreSQL has closed the
/// connections of both, as a restart does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/run"]
async fn two_servers_exchange_events_and_recover() {
    let server = Server::on_postgres().await;
    let other = doorway::db::Db::open(&server.database.url.parse().unwrap()).unwrap();
    let request = "subscription { tagChanged { kind tag { name } } }";
    let mut received = Box::pin(execution::execute_stream(&app(), &other, request.into()));
    let mut next = async || received.next().await.unwrap().data.into_json().unwrap()["tagChanged"].clone();
    let create = async |name: &str| {
        let query = format!(r#"mutation {{ createTag(input: {{ name: "{name}" }}) {{ tag {{ id }} }} }}"#);
        // Requests fail while the connections are gone, until the server has new ones.
        while server.ask(&query).await.get("errors").is_some() {
            tokio::task::yield_now().await;
        }
    };
    let subscribed = async { crate::support::until(|| other.receivers() == 1).await };
    let ((), first) = tokio::join!(
        async {
            subscribed.await;
            create("before").await;
        },
        next()
    );
    assert_eq!(first, json!({ "kind": "CREATED", "tag": { "name": "before" } }));
    let mut tx = server.db.begin().await.unwrap();
    let drop_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    tx.run(diesel::sql_query(drop_all)).await.unwrap();
    drop(tx);
    assert_eq!(next().await["kind"], "RESYNC");
    let ((), second) = tokio::join!(create("after"), next());
    assert_eq!(second, json!({ "kind": "CREATED", "tag": { "name": "after" } }));
}
