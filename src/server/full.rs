//! What clients get while all connections are busy: health checks are answered, and everything else is refused.

use super::connections::Connections;
use super::transport::{Transport, tell};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::Semaphore,
    time::{sleep, timeout},
};

/// For everything but health checks.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\n\
    Retry-After: 1\r\nConnection: close\r\nContent-Length: 108\r\n\r\n\
    {\"errors\":[{\"message\":\"too many connections: try again later\",\"extensions\":{\"code\":\"SERVICE_UNAVAILABLE\"}}]}";

/// How health checks begin, up to the end of the path.
const HEALTH: [&[u8]; 4] = [b"GET /healthz", b"GET /readyz", b"HEAD /healthz", b"HEAD /readyz"];

/// When to look again whether more of a request has come.
const AGAIN: Duration = Duration::from_millis(10);

/// How long a client may take to begin its request. Who is silent must not keep health checks from being heard.
const BEGIN: Duration = Duration::from_millis(250);

/// How many clients are listened to at a time, and how many of them have time to read that they are refused.
const LISTENED: usize = 64;
const TOLD: usize = 32;

/// Refuses clients while all connections are busy.
pub(super) struct Refusals {
    listened: Arc<Semaphore>,
    told: Arc<Semaphore>,
}

impl Default for Refusals {
    fn default() -> Refusals {
        Refusals { listened: Arc::new(Semaphore::new(LISTENED)), told: Arc::new(Semaphore::new(TOLD)) }
    }
}

impl Refusals {
    /// Refuses what the client asks, unless it is a health check, which `answer` answers. Its writes may wait for `write`. While there
    /// are few clients, each has time to ask, and to read its answer.
    pub(super) fn refuse<F: Future + Send>(
        &self,
        stream: TcpStream,
        connections: &Arc<Connections>,
        write: Duration,
        answer: impl FnOnce(Transport) -> F + Send + 'static,
    ) {
        let Ok(turn) = self.listened.clone().try_acquire_owned() else {
            drop(stream.try_write(FULL));
            return;
        };
        let (connections, told) = (connections.clone(), self.told.clone());
        tokio::spawn(async move {
            let place = if asks_for_health(&stream).await { connections.admit_beyond() } else { None };
            drop(turn);
            match (place, told.try_acquire()) {
                (Some(place), _) => drop(answer(Transport::new(stream, place, write)).await),
                (None, Ok(_turn)) => tell(stream, FULL).await,
                (None, Err(_)) => drop(stream.try_write(FULL)),
            }
        });
    }
}

async fn asks_for_health(stream: &TcpStream) -> bool {
    let mut first = [0; 16];
    let asked = async {
        loop {
            let length = stream.peek(&mut first).await.unwrap_or(0);
            let first = &first[..length];
            let rest = HEALTH.iter().find_map(|health| first.strip_prefix(*health));
            if let Some(next) = rest.and_then(<[u8]>::first) {
                return [b' ', b'?'].contains(next);
            }
            if length == 0 || !HEALTH.iter().any(|health| health.starts_with(first)) {
                return false;
            }
            // What was peeked at is there still, so that nothing says when there is more.
            sleep(AGAIN).await;
        }
    };
    timeout(BEGIN, asked).await.unwrap_or(false)
}
