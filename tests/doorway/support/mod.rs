//! What a test starts with: a database of its own, and a server for it.

mod catalogue;
mod database;
mod janitor;
mod process;
mod proxy;
mod socket;

pub use catalogue::Catalogue;
pub use database::Database;
pub use process::{Doorway, doorway, ended};
pub use proxy::Proxy;
pub use socket::{Socket, until};

use async_graphql::Value;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use doorway::{
    app::App,
    blog::{app, demo},
    db::{DatabaseUrl, Db},
    ddl,
    engine::Limits,
    execution::Bounds,
    server,
};
use http_body_util::BodyExt;
use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Makes two tests of each async function, one for each database. The function takes a [`Server`] with empty tables: the blog's,
/// or those of another application, `serving its::app();`, by its path in the crate.
macro_rules! on_both_databases {
    (serving $app:expr; $($name:ident),+ $(,)?) => {
        on_both_databases!(@
            $crate::support::Server::migrated($app, $crate::support::Database::sqlite()),
            $crate::support::Server::migrated($app, $crate::support::Database::postgres().await);
            $($name),+);
    };
    (@ $sqlite:expr, $postgres:expr; $($name:ident),+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($sqlite.await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs PostgreSQL: tests/run"]
            async fn $name() {
                super::$name($postgres.await).await;
            })+
        }
    };
    ($($name:ident),+ $(,)?) => {
        on_both_databases!(@
            $crate::support::Server::on_sqlite(),
            $crate::support::Server::on_postgres();
            $($name),+);
    };
}

/// Fails if the migrations in this folder of the project make other tables than the application declares.
pub fn assert_migrations_make_what_is_declared(folder: &str, app: &App) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let differences = ddl::differences(&folder, &ddl::declared(&app.shapes())).unwrap();
    assert_eq!(differences, Vec::<String>::new(), "run `doorway migrate generate NAME`");
}

/// A server with a database of its own, which is called without a socket.
pub struct Server {
    pub app: App,
    pub db: Db,
    pub database: Database,
    router: Router,
    statements: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn on_sqlite() -> Server {
        Server::on(Database::migrated_sqlite().await)
    }

    pub async fn on_postgres() -> Server {
        Server::on(Database::migrated_postgres().await)
    }

    pub fn on(database: Database) -> Server {
        Server::serving(app(), database)
    }

    /// Serves another application than the blog, whose migrations are applied first.
    pub async fn migrated(app: App, database: Database) -> Server {
        let history = app.history();
        let server = Server::serving(app, database);
        server.db.migrations(history).up().await.unwrap();
        server.take_statements();
        server
    }

    /// Serves another application than the blog.
    pub fn serving(app: App, database: Database) -> Server {
        let url: DatabaseUrl = database.url.parse().unwrap();
        let statements = Arc::new(Mutex::new(Vec::new()));
        let log = statements.clone();
        let observer = move |sql: &str| {
            if !["BEGIN", "COMMIT", "ROLLBACK", "SELECT 1"].iter().any(|word| sql.starts_with(word)) {
                log.lock().unwrap().push(sql.to_owned());
            }
        };
        let db = Db::open_observed(&url, observer).unwrap();
        Server { router: server::router(app.clone(), db.clone()), app, db, database, statements }
    }

    /// Listens on a free port until the test ends.
    pub async fn listen(&self, limits: server::Limits) -> SocketAddr {
        self.listen_with(server::Options { limits, ..server::Options::default() }).await
    }

    /// The same with these options.
    pub async fn listen_with(&self, options: server::Options) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(server::serve_on(listener, self.app.clone(), self.db.clone(), options));
        address
    }

    /// A server with other options for the same database.
    pub fn with_options(mut self, options: server::Options) -> Server {
        self.router = server::custom_router(self.app.clone(), self.db.clone(), options);
        self
    }

    /// A server whose operations may cost this much.
    pub fn with_cost(self, cost: u64) -> Server {
        let bounds = Bounds::new(Limits { cost, ..Limits::default() }, 16);
        self.with_options(server::Options { bounds, ..server::Options::default() })
    }

    /// The same for operations whose cost is not what is tested.
    pub fn with_any_cost(self) -> Server {
        self.with_cost(u64::MAX)
    }

    /// Fills the tables with the demo blog.
    pub async fn with_demo(self) -> Server {
        assert!(demo::fill(&self.db).await.unwrap());
        self
    }

    pub fn is_postgres(&self) -> bool {
        self.db.is_postgres()
    }

    /// The SQL statements since the last call, without those of transactions.
    pub fn take_statements(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.lock().unwrap())
    }

    /// Sends a request and returns status, headers and body.
    pub async fn fetch(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        (head.status, head.headers, body.collect().await.unwrap().to_bytes().into())
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (status, headers, body) = self.fetch(request).await;
        let text = String::from_utf8(body).unwrap();
        let header = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        Answer {
            status,
            content_type: header(header::CONTENT_TYPE).unwrap_or_default(),
            allow: header(header::ALLOW),
            headers,
            text,
        }
    }

    /// Posts JSON to the endpoint.
    pub async fn post_json(&self, body: serde_json::Value) -> Answer {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    /// Posts an operation with its variables, a JSON object.
    pub async fn post(&self, query: &str, variables: serde_json::Value) -> Answer {
        self.post_json(serde_json::json!({ "query": query, "variables": variables })).await
    }

    /// The response to an operation, which may fail.
    pub async fn ask(&self, query: &str) -> serde_json::Value {
        self.post(query, serde_json::json!({})).await.json()
    }

    /// The data of an operation that must succeed.
    pub async fn data(&self, query: &str) -> serde_json::Value {
        let mut response = self.ask(query).await;
        assert!(response.get("errors").is_none(), "{query}\n{response}");
        response["data"].take()
    }

    /// The id of the row that this root field finds.
    pub async fn id(&self, field: &str) -> String {
        let data = self.data(&format!("{{ it: {field} {{ id }} }}")).await;
        data["it"]["id"].as_str().unwrap_or_else(|| panic!("{field}")).to_owned()
    }

    /// Runs SQL that both databases understand, in a transaction.
    pub async fn sql(&self, sql: &str) {
        let mut tx = self.db.begin().await.unwrap();
        tx.run(diesel::sql_query(sql)).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// An HTTP response.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub content_type: String,
    pub allow: Option<String>,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// A header, or empty text without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The body on several lines, its fields in their original order.
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(&self.text).unwrap()).unwrap() + "\n"
    }
}
