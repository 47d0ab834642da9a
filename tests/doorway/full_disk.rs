//! The disk is full, or fails: what is not written says so, and all goes on when there is room again.

use crate::support::{Database, Doorway, Server, doorway};
use axum::{body::Body, http::Request};
use diesel::sql_query;
use doorway::db::DbError;
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

fn is_unavailable(answer: &Value) {
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "SERVICE_UNAVAILABLE", "{answer}");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("the server cannot do this at the moment: try again later"), "{message}");
}

async fn ready(server: &Server) -> (u16, String) {
    let answer = server.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    (answer.status.as_u16(), answer.text)
}

/// SQLite's own limit on a file gives the error that a full disk gives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_sqlite_file_is_left_as_it_was() {
    let server = Server::on_sqlite().await.with_demo().await;
    let everything = "{ users { id version } blogPosts { id tags { name } } tags { id version } }";
    let before = server.data(everything).await;
    // As many pages as it has, at the least.
    server.sql("PRAGMA max_page_count = 1").await;
    let large = "x".repeat(900_000);
    let query = "mutation($content: String!) { createUser(input: { username: \"zoe\", blogPosts: [
        { title: \"small\", content: \"\", tags: { create: [{ name: \"new\" }] } }, { title: \"large\", content: $content }
    ] }) { user { id } userErrors { message } } }";
    for _ in 0..3 {
        is_unavailable(&server.post(query, json!({ "content": large })).await.json());
        assert_eq!(server.data(everything).await, before);
    }
    // In a transaction of several statements, of which the first ones find room.
    let post = server.data("{ blogPosts(limit: 1) { id } }").await["blogPosts"][0]["id"].clone();
    let update = "mutation($id: ID!, $content: String!) { updateBlogPost(input: { id: $id, content: $content,
        tags: { create: [{ name: \"new\" }] } }) { blogPost { id } userErrors { message } } }";
    is_unavailable(&server.post(update, json!({ "id": post, "content": large })).await.json());
    assert_eq!(server.data(everything).await, before);
    // A page can still be written, but not as much as a large request.
    assert_eq!(ready(&server).await, (503, "the disk is full\n".to_owned()));
    server.sql("PRAGMA max_page_count = 1000000").await;
    assert_eq!(ready(&server).await.0, 200);
    let answer = server.post(query, json!({ "content": large })).await.json();
    assert!(answer["data"]["createUser"]["user"]["id"].is_string(), "{answer}");
    assert_eq!(ready(&server).await, (200, "ready\n".to_owned()));
}

/// SQLite ends a transaction itself where it cannot undo a statement alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_sqlite_has_ended_leaves_the_writer_usable() {
    let server = Server::on_sqlite().await;
    server.sql("CREATE TABLE plain (x)").await;
    server.sql("PRAGMA max_page_count = 1").await;
    for _ in 0..2 {
        let mut tx = server.db.begin().await.unwrap();
        tx.run(sql_query("DELETE FROM plain")).await.unwrap();
        let full = tx.run(sql_query("INSERT INTO plain VALUES (zeroblob(900000))")).await;
        assert!(matches!(full, Err(DbError::DiskFull(_))), "{full:?}");
        assert!(matches!(tx.run(sql_query("DELETE FROM tags")).await, Err(DbError::Aborted)));
        drop(tx);
        server.sql("INSERT INTO plain VALUES (1)").await;
    }
    server.data(r#"mutation { createTag(input: { name: "new" }) { tag { name } } }"#).await;
}

/// PostgreSQL says what it would say, wherever something is written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_full_disk_of_postgres_is_told_and_noticed_to_have_room_again() {
    let database = Database::migrated_postgres().await;
    let name = database.url.rsplit_once('/').unwrap().1.to_owned();
    let setup = Server::on(Database::at(database.url.clone()));
    let full =
        "LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END$$";
    for sql in [
        &format!("CREATE FUNCTION no_room() RETURNS trigger {full}"),
        "CREATE TRIGGER no_room BEFORE INSERT ON tags EXECUTE FUNCTION no_room()",
        // What the probe writes with, found before PostgreSQL's own.
        &format!("CREATE FUNCTION public.repeat(text, integer) RETURNS text {full}"),
        &format!("ALTER DATABASE {name} SET search_path = public, pg_catalog"),
    ] {
        setup.sql(sql).await;
    }
    let server = Server::on(database);
    assert_eq!(ready(&server).await.0, 200);
    let create = r#"mutation { createTag(input: { name: "new" }) { tag { name } } }"#;
    for _ in 0..3 {
        is_unavailable(&server.ask(create).await);
        assert_eq!(ready(&server).await, (503, "the disk is full\n".to_owned()));
        assert_eq!(server.data("{ tags { name } }").await, json!({ "tags": [] }));
    }
    setup.sql("DROP FUNCTION public.repeat(text, integer)").await;
    setup.sql("DROP TRIGGER no_room ON tags").await;
    assert_eq!(ready(&server).await, (200, "ready\n".to_owned()));
    server.data(create).await;
}

/// PostgreSQL has run out of something else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/run"]
async fn exhausted_resources_of_postgres_are_unavailable() {
    let server = Server::on_postgres().await;
    for code in ["53000", "53200", "53400", "58030"] {
        server
            .sql(&format!(
                "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
                 $$BEGIN RAISE EXCEPTION 'no more' USING ERRCODE = '{code}'; END$$"
            ))
            .await;
        server.sql("CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON tags EXECUTE FUNCTION fail()").await;
        is_unavailable(
            &server.ask(r#"mutation { createTag(input: { name: "new" }) { tag { name } } }"#).await,
        );
        // A probe can write.
        assert_eq!(ready(&server).await.0, 200);
    }
}

/// No file may grow beyond a size, as with `ulimit -f`; then it may again.
#[cfg(target_os = "linux")]
#[test]
fn files_that_cannot_grow_are_told_and_noticed_to_grow_again() {
    let database = Database::sqlite();
    let mut doorway = Doorway::serve(&database.url, &["--demo"]);
    let create = |name: &str| {
        doorway.ask(&format!(r#"mutation {{ createTag(input: {{ name: "{name}" }}) {{ tag {{ name }} }} }}"#))
    };
    let tags = || doorway.ask("{ tags { name } }");
    let before = tags();
    let pid = doorway.id().to_string();
    let limit = |size: &str| {
        let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={size}:")]).status();
        assert!(set.unwrap().success());
    };
    limit("4096");
    for name in ["a", "b"] {
        is_unavailable(&create(name));
        assert_eq!(tags(), before);
        assert_eq!(doorway.get("/readyz"), (503, "the disk fails\n".to_owned()));
    }
    limit("unlimited");
    assert_eq!(doorway.get("/readyz"), (200, "ready\n".to_owned()));
    assert_eq!(create("a")["data"]["createTag"]["tag"]["name"], "a");
    doorway.wait_for_log("the disk fails: disk I/O error");
    doorway.signal("TERM");
    assert_eq!(doorway.wait().code(), Some(0));
}

/// Where nothing can be logged any more, requests are answered.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_for_the_log_keeps_nobody_waiting() {
    let mut command = doorway(&["serve", "--database-url", "sqlite::memory:", "--listen", "127.0.0.1:0"]);
    command.args(["--log", "debug"]).stdout(Stdio::piped());
    let mut child = command.stderr(File::options().write(true).open("/dev/full").unwrap()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap();
    let answers: Vec<_> = (0..3)
        .map(|_| {
            let asked =
                ureq::post(format!("{url}/graphql")).send_json(json!({ "query": "{ tags { name } }" }));
            asked.map(|mut answer| answer.body_mut().read_to_string().unwrap())
        })
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    for answer in answers {
        assert_eq!(answer.unwrap(), r#"{"data":{"tags":[]}}"#);
    }
}
