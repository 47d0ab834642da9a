//! How many bytes of responses may wait for clients to read them.

use axum::body::Bytes;
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

/// What is counted for a response.
#[derive(Clone, Copy)]
pub(in crate::server) struct Size(u32);

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

    /// Counts the bytes of a response until they are dropped; `None` if there are too many others.
    pub(in crate::server) fn try_add(
        &self,
        bytes: Vec<u8>,
        size: Size,
        reader: &Arc<Reader>,
    ) -> Option<Bytes> {
        match self.0.left.clone().try_acquire_many_owned(size.0) {
            Ok(permit) => Some(self.count(bytes, permit, reader)),
            Err(_) => {
                self.disconnect_slowest();
                None
            }
        }
    }

    /// The same, once others have been read.
    pub(in crate::server) async fn add(&self, bytes: Vec<u8>, reader: &Arc<Reader>) -> Bytes {
        let Some(Size(permits)) = self.size(&bytes) else { return bytes.into() };
        let mut permit = pin!(self.0.left.clone().acquire_many_owned(permits));
        loop {
            match timeout(self.0.patience, &mut permit).await {
                Ok(Ok(permit)) => return self.count(bytes, permit, reader),
                // It is never closed.
                Ok(Err(_)) => return bytes.into(),
                Err(_) => self.disconnect_slowest(),
            }
        }
    }

    /// What is counted for it; nothing if it is small. One that is larger than all may be is alone.
    pub(in crate::server) fn size(&self, bytes: &Vec<u8>) -> Option<Size> {
        let size = bytes.capacity();
        (size >= SMALL).then(|| Size(u32::try_from(size.min(self.0.most)).unwrap_or(u32::MAX)))
    }

    fn count(&self, bytes: Vec<u8>, permit: OwnedSemaphorePermit, reader: &Arc<Reader>) -> Bytes {
        let mut waiting = self.0.waiting();
        let number = waiting.next;
        waiting.next += 1;
        waiting.all.insert(number, (Instant::now(), Arc::downgrade(reader)));
        let (shared, reader) = (self.0.clone(), reader.clone());
        Bytes::from_owner(Counted { bytes, number, shared, _permit: permit, _reader: reader })
    }

    fn disconnect_slowest(&self) {
        let mut waiting = self.0.waiting();
        let Some(first) = waiting.all.first_entry() else { return };
        if first.get().0.elapsed() < self.0.patience {
            return;
        }
        let reader = first.remove().1.upgrade();
        drop(waiting);
        if let Some(disconnect) = reader.as_ref().and_then(|reader| reader.disconnect.get()) {
            tracing::debug!("a slow client is disconnected: others wait for it");
            disconnect();
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Counted {
    bytes: Vec<u8>,
    number: u64,
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
    _reader: Arc<Reader>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.shared.waiting().all.remove(&self.number);
    }
}
