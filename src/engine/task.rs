//! Work that goes on while nobody polls whoever waits for it, and when the work for an event may be done.

use crate::db::Stop;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

/// When a subscription may read for an event, in the data of a request.
#[derive(Clone)]
pub struct EventTurns {
    /// Whose turn it is among the subscriptions of a connection. A response that waits to be written keeps its turn: a client that does
    /// not read has one of them wait, and not one for each of its subscriptions.
    pub turns: Arc<Semaphore>,
    /// For the responses of all connections.
    pub room: Arc<dyn Room>,
}

/// Room for the large responses that wait to be read by their clients. A response keeps what it has taken until it is written.
pub trait Room: Send + Sync {
    /// What a response of so many bytes takes of it; nothing if it is small.
    fn size(&self, bytes: usize) -> Option<u32>;

    /// Takes so much; `None` if others have it.
    fn try_take(&self, size: u32) -> Option<OwnedSemaphorePermit>;

    /// The same, once others have been read.
    fn take(&self, size: u32) -> BoxFuture<'_, Option<OwnedSemaphorePermit>>;
}

/// Runs `work` in a task of its own, which ends with this.
///
/// The streams of a connection are not polled while it writes to a client that does not read. What one of them has taken, or is
/// next in line for, others would wait for as long.
pub async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    stoppable(Stop::default(), work).await
}

/// The same for work whose statements end by `stop`, if this is dropped before they have ended. A statement of SQLite's keeps its
/// task from being dropped, and a connection's own task from noticing that the client has left.
pub(super) async fn stoppable<T: Send + 'static>(
    stop: Stop,
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    let mut task = Task { running: tokio::spawn(work), stop: Some(stop) };
    let ended = (&mut task.running).await;
    task.stop = None;
    match ended {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends.
            Err(_) => std::future::pending().await,
        },
    }
}

struct Task<T> {
    running: JoinHandle<T>,
    /// `None` when it has ended.
    stop: Option<Stop>,
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        // First, so that the error of a statement that is stopped is nobody's answer.
        self.running.abort();
        if let Some(stop) = &self.stop {
            stop.stop();
        }
    }
}
