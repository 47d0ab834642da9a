//! The schema in an axum program of your own: `POST /graphql`, and subscriptions over WebSocket at `/ws`.
//!
//! `cargo run --example embedded` serves the demo blog from memory. `DATABASE_URL` names another database, `LISTEN` the
//! address, and `RUST_LOG=doorway::sql=debug` logs each statement.

#![allow(clippy::print_stdout, reason = "the address is for the terminal")]

use async_graphql_axum::{GraphQL, GraphQLSubscription};
use axum::{Router, routing::post_service};
use doorway::{
    blog::{self, HISTORY, demo},
    db::Db,
    executor::Executor,
};
use std::{env, error::Error, io};
use tokio::net::TcpListener;
use tower_http::limit::RequestBodyLimitLayer;
use tracing_subscriber::EnvFilter;

fn app(executor: Executor) -> Router {
    Router::new()
        .route("/graphql", post_service(GraphQL::new(executor.clone())))
        .route_service("/ws", GraphQLSubscription::new(executor))
        .layer(RequestBodyLimitLayer::new(1 << 20))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_writer(io::stderr).init();
    let setting = |name, default: &str| env::var(name).unwrap_or(default.to_owned());
    let db = Db::open(&setting("DATABASE_URL", "sqlite::memory:").parse()?)?;
    db.migrations(HISTORY).up().await?;
    demo::fill(&db).await?;
    let listener = TcpListener::bind(setting("LISTEN", "127.0.0.1:8000")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(Executor::new(blog::app(), db))).await?)
}
