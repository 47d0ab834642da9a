//! Listening: how connections are accepted, how long they may be silent, and how the server stops.
//!
//! In place of `axum::serve`, which lets a client that sends nothing, or a header in a day, keep its connection.

use super::app::{App, Limits, Options};
use super::http::{Accept, Refusal};
use super::router::{custom_router, routes};
use super::undated::{refuse, while_dated};
use crate::clock::check_http_date;
use crate::db::Db;
use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, StatusCode, Version, header, uri::Authority},
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use std::{
    io::{self, ErrorKind, Write},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    signal,
    sync::{Notify, oneshot},
    time::{sleep, timeout},
};
use tower_service::Service;

/// How long running requests may take after SIGTERM; the rest is cut off.
const DRAIN: Duration = Duration::from_secs(10);

/// Between two pings of an HTTP/2 connection; one not answered until the next ends it.
const PING: Duration = Duration::from_secs(25);

/// How long to wait when the system has no more connections to give.
const EXHAUSTED: Duration = Duration::from_secs(1);

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
    let slots = app.slots.clone();
    let server = accept_until(listener, routes(app), head, async move {
        stopped.await;
        tracing::info!("draining");
        stop.send_replace(true);
        let _ = draining.send(());
    });
    let ended = async {
        server.await;
        // WebSockets are no longer the server's connections: they are gone when all slots are free.
        drop(slots.acquire_many(connections).await);
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
    accept_until(listener, custom_router(db, options), head, std::future::pending()).await;
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

/// Serves whoever connects until `stopped`, then lets the running requests end. The head of a request, also of the
/// next one on the same connection, must be there within `head`.
async fn accept_until(
    listener: TcpListener,
    router: Router,
    head: Duration,
    stopped: impl Future<Output = ()>,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PING);
    let running = GracefulShutdown::new();
    tokio::pin!(stopped);
    loop {
        let stream = tokio::select! {
            stream = accept(&listener) => stream,
            () = &mut stopped => break,
        };
        if let Err(wrong) = check_http_date() {
            tokio::spawn(refuse(stream, wrong));
            continue;
        }
        // Small answers must not wait for Nagle's algorithm.
        drop(stream.set_nodelay(true));
        let asked = Arc::new(Notify::new());
        let (first, router) = (asked.clone(), router.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            first.notify_one();
            let mut router = router.clone();
            async move {
                if has_valid_host(&request) {
                    return router.call(request.map(Body::new)).await;
                }
                let refusal = Refusal::new(StatusCode::BAD_REQUEST, "send exactly one valid Host header");
                Ok(refusal.answer(&Accept::of(request.headers())))
            }
        });
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let connection = while_dated(running.watch(connection.into_owned()));
        tokio::spawn(async move {
            tokio::pin!(connection);
            // Before its first bytes have told which protocol it speaks, nothing else watches the time.
            tokio::select! {
                _ = &mut connection => return,
                asked = timeout(head, asked.notified()) => if asked.is_err() { return },
            }
            if let Some(Err(error)) = connection.await {
                tracing::debug!(error, "a connection ended");
            }
        });
    }
    drop(listener);
    running.shutdown().await;
}

/// Whether an HTTP/1.1 request has one `Host`, and a valid one (RFC 9112, section 3.2). HTTP/2 has `:authority` for it.
fn has_valid_host(request: &Request<Incoming>) -> bool {
    if request.version() != Version::HTTP_11 {
        return true;
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let valid = |host: &HeaderValue| {
        host.is_empty() || (!host.as_bytes().contains(&b'@') && Authority::try_from(host.as_bytes()).is_ok())
    };
    hosts.next().is_some_and(valid) && hosts.next().is_none()
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // A client that has left before its turn.
            Err(error)
                if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept a connection");
                sleep(EXHAUSTED).await;
            }
        }
    }
}
