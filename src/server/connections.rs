//! The open connections: how many there may be, which of them are idle, and which one has to go.
//!
//! A request costs a few atomic operations here. The lock is taken when a connection opens and when it closes; the connections
//! are only looked through when there are too many of them, and now and then for clients that do not read.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicBool, AtomicU8, AtomicU64, AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};
use tokio::{sync::Notify, time::timeout_at};

/// Connections that were told to close, and are not counted any longer, beside one for each sixteen that there may be.
const LEAVING: usize = 8;

/// The most connections beyond those that there may be, each for one health check.
const BEYOND: usize = 32;

/// How many idle connections one search finds, at most.
const FOUND: usize = 64;

/// How long a search that has found no idle connection is not repeated.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a new connection waits for one that is about to leave, and how long none waits after one that has waited in vain.
const LEAVE: Duration = Duration::from_millis(100);
const IN_VAIN: Duration = Duration::from_secs(1);

/// The last so many spans of time in which parts of responses were begun.
const SPANS: usize = 4;

/// A connection is told to close at once.
const AT_ONCE: u8 = 2;

/// All of them.
pub(super) struct Connections {
    most: usize,
    start: Instant,
    /// Counts spans of time; see [`Connections::next_span`].
    span: AtomicUsize,
    open: Mutex<Open>,
    /// Those that are open, or still used by a request.
    alive: AtomicUsize,
    /// When none are left.
    none: Notify,
    /// When one has left that was told to.
    left: Notify,
}

#[derive(Default)]
struct Open {
    all: HashMap<u64, Arc<Connection>>,
    next: u64,
    /// How many were told to close.
    leaving: usize,
    /// How many there are beyond those that there may be.
    beyond: usize,
    /// Idle connections that the last search has found, those idle the longest last: since when, and their keys in `all`.
    idle: Vec<(u64, u64)>,
    /// When a search last found none.
    none_idle: Option<Instant>,
    /// When a connection last waited in vain for one to leave.
    none_left: Option<Instant>,
}

/// Why there is no place for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Full {
    /// Enough of them have been told to close, and have not yet.
    Leaving,
    /// All are busy.
    Busy,
}

/// How many files connections need, at most, where there may be `most` of them.
pub(super) fn files(most: usize) -> usize {
    most + leaving(most) + BEYOND
}

fn leaving(most: usize) -> usize {
    LEAVING + most / 16
}

impl Connections {
    /// Up to so many of them.
    pub(super) fn new(most: usize) -> Arc<Connections> {
        Arc::new(Connections {
            most,
            start: Instant::now(),
            span: AtomicUsize::new(0),
            open: Mutex::default(),
            alive: AtomicUsize::new(0),
            none: Notify::new(),
            left: Notify::new(),
        })
    }

    /// Microseconds from the start of the server.
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more. If there are too many, the one that has been idle the longest has to go; `None` if all are busy. Where
    /// many are about to leave, it waits a moment for one of them.
    pub(super) async fn admit(self: &Arc<Connections>) -> Option<Place> {
        let end = tokio::time::Instant::now() + LEAVE;
        loop {
            // It hears of what happens from here on.
            let left = self.left.notified();
            match self.admit_now() {
                Ok(place) => return Some(place),
                Err(Full::Busy) => return None,
                Err(Full::Leaving) => {}
            }
            if self.lock().none_left.is_some_and(|then| then.elapsed() < IN_VAIN) {
                return None;
            }
            if timeout_at(end, left).await.is_err() {
                self.lock().none_left = Some(Instant::now());
                return None;
            }
        }
    }

    fn admit_now(self: &Arc<Connections>) -> Result<Place, Full> {
        let mut open = self.lock();
        if open.all.len().saturating_sub(open.leaving) >= self.most {
            open.make_room(self.most)?;
        }
        Ok(open.place(self, false))
    }

