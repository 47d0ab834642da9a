//! Work that goes on while nobody polls whoever waits for it.

use crate::db::Stop;
use tokio::task::JoinHandle;

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
