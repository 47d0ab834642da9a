//! Which operations may run now. Where too many do, the next ones wait in a short queue, and the rest are refused at once, so that
//! those which run are not slowed down by those which would only wait.
//!
//! There is a lane for each kind of operation: by what it does, by whether its statements may take long, and by its cost. The lanes do
//! not wait for each other, so a crowd in one of them does not block the others.
//!
//! | lane | operations |
//! |---|---|
//! | `small` | reads that are quick, and cost up to 100 |
//! | `quick` | reads that are quick, and cost up to 1,000 |
//! | `searches` | other reads that cost up to 1,000 |
//! | `heavy` | reads that cost more: the dearer, the more of the lane |
//! | `writes` | mutations that cost up to 1,000 |
//! | `heavy_writes` | mutations that cost more |

use crate::document::Kind;
use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// How long an operation waits for its turn.
const PATIENCE: Duration = Duration::from_secs(1);

/// Up to this cost, an operation is no heavy one.
const LIGHT: u64 = 1_000;

/// Up to this cost, a quick read is a small one.
const SMALL: u64 = 100;

/// The place that a heavy read takes at least, in parts of the lane.
const PLACE: usize = 1_000;

/// So many operations that cost as much as they may run at a time.
const DEAREST: u64 = 4;

/// So many small reads run for each that is heavy or a search, so many quick ones, and so many mutations.
const SMALL_FOR_HEAVY: usize = 16;
const QUICK_FOR_HEAVY: usize = 2;
const WRITES_FOR_HEAVY: usize = 4;

/// For one search, and for one heavy mutation, so many reads are heavy or searches.
const HEAVY_FOR_SEARCH: usize = 4;
const HEAVY_FOR_WRITE: usize = 4;

/// The most small and quick reads that wait, and the most mutations.
const WAITING: usize = 1024;

/// So many heavy operations and searches wait for each that runs.
const WAITING_FOR_HEAVY: usize = 4;

/// What runs now, and what waits.
#[derive(Debug)]
pub struct Admission {
    small: Lane,
    quick: Lane,
    searches: Lane,
    heavy: Lane,
    writes: Lane,
    heavy_writes: Lane,
    /// The most that an operation may cost.
    dearest: u64,
}

/// Too many operations run and wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// What an operation is, as far as that decides its lane.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// What it does.
    pub kind: Kind,
    /// Its cost, with that of long texts.
    pub cost: u64,
    /// Whether none of its statements searches.
    pub is_quick: bool,
}

impl Admission {
    /// Lets so many reads run at a time that are heavy or searches, of which none costs more than `dearest`.
    pub fn new(heavy: usize, dearest: u64) -> Admission {
        let searches = heavy.div_ceil(HEAVY_FOR_SEARCH);
        let reads = heavy.saturating_sub(searches).max(1);
        let writes = heavy.div_ceil(HEAVY_FOR_WRITE);
        Admission {
            small: Lane::new(heavy * SMALL_FOR_HEAVY, WAITING),
            quick: Lane::new(heavy * QUICK_FOR_HEAVY, WAITING),
            searches: Lane::new(searches, searches * WAITING_FOR_HEAVY),
            heavy: Lane::new(reads * PLACE, reads * WAITING_FOR_HEAVY),
            writes: Lane::new(heavy * WRITES_FOR_HEAVY, WAITING),
            heavy_writes: Lane::new(writes, writes * WAITING_FOR_HEAVY),
            dearest,
        }
    }

    /// So many reads that are heavy or searches run at a time where no setting says otherwise.
    pub fn heavy_by_default() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from).saturating_mul(8).clamp(16, 1_000)
    }

    /// Waits until the operation may run; it does for as long as what is returned is held.
    ///
    /// # Errors
    /// [`Busy`] if too many wait already, or it has waited for a second.
    pub async fn enter(&self, load: Load) -> Result<SemaphorePermit<'_>, Busy> {
        match load {
            Load { kind: Kind::Mutation, cost, .. } if cost <= LIGHT => self.writes.enter(1).await,
            Load { kind: Kind::Mutation, .. } => self.heavy_writes.enter(1).await,
            Load { cost, is_quick: true, .. } if cost <= SMALL => self.small.enter(1).await,
            Load { cost, is_quick: true, .. } if cost <= LIGHT => self.quick.enter(1).await,
            Load { cost, .. } if cost <= LIGHT => self.searches.enter(1).await,
            Load { cost, .. } => self.heavy.enter(self.place(cost)).await,
        }
    }

    /// The part of the lane that a heavy read takes.
    fn place(&self, cost: u64) -> usize {
        let all = self.heavy.places as u64;
        let share =
            u128::from(cost) * u128::from(all) / u128::from(self.dearest.saturating_mul(DEAREST).max(1));
        usize::try_from(share).unwrap_or(usize::MAX).clamp(PLACE, self.heavy.places)
    }
}

