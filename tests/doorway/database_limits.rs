//! What clients and operators hear when the database limits what Doorway may do.

use crate::support::{Database, Doorway, Server, doorway, ended, until};
use async_graphql::{Executor as _, Request};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use doorway::{
    blog::app,
    db::{Db, Notice, Usage},
    executor::Executor,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use tempfile::TempDir;

const RENAME: &str = r#"mutation { upsertTag(input: { name: "sql" }) { tag { name } userErrors { code } } }"#;

fn error(response: &Value) -> (&Value, &str) {
    let error = &response["errors"][0];
    (&error["extensions"]["code"], error["message"].as_str().unwrap_or_default())
}

fn assert_gave_up(response: &Value) {
    let (code, message) = error(response);
    assert_eq!(code, "SERVICE_UNAVAILABLE", "{response}");
    assert!(message.starts_with("the database gave up waiting"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_lock_that_postgres_does_not_get_in_time_makes_the_request_fail_for_now() {
    let server = Server::on_postgres().await.with_demo().await;
    let name = server.database.url.rsplit_once('/').unwrap().1.to_owned();
    server.sql(&format!("ALTER DATABASE {name} SET lock_timeout = '50ms'")).await;
    let limited = Server::on(Database::at(server.database.url.clone()));
    let mut locking = server.db.begin().await.unwrap();
    locking.run(diesel::sql_query("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")).await.unwrap();
    assert_gave_up(&limited.ask("{ tags { name } }").await);
    assert_gave_up(&limited.ask(RENAME).await);
    drop(locking);
    server.sql(&format!("ALTER DATABASE {name} RESET lock_timeout")).await;
    server.sql(&format!("ALTER DATABASE {name} SET statement_timeout = '50ms'")).await;
    let limited = Server::on(Database::at(server.database.url.clone()));
    let mut locking = server.db.begin().await.unwrap();
    locking.run(diesel::sql_query("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")).await.unwrap();
    assert_gave_up(&limited.ask("{ tags { name } }").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_file_that_another_process_holds_makes_writes_fail_for_now() {
    let server = Server::on_sqlite().await.with_demo().await;
    let file = server.database.url.strip_prefix("sqlite:").unwrap();
    let mut other = SqliteConnection::establish(file).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert_gave_up(&server.ask(RENAME).await);
    assert_eq!(server.data("{ tag(name: \"sql\") { name } }").await["tag"]["name"], "sql");
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(server.data(RENAME).await["upsertTag"]["userErrors"], json!([]));
}

/// A role of its own for a test, with its address. It may log in to the test's database.
struct Role {
    name: String,
    url: String,
    database: Database,
}

impl Role {
    async fn new(attributes: &str) -> Role {
        let database = Database::migrated_postgres().await;
        let (head, of) = database.url.rsplit_once('/').unwrap();
        let name = format!("role_{of}");
        let url = format!("postgres://{name}:secret@{}/{of}", head.rsplit_once('@').unwrap().1);
        let role = Role { name, url, database };
        role.sql(&format!("CREATE ROLE {} LOGIN PASSWORD 'secret' {attributes}", role.name)).await;
        role.sql(&format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            role.name
        ))
        .await;
        role
    }

    async fn sql(&self, sql: &str) {
        let db = Db::open(&self.database.url.parse().unwrap()).unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.run(diesel::sql_query(sql)).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn remove(self) {
        self.sql(&format!("DROP OWNED BY {}", self.name)).await;
        self.sql(&format!("DROP ROLE {}", self.name)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_role_with_few_connections_serves_many_clients() {
    let role = Role::new("CONNECTION LIMIT 3").await;
    let server = Server::on(Database::at(role.url.clone()));
    let responses = join_all((0..64).map(|_| server.ask("{ tags { name } }"))).await;
    for response in responses {
        assert_eq!(response, json!({ "data": { "tags": [] } }));
    }
    drop(server);
    role.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_role_without_rights_to_change_tables_lists_migrations_and_serves() {
    let role = Role::new("").await;
    role.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
    let (out, err, code) =
        ended(&doorway(&["migrate", "status", "--database-url", &role.url]).output().unwrap());
    assert_eq!((err.as_str(), code), ("", Some(0)));
    assert!(out.lines().count() > 3 && out.lines().all(|line| line.contains("applied")), "{out}");
    let served = Doorway::serve(&role.url, &["--no-migrate"]);
    assert_eq!(served.ask("{ tags { name } }"), json!({ "data": { "tags": [] } }));
    drop(served);
    role.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_database_in_another_encoding_is_refused_in_one_line() {
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let database = Database::postgres_encoded(encoding).await;
        let (out, err, code) = ended(&doorway(&["--database-url", &database.url]).output().unwrap());
        assert_eq!((out.as_str(), code), ("", Some(2)), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(
            err.contains(&format!("the encoding of the database is {encoding}: it must be UTF8")),
            "{err}"
        );
    }
}

#[test]
fn the_size_of_the_pool_is_a_setting() {
    for wrong in ["0", "many", "1001"] {
        let (_, err, code) =
            ended(&doorway(&["--pool-size", wrong, "--listen", "127.0.0.1:0"]).output().unwrap());
        assert_eq!(code, Some(2));
        assert!(err.contains("DOORWAY_POOL_SIZE (--pool-size): expected a number from 1 to 1000"), "{err}");
    }
}

#[test]
fn a_request_of_http_1_1_has_one_valid_host() {
    let doorway = Doorway::serve("sqlite::memory:", &[]);
    let status = |head: &str| {
        let mut connection = TcpStream::connect(doorway.address()).unwrap();
        write!(connection, "{head}Connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    for (head, expected) in [
        ("GET /healthz HTTP/1.1\r\nHost: doorway.example:8000\r\n", "200"),
        ("GET /healthz HTTP/1.1\r\nHost: [::1]:8000\r\n", "200"),
        ("GET /healthz HTTP/1.1\r\nHost:\r\n", "200"),
        ("GET /healthz HTTP/1.0\r\n", "200"),
        ("GET /healthz HTTP/1.1\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nHost: a b\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nHost: ada@a\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nHost: a/b\r\n", "400"),
    ] {
        assert_eq!(status(head), expected, "{head}");
    }
}

on_both_databases!(names_change_hands_within_one_request);

async fn names_change_hands_within_one_request(server: Server) {
    for name in ["a", "b", "c"] {
        server
            .data(&format!(r#"mutation {{ createTag(input: {{ name: "{name}" }}) {{ tag {{ id }} }} }}"#))
            .await;
    }
    let tags = server.data("{ tags { id } }").await;
    let id = |nth: usize| tags["tags"][nth]["id"].as_str().unwrap();
    let rename = async |names: &[(usize, &str)]| {
        let inputs: Vec<Value> =
            names.iter().map(|(nth, name)| json!({ "id": id(*nth), "name": name })).collect();
        let update = "mutation($inputs: [UpdateTagInput!]!) { updateTags(inputs: $inputs) {
            tags { name version } userErrors { code field } } }";
        server.post(update, json!({ "inputs": inputs })).await.json()["data"]["updateTags"].take()
    };
    // A swap, a name handed over to another tag, and a circle of three.
    let names = |value: &Value| -> Vec<String> {
        value["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect()
    };
    for (given, expected) in [
        (vec![(0, "b"), (1, "a")], vec!["b", "a"]),
        (vec![(0, "d"), (1, "b")], vec!["d", "b"]),
        (vec![(0, "b"), (1, "c"), (2, "d")], vec!["b", "c", "d"]),
    ] {
        let answer = rename(&given).await;
        assert_eq!(answer["userErrors"], json!([]), "{given:?}");
        assert_eq!(names(&answer), expected);
    }
    assert_eq!(
        server.data("{ tags { name version } }").await,
        json!({ "tags": [
        { "name": "b", "version": 4 }, { "name": "c", "version": 4 }, { "name": "d", "version": 2 },
    ] })
    );
    // A name that its tag keeps is taken, and so is one that two want.
    assert_eq!(rename(&[(0, "c")]).await["userErrors"][0]["code"], "TAKEN");
    assert_eq!(rename(&[(0, "c"), (1, "c")]).await["userErrors"][0]["code"], "DUPLICATE");
    assert_eq!(rename(&[(0, "e"), (1, "e")]).await["userErrors"][0]["code"], "DUPLICATE");
}

/// PgBouncer in front of the PostgreSQL of the tests; it ends with this.
struct PgBouncer {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts it, in a mode such as `transaction`.
    async fn start(mode: &str) -> PgBouncer {
        let database = Database::postgres().await;
        let (head, _) = database.url.rsplit_once('/').unwrap();
        let (user, address) = head.strip_prefix("postgres://").unwrap().rsplit_once('@').unwrap();
        let (host, port) = address.rsplit_once(':').unwrap();
        let user = user.split(':').next().unwrap();
        let own = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let users = folder.path().join("users");
        fs::write(&users, format!("\"{user}\" \"\"\n")).unwrap();
        let settings = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {mode}\n",
            own.port(),
            users.display()
        );
        fs::write(&settings, text).unwrap();
        let program = std::env::var("DOORWAY_TEST_PGBOUNCER").unwrap_or("pgbouncer".to_owned());
        let mut command = Command::new(program);
        // It does not run as root.
        if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            command.args(["-u", "nobody"]);
        }
        let child = command.arg(settings).stderr(Stdio::null()).spawn().unwrap();
        until(|| TcpStream::connect(own).is_ok()).await;
        PgBouncer { child, address: format!("{user}@{own}"), _folder: folder }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run"]
async fn a_pooler_serves_in_session_mode_and_is_refused_in_transaction_mode() {
    if std::env::var_os("DOORWAY_TEST_PGBOUNCER").is_none() {
        // tests/run sets it, where PgBouncer can be had.
        return;
    }
    let database = Database::postgres().await;
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let transactions = PgBouncer::start("transaction").await;
    let url = format!("postgres://{}/{name}", transactions.address);
    let (out, err, code) = ended(&doorway(&["--database-url", &url]).output().unwrap());
    assert_eq!((out.as_str(), code), ("", Some(2)), "{err}");
    assert!(err.contains("a pooler in transaction mode") && err.contains("pool_mode = session"), "{err}");
    let sessions = PgBouncer::start("session").await;
    let served = Doorway::serve(&format!("postgres://{}/{name}", sessions.address), &["--demo"]);
    assert_eq!(served.ask("{ tag(name: \"sql\") { name } }")["data"]["tag"]["name"], "sql");
    let through = Db::open(&format!("postgres://{}/{name}", sessions.address).parse().unwrap()).unwrap();
    let mut notices = through.notices().await.unwrap();
    served.ask(r#"mutation { createTag(input: { name: "heard" }) { tag { id } } }"#);
    assert!(matches!(notices.next().await, Some(Ok(Notice::Payload(text))) if text.starts_with("C.tags:")));
}

/// Reads share connections while there are any. Others get theirs all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/run"]
async fn reads_that_share_connections_leave_some_for_writes() {
    let server = Server::on_postgres().await.with_demo().await;
    for connections in [2, 4] {
        let db = Db::open_for(
            &server.database.url.parse().unwrap(),
            Usage { pool_size: connections, ..Usage::default() },
        )
        .unwrap();
        let executor = Executor::new(app(), db);
        let writing = Arc::new(AtomicBool::new(true));
        let reads = (0..100).map(|_| {
            let (executor, writing) = (executor.clone(), writing.clone());
            tokio::spawn(async move {
                let mut answers = 0;
                while writing.load(Relaxed) || answers == 0 {
                    let response =
                        executor.execute(Request::new("{ tag(name: \"sql\") { posts { title } } }")).await;
                    assert!(response.errors.is_empty(), "{:?}", response.errors);
                    answers += 1;
                }
            })
        });
        let reads: Vec<_> = reads.collect();
        for nth in 0..10 {
            let create = format!(
                "mutation {{ createTag(input: {{ name: \"tag {connections} {nth}\" }}) {{ tag {{ posts {{ id }} }} }} }}"
            );
            let response = executor.execute(Request::new(create)).await;
            assert!(response.errors.is_empty(), "{:?}", response.errors);
        }
        writing.store(false, Relaxed);
        for read in reads {
            read.await.unwrap();
        }
    }
}
