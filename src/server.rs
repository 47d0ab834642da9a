//! HTTP: the router, and the server's life from the first connection to the last.

mod connections;
mod graphql;
mod ide;
mod media;
mod origin;
mod persisted;
mod request;
mod response;
mod sse;
mod websocket;

pub use origin::Origins;
pub use persisted::{BadDocuments, TrustedDocuments};

use crate::{db::Db, entities};
use axum::{Router, extract::State, http::StatusCode, response::Redirect, routing::get};
use persisted::Persisted;
use response::Refusal;
use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    signal,
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch},
};
use tower_http::compression::{
    CompressionLayer, CompressionLevel, Predicate,
    predicate::{NotForContentType, SizeAbove},
};

/// How long running requests may take after SIGTERM; the rest is cut off.
const DRAIN: Duration = Duration::from_secs(10);

/// How hard compression tries, for gzip and brotli alike: beyond it the time grows faster than the size shrinks.
const COMPRESSION: CompressionLevel = CompressionLevel::Precise(4);

/// The smallest body that is compressed, in bytes: what fits one packet is no faster for it.
const WORTH_COMPRESSING: u64 = 1024;

/// How long the database may take to answer a readiness probe.
const PROBE: Duration = Duration::from_secs(3);

/// What every request handler has.
#[derive(Clone)]
struct App {
    db: Db,
    schema: entities::Schema,
    options: Arc<Options>,
    persisted: Arc<Persisted>,
    /// One for each connection that may still be opened.
    places: Arc<Semaphore>,
    /// True once the server stops.
    draining: watch::Receiver<bool>,
}

/// Who may ask for what, and how much of it.
#[derive(Debug, Default)]
pub struct Options {
    /// The limits of connections that stay open.
    pub limits: Limits,
    /// The other origins whose pages may ask.
    pub origins: Origins,
    /// The documents that a request may name.
    pub trusted: Arc<TrustedDocuments>,
    /// How many seconds caches between here and the clients may give the answer to a persisted query without asking.
    pub shared_max_age: u32,
    /// Whether an operation may ask what it costs.
    pub explain: bool,
}

/// The limits of requests, and of connections that stay open for subscriptions.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections, WebSockets and server-sent events together.
    pub connections: usize,
    /// Operations that run at a time in one connection.
    pub operations: usize,
    /// How long a WebSocket may take to be initialised.
    pub init: Duration,
    /// How long the head of a request may take to arrive, and how long a connection may be idle before it.
    pub head: Duration,
    /// How long the body of a request may take to arrive.
    pub body: Duration,
    /// Between two pings of a WebSocket; one not answered until the next ends it.
    pub ping: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            operations: 100,
            init: Duration::from_secs(10),
            head: Duration::from_secs(60),
            body: Duration::from_secs(30),
            ping: Duration::from_secs(25),
        }
    }
}

impl App {
    /// And what tells it that the server stops.
    fn new(db: Db, options: Options) -> (App, watch::Sender<bool>) {
        let (stop, draining) = watch::channel(false);
        let places = Arc::new(Semaphore::new(options.limits.connections));
        let persisted = Arc::new(Persisted::new(options.trusted.clone()));
        let options = Arc::new(options);
        (App { db, schema: entities::schema(), options, persisted, places, draining }, stop)
    }

    /// A place for a connection that stays open.
    fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.places.clone().try_acquire_owned().map_err(|_| {
            let problem = "there are too many connections, try again later";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, problem)
        })
    }

    /// Ends when the server stops.
    fn drained(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut draining = self.draining.clone();
        async move {
            // Without a server that could stop, it never does.
            if draining.wait_for(|draining| *draining).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// All endpoints, over `db`.
pub fn router(db: Db) -> Router {
    custom_router(db, Options::default())
}

/// The same, with options of one's own.
pub fn custom_router(db: Db, options: Options) -> Router {
    routes(App::new(db, options).0)
}

fn routes(app: App) -> Router {
    let origins = app.options.origins.clone();
    let router = Router::new()
        .route("/", get(|| async { Redirect::temporary("/graphql") }))
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .fallback(graphql::nowhere)
        .with_state(app)
        .layer(CompressionLayer::new().quality(COMPRESSION).compress_when(
            SizeAbove::new(WORTH_COMPRESSING).and(NotForContentType::SSE).and(NotForContentType::IMAGES),
        ))
        // Its files are compressed as they are.
        .route("/ide/{file}", get(ide::asset));
    // Without a page of another origin that may ask, browsers get no word of it, and do not let any.
    if origins.are_none() { router } else { router.layer(origins.layer()) }
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
pub async fn serve(db: Db, listen: SocketAddr, options: Options) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {listen} (DOORWAY_LISTEN, --listen): {error}"))
    })?;
    let stopped = stop_signal()?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    io::stdout().flush()?;
    let (draining, deadline) = oneshot::channel();
    let Limits { connections, head, .. } = options.limits;
    let connections = u32::try_from(connections).unwrap_or(u32::MAX);
    let (app, stop) = App::new(db, options);
    let places = app.places.clone();
    let server = connections::serve(listener, routes(app), head, async move {
        stopped.await;
        tracing::info!("draining");
        stop.send_replace(true);
        let _ = draining.send(());
    });
    let ended = async {
        server.await;
        // WebSockets are no longer the server's connections: they are gone when all places are free.
        drop(places.acquire_many(connections).await);
    };
    let cut_off = async {
        // A sender that is gone without a word means that the server has ended by itself.
        if deadline.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        () = ended => {}
        () = cut_off => tracing::warn!("some requests were still running after {} s", DRAIN.as_secs()),
    }
    Ok(())
}

/// Serves `db` at a listener of one's own, for as long as the future is polled.
pub async fn serve_on(listener: TcpListener, db: Db, options: Options) {
    let head = options.limits.head;
    connections::serve(listener, custom_router(db, options), head, std::future::pending()).await;
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
