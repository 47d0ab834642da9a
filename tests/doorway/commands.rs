//! The binary: commands, settings, and how it stops.

use crate::support::{Database, Doorway, doorway, ended};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

fn run(arguments: &[&str]) -> (String, String, Option<i32>) {
    ended(&doorway(arguments).output().unwrap())
}

#[test]
fn serve_with_demo_fills_an_empty_database() {
    let database = Database::sqlite();
    let doorway = Doorway::serve(&database.url, &["--demo"]);
    assert_eq!(doorway.get("/healthz").0, 200);
    assert_eq!(doorway.get("/readyz").0, 200);
    let (status, page) =
        doorway.get("/graphql?query=%7Btag(name%3A%22sql%22)%7Bposts%7Bauthor%7Busername%7D%7D%7D%7D");
    assert_eq!(status, 200);
    assert_eq!(
        page,
        r#"{"data":{"tag":{"posts":[{"author":{"username":"tomas-novak"}},{"author":{"username":"ada-moreno"}},{"author":{"username":"lena-fischer"}}]}}}"#
    );
    // The next server on the same file does not fill it again.
    drop(doorway);
    let second = Doorway::serve(&database.url, &["--demo"]);
    assert_eq!(second.ask("{ blogPosts { id } }")["data"]["blogPosts"].as_array().unwrap().len(), 9);
}

#[test]
fn serve_works_with_a_database_in_memory() {
    let doorway = Doorway::serve("sqlite::memory:", &["--demo"]);
    assert_eq!(
        doorway.ask("{ users { blogPosts { title } } }")["data"]["users"].as_array().unwrap().len(),
        4
    );
}

#[test]
fn signals_stop_the_server_with_exit_code_0() {
    for signal in ["TERM", "INT"] {
        let mut doorway = Doorway::serve("sqlite::memory:", &[]);
        doorway.signal(signal);
        assert_eq!(doorway.wait().code(), Some(0), "{signal}");
    }
}

