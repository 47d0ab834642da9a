//! Listening: how connections are accepted, how long they may be silent, and how the server stops.
//!
//! It replaces `axum::serve`, which lets a client that sends nothing, or a header in a day, or reads nothing, keep its connection.

use super::connections::{Busy, Connections, End};
use super::full::Refusals;
use super::http::{Reader, Refusal};
use super::life::{DRAIN, Life, end_on_signal, reached};
use super::outgoing::Outgoing;
use super::router::{refuse_host, routes};
use super::shared::{Limits, Options, Shared};
use super::transport::{GOODBYE, Transport};
use super::undated::{self, while_dated};
use crate::app::App;
use crate::clock::check_http_date;
use crate::db::Db;
use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, Version, header, uri::Authority},
};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as HyperService, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use std::{
    convert::Infallible,
    io::{self, ErrorKind, Write},
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tower_service::Service;

/// Between two pings of an HTTP/2 connection; one not answered until the next ends it.
const PING: Duration = Duration::from_secs(25);

/// How long to wait when the system has no more connections to give.
const EXHAUSTED: Duration = Duration::from_secs(1);

/// How long a connection that has been idle for [`LONG_IDLE`] and has to close may take for the rest of a request that it has begun:
/// one that gets a byte now and then must make room as well.
const SHORT_GOODBYE: Duration = Duration::from_millis(20);
const LONG_IDLE: Duration = Duration::from_millis(50);

/// The most bytes that are kept of a connection of HTTP/1, read or to be written: a URL has up to 64 KiB, and its headers need
/// room.
const HTTP1_BUFFER: usize = 80 << 10;

/// The streams that a connection of HTTP/2 may have at a time, and the most bytes that each keeps to be written.
const STREAMS: u32 = 100;
const STREAM_BUFFER: usize = 64 << 10;

/// Streams that a client may have given up before they were looked at.
const RESET_STREAMS: usize = 20;

/// Serves `db` at `listen` until SIGTERM or SIGINT; then takes no new connections and gives the running
/// requests ten seconds. What still runs then is cut off, and its statements are cancelled.
///
/// # Errors
/// When the address cannot be listened on; the message names it.
pub async fn serve(app: App, db: Db, listen: SocketAddr, options: Options) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {listen} (DOORWAY_LISTEN, --listen): {error}"))
    })?;
    let address = listener.local_addr()?;
    let (shared, end) = Shared::new(app, db.clone(), options);
    let life = end.subscribe();
    end_on_signal(end)?;
    writeln!(io::stdout(), "listening on http://{address}")?;
    io::stdout().flush()?;
    let connections = Connections::new(shared.options.limits.sockets);
    tokio::select! {
        () = accept_all(listener, shared, &connections) => {}
        () = reached(life.clone(), Life::Draining) => tracing::info!("draining"),
    }
    connections.end(false);
    tokio::select! {
        () = connections.ended() => return Ok(()),
        () = reached(life.clone(), Life::Cut) => {}
    }
    tracing::warn!("some requests were still running after {} s", DRAIN.as_secs());
    connections.end(true);
    let ended = async {
        connections.ended().await;
        db.cancelled().await;
    };
    tokio::select! {
        () = ended => {}
        () = reached(life, Life::Over) => tracing::warn!("some statements may still be running"),
    }
    Ok(())
}

/// Serves `db` at a listener of one's own, for as long as the future is polled.
pub async fn serve_on(listener: TcpListener, app: App, db: Db, options: Options) {
    // The sender lives as long, so that nobody takes its end for one.
    let (shared, _end) = Shared::new(app, db, options);
    let connections = Connections::new(shared.options.limits.sockets);
    accept_all(listener, shared, &connections).await;
}

