//! What the subscriptions of a server share. One event may come to any number of them at once: they begin with it in turns, so that
//! other requests find their turn in between, and those that ask for the same of it read it once.

use super::plan::Plan;
use async_graphql::ServerError;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::{Duration, Instant},
};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// How many subscriptions begin with an event at a time, and how many read for one.
const TURNS: usize = 8;

/// How many run a slow read for an event at a time. Quick reads do not wait for them.
const LONG_TURNS: usize = 4;

/// How long what was read for one subscription will do for others. It is newer than the event in any case.
const FRESH: Duration = Duration::from_millis(100);

/// How much is kept for that long, and how large each of it may be, in bytes.
const KEPT: usize = 16;
const SMALL: usize = 1 << 20;

/// The JSON of an object, or the error that leaves none; and the other errors in it.
/// It is shared by those who read the same, until each writes its response.
pub(super) type Written = (Result<Arc<Vec<u8>>, ServerError>, Vec<ServerError>);

/// What the subscriptions of a server share.
#[derive(Debug)]
pub struct Events {
    beginning: Semaphore,
    reading: Semaphore,
    reading_long: Semaphore,
    reads: Mutex<Reads>,
    fresh: Duration,
}

#[derive(Debug, Default)]
struct Reads {
    /// What is being read, for as long as somebody waits for it.
    running: HashMap<Key, Weak<SharedRead>>,
    /// What was read last, for those who come a moment later.
    last: VecDeque<Arc<SharedRead>>,
}

/// The plan and the event, by their addresses: whoever reads holds both.
type Key = (usize, usize);

/// What several subscriptions read of an event.
#[derive(Debug)]
pub(super) struct SharedRead {
    plan: Arc<Plan>,
    event: Arc<str>,
    written: OnceCell<Written>,
    since: OnceLock<Instant>,
    from: Weak<Events>,
}

impl Default for Events {
    fn default() -> Events {
        Events {
            beginning: Semaphore::new(TURNS),
            reading: Semaphore::new(TURNS),
            reading_long: Semaphore::new(LONG_TURNS),
            reads: Mutex::default(),
            fresh: FRESH,
        }
    }
}

impl Events {
    /// Waits for a turn to begin with an event. The turn is over at once: whoever is next then waits in the runtime's queue, behind
    /// requests that came before.
    pub(super) async fn pace(&self) {
        drop(self.beginning.acquire().await);
    }

    /// A turn to read what is quick, or what may take long.
    pub(super) async fn turn(&self, is_quick: bool) -> Option<SemaphorePermit<'_>> {
        let turns = if is_quick { &self.reading } else { &self.reading_long };
        turns.acquire().await.ok()
    }

    /// What `plan` reads for an event. It is read now, or by whoever else asks for the same at the same time.
    pub(super) fn read(self: &Arc<Self>, plan: &Arc<Plan>, event: &Arc<str>) -> Arc<SharedRead> {
        let key = key(plan, event);
        let mut reads = self.reads();
        if let Some(read) = reads.running.get(&key).and_then(Weak::upgrade)
            && read.since.get().is_none_or(|since| since.elapsed() < self.fresh)
        {
            return read;
        }
        let read = Arc::new(SharedRead {
            plan: plan.clone(),
            event: event.clone(),
            written: OnceCell::new(),
            since: OnceLock::new(),
            from: Arc::downgrade(self),
        });
        reads.running.insert(key, Arc::downgrade(&read));
        read
    }

    /// Keeps what was read for a moment.
    fn keep(&self, read: &Arc<SharedRead>) {
        let mut reads = self.reads();
        reads.last.push_back(read.clone());
        let oldest = if reads.last.len() > KEPT { reads.last.pop_front() } else { None };
        drop(reads);
        // Its end wants the lock.
        drop(oldest);
    }

    fn reads(&self) -> MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(plan: &Arc<Plan>, event: &Arc<str>) -> Key {
    (Arc::as_ptr(plan).addr(), Arc::as_ptr(event).cast::<u8>().addr())
}

impl SharedRead {
    /// What was read: by `read`, unless somebody else was first.
    pub(super) async fn written(self: &Arc<Self>, read: impl Future<Output = Written>) -> Written {
        let first = async {
            let written = read.await;
            let small = matches!(&written.0, Ok(json) if json.len() <= SMALL) && written.1.is_empty();
            let _ = self.since.set(Instant::now());
            if small && let Some(events) = self.from.upgrade() {
                events.keep(self);
            }
            written
        };
        self.written.get_or_init(|| first).await.clone()
    }
}

impl Drop for SharedRead {
    fn drop(&mut self) {
        let Some(events) = self.from.upgrade() else { return };
        let key = key(&self.plan, &self.event);
        let mut reads = events.reads();
        // Another may have taken its place.
        if reads.running.get(&key).is_some_and(|read| read.strong_count() == 0) {
            reads.running.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn equal_subscriptions_read_an_event_once() {
        let events = Arc::new(Events { fresh: Duration::MAX, ..Events::default() });
        let plan = Arc::<Plan>::default();
        let (one, other): (Arc<str>, Arc<str>) = ("U.tags:1".into(), "U.tags:1".into());
        let json = |text: &str| -> Written { (Ok(Arc::new(text.into())), Vec::new()) };
        let is = |written: Written, text: &str| assert_eq!(*written.0.unwrap(), text.as_bytes());
        // Whoever goes away while reading leaves the reading to the next.
        let read = events.read(&plan, &one);
        let mut leaves = Box::pin(read.written(pending()));
        assert!(futures_util::poll!(&mut leaves).is_pending());
        drop(leaves);
        is(events.read(&plan, &one).written(ready(json("1"))).await, "1");
        is(events.read(&plan, &one).written(pending()).await, "1");
        drop(read);
        is(events.read(&plan, &one).written(pending()).await, "1");
        // The same again is another event, and another plan reads something else.
        is(events.read(&plan, &other).written(ready(json("2"))).await, "2");
        is(events.read(&Arc::default(), &one).written(ready(json("3"))).await, "3");
        assert_eq!(events.reads().running.len(), 3);
        // What is old is read again.
        for _ in 0..=KEPT {
            is(events.read(&plan, &"x".into()).written(ready(json("4"))).await, "4");
        }
        assert_eq!(events.reads().running.len(), KEPT);
        is(events.read(&plan, &one).written(ready(json("5"))).await, "5");
        // Large ones are kept by those who wait for them only.
        let large = "x".repeat(SMALL + 1);
        is(events.read(&plan, &"y".into()).written(ready(json(&large))).await, &large);
        assert_eq!(events.reads().running.len(), KEPT);
    }
}
