//! Where long documents are read, and long responses are written.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, SemaphorePermit},
    task::block_in_place,
};

/// From so many bytes on, a request may take milliseconds to be read: a JSON value needs two of them, an argument three.
const LONG_REQUEST: usize = 4 << 10;

/// So many bytes are written where they are asked for: that takes a millisecond. More would keep the other tasks of the thread waiting.
const SHORT: usize = 1 << 20;

/// As much long work is done at a time as slow statements run on SQLite: more would take the processors from short ones.
static LONG: Semaphore = Semaphore::const_new(2);

/// What `write` makes of up to `most` bytes; it also says whether there would have been more. Where it is long, `write` runs twice,
/// the second time after the thread's other tasks were handed over.
pub(super) async fn at_length<R>(most: usize, write: impl Fn(usize) -> (R, bool)) -> R {
    let (written, is_over) = write(most.min(SHORT));
    if !is_over || most <= SHORT {
        return written;
    }
    drop(written);
    let _turn = LONG.acquire().await;
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
