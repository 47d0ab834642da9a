//! Drops the tests' PostgreSQL databases, in a process of its own.
//!
//! Rust runs nothing when a test process ends, and even less when it is killed. The janitor reads from a pipe
//! that only the tests hold open, so it notices however they end, and then drops every database they created.
//! While they run, it drops the database of each test that is over: no test waits for that.

use super::database::{Database, new_prefix, on_server, server, url_of};
use std::{
    io::{Write, stdin},
    process::{Child, ChildStdin, Command, Stdio},
    sync::Mutex,
};
use tokio_postgres::NoTls;

/// The variable that tells the janitor's process how the names of its databases begin.
const PREFIX: &str = "DOORWAY_TEST_JANITOR";

/// The janitor's process, as the tests see it.
pub struct Janitor {
    process: Child,
    names: Mutex<ChildStdin>,
}

impl Janitor {
    /// Starts the janitor of the databases whose names begin with `prefix`: this program, with one test to run.
    pub fn start(prefix: &str) -> Janitor {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "support::janitor::janitor", "--include-ignored"]).env(PREFIX, prefix);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C ends a whole process group. The janitor needs one of its own.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command.spawn().unwrap();
        let names = Mutex::new(process.stdin.take().unwrap());
        Janitor { process, names }
    }

    /// Has this database dropped, without waiting for it.
    pub fn drop_database(&self, name: &str) {
        // A test that fails may be dropping its database: no second panic.
        if let Ok(mut names) = self.names.lock() {
            let _ = writeln!(names, "{name}");
        }
    }
}

/// The janitor's own process. As a test, without the variable, it does nothing.
#[tokio::test]
#[ignore = "started by the tests that need PostgreSQL"]
async fn janitor() {
    let Ok(prefix) = std::env::var(PREFIX) else { return };
    let (client, connection) = tokio_postgres::connect(&server(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let drop_database = async |name: &str| {
        client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    };
    for name in stdin().lines() {
        drop_database(&name.unwrap()).await;
    }
    // A session that a killed process has left goes on with its statement: first end it.
    let creating = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE starts_with(query, 'CREATE DATABASE ' || $1) AND pid <> pg_backend_pid()";
    client.query(creating, &[&prefix]).await.unwrap();
    let left = "SELECT datname::text FROM pg_database WHERE starts_with(datname, $1)";
    for row in client.query(left, &[&prefix]).await.unwrap() {
        drop_database(row.get(0)).await;
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/run"]
async fn no_database_outlives_its_run() {
    let prefix = new_prefix();
    let names = ["a", "b", "c"].map(|name| format!("{prefix}{name}"));
    for name in &names {
        on_server(&format!("CREATE DATABASE {name}")).await;
    }
    let other = Database::postgres().await;
    // Open sessions do not keep a database.
    let (_client, session) = tokio_postgres::connect(&url_of(&names[0]), NoTls).await.unwrap();
    let session = tokio::spawn(session);

    let Janitor { mut process, names: pipe } = Janitor::start(&prefix);
    writeln!(pipe.lock().unwrap(), "{}", names[1]).unwrap();
    // The pipe closes when the tests' process ends.
    drop(pipe);
    assert!(process.wait().unwrap().success());
    assert!(session.await.unwrap().is_err(), "the session was ended");
    for name in &names {
        assert!(tokio_postgres::connect(&url_of(name), NoTls).await.is_err(), "{name} is still there");
    }
    assert!(
        tokio_postgres::connect(&other.url, NoTls).await.is_ok(),
        "a database of another run was dropped"
    );
}
