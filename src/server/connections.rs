//! Connections: how they are taken, how long they may be silent, and how they end.
//!
//! In place of `axum::serve`, which lets a client that sends nothing, or a header in a day, keep its connection.

use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use std::{io::ErrorKind, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::{sleep, timeout},
};
use tower_service::Service;

/// Between two pings of an HTTP/2 connection; one not answered until the next ends it.
const PING: Duration = Duration::from_secs(25);

/// How long to wait when the system has no more connections to give.
const EXHAUSTED: Duration = Duration::from_secs(1);

/// Serves whoever connects until `stopped`, then lets the running requests end. The head of a request, also of the
/// next one on the same connection, must be there within `head`.
pub(super) async fn serve(
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
        // Small answers must not wait for Nagle's algorithm.
        drop(stream.set_nodelay(true));
        let asked = Arc::new(Notify::new());
        let (first, router) = (asked.clone(), router.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            first.notify_one();
            router.clone().call(request.map(Body::new))
        });
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let connection = running.watch(connection.into_owned());
        tokio::spawn(async move {
            tokio::pin!(connection);
            // Before its first bytes have told which protocol it speaks, nothing else watches the time.
            tokio::select! {
                _ = &mut connection => return,
                asked = timeout(head, asked.notified()) => if asked.is_err() { return },
            }
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended");
            }
        });
    }
    drop(listener);
    running.shutdown().await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // A client that has left before its turn.
            Err(error)
                if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                sleep(EXHAUSTED).await;
            }
        }
    }
}
