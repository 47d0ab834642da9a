//! Where long responses are written.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

/// So many bytes are written where they are asked for: that takes a millisecond. More would keep the other tasks of the thread waiting.
const SHORT: usize = 1 << 20;

/// What `write` makes of up to `most` bytes; it also says whether there would have been more. Where it is long, `write` runs twice,
/// the second time after the thread's other tasks were handed over.
pub(super) fn at_length<R>(most: usize, write: impl Fn(usize) -> (R, bool)) -> R {
    let (written, is_over) = write(most.min(SHORT));
    if !is_over || most <= SHORT {
        return written;
    }
    drop(written);
    let several =
        Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    if several { block_in_place(|| write(most)).0 } else { write(most).0 }
}
