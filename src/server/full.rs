//! What clients get while all connections are busy: health checks are answered, and everything else is refused.

use super::connections::Connections;
use super::transport::{GOODBYE, Transport, tell};
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

/// How health checks begin.
const HEALTH: [&[u8]; 4] = [b"GET /healthz ", b"GET /readyz ", b"HEAD /healthz ", b"HEAD /readyz "];

/// When to look again whether more of a request has come.
const AGAIN: Duration = Duration::from_millis(10);

/// How many clients are listened to at a time.
const REFUSALS: usize = 32;

/// Refuses clients while all connections are busy.
pub(super) struct Refusals(Arc<Semaphore>);

impl Default for Refusals {
    fn default() -> Refusals {
        Refusals(Arc::new(Semaphore::new(REFUSALS)))
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
        let Ok(turn) = self.0.clone().try_acquire_owned() else {
            drop(stream.try_write(FULL));
            return;
        };
        let connections = connections.clone();
        tokio::spawn(async move {
            let place = if asks_for_health(&stream).await { connections.admit_beyond() } else { None };
            match place {
                Some(place) => drop(answer(Transport::new(stream, place, write)).await),
                None => tell(stream, FULL).await,
            }
            drop(turn);
        });
    }
}

async fn asks_for_health(stream: &TcpStream) -> bool {
    let mut first = [0; 16];
    let asked = async {
        loop {
            let length = stream.peek(&mut first).await.unwrap_or(0);
            let first = &first[..length];
            if HEALTH.iter().any(|health| first.starts_with(health)) {
                return true;
            }
            if length == 0 || !HEALTH.iter().any(|health| health.starts_with(first)) {
                return false;
            }
            // What was peeked at is there still, so that nothing says when there is more.
            sleep(AGAIN).await;
        }
    };
    timeout(GOODBYE, asked).await.unwrap_or(false)
}