/// Serves whoever connects.
async fn accept_all(listener: TcpListener, shared: Shared, connections: &Arc<Connections>) {
    let Limits { head, write, .. } = shared.options.limits;
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HTTP1_BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(STREAMS)
        .max_send_buf_size(STREAM_BUFFER)
        .max_pending_accept_reset_streams(RESET_STREAMS);
    let router = routes(shared.clone());
    let refusals = Refusals::default();
    // Two of them are the limit.
    let mut spans = interval((write / 2).max(Duration::from_millis(1)));
    spans.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let stream = tokio::select! {
            stream = accept(&listener) => stream,
            _ = spans.tick() => {
                connections.next_span();
                continue;
            }
        };
        if let Err(wrong) = check_http_date() {
            tokio::spawn(undated::refuse(stream, wrong));
            continue;
        }
        match connections.admit().await {
            Some(place) => run(&builder, Transport::new(stream, place, write), &shared, &router),
            None => {
                let (shared, router) = (shared.clone(), router.clone());
                refusals.refuse(stream, connections, write, move |transport| {
                    run_once(transport, &shared, &router)
                });
            }
        }
    }
}

/// Serves one connection. The head of a request, also of the next one, must be there within [`Limits::head`].
fn run(builder: &auto::Builder<TokioExecutor>, transport: Transport, shared: &Shared, router: &Router) {
    let (connection, head) = (transport.connection().clone(), shared.options.limits.head);
    let service = service(shared, router, &transport);
    let served = builder.serve_connection_with_upgrades(TokioIo::new(transport), service).into_owned();
    tokio::spawn(async move {
        let mut served = pin!(served);
        // Before its first bytes have told which protocol it speaks, nothing else watches the time.
        let mut time = pin!(sleep(head));
        let mut is_timed = true;
        loop {
            tokio::select! {
                ended = while_dated(&mut served) => {
                    if let Some(Err(error)) = ended {
                        tracing::debug!(error, "a connection ended");
                    }
                    return;
                }
                () = connection.told() => match connection.end() {
                    End::Open => {}
                    End::WhenIdle => {
                        served.as_mut().graceful_shutdown();
                        let is_slow = connection.idle_for() >= LONG_IDLE;
                        time.as_mut().reset(Instant::now() + if is_slow { SHORT_GOODBYE } else { GOODBYE });
                        is_timed = true;
                    }
                    End::AtOnce => return,
                },
                () = &mut time, if is_timed => match connection.end() {
                    End::Open if connection.was_asked() => is_timed = false,
                    End::WhenIdle if !connection.is_idle() => time.as_mut().reset(Instant::now() + GOODBYE),
                    _ => return,
                },
            }
        }
    });
}

/// Answers one request.
fn run_once(transport: Transport, shared: &Shared, router: &Router) -> impl Future + Send + use<> {
    let service = service(shared, router, &transport);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(GOODBYE)
        .keep_alive(false)
        .max_buf_size(HTTP1_BUFFER);
    while_dated(builder.serve_connection(TokioIo::new(transport), service))
}

/// Answers the requests of a connection.
fn service(
    shared: &Shared,
    router: &Router,
    transport: &Transport,
) -> impl HyperService<Request<Incoming>, Response = Response<Outgoing>, Error = Infallible, Future: Send> + use<>
{
    let (shared, router, connection) = (shared.clone(), router.clone(), transport.connection().clone());
    let peer = transport.peer();
    service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let busy = Busy::new(&connection);
        let refusal = refusal(&shared, &request);
        answer(router.clone(), request, refusal, busy)
    })
}

/// Why a request is refused, for its host.
fn refusal(shared: &Shared, request: &Request<Incoming>) -> Option<Refusal> {
    if has_valid_host(request) {
        return shared.check_host(request.uri(), request.headers()).err();
    }
    Some(Refusal::new(StatusCode::BAD_REQUEST, "send exactly one valid Host header"))
}

async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    refusal: Option<Refusal>,
    busy: Busy,
) -> Result<Response<Outgoing>, Infallible> {
    let is_timed = request.version() == Version::HTTP_2;
    let request = request.map(Body::new);
    let mut response = match refusal {
        None => router.call(request).await?,
        Some(refusal) => Box::pin(refuse_host(refusal, request)).await,
    };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        busy.forever();
    }
    if let Some(reader) = response.extensions_mut().remove::<Arc<Reader>>() {
        let connection = busy.connection();
        let written = connection.clone();
        reader.watch(move || written.written(), move || connection.close());
    }
    Ok(response.map(|body| Outgoing::new(body, busy, is_timed)))
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