#[test]
fn shutdown_waits_for_running_requests() {
    let mut doorway = Doorway::serve("sqlite::memory:", &["--demo"]);
    let body = r#"{"query":"{ tags(limit: 1) { name } }"}"#;
    let mut connection = TcpStream::connect(doorway.address()).unwrap();
    let head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue";
    write!(connection, "{head}\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
    // `100 Continue` comes when the server reads the body: the request is running.
    let mut proceed = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    connection.read_exact(&mut proceed).unwrap();
    assert!(proceed.starts_with(b"HTTP/1.1 100"));
    doorway.signal("TERM");
    doorway.wait_for_log("draining");
    connection.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with(r#"{"data":{"tags":[{"name":"announcements"}]}}"#), "{answer}");
    assert_eq!(doorway.wait().code(), Some(0));
    assert!(TcpStream::connect(doorway.address()).is_err());
}

/// One client never finishes its request.
#[test]
fn shutdown_waits_ten_seconds_at_most() {
    let mut doorway = Doorway::serve("sqlite::memory:", &[]);
    let mut connection = TcpStream::connect(doorway.address()).unwrap();
    let head =
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue";
    write!(connection, "{head}\r\nContent-Length: 100\r\n\r\n").unwrap();
    let mut proceed = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    connection.read_exact(&mut proceed).unwrap();
    doorway.signal("TERM");
    doorway.wait_for_log("draining");
    doorway.wait_for_log("still running after 10 s");
    assert_eq!(doorway.wait().code(), Some(0));
}

#[test]
fn bad_settings_print_one_line_and_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let inside = |name: &str| folder.path().join(name).display().to_string();
    fs::write(
        inside("text.db"),
        "this is no database, and long enough for SQLite to see that it is none\n".repeat(20),
    )
    .unwrap();
    drop(Doorway::serve(&format!("sqlite:{}", inside("closed.db")), &[]));
    for (arguments, words) in [
        (
            vec!["--database-url", "mysql://root:secret@localhost/blog"],
            "DATABASE_URL (--database-url): expected sqlite:",
        ),
        (
            vec!["--database-url", "postgres://ada:secret@host:port/blog"],
            "DATABASE_URL (--database-url): not a PostgreSQL address",
        ),
        (vec!["--database-url", &format!("sqlite:{}", inside("no/such/folder.db"))], "there is no folder"),
        (vec!["--database-url", &format!("sqlite:{}", inside(""))], "it is a folder"),
        (vec!["--database-url", &format!("sqlite:{}", inside("text.db"))], "not a database"),
        (vec!["--database-url", &format!("sqlite:file:{}?mode=ro", inside("closed.db"))], "readonly"),
        (vec!["--database-url", "postgres://"], "DATABASE_URL (--database-url): not a PostgreSQL address"),
        (vec!["--database-url", "sqlite:a.db?mode=rwc"], "without parameters"),
        (vec!["migrate"], "a subcommand is missing"),
        (vec!["--listen", "8000"], "DOORWAY_LISTEN (--listen): expected ADDRESS:PORT"),
        (vec!["--log", "doorway=loudly"], "DOORWAY_LOG (--log)"),
        (
            vec!["--max-cost", "0"],
            "DOORWAY_MAX_COST (--max-cost): expected a number from 1 to 1000000000, not \"0\"",
        ),
        (
            vec!["--max-response", "64MB"],
            "DOORWAY_MAX_RESPONSE (--max-response): expected a number from 1 to 1024",
        ),
        (
            vec!["--max-cost", "-1"],
            "DOORWAY_MAX_COST (--max-cost): expected a number from 1 to 1000000000, not \"-1\"",
        ),
        (vec!["--allowed-hosts", " ,,"], "DOORWAY_ALLOWED_HOSTS (--allowed-hosts): expected names such as"),
        (vec!["--time-limit=-1"], "DOORWAY_TIME_LIMIT (--time-limit): expected a number from 1 to 3600"),
        (vec!["--max-depth", "101"], "DOORWAY_MAX_DEPTH (--max-depth): expected a number from 1 to 100"),
        (vec!["--colour"], "unexpected argument '--colour'"),
        (vec!["dance"], "unrecognized subcommand 'dance'"),
        (vec!["import"], "<DIR>"),
        (vec!["seed", "--users", "many", "--posts", "1", "--tags", "1"], "invalid value 'many' for '--users"),
    ] {
        let (stdout, stderr, code) = run(&arguments);
        assert_eq!((stdout.as_str(), code), ("", Some(2)), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("doorway: ") && stderr.contains(words), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("secret"), "a password was printed: {stderr}");
    }
}

#[test]
fn settings_can_come_from_the_environment() {
    let output = doorway(&["migrate", "status"]).env("DATABASE_URL", "sqlite::memory:").output().unwrap();
    let (stdout, _, code) = ended(&output);
    assert_eq!(code, Some(0));
    assert!(stdout.starts_with("pending 0000_doorway\npending 0001_users\n"), "{stdout}");
    let output = doorway(&["serve"])
        .env("DATABASE_URL", "sqlite::memory:")
        .env("DOORWAY_LISTEN", "x")
        .output()
        .unwrap();
    assert_eq!(ended(&output).2, Some(2));
    let (help, _, _) = run(&["--help"]);
    for name in ["DATABASE_URL", "DOORWAY_LISTEN", "DOORWAY_LOG"] {
        assert!(help.contains(&format!("[env: {name}")), "{help}");
    }
}

#[test]
fn an_address_in_use_is_reported() {
    let first = Doorway::serve("sqlite::memory:", &[]);
    let (_, stderr, code) = run(&["--database-url", "sqlite::memory:", "--listen", first.address()]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.lines().last().unwrap().starts_with(&format!("doorway: cannot listen on {}", first.address())),
        "{stderr}"
    );
}

#[test]
fn migrate_applies_and_reverts() {
    let database = Database::sqlite();
    let migrate = |step: &str| run(&["migrate", step, "--database-url", &database.url]).0;
    let all = migrate("status");
    assert!(all.lines().all(|line| line.starts_with("pending ")), "{all}");
    assert!(all.starts_with("pending 0000_doorway\npending 0001_users\n"), "{all}");
    let refused = |pending: usize| {
        let (_, stderr, code) = run(&["serve", "--no-migrate", "--database-url", &database.url]);
        assert_eq!(code, Some(1));
        assert!(
            stderr.contains(&format!("doorway: pending migrations: {pending} (run `doorway migrate up`")),
            "{stderr}"
        );
    };
    refused(all.lines().count());
    assert_eq!(migrate("up"), all.replace("pending ", "applied "));
    assert_eq!(migrate("up"), "nothing to apply\n");
    let last = all.lines().last().unwrap();
    assert_eq!(migrate("down").trim_end(), last);
    refused(1);
    assert_eq!(migrate("status").lines().last(), Some(last));
    // With rows, it wants to be told; there is no terminal to ask on.
    assert_eq!(migrate("up").lines().count(), 1);
    let seed = ["seed", "--users", "1", "--posts", "0", "--tags", "0", "--database-url", &database.url];
    assert_eq!(run(&seed).2, Some(0));
    let (stdout, stderr, code) = run(&["migrate", "down", "--database-url", &database.url]);
    assert_eq!((stdout.as_str(), code), ("", Some(1)));
    assert!(stderr.ends_with("repeat with --yes to revert anyway\n"), "{stderr}");
    let (stdout, _, code) = run(&["migrate", "down", "--yes", "--database-url", &database.url]);
    assert_eq!((stdout.trim_end(), code), (last, Some(0)));
}

#[test]
fn schema_prints_the_committed_schema() {
    let (stdout, _, code) = run(&["schema"]);
    assert_eq!(code, Some(0));
    let committed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql")).unwrap();
    assert!(stdout == committed, "run `doorway schema > schema.graphql` and read the difference");
}

const EVERYTHING: &str =
    "{ users(limit: 1000) { id username createdAt profile { id displayName bio websiteUrl } }
    blogPosts(limit: 1000) { id title content publishedAt author { id } tags { id name } } }";

