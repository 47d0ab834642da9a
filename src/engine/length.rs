//! Where long documents are read, and long responses are written.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, SemaphorePermit},
    task::block_in_place,
    time::timeout,
};

/// From so many bytes on, a request may take milliseconds to be read: a JSON value needs two of them, an argument three.
const LONG_REQUEST: usize = 4 << 10;

/// So many bytes are written where they are asked for: that takes a millisecond. More would keep the other tasks of the thread waiting.
const SHORT: usize = 1 << 20;

/// As much long work is done at a time as slow statements run on SQLite: more would take the processors from short ones.
static LONG: Semaphore = Semaphore::const_new(2);

/// The requests that wait for a turn, and the most that may.
static WAITING: AtomicUsize = AtomicUsize::new(0);
const MOST_WAITING: usize = 1024;

/// What `write` makes of up to `most` bytes; it also says whether there would have been more. Where it is long, `write` runs twice,
/// the second time after the thread's other tasks were handed over.
pub(super) async fn at_length<R>(most: usize, write: impl Fn(usize) -> (R, bool)) -> R {
    let (written, is_over) = write(most.min(SHORT));
    if !is_over || most <= SHORT {
        return written;
    }
    drop(written);
    let _turn = Box::pin(LONG.acquire()).await;
    in_place(|| write(most)).0
}

/// Whether a request of so many bytes may take long to be read.
pub fn is_long(request: usize) -> bool {
    request >= LONG_REQUEST
}

/// A turn to read a request, from its JSON to its plan, until this is dropped. Each takes memory that nobody counts: 70 MB for a
/// megabyte of numbers.
pub type Turn = SemaphorePermit<'static>;

/// Waits for a turn to read a request that may take long.
pub async fn turn() -> Option<Turn> {
    LONG.acquire().await.ok()
}

/// The same for up to so long; `None` if there is none by then, or too many wait already.
pub async fn turn_within(patience: Duration) -> Option<Turn> {
    struct Waits;
    impl Drop for Waits {
        fn drop(&mut self) {
            WAITING.fetch_sub(1, Relaxed);
        }
    }
    if let Ok(turn) = LONG.try_acquire() {
        return Some(turn);
    }
    let waiting = WAITING.fetch_add(1, Relaxed);
    let _waits = Waits;
    if waiting >= MOST_WAITING {
        return None;
    }
    timeout(patience, LONG.acquire()).await.ok()?.ok()
}

/// Reads a request. If that may take long, the thread's other tasks are handed over first.
pub fn reading<R>(is_long: bool, read: impl FnOnce() -> R) -> R {
    if is_long { in_place(read) } else { read() }
}

/// Does long work, after the thread's other tasks were handed over.
fn in_place<R>(work: impl FnOnce() -> R) -> R {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}