    /// A place beyond those that there may be, for one that leaves after one answer; `None` if there are too many.
    pub(super) fn admit_beyond(self: &Arc<Connections>) -> Option<Place> {
        let mut open = self.lock();
        if open.beyond >= BEYOND {
            return None;
        }
        open.beyond += 1;
        open.leaving += 1;
        let place = open.place(self, true);
        place.connection.end.store(1, Relaxed);
        Some(place)
    }

    /// Tells all of them to close when they have answered what they were asked, or at once.
    pub(super) fn end(&self, at_once: bool) {
        let mut open = self.lock();
        let told = open.all.values().filter(|one| one.tell(if at_once { AT_ONCE } else { 1 })).count();
        open.leaving += told;
    }

    /// Waits until none are left, nor requests of theirs.
    pub(super) async fn ended(&self) {
        loop {
            // It hears of what happens from here on.
            let none = self.none.notified();
            if self.alive.load(SeqCst) == 0 {
                return;
            }
            none.await;
        }
    }

    /// Begins another span of time. A connection is closed where a part of a response is not written after two whole ones.
    pub(super) fn next_span(&self) {
        let now = self.span.fetch_add(1, Relaxed) + 1;
        let mut open = self.lock();
        let silent = open.all.values().filter(|one| one.unwritten[(now + 1) % SPANS].load(Relaxed) > 0);
        let told = silent.filter(|one| one.tell(AT_ONCE)).count();
        open.leaving += told;
    }
}

impl Open {
    fn place(&mut self, all: &Arc<Connections>, is_beyond: bool) -> Place {
        let connection = Arc::new(Connection::new(all.clone()));
        let id = self.next;
        self.next += 1;
        self.all.insert(id, connection.clone());
        Place { id, connection, is_beyond }
    }

    /// Tells the one that has been idle the longest to close.
    fn make_room(&mut self, most: usize) -> Result<(), Full> {
        // Those beyond leave by themselves, and take no place from these.
        if self.leaving.saturating_sub(self.beyond) >= leaving(most) {
            return Err(Full::Leaving);
        }
        loop {
            while let Some((since, id)) = self.idle.pop() {
                let one = self.all.get(&id).filter(|one| one.is_idle() && one.since.load(Relaxed) == since);
                if one.is_some_and(|one| one.tell(1)) {
                    self.leaving += 1;
                    return Ok(());
                }
            }
            if self.none_idle.is_some_and(|then| then.elapsed() < PAUSE) {
                return Err(Full::Busy);
            }
            let idle = self.all.iter().filter(|(_, one)| one.is_idle() && one.end() == End::Open);
            let mut idle: Vec<_> = idle.map(|(id, one)| (one.since.load(Relaxed), *id)).collect();
            self.none_idle = idle.is_empty().then(Instant::now);
            if idle.is_empty() {
                return Err(Full::Busy);
            }
            idle.sort_unstable();
            idle.truncate(FOUND);
            idle.reverse();
            self.idle = idle;
        }
    }
}

/// A connection's place among the open ones, until its socket is closed.
pub(super) struct Place {
    id: u64,
    connection: Arc<Connection>,
    /// Whether it is one beyond those that there may be.
    is_beyond: bool,
}

impl Place {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let all = &self.connection.all;
        let mut open = all.lock();
        open.all.remove(&self.id);
        open.beyond -= usize::from(self.is_beyond);
        if self.connection.end() != End::Open {
            open.leaving = open.leaving.saturating_sub(1);
            all.left.notify_waiters();
        }
    }
}

/// What is known of a connection.
pub(super) struct Connection {
    all: Arc<Connections>,
    /// Requests that are not answered yet, and parts of responses that are not written yet.
    busy: AtomicUsize,
    /// Microseconds from the start of the server until it became idle.
    since: AtomicU64,
    /// Whether there was a request.
    asked: AtomicBool,
    /// Whether the client reads too slowly for what was written.
    blocked: AtomicBool,
    /// Bytes that the client has been sent.
    written: AtomicU64,
    /// Parts of responses that are not written yet, by the span of time in which they were begun.
    unwritten: [AtomicUsize; SPANS],
    /// 0, or 1 to close when it is idle, or [`AT_ONCE`].
    end: AtomicU8,
    told: Notify,
}

