//! Which operations may run now. Where too many do, the next ones wait in a short queue, and the rest are refused at once, so that
//! those which run are not slowed down by those which would only wait.
//!
//! Operations have three lanes, which do not wait for each other: reads that are quick, so that a crowd of heavy ones does not keep
//! them from running; heavy reads, by their cost; and mutations.

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

/// Up to this cost, a read may be quick.
const QUICK: u64 = 1_000;

/// The place that a heavy read takes at least, in parts of the lane.
const PLACE: usize = 1_000;

/// So many operations that cost as much as they may run at a time.
const DEAREST: u64 = 4;

/// So many quick reads run for each heavy one, and so many mutations.
const QUICK_FOR_HEAVY: usize = 16;
const MUTATIONS_FOR_HEAVY: usize = 4;

/// The most quick reads that wait, and the most mutations.
const WAITING: usize = 1024;

/// So many heavy reads wait for each that runs.
const WAITING_FOR_HEAVY: usize = 4;

/// What runs now, and what waits.
#[derive(Debug)]
pub struct Admission {
    quick: Lane,
    heavy: Lane,
    mutations: Lane,
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
    /// Its cost.
    pub cost: u64,
    /// Whether none of its statements searches.
    pub is_quick: bool,
}

impl Admission {
    /// Lets so many heavy reads run at a time, of which none costs more than `dearest`.
    pub fn new(heavy: usize, dearest: u64) -> Admission {
        Admission {
            quick: Lane::new(heavy * QUICK_FOR_HEAVY, WAITING),
            heavy: Lane::new(heavy * PLACE, heavy * WAITING_FOR_HEAVY),
            mutations: Lane::new(heavy * MUTATIONS_FOR_HEAVY, WAITING),
            dearest,
        }
    }

    /// So many heavy reads run at a time where no setting says otherwise.
    pub fn heavy_by_default() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from).saturating_mul(8).clamp(16, 1_000)
    }

    /// Waits until the operation may run; it does for as long as what is returned is held.
    ///
    /// # Errors
    /// [`Busy`] if too many wait already, or it has waited for a second.
    pub async fn enter(&self, load: Load) -> Result<SemaphorePermit<'_>, Busy> {
        match load {
            Load { kind: Kind::Mutation, .. } => self.mutations.enter(1).await,
            Load { cost, is_quick: true, .. } if cost <= QUICK => self.quick.enter(1).await,
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
        match timeout(self.patience, self.free.acquire_many(places)).await {
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
        let admission = Admission::new(2, 1_000);
        let heavy = read(1, false);
        let (one, _two) = (admission.enter(heavy).await.unwrap(), admission.enter(heavy).await.unwrap());
        let mut waiting: Vec<_> = (0..8).map(|_| Box::pin(admission.enter(heavy))).collect();
        for one in &mut waiting {
            assert!(poll!(one).is_pending());
        }
        assert_eq!(admission.enter(heavy).await.unwrap_err(), Busy);
        // In a queue of their own.
        assert!(admission.enter(read(1_000, true)).await.is_ok());
        assert!(admission.enter(Load { kind: Kind::Mutation, ..heavy }).await.is_ok());
        drop(one);
        let next = poll!(&mut waiting[0]);
        assert!(matches!(next, Poll::Ready(Ok(_))));
        // One that leaves makes room in the queue.
        waiting.truncate(1);
        assert!(poll!(pin!(admission.enter(heavy))).is_pending());
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
        for _ in 0..4 {
            running.push(admission.enter(read(2_000, true)).await.unwrap());
        }
        assert!(poll!(pin!(admission.enter(read(2_000, true)))).is_pending());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let mut admission = Admission::new(1, 1);
        admission.heavy.patience = Duration::ZERO;
        let _one = admission.enter(read(1, false)).await.unwrap();
        assert_eq!(admission.enter(read(1, false)).await.unwrap_err(), Busy);
    }
}
