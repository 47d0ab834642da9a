//! How many bytes of responses may wait for clients to read them.

use super::peer::Peer;
use crate::engine::{Room, Taken};
use axum::body::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, time::timeout};

/// Smaller responses are not counted: there are not more of them than connections.
const SMALL: usize = 64 << 10;

/// How long a response waits for the room of clients that were disconnected.
const LEAVE: Duration = Duration::from_millis(500);

/// A client that reads fewer bytes a second is slow.
const SLOW: u64 = 64 << 10;

/// The bytes of responses that are not written yet, of all clients together. One address has up to half of the room.
#[derive(Clone)]
pub(in crate::server) struct Unwritten {
    shared: Arc<Shared>,
    peer: Peer,
}

struct Shared {
    left: Arc<Semaphore>,
    most: usize,
    patience: Patience,
    waiting: Mutex<Waiting>,
}

/// How long a client may take to read a response where others wait: one that reads at a good pace, and a slow one.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Patience {
    pub(in crate::server) with_any: Duration,
    pub(in crate::server) with_slow: Duration,
}

/// The responses that are counted, in the order in which they began.
#[derive(Default)]
struct Waiting {
    /// What is left of the room of each address that has taken some.
    shares: HashMap<IpAddr, Weak<Semaphore>>,
    next: u64,
    all: BTreeMap<u64, Response>,
}

struct Response {
    begun: Instant,
    /// When its client's pace was last looked at, and what it had read by then. The system takes some megabytes that no client has
    /// read, but only once.
    seen: (Instant, u64),
    reader: Weak<Reader>,
}

/// The client that reads a response.
#[derive(Default)]
pub(in crate::server) struct Reader(OnceLock<Client>);

struct Client {
    read: Box<dyn Fn() -> u64 + Send + Sync>,
    disconnect: Box<dyn Fn() + Send + Sync>,
    /// What it had read before.
    before: u64,
}

impl Reader {
    /// What tells how many bytes it has read by now, and what disconnects it.
    pub(in crate::server) fn watch(
        &self,
        read: impl Fn() -> u64 + Send + Sync + 'static,
        disconnect: impl Fn() + Send + Sync + 'static,
    ) {
        let before = read();
        let _ = self.0.set(Client { read: Box::new(read), disconnect: Box::new(disconnect), before });
    }

    fn read(&self) -> u64 {
        self.0.get().map_or(0, |client| (client.read)().saturating_sub(client.before))
    }
}

impl Unwritten {
    /// Up to so many. Beyond that, a client that has been reading a response for longer than `patience` is disconnected: one that
    /// reads little by little would keep all others from theirs.
    pub(in crate::server) fn new(most: usize, patience: Patience) -> Unwritten {
        let most = most.min(Semaphore::MAX_PERMITS);
        let (left, waiting) = (Arc::new(Semaphore::new(most)), Mutex::default());
        Unwritten { shared: Arc::new(Shared { left, most, patience, waiting }), peer: Peer::default() }
    }

    /// The same for the responses to this client.
    pub(in crate::server) fn of(&self, peer: Peer) -> Unwritten {
        Unwritten { peer, ..self.clone() }
    }

