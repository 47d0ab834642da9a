//! HTTP: the router, and the server's life from the first connection to the last.

mod graphql;

use crate::{db::Db, entities};
use axum::{Router, extract::State, http::StatusCode, response::Redirect, routing::get, serve::ListenerExt};
use std::{
    io::{self, Write},
    net::SocketAddr,
    time::Duration,
};
use tokio::{net::TcpListener, signal, sync::oneshot};

/// How long running requests may take after SIGTERM; the rest is cut off.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the database may take to answer a readiness probe.
const PROBE: Duration = Duration::from_secs(3);

/// What every request handler has.
#[derive(Clone)]
struct App {
    db: Db,
    schema: entities::Schema,
}

/// All endpoints, over `db`.
pub fn router(db: Db) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/graphql") }))
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(App { db, schema: entities::schema() })
}

/// 200 when the database answers, 503 otherwise.
async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    let problem = match tokio::time::timeout(PROBE, app.db.ping()).await {
        Ok(Ok(())) => return (StatusCode::OK, "ready\n"),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", PROBE.as_secs()),
    };
    tracing::warn!(problem, "not ready");
    (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
}

/// Serves `db` at `listen` until SIGTERM or SIGINT; then takes no new connections and gives the running
/// requests ten seconds.
///
/// # Errors
/// When the address cannot be listened on; the message names it.
pub async fn serve(db: Db, listen: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {listen} (DOORWAY_LISTEN, --listen): {error}"))
    })?;
    let stopped = stop_signal()?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    io::stdout().flush()?;
    // Small answers must not wait for Nagle's algorithm.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let (draining, deadline) = oneshot::channel();
    let server = axum::serve(listener, router(db)).with_graceful_shutdown(async move {
        stopped.await;
        tracing::info!("draining");
        let _ = draining.send(());
    });
    let cut_off = async {
        // A sender that is gone without a word means that the server has ended by itself.
        if deadline.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server => ended,
        () = cut_off => {
            tracing::warn!("some requests were still running after {} s", DRAIN.as_secs());
            Ok(())
        }
    }
}

/// Ends at the first SIGTERM or SIGINT. Both are listened for from the moment of the call, so that one
/// sent right after the readiness line is not lost.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async { drop(signal::ctrl_c().await) })
}
