//! Work that goes on while nobody polls whoever waits for it.

use std::sync::Arc;
use tokio::{sync::Semaphore, task::JoinHandle};

/// Whose turn it is among the subscriptions of a connection to read for an event, in the data of a request. A response that waits to
/// be written keeps its turn: a client that does not read has one of them wait, and not one for each of its subscriptions.
#[derive(Debug, Clone)]
pub struct EventTurns(pub Arc<Semaphore>);

/// Runs `work` in a task of its own, which ends with this.
///
/// The streams of a connection are not polled while it writes to a client that does not read. What one of them has taken, or is
/// next in line for, others would wait for as long.
pub async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let mut task = Task(tokio::spawn(work));
    match (&mut task.0).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends.
            Err(_) => std::future::pending().await,
        },
    }
}

struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
