//! Work that goes on while nobody polls whoever waits for it.

use tokio::task::JoinHandle;

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
