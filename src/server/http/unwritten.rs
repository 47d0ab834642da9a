//! How many bytes of responses may wait for clients to read them.

use crate::engine::Room;
use axum::body::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Smaller responses are not counted: there are not more of them than connections.
const SMALL: usize = 64 << 10;

/// The bytes of responses that are not written yet, of all clients together.
#[derive(Clone)]
pub(in crate::server) struct Unwritten(Arc<Shared>);

struct Shared {
    left: Arc<Semaphore>,
    most: usize,
    /// How long a client may take where others wait.
    patience: Duration,
    waiting: Mutex<Waiting>,
}

/// The responses that are counted, in the order in which they began.
#[derive(Default)]
struct Waiting {
    next: u64,
    all: BTreeMap<u64, (Instant, Weak<Reader>)>,
}

/// The client that reads a response.
#[derive(Default)]
pub(in crate::server) struct Reader {
    disconnect: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Reader {
    /// What disconnects it.
    pub(in crate::server) fn on_slow(&self, disconnect: impl Fn() + Send + Sync + 'static) {
        let _ = self.disconnect.set(Box::new(disconnect));
    }
}

impl Unwritten {
    /// Up to so many. Beyond that, a client that has been reading a response for longer than `patience` is disconnected: one that
    /// reads little by little would keep all others from theirs.
    pub(in crate::server) fn new(most: usize, patience: Duration) -> Unwritten {
        let most = most.min(Semaphore::MAX_PERMITS);
        let (left, waiting) = (Arc::new(Semaphore::new(most)), Mutex::default());
        Unwritten(Arc::new(Shared { left, most, patience, waiting }))
    }

    /// Counts the bytes of a response until they are dropped, if it is large. `room` is what it has taken already; one that has not waits
    /// for others to be read.
    pub(in crate::server) async fn add(
        &self,
        bytes: Vec<u8>,
        room: Option<OwnedSemaphorePermit>,
        reader: &Arc<Reader>,
    ) -> Bytes {
        let room = match (room, self.size(bytes.capacity())) {
            (Some(room), _) => Some(room),
            (None, Some(size)) => self.take(size).await,
            (None, None) => None,
        };
        match room {
            Some(room) => self.count(bytes, room, reader),
            None => bytes.into(),
        }
    }

    /// Counts the bytes of a response that has taken room.
    pub(in crate::server) fn count(
        &self,
        bytes: Vec<u8>,
        room: OwnedSemaphorePermit,
        reader: &Arc<Reader>,
    ) -> Bytes {
        Bytes::from_owner(Counted { bytes, _held: self.hold(room, reader) })
    }

    fn hold(&self, room: OwnedSemaphorePermit, reader: &Arc<Reader>) -> Held {
        let mut waiting = self.0.waiting();
        let number = waiting.next;
        waiting.next += 1;
        waiting.all.insert(number, (Instant::now(), Arc::downgrade(reader)));
        Held { number, shared: self.0.clone(), _room: room, _reader: reader.clone() }
    }

    /// Disconnects those who have had their patience, since others wait.
    fn disconnect_slow(&self) {
        let mut slow = Vec::new();
        let mut waiting = self.0.waiting();
        while let Some(first) = waiting.all.first_entry()
            && first.get().0.elapsed() >= self.0.patience
        {
            slow.extend(first.remove().1.upgrade());
        }
        drop(waiting);
        for disconnect in slow.iter().filter_map(|reader| reader.disconnect.get()) {
            tracing::debug!("a slow client is disconnected: others wait for it");
            disconnect();
        }
    }
}

impl Room for Unwritten {
    /// One that is larger than all may be is alone.
    fn size(&self, bytes: usize) -> Option<u32> {
        (bytes >= SMALL).then(|| u32::try_from(bytes.min(self.0.most)).unwrap_or(u32::MAX))
    }

    fn try_take(&self, size: u32) -> Option<OwnedSemaphorePermit> {
        let taken = self.0.left.clone().try_acquire_many_owned(size).ok();
        if taken.is_none() {
            self.disconnect_slow();
        }
        taken
    }

    fn take(&self, size: u32) -> BoxFuture<'_, Option<OwnedSemaphorePermit>> {
        async move {
            let mut taken = pin!(self.0.left.clone().acquire_many_owned(size));
            loop {
                match timeout(self.0.patience, &mut taken).await {
                    // It is never closed.
                    Ok(taken) => return taken.ok(),
                    Err(_) => self.disconnect_slow(),
                }
            }
        }
        .boxed()
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Counted {
    bytes: Vec<u8>,
    _held: Held,
}

/// A response that is counted, until this is dropped.
struct Held {
    number: u64,
    shared: Arc<Shared>,
    _room: OwnedSemaphorePermit,
    _reader: Arc<Reader>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.waiting().all.remove(&self.number);
    }
}
