//! A database for each test.
//!
//! Migrations run once for each database system: a test gets a copy of the migrated database, the *template*.
//! Tests of migrations, and of the binary, start with an empty database instead.

use super::janitor::Janitor;
use doorway::blog::HISTORY;
use doorway::db::{Db, Id};
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The variable that holds the address of a PostgreSQL server on which tests may create databases.
pub const POSTGRES: &str = "DOORWAY_TEST_POSTGRES";

/// A database that no other test uses. It is deleted when this value is dropped.
pub struct Database {
    pub url: String,
    _folder: Option<TempDir>,
    /// Its name on PostgreSQL.
    name: Option<String>,
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            run().janitor.drop_database(name);
        }
    }
}

impl Database {
    /// An empty SQLite database.
    pub fn sqlite() -> Database {
        let folder = tempfile::tempdir().unwrap();
        Database {
            url: format!("sqlite:{}", folder.path().join("test.db").display()),
            _folder: Some(folder),
            name: None,
        }
    }

    /// A SQLite database with all tables and no rows.
    pub async fn migrated_sqlite() -> Database {
        static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(async || {
            let database = Database::sqlite();
            migrate(&database.url).await;
            std::fs::read(database.sqlite_file()).unwrap()
        });
        let database = Database::sqlite();
        std::fs::write(database.sqlite_file(), template.await).unwrap();
        database
    }

    /// The path of a SQLite database.
    pub fn sqlite_file(&self) -> &str {
        self.url.strip_prefix("sqlite:").unwrap()
    }

    /// An empty PostgreSQL database.
    pub async fn postgres() -> Database {
        let name = run().new_name();
        on_server(&format!("CREATE DATABASE {name}")).await;
        Database { url: url_of(&name), _folder: None, name: Some(name) }
    }

    /// An empty PostgreSQL database in this encoding.
    pub async fn postgres_encoded(encoding: &str) -> Database {
        let name = run().new_name();
        let locale = "LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
        on_server(&format!("CREATE DATABASE {name} ENCODING '{encoding}' {locale}")).await;
        Database { url: url_of(&name), _folder: None, name: Some(name) }
    }

    /// A PostgreSQL database with all tables and no rows.
    pub async fn migrated_postgres() -> Database {
        let template = run().template.get_or_init(async || {
            let name = run().new_name();
            on_server(&format!("CREATE DATABASE {name}")).await;
            migrate(&url_of(&name)).await;
            name
        });
        let template = template.await;
        let name = run().new_name();
        on_server(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Database { url: url_of(&name), _folder: None, name: Some(name) }
    }

    /// A database that belongs to somebody else, who deletes it.
    pub fn at(url: String) -> Database {
        Database { url, _folder: None, name: None }
    }
}

/// Applies all migrations, and closes the database again: a template must not be in use.
async fn migrate(url: &str) {
    Db::open(&url.parse().unwrap()).unwrap().migrations(HISTORY).up().await.unwrap();
}

/// The PostgreSQL databases that this process creates: their names begin alike.
struct Run {
    prefix: String,
    created: AtomicUsize,
    template: OnceCell<String>,
    janitor: Janitor,
}

fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let prefix = new_prefix();
        let janitor = Janitor::start(&prefix);
        Run { prefix, created: AtomicUsize::new(0), template: OnceCell::new(), janitor }
    })
}

impl Run {
    fn new_name(&self) -> String {
        format!("{}{}", self.prefix, self.created.fetch_add(1, Ordering::Relaxed))
    }
}

/// How the names of one run's databases begin.
pub fn new_prefix() -> String {
    format!("doorway_{}_", Id::new().to_string().replace('-', ""))
}

/// The URL of the PostgreSQL server.
pub fn server() -> String {
    std::env::var(POSTGRES).unwrap_or_else(|_| panic!("{POSTGRES} is not set: use tests/run"))
}

/// The URL of a database on that server.
pub fn url_of(name: &str) -> String {
    let server = server();
    let (address, _) = server.rsplit_once('/').unwrap();
    format!("{address}/{name}")
}

/// Runs one statement on the server, outside of any test's database.
pub async fn on_server(sql: &str) {
    let (client, connection) = tokio_postgres::connect(&server(), tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}