/// Whether a connection should close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// No.
    Open,
    /// When it is idle.
    WhenIdle,
    /// At once.
    AtOnce,
}

impl Connection {
    fn new(all: Arc<Connections>) -> Connection {
        let connection = Connection {
            all,
            busy: AtomicUsize::new(0),
            since: AtomicU64::new(0),
            asked: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
            written: AtomicU64::new(0),
            unwritten: Default::default(),
            end: AtomicU8::new(0),
            told: Notify::new(),
        };
        connection.all.alive.fetch_add(1, SeqCst);
        connection.touch();
        connection
    }

    fn touch(&self) {
        self.since.store(self.all.now(), Relaxed);
    }

    /// How long it has been idle; nothing if it is not.
    pub(super) fn idle_for(&self) -> Duration {
        let since = if self.is_idle() { self.since.load(Relaxed) } else { u64::MAX };
        Duration::from_micros(self.all.now().saturating_sub(since))
    }

    /// Whether nothing was asked that is not answered.
    pub(super) fn is_idle(&self) -> bool {
        self.busy.load(Relaxed) == 0 && !self.blocked.load(Relaxed)
    }

    /// Whether there was a request.
    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Relaxed)
    }

    /// Notes whether the client reads too slowly.
    pub(super) fn block(&self, blocked: bool) {
        self.blocked.store(blocked, Relaxed);
    }

    /// Notes that the client was sent so many bytes more.
    pub(super) fn add_written(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Relaxed);
    }

    /// Bytes that the client has been sent.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    /// Has it closed. Returns whether it had not been told before.
    fn tell(&self, end: u8) -> bool {
        let before = self.end.fetch_max(end, Relaxed);
        if before < end {
            self.told.notify_one();
        }
        before == 0
    }

    /// Has it closed at once.
    pub(super) fn close(&self) {
        let mut open = self.all.lock();
        // Its socket may be closed already: it is not about to leave then.
        let is_open = open.all.values().any(|one| std::ptr::eq(&raw const **one, self));
        if self.tell(AT_ONCE) && is_open {
            open.leaving += 1;
        }
    }

    /// Whether it should close.
    pub(super) fn end(&self) -> End {
        match self.end.load(Relaxed) {
            0 => End::Open,
            AT_ONCE => End::AtOnce,
            _ => End::WhenIdle,
        }
    }

    /// Waits until it is told something new.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.all.alive.fetch_sub(1, SeqCst) == 1 {
            self.all.none.notify_waiters();
        }
    }
}

/// Keeps a connection busy until it is dropped.
pub(super) struct Busy(Arc<Connection>);

impl Busy {
    /// A request has come.
    pub(super) fn new(connection: &Arc<Connection>) -> Busy {
        connection.asked.store(true, Relaxed);
        connection.busy.fetch_add(1, Relaxed);
        Busy(connection.clone())
    }

    /// Its connection.
    pub(super) fn connection(&self) -> Arc<Connection> {
        self.0.clone()
    }

    /// For as long as it is open.
    pub(super) fn forever(&self) {
        self.0.busy.fetch_add(1, Relaxed);
    }

    /// A part of its response is given to be written. The connection is closed if that takes too long.
    pub(super) fn unwritten(&self) -> Unwritten {
        let span = self.0.all.span.load(Relaxed) % SPANS;
        self.0.unwritten[span].fetch_add(1, Relaxed);
        Unwritten { span, busy: Busy::new(&self.0) }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.busy.fetch_sub(1, Relaxed) == 1 {
            self.0.touch();
        }
    }
}

/// A part of a response that is not written yet.
pub(super) struct Unwritten {
    span: usize,
    busy: Busy,
}

impl Drop for Unwritten {
    fn drop(&mut self) {
        self.busy.0.unwritten[self.span].fetch_sub(1, Relaxed);
    }
}
