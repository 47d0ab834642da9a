//! SQLite's files are deleted, replaced or damaged underneath Doorway, and two Doorways meet on one.

use crate::support::{Database, Doorway, Server, doorway, ended};
use axum::{body::Body, http::Request};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection, sql_query};
use doorway::blog::HISTORY;
use doorway::db::DbError;
use serde_json::json;
use std::{fs, os::unix::fs::FileExt};

const CREATE: &str = r#"mutation { createTag(input: { name: "after" }) { tag { name } } }"#;

async fn ready(server: &Server) -> (u16, String) {
    let answer = server.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    (answer.status.as_u16(), answer.text)
}

async fn refuses_to_write(server: &Server) {
    let answer = server.ask(CREATE).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "SERVICE_UNAVAILABLE", "{answer}");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("the server cannot do this at the moment: try again later"), "{message}");
    let lost = "the SQLite file was deleted or replaced: restart Doorway\n";
    assert_eq!(ready(server).await, (503, lost.to_owned()));
    // Reads go on, from the file that is open.
    assert_eq!(server.data("{ tags { name } }").await, json!({ "tags": [{ "name": "before" }] }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_files_take_no_writes() {
    for (what, end) in [("delete", ""), ("replace", ""), ("delete", "-wal"), ("replace", "-wal")] {
        let server = Server::on_sqlite().await;
        server.data(r#"mutation { createTag(input: { name: "before" }) { tag { id } } }"#).await;
        assert_eq!(ready(&server).await, (200, "ready\n".to_owned()));
        let file = format!("{}{end}", server.database.sqlite_file());
        let (aside, other) = (format!("{file}.aside"), format!("{file}.other"));
        fs::copy(&file, &other).unwrap();
        fs::rename(&file, &aside).unwrap();
        if what == "replace" {
            fs::rename(&other, &file).unwrap();
        }
        refuses_to_write(&server).await;
        // Back in its place, it is the file that is open.
        fs::rename(&aside, &file).unwrap();
        assert_eq!(ready(&server).await.0, 200, "{what} {end}");
        server.data(CREATE).await;
    }
}

/// Other processes would no longer know of this one's locks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_shared_memory_is_told() {
    let server = Server::on_sqlite().await;
    fs::remove_file(format!("{}-shm", server.database.sqlite_file())).unwrap();
    assert_eq!(ready(&server).await.0, 503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_lost_during_a_transaction_rolls_it_back() {
    let server = Server::on_sqlite().await;
    server.data(r#"mutation { createTag(input: { name: "before" }) { tag { id } } }"#).await;
    let mut tx = server.db.begin().await.unwrap();
    tx.run(sql_query("UPDATE tags SET name = 'after'")).await.unwrap();
    fs::remove_file(server.database.sqlite_file()).unwrap();
    let path = server.database.sqlite_file().to_owned();
    match tx.commit().await {
        Err(error @ DbError::Replaced(_)) => assert_eq!(
            error.to_string(),
            format!("the SQLite file {path} was deleted or replaced: restart Doorway")
        ),
        other => panic!("{other:?}"),
    }
    refuses_to_write(&server).await;
}

/// Cut off, or overwritten by somebody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_files_take_no_writes() {
    for (cut_off, asks_first) in [(true, true), (true, false), (false, true)] {
        let server = Server::on_sqlite().await.with_demo().await;
        let path = server.database.sqlite_file();
        // All of it is in one file then.
        let mut other = SqliteConnection::establish(path).unwrap();
        other.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        server.data(r#"mutation { createTag(input: { name: "before" }) { tag { id } } }"#).await;
        other.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        assert_eq!(ready(&server).await.0, 200);
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        let length = file.metadata().unwrap().len();
        if cut_off {
            file.set_len(if asks_first { length / 2 } else { 0 }).unwrap();
        } else {
            // Not the first page, which has the schema.
            file.write_all_at(&vec![0xff; usize::try_from(length).unwrap() - 4096], 4096).unwrap();
            let answer = server.ask("{ blogPosts { title } }").await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE", "{answer}");
        }
        let told = "the SQLite file is damaged: restore a back-up\n";
        if asks_first {
            assert_eq!(ready(&server).await, (503, told.to_owned()));
        }
        let answer = server.ask(CREATE).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE", "{answer}");
        assert_eq!(ready(&server).await, (503, told.to_owned()));
    }
}

/// What is not in the database's file yet. Other programs may have SQLite make the log shorter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_cut_off_takes_no_writes() {
    let before = r#"mutation { createTag(input: { name: "before" }) { tag { id } } }"#;
    for (part, asks_first) in [(0, true), (0, false), (2, true), (2, false)] {
        let server = Server::on_sqlite().await.with_demo().await;
        let path = server.database.sqlite_file();
        server.data(before).await;
        let mut other = SqliteConnection::establish(path).unwrap();
        other.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        assert_eq!(ready(&server).await.0, 200);
        server.data(CREATE).await;
        assert_eq!(ready(&server).await.0, 200);
        server
            .data(&format!(
                r#"mutation {{ createTag(input: {{ name: "{}" }}) {{ tag {{ id }} }} }}"#,
                "x".repeat(90)
            ))
            .await;
        let log = fs::OpenOptions::new().write(true).open(format!("{path}-wal")).unwrap();
        let length = log.metadata().unwrap().len();
        assert!(length > 0);
        log.set_len(length * part / 3).unwrap();
        let told = "the SQLite file is damaged: restore a back-up\n";
        if asks_first {
            assert_eq!(ready(&server).await, (503, told.to_owned()), "{part}");
        }
        let answer = server.ask(r#"mutation { createTag(input: { name: "lost" }) { tag { id } } }"#).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE", "{answer}");
        assert_eq!(ready(&server).await, (503, told.to_owned()), "{part}");
    }
}

/// A file's other names: a symbolic link that is turned elsewhere leads to another file, an address leads to the file.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_and_addresses_are_followed() {
    let database = Database::migrated_sqlite().await;
    let file = database.sqlite_file().to_owned();
    let link = format!("{file}.link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let by_link = Server::on(Database::at(format!("sqlite:{link}")));
    let by_address = Server::on(Database::at(format!("sqlite:file:{file}?mode=rw")));
    by_link.data(r#"mutation { createTag(input: { name: "before" }) { tag { id } } }"#).await;
    fs::remove_file(&link).unwrap();
    fs::write(format!("{file}.other"), "").unwrap();
    std::os::unix::fs::symlink(format!("{file}.other"), &link).unwrap();
    refuses_to_write(&by_link).await;
    assert_eq!(ready(&by_address).await.0, 200);
    fs::remove_file(&file).unwrap();
    refuses_to_write(&by_address).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_a_file_loses_none() {
    for url in ["sqlite::memory:", "sqlite:file:shared?mode=memory&cache=shared"] {
        let server = Server::on(Database::at(url.to_owned()));
        server.db.migrations(HISTORY).up().await.unwrap();
        server.data(CREATE).await;
        assert_eq!(ready(&server).await.0, 200);
        assert!(server.db.claim().unwrap().is_none());
    }
}

fn run(arguments: &[&str]) -> (String, String, Option<i32>) {
    ended(&doorway(arguments).output().unwrap())
}

#[test]
fn a_second_server_on_a_file_is_refused() {
    let database = Database::sqlite();
    let file = database.sqlite_file();
    let mut first = Doorway::serve(&database.url, &[]);
    let refused = |path: &str| {
        let url = format!("sqlite:{path}");
        let (stdout, stderr, code) = run(&["serve", "--database-url", &url, "--listen", "127.0.0.1:0"]);
        assert_eq!((stdout.as_str(), code), ("", Some(1)), "{stderr}");
        let expected =
            format!("doorway: another Doorway serves the SQLite file {path}: use PostgreSQL for several\n");
        assert_eq!(stderr, expected);
    };
    refused(file);
    #[cfg(unix)]
    {
        let link = format!("{file}.link");
        std::os::unix::fs::symlink(file, &link).unwrap();
        refused(&link);
    }
    // Other commands work beside it.
    let seed = ["seed", "--users", "1", "--posts", "0", "--tags", "2", "--database-url", &database.url];
    assert_eq!(run(&seed).2, Some(0));
    assert_eq!(run(&["migrate", "status", "--database-url", &database.url]).2, Some(0));
    assert_eq!(first.ask("{ tags { id } }")["data"]["tags"].as_array().unwrap().len(), 2);
    let lock = format!("{file}-lock");
    assert!(fs::exists(&lock).unwrap());
    first.signal("TERM");
    assert_eq!(first.wait().code(), Some(0));
    assert!(!fs::exists(&lock).unwrap());

    // A server that was killed leaves the file, and no lock.
    drop(Doorway::serve(&database.url, &[]));
    assert!(fs::exists(&lock).unwrap());
    let _next = Doorway::serve(&database.url, &[]);
    refused(file);
}

#[test]
fn without_locks_a_server_warns_and_starts() {
    let database = Database::sqlite();
    fs::create_dir(format!("{}-lock", database.sqlite_file())).unwrap();
    let mut doorway = Doorway::serve(&database.url, &[]);
    doorway.wait_for_log("cannot tell whether another Doorway serves this SQLite file");
    assert_eq!(doorway.get("/readyz").0, 200);
}

/// Without the lock, another process may serve the file: nothing is written by one that may not be alone.
#[test]
fn a_server_that_has_lost_its_lock_takes_no_writes() {
    let database = Database::sqlite();
    let first = Doorway::serve(&database.url, &[]);
    assert_eq!(first.get("/readyz").0, 200);
    let lock = format!("{}-lock", database.sqlite_file());
    fs::remove_file(&lock).unwrap();
    assert_eq!(first.get("/readyz").0, 503);
    assert_eq!(first.ask(CREATE)["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE");
    let mut second = Doorway::serve(&database.url, &[]);
    assert_eq!(first.get("/readyz").0, 503);
    assert_eq!(second.get("/readyz").0, 200);
    // When the first one ends, it leaves the lock of the second.
    drop(first);
    assert!(fs::exists(&lock).unwrap());
    let (_, stderr, code) = ended(
        &doorway(&["serve", "--database-url", &database.url, "--listen", "127.0.0.1:0"]).output().unwrap(),
    );
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(second.ask(CREATE)["data"]["createTag"]["tag"]["name"], "after");
    second.signal("TERM");
    assert!(second.wait().success());
    assert!(!fs::exists(&lock).unwrap());
}
