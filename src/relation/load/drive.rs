//! When batches run: as soon as the operation can do nothing but wait for them.
//!
//! async-graphql polls all fields of a level side by side. Each that needs a row puts its key into a batch
//! and waits. Once the whole execution is pending and nothing has woken it, every field that could ask has
//! asked, so every batch is complete. No timer is needed and no batch is ever split, whatever the load. The
//! batches of one such moment are a wave; the next begins when all of them are answered, so that the number of
//! statements does not depend on which of them is faster.

use super::loaders::Loaders;
use super::queue::Queue;
use futures_util::{future::BoxFuture, stream::FuturesUnordered, stream::Stream};
use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering::AcqRel, Ordering::Acquire, Ordering::Release},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Runs `execution`, a future or a stream, and, whenever it is idle, the batches of `loaders`. Behind each item
/// of a stream the loaders forget everything.
pub fn drive<E>(loaders: &Arc<Loaders>, execution: E) -> Drive<E> {
    let signal = Arc::new(Signal { state: AtomicU8::new(WOKEN), task: Mutex::new(None) });
    Drive {
        execution: Box::pin(execution),
        waker: Waker::from(signal.clone()),
        signal,
        loaders: loaders.clone(),
        queue: loaders.queue(),
        running: FuturesUnordered::new(),
    }
}

/// What [`drive`] runs: a future where the execution is one, a stream where that is one.
pub struct Drive<E> {
    execution: Pin<Box<E>>,
    loaders: Arc<Loaders>,
    queue: Arc<Queue>,
    running: FuturesUnordered<BoxFuture<'static, ()>>,
    signal: Arc<Signal>,
    waker: Waker,
}

/// Tells whether something has woken the execution since it was last polled.
struct Signal {
    state: AtomicU8,
    task: Mutex<Option<Waker>>,
}

/// Nothing has woken the execution, and the task sleeps: whoever wakes the one must wake the other.
const ASLEEP: u8 = 0;
/// Nothing has woken the execution since it was last polled.
const QUIET: u8 = 1;
/// The execution has to be polled.
const WOKEN: u8 = 2;

/// Polls in a row after which other tasks get their turn.
const ROUNDS: u32 = 1_000;

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, AcqRel) == ASLEEP
            && let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            task.wake();
        }
    }
}

impl<F: Future> Future for Drive<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.turn(cx, F::poll)
    }
}

impl<S: Stream> Stream for Drive<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let next = self.turn(cx, S::poll_next);
        if next.is_ready() {
            // What still runs was asked for by a branch that an error has cut.
            self.running = FuturesUnordered::new();
            self.loaders.forget();
            // It has not said when to ask for the item behind this one: at once.
            self.signal.state.store(WOKEN, Release);
        }
        next
    }
}

impl<E> Drive<E> {
    /// Whether batches are running; if not, a pending stream waits for its next item to begin.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// Runs until the execution is ready, by its own `poll`, or until there is nothing to do but wait.
    fn turn<R>(
        &mut self,
        cx: &mut Context<'_>,
        poll: fn(Pin<&mut E>, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        let this = self;
        *this.signal.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
        for _ in 0..ROUNDS {
            if this.signal.state.swap(QUIET, AcqRel) == WOKEN {
                let mut context = Context::from_waker(&this.waker);
                if let Poll::Ready(output) = poll(this.execution.as_mut(), &mut context) {
                    return Poll::Ready(output);
                }
                // A list of many fields wakes itself while it still has fields to poll: not idle yet.
                if this.signal.state.load(Acquire) == WOKEN {
                    continue;
                }
            }
            // In waves: a batch that is asked for while others run waits for them, since what runs may yet
            // bring more keys for it. Which wave a key is in follows from the operation, not from timing.
            loop {
                if this.running.is_empty() {
                    if this.signal.state.load(Acquire) == WOKEN {
                        break;
                    }
                    this.running.extend(this.queue.take());
                }
                if !matches!(Pin::new(&mut this.running).poll_next(cx), Poll::Ready(Some(()))) {
                    break;
                }
            }
            if this.signal.state.compare_exchange(QUIET, ASLEEP, AcqRel, Acquire).is_ok() {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