fn seeded(database: &Database, seed: &str) -> serde_json::Value {
    let arguments = ["seed", "--users", "7", "--posts", "40", "--tags", "5", "--seed", seed];
    let (stdout, stderr, code) = run(&[&arguments[..], &["--database-url", &database.url]].concat());
    assert_eq!((stdout.as_str(), code), ("seeded 7 users, 40 posts, 5 tags\n", Some(0)), "{stderr}");
    let data = Doorway::serve(&database.url, &[]).ask(EVERYTHING);
    assert_eq!(data["data"]["users"].as_array().unwrap().len(), 7);
    assert_eq!(data["data"]["blogPosts"].as_array().unwrap().len(), 40);
    data
}

#[test]
fn seed_is_reproducible_and_needs_an_empty_database() {
    let database = Database::sqlite();
    let rows = seeded(&database, "3");
    assert_eq!(rows, seeded(&Database::sqlite(), "3"));
    assert_ne!(rows, seeded(&Database::sqlite(), "4"));
    let (_, stderr, code) =
        run(&["seed", "--users", "1", "--posts", "0", "--tags", "0", "--database-url", &database.url]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.ends_with("doorway: the database is not empty: seed fills an empty one only\n"),
        "{stderr}"
    );
    let (_, stderr, code) =
        run(&["seed", "--users", "0", "--posts", "1", "--tags", "0", "--database-url", "sqlite::memory:"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("--posts needs at least one user"), "{stderr}");
}

/// What is written today must be newest, however many rows were seeded.
#[test]
fn seeded_posts_end_at_a_fixed_moment() {
    let newest = "{ blogPosts(limit: 1) { createdAt } oldest: blogPosts(limit: 1, orderBy: { createdAt: ASC }) { createdAt } }";
    for (posts, oldest) in
        [("1", "2025-01-01T00:00:00"), ("100", "2024-12-27T21:00:00"), ("100000", "2015-01-01T00:")]
    {
        let database = Database::sqlite();
        let arguments =
            ["seed", "--users", "1", "--posts", posts, "--tags", "0", "--database-url", &database.url];
        assert_eq!(run(&arguments).2, Some(0));
        let data = &Doorway::serve(&database.url, &[]).ask(newest)["data"];
        assert_eq!(data["blogPosts"][0]["createdAt"], "2025-01-01T00:00:00.000000Z", "{posts}");
        let first = data["oldest"][0]["createdAt"].as_str().unwrap();
        assert!(first.starts_with(oldest), "{posts}: {first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn seed_gives_the_same_rows_on_both_databases() {
    let postgres = Database::postgres().await;
    let check = move || assert_eq!(seeded(&postgres, "3"), seeded(&Database::sqlite(), "3"));
    tokio::task::spawn_blocking(check).await.unwrap();
}
