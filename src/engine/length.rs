//! Where long responses are written.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::Semaphore,
    task::block_in_place,
};

/// So many bytes are written where they are asked for: that takes a millisecond. More would keep the other tasks of the thread waiting.
const SHORT: usize = 1 << 20;

/// As many long responses are written at a time as slow statements run on SQLite: more would take the processors from short ones.
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
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(|| write(most)).0,
        _ => write(most).0,
    }
}
