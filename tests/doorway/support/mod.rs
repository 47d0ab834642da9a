//! What every test begins with: a database of its own, and a server over it.

mod database;
mod janitor;
mod process;
mod proxy;
mod socket;

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
    db::{DatabaseUrl, Db},
    demo, server,
};
use http_body_util::BodyExt;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Makes each of the async functions, which take a [`Server`] with empty tables, a test on each database.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::Server::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs PostgreSQL: tests/run"]
            async fn $name() {
                super::$name($crate::support::Server::on_postgres().await).await;
            })+
        }
    };
}

/// A server over a database of its own, called without a socket.
pub struct Server {
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
        let url: DatabaseUrl = database.url.parse().unwrap();
        let statements = Arc::new(Mutex::new(Vec::new()));
        let log = statements.clone();
        let observer = move |sql: &str| {
            if !["BEGIN", "COMMIT", "ROLLBACK", "SELECT 1"].iter().any(|word| sql.starts_with(word)) {
                log.lock().unwrap().push(sql.to_owned());
            }
        };
        let db = Db::open_observed(&url, observer).unwrap();
        Server { router: server::router(db.clone()), db, database, statements }
    }

    /// Listens at an address of its own, until the test ends.
    pub async fn listen(&self, limits: server::Limits) -> SocketAddr {
        self.listen_with(server::Options { limits, ..server::Options::default() }).await
    }

    /// The same with these options.
    pub async fn listen_with(&self, options: server::Options) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(server::serve_on(listener, self.db.clone(), options));
        address
    }

    /// The same database behind a server with other options.
    pub fn with_options(mut self, options: server::Options) -> Server {
        self.router = server::custom_router(self.db.clone(), options);
        self
    }

    /// With the demo blog in its tables.
    pub async fn with_demo(self) -> Server {
        assert!(demo::fill(&self.db).await.unwrap());
        self
    }

    pub fn is_postgres(&self) -> bool {
        self.db.is_postgres()
    }

    /// The statements since the last call.
    pub fn take_statements(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.lock().unwrap())
    }

    /// A response with all of its headers, whatever its body is.
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

    /// Posts a body of JSON.
    pub async fn post_json(&self, body: serde_json::Value) -> Answer {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    /// Posts a request as a client does; its variables are a JSON object.
    pub async fn post(&self, query: &str, variables: serde_json::Value) -> Answer {
        self.post_json(serde_json::json!({ "query": query, "variables": variables })).await
    }

    /// The response to a query, whatever it is.
    pub async fn ask(&self, query: &str) -> serde_json::Value {
        self.post(query, serde_json::json!({})).await.json()
    }

    /// The data of a query that must succeed.
    pub async fn data(&self, query: &str) -> serde_json::Value {
        let mut response = self.ask(query).await;
        assert!(response.get("errors").is_none(), "{query}\n{response}");
        response["data"].take()
    }

    /// Runs SQL that both databases understand.
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
    /// A header, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The body over several lines, its fields in the order they came in.
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(&self.text).unwrap()).unwrap() + "\n"
    }
}
