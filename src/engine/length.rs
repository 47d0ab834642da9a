//! Where long documents are read, and long responses are written.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, SemaphorePermit},
    task::block_in_place,
};

/// From so many bytes on, a request takes milliseconds to be read.
const LONG_REQUEST: usize = 16 << 10;

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

/// A turn to read a request of so many bytes; a short one needs none.
pub async fn reading_turn(request: usize) -> Option<SemaphorePermit<'static>> {
    if request < LONG_REQUEST { None } else { LONG.acquire().await.ok() }
}

/// Reads a request of so many bytes: a long one after the thread's other tasks were handed over.
pub fn reading<R>(request: usize, read: impl FnOnce() -> R) -> R {
    if request < LONG_REQUEST { read() } else { in_place(read) }
}

/// Does long work, after the thread's other tasks were handed over.
fn in_place<R>(work: impl FnOnce() -> R) -> R {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}