    /// Counts the bytes of a response until they are dropped, if it is large. `room` is what it has taken already; one that has not waits
    /// for others to be read.
    pub(in crate::server) async fn add(
        &self,
        bytes: Vec<u8>,
        room: Option<Taken>,
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
    pub(in crate::server) fn count(&self, bytes: Vec<u8>, room: Taken, reader: &Arc<Reader>) -> Bytes {
        Bytes::from_owner(Counted { bytes, _held: self.hold(room, reader) })
    }

    fn hold(&self, room: Taken, reader: &Arc<Reader>) -> Held {
        let mut waiting = self.shared.waiting();
        let number = waiting.next;
        waiting.next += 1;
        let begun = Instant::now();
        let response = Response { begun, seen: (begun, reader.read()), reader: Arc::downgrade(reader) };
        waiting.all.insert(number, response);
        Held { number, shared: self.shared.clone(), _room: room, _reader: reader.clone() }
    }

    /// Disconnects those who have taken too long, since others wait. Returns whether there were any.
    fn disconnect_slow(&self) -> bool {
        let (Patience { with_any, with_slow }, mut waiting) = (self.shared.patience, self.shared.waiting());
        let mut slow = Vec::new();
        waiting.all.retain(|_, response| {
            let Some(reader) = response.reader.upgrade() else { return true };
            let (time, read) = (response.seen.0.elapsed(), reader.read());
            let mut is_slow = response.begun.elapsed() >= with_any;
            if time >= with_slow {
                is_slow |= (read.saturating_sub(response.seen.1) as f64) < SLOW as f64 * time.as_secs_f64();
                response.seen = (Instant::now(), read);
            }
            slow.extend(is_slow.then_some(reader));
            !is_slow
        });
        drop(waiting);
        for client in slow.iter().filter_map(|reader| reader.0.get()) {
            tracing::debug!("a slow client is disconnected: others wait for it");
            (client.disconnect)();
        }
        !slow.is_empty()
    }

    /// What is left of the room, and of the client's share of it.
    fn left(&self) -> Vec<Arc<Semaphore>> {
        let mut left = vec![self.shared.left.clone()];
        if let Some(address) = self.peer.address() {
            let mut waiting = self.shared.waiting();
            let known = waiting.shares.get(&address).and_then(Weak::upgrade);
            left.push(known.unwrap_or_else(|| {
                let share = Arc::new(Semaphore::new(self.shared.share()));
                waiting.shares.retain(|_, share| share.strong_count() > 0);
                waiting.shares.insert(address, Arc::downgrade(&share));
                share
            }));
        }
        left
    }

    fn take_now(&self, size: u32) -> Option<Taken> {
        let take = |left: Arc<Semaphore>| left.try_acquire_many_owned(size).ok();
        Some(Taken { size, permits: self.left().into_iter().map(take).collect::<Option<_>>()? })
    }

    /// Waits for as long as it takes.
    async fn take_later(&self, size: u32) -> Option<Taken> {
        let mut permits = Vec::new();
        // From the client's share first, so that its waiting responses keep nothing from others.
        for left in self.left().into_iter().rev() {
            // It is never closed.
            permits.push(left.acquire_many_owned(size).await.ok()?);
        }
        Some(Taken { size, permits })
    }
}

impl Room for Unwritten {
    /// One that is larger than all may be is alone.
    fn size(&self, bytes: usize) -> Option<u32> {
        let most = if self.peer.address().is_some() { self.shared.share() } else { self.shared.most };
        (bytes >= SMALL).then(|| u32::try_from(bytes.min(most)).unwrap_or(u32::MAX))
    }

    fn try_take(&self, size: u32) -> BoxFuture<'_, Option<Taken>> {
        async move {
            let taken = self.take_now(size);
            if taken.is_some() || !self.disconnect_slow() {
                return taken;
            }
            // Theirs is free as soon as their connections are closed.
            timeout(LEAVE, self.take_later(size)).await.ok()?
        }
        .boxed()
    }

    fn take(&self, size: u32) -> BoxFuture<'_, Option<Taken>> {
        async move {
            let mut taken = pin!(self.take_later(size));
            loop {
                match timeout(self.shared.patience.with_slow, &mut taken).await {
                    Ok(taken) => return taken,
                    Err(_) => self.disconnect_slow(),
                };
            }
        }
        .boxed()
    }
}

impl Shared {
    /// The room of one address.
    fn share(&self) -> usize {
        self.most.div_ceil(2)
    }

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
    _room: Taken,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

    /// Counts a response that takes all room, and says whether its client is disconnected once somebody else wants some.
    async fn is_disconnected(patience: Patience, read: u64) -> bool {
        let unwritten = Unwritten::new(SMALL, patience);
        let (reader, told) = (Arc::<Reader>::default(), Arc::<AtomicBool>::default());
        let (sent, is_told) = (Arc::<AtomicU64>::default(), told.clone());
        let by_now = sent.clone();
        reader.watch(move || by_now.load(Relaxed), move || is_told.store(true, Relaxed));
        let room = unwritten.try_take(u32::try_from(SMALL).unwrap()).await.unwrap();
        let _counted = unwritten.count(vec![0; SMALL], room, &reader);
        for response in unwritten.shared.waiting().all.values_mut() {
            response.begun = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
            response.seen.0 = response.begun;
        }
        sent.store(read, Relaxed);
        assert!(unwritten.try_take(1).await.is_none());
        told.load(Relaxed)
    }

    #[tokio::test]
    async fn slow_clients_make_room_first() {
        let seconds = Duration::from_secs;
        let patience =
            |with_slow, with_any| Patience { with_slow: seconds(with_slow), with_any: seconds(with_any) };
        assert!(!is_disconnected(patience(20, 30), 0).await);
        assert!(is_disconnected(patience(5, 30), 0).await);
        assert!(is_disconnected(patience(5, 30), SLOW * 5).await);
        assert!(!is_disconnected(patience(5, 30), SLOW * 20).await);
        assert!(is_disconnected(patience(5, 6), SLOW * 20).await);
    }
}
