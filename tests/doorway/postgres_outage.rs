//! PostgreSQL fails and recovers: requests say so in between, and Doorway need not restart.

use crate::support::{Database, Doorway, Proxy, Server, doorway, ended};
use axum::{body::Body, http::Request};
use doorway::db::{Db, Usage};
use serde_json::json;
use std::sync::Arc;

fn url_through(proxy: &Proxy, database: &Database) -> String {
    let (head, name) = database.url.rsplit_once('/').unwrap();
    let user = head.strip_prefix("postgres://").unwrap().rsplit_once('@').map_or("", |(user, _)| user);
    format!("postgres://{user}@{}/{name}", proxy.address)
}

fn host(database: &Database) -> &str {
    let (head, _) = database.url.rsplit_once('/').unwrap();
    head.rsplit_once('@').unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn requests_fail_during_an_outage_and_then_succeed() {
    let database = Database::migrated_postgres().await;
    let mut proxy = Proxy::to(host(&database)).await;
    let server = Server::on(Database::at(url_through(&proxy, &database))).with_demo().await;
    let ready = || Request::get("/readyz").body(Body::empty()).unwrap();
    let query = "{ users { username profile { bio } } }";
    let before = server.data(query).await;

    proxy.cut().await;
    for _ in 0..3 {
        let response = server.ask(query).await;
        assert_eq!(response["data"], json!(null));
        let error = &response["errors"][0];
        assert_eq!(error["extensions"]["code"], "SERVICE_UNAVAILABLE", "{error}");
        assert!(error["message"].as_str().unwrap().starts_with("the database cannot be reached"), "{error}");
    }
    assert_eq!(server.send(ready()).await.status, 503);

    proxy.restore().await;
    assert_eq!(server.data(query).await, before);
    assert_eq!(server.send(ready()).await.status, 200);
}

/// PostgreSQL closes all sessions, as a restart does. At most one request fails for each of them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn closed_sessions_are_replaced() {
    let server = Server::on_postgres().await;
    let query = "{ users { username } }";
    let together = futures_util::future::join_all((0..16).map(|_| server.data(query))).await;
    assert_eq!(together.len(), 16);
    let other = Db::open(&server.database.url.parse().unwrap()).unwrap();
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut tx = other.begin().await.unwrap();
    tx.run(diesel::sql_query(kill)).await.unwrap();
    let mut failures = 0;
    // Each failure removes one closed session.
    while server.ask(query).await.get("errors").is_some() {
        failures += 1;
        assert!(failures <= 16, "it does not recover");
    }
    assert_eq!(server.data(query).await, json!({ "users": [] }));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_start_during_an_outage_prints_one_line() {
    let database = Database::postgres().await;
    let mut proxy = Proxy::to(host(&database)).await;
    let url = url_through(&proxy, &database);
    // Nobody listens there.
    let nowhere = url.replace(&proxy.address.to_string(), "127.0.0.1:1");
    let output = tokio::task::spawn_blocking({
        let url = nowhere.clone();
        move || doorway(&["serve", "--database-url", &url, "--listen", "127.0.0.1:0"]).output().unwrap()
    });
    let (stdout, stderr, code) = ended(&output.await.unwrap());
    assert_eq!((stdout.as_str(), code), ("", Some(1)));
    let address = nowhere.rsplit_once('@').unwrap().1;
    let expected = format!(
        "doorway: the database cannot be reached: postgres://{address}: error connecting to server: "
    );
    assert!(stderr.starts_with(&expected) && stderr.contains("refused"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");

    // Several servers can start at once on the empty database, and survive an outage.
    let start = || {
        let url = url.clone();
        tokio::task::spawn_blocking(move || Doorway::serve(&url, &["--demo"]))
    };
    let together: Vec<_> = (0..4).map(|_| start()).collect();
    let mut doorways = Vec::new();
    for doorway in together {
        doorways.push(doorway.await.unwrap());
    }
    let doorway = &doorways[0];
    let ask = "{ users { username } }";
    assert_eq!(doorway.ask(ask)["data"]["users"].as_array().unwrap().len(), 4);
    proxy.cut().await;
    assert_eq!(doorway.get("/readyz").0, 503);
    assert_eq!(doorway.get("/healthz").0, 200);
    proxy.restore().await;
    assert_eq!(doorway.ask(ask)["data"]["users"].as_array().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_missing_database_is_a_bad_setting() {
    let database = Database::postgres().await;
    let url = format!("{}_not", database.url);
    let output = doorway(&["migrate", "status", "--database-url", &url]).output().unwrap();
    let (_, stderr, code) = ended(&output);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.starts_with(r#"doorway: cannot use this DATABASE_URL: database "doorway_"#), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// The connection is lost while the server still writes. The mutation fails, is written, and is not tried again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_mutation_without_an_answer_is_not_repeated() {
    let database = Database::migrated_postgres().await;
    let mut proxy = Proxy::to(host(&database)).await;
    let server = Arc::new(Server::on(Database::at(url_through(&proxy, &database))).with_demo().await);
    let direct = Db::open(&database.url.parse().unwrap()).unwrap();
    let wait_until = async |sql: &'static str, count: i64| {
        while direct.reader().rows::<Count, _>(diesel::sql_query(sql)).await.unwrap()[0].count != count {
            tokio::task::yield_now().await;
        }
    };
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let ada = server.id(r#"user(username: "ada-moreno")"#).await;
    // The statement waits for the author's row.
    let mut lock = direct.begin().await.unwrap();
    lock.run(diesel::sql_query("SELECT id FROM users FOR UPDATE")).await.unwrap();
    let request = tokio::spawn({
        let server = server.clone();
        let query = format!(
            r#"mutation {{ createBlogPost(input: {{ title: "once", content: "", authorId: "{ada}" }}) {{ blogPost {{ id }} }} }}"#
        );
        async move { server.ask(&query).await }
    });
    wait_until(waiting, 1).await;
    proxy.cut().await;
    proxy.restore().await;
    let answer = request.await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE", "{answer}");
    drop(lock);
    wait_until("SELECT count(*) FROM blog_posts WHERE title = 'once'", 1).await;
    wait_until(waiting, 0).await;
    wait_until("SELECT count(*) FROM blog_posts WHERE title = 'once'", 1).await;
}

/// Reads that may be slow wait for one another; others, and whoever asks whether the database is there, do not wait for them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn slow_reads_leave_connections_to_others() {
    let database = Database::postgres().await;
    let db =
        Db::open_for(&database.url.parse().unwrap(), Usage { pool_size: 4, ..Usage::default() }).unwrap();
    let one = || diesel::sql_query("SELECT 1 AS id");
    let mut slow = Vec::new();
    for _ in 0..3 {
        let reader = db.reader();
        reader.rows::<One, _>(one()).await.unwrap();
        slow.push(reader);
    }
    let next = db.reader();
    let mut waiting = Box::pin(next.rows::<One, _>(one()));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    db.ping().await.unwrap();
    db.quick_reader(1).rows::<One, _>(one()).await.unwrap();
    db.begin().await.unwrap().commit().await.unwrap();
    assert!(futures_util::poll!(&mut waiting).is_pending());
    slow.pop();
    assert_eq!(waiting.await.unwrap().len(), 1);
}

#[derive(diesel::QueryableByName)]
struct One {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    #[expect(dead_code, reason = "it is only counted")]
    id: i32,
}