/// Operations of one kind.
#[derive(Debug)]
struct Lane {
    free: Semaphore,
    places: usize,
    waiting: AtomicUsize,
    most_waiting: usize,
    patience: Duration,
}

impl Lane {
    fn new(places: usize, most_waiting: usize) -> Lane {
        Lane {
            free: Semaphore::new(places),
            places,
            waiting: AtomicUsize::new(0),
            most_waiting,
            patience: PATIENCE,
        }
    }

    async fn enter(&self, places: usize) -> Result<SemaphorePermit<'_>, Busy> {
        let places = u32::try_from(places).unwrap_or(u32::MAX);
        if let Ok(permit) = self.free.try_acquire_many(places) {
            return Ok(permit);
        }
        let _waiting = Waiting::of(self)?;
        match Box::pin(timeout(self.patience, self.free.acquire_many(places))).await {
            Ok(permit) => permit.map_err(|_| Busy),
            Err(_) => Err(Busy),
        }
    }
}

/// One that waits. It may be dropped at any time.
struct Waiting<'a>(&'a Lane);

impl Waiting<'_> {
    fn of(lane: &Lane) -> Result<Waiting<'_>, Busy> {
        let waiting = Waiting(lane);
        if lane.waiting.fetch_add(1, Relaxed) < lane.most_waiting { Ok(waiting) } else { Err(Busy) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;
    use std::{pin::pin, task::Poll};

    fn read(cost: u64, is_quick: bool) -> Load {
        Load { kind: Kind::Query, cost, is_quick }
    }

    #[tokio::test]
    async fn heavy_reads_wait_in_a_short_queue_and_leave_the_other_lanes_alone() {
        let admission = Admission::new(4, 1_000_000);
        let heavy = read(2_000, false);
        let mut running = Vec::new();
        for _ in 0..3 {
            running.push(admission.enter(heavy).await.unwrap());
        }
        let mut waiting: Vec<_> = (0..12).map(|_| Box::pin(admission.enter(heavy))).collect();
        for one in &mut waiting {
            assert!(poll!(one).is_pending());
        }
        assert_eq!(admission.enter(heavy).await.unwrap_err(), Busy);
        // In queues of their own.
        for other in [read(100, true), read(1_000, true), read(1, false), read(1_000, false)] {
            assert!(admission.enter(other).await.is_ok());
        }
        for cost in [1, 2_000] {
            assert!(admission.enter(Load { kind: Kind::Mutation, ..read(cost, false) }).await.is_ok());
        }
        running.pop();
        let next = poll!(&mut waiting[0]);
        assert!(matches!(next, Poll::Ready(Ok(_))));
        // One that leaves makes room in the queue.
        waiting.truncate(1);
        assert!(poll!(pin!(admission.enter(heavy))).is_pending());
    }

    #[tokio::test]
    async fn a_crowd_keeps_nobody_from_another_lane() {
        let admission = Admission::new(4, 1_000_000);
        let write = |cost| Load { kind: Kind::Mutation, ..read(cost, false) };
        let loads =
            [read(1, true), read(500, true), read(1, false), read(2_000, true), write(1), write(2_000)];
        for crowd in loads {
            let mut running = Vec::new();
            while let Poll::Ready(entered) = poll!(pin!(admission.enter(crowd))) {
                running.push(entered.unwrap());
            }
            for other in loads.into_iter().filter(|other| {
                (other.cost, other.kind, other.is_quick) != (crowd.cost, crowd.kind, crowd.is_quick)
            }) {
                assert!(admission.enter(other).await.is_ok(), "{other:?} beside {crowd:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_dearest_reads_take_more_of_the_lane() {
        let admission = Admission::new(16, 50_000);
        let mut running = Vec::new();
        for _ in 0..4 {
            running.push(admission.enter(read(50_000, true)).await.unwrap());
        }
        assert!(poll!(pin!(admission.enter(read(2_000, true)))).is_pending());
        running.pop();
        for _ in 0..3 {
            running.push(admission.enter(read(2_000, true)).await.unwrap());
        }
        assert!(poll!(pin!(admission.enter(read(2_000, true)))).is_pending());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let mut admission = Admission::new(1, 1);
        admission.searches.patience = Duration::ZERO;
        let _one = admission.enter(read(1, false)).await.unwrap();
        assert_eq!(admission.enter(read(1, false)).await.unwrap_err(), Busy);
    }
}
