//! The router: every path, and what it leads to.

use super::http::{Accept, Refusal, drain};
use super::shared::{Options, Shared};
use super::{graphql, ide};
use crate::app::App;
use crate::db::{Db, DbError};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{Redirect, Response},
    routing::get,
};
use std::time::Duration;

/// How long the database may take to answer a readiness probe.
const PROBE: Duration = Duration::from_secs(3);

/// All endpoints, over `db`.
pub fn router(app: App, db: Db) -> Router {
    custom_router(app, db, Options::default())
}

/// The same, with options of one's own.
pub fn custom_router(app: App, db: Db, options: Options) -> Router {
    let (shared, _) = Shared::new(app, db, options);
    routes(shared.clone()).layer(from_fn_with_state(shared, check_host))
}

async fn check_host(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match shared.check_host(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refuse_host(refusal, request).await,
    }
}

/// Answers a request for another host.
pub(super) async fn refuse_host(refusal: Refusal, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    drain(&head.headers, body).await;
    refusal.answer(&Accept::of(&head.headers))
}

/// The same without a look at the host, which our own server has done before. As a layer it costs a box for each request.
pub(super) fn routes(shared: Shared) -> Router {
    let origins = shared.options.origins.clone();
    let router = Router::new()
        .route("/", get(|| async { Redirect::temporary("/graphql") }))
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::method_not_allowed))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .fallback(graphql::not_found)
        .with_state(shared)
        // Its files are compressed as they are.
        .route("/ide/{file}", get(ide::asset));
    // Without a page of another origin that may ask, browsers get no word of it, and do not let any.
    if origins.is_empty() { router } else { router.layer(origins.layer()) }
}

/// 200 when operations can be served, 503 and what is wrong otherwise. Without the database's words, and without paths.
async fn ready(State(shared): State<Shared>) -> (StatusCode, String) {
    let problem = match tokio::time::timeout(PROBE, shared.executor.db().check()).await {
        Ok(Ok(())) => return (StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(error)) => Ok(error),
        Err(_) => Err(format!("no answer within {} s", PROBE.as_secs())),
    };
    let told = match &problem {
        Ok(DbError::DiskFull(_)) => "the disk is full".to_owned(),
        Ok(DbError::DiskFailed(_)) => "the disk fails".to_owned(),
        Ok(DbError::Damaged(_)) => "the SQLite file is damaged: restore a back-up".to_owned(),
        Ok(DbError::Replaced(_)) => "the SQLite file was deleted or replaced: restart Doorway".to_owned(),
        Ok(DbError::WrongClock(wrong)) => wrong.to_string(),
        _ => "the database does not answer".to_owned(),
    };
    let problem = problem.map_or_else(|text| text, |error| error.to_string());
    tracing::warn!(problem, "not ready");
    (StatusCode::SERVICE_UNAVAILABLE, told + "\n")
}
