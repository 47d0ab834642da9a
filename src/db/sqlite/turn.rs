//! The reads of one operation.

use crate::db::stop::{Limit, Stop};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
};
use tokio::sync::Mutex;

/// How long a read takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Quick,
    Medium,
    Slow,
}

/// Whether the statements of an operation took long the last time that it ran. Where they did, they would keep quick ones waiting,
/// only to be stopped again.
#[derive(Debug, Clone, Default)]
pub struct WasLong(pub(super) Arc<AtomicBool>);

/// The reads of one operation, which take turns.
pub(in crate::db) struct Turn(pub(super) Mutex<Taken>);

pub(super) struct Taken {
    pub(super) begun: Instant,
    /// Says when nobody waits for them any longer.
    pub(super) stop: Option<Stop>,
    /// How long the longest of them took. The others begin on a reader for that.
    pub(super) pace: Pace,
    /// What they took since others had their turn, in thousands of SQLite's steps.
    pub(super) steps: u32,
    /// Whether any took long, once one has ended.
    is_long: Option<bool>,
    /// The same of the last time.
    was_long: WasLong,
}

impl Taken {
    /// Lets a statement run until `deadline`, unless nobody waits for it any longer.
    pub(super) fn limit(&self, deadline: Instant) -> Limit {
        Limit { steps: u32::MAX, work: None, deadline, stop: self.stop.clone() }
    }

    /// A statement has ended, and was long or not.
    pub(super) fn note(&mut self, is_long: bool) {
        self.is_long = Some(is_long || self.is_long == Some(true));
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(is_long) = self.is_long {
            self.was_long.0.store(is_long, Relaxed);
        }
    }
}

impl Turn {
    pub(in crate::db) fn new() -> Turn {
        Turn::begun(Instant::now(), Pace::Quick)
    }

    /// That of an operation whose reads are not tried as quick ones.
    pub(in crate::db) fn slow() -> Turn {
        Turn::begun(Instant::now(), Pace::Medium)
    }

    /// The same, which end when `stop` says so.
    pub(in crate::db) fn until(mut self, stop: Stop) -> Turn {
        self.0.get_mut().stop = Some(stop);
        self
    }

    /// The same, which begin among longer ones if they were long the last time, and say for the next time whether they were.
    pub(in crate::db) fn after(mut self, last: WasLong) -> Turn {
        let taken = self.0.get_mut();
        if last.0.load(Relaxed) && taken.pace == Pace::Quick {
            taken.pace = Pace::Medium;
        }
        taken.was_long = last;
        self
    }

    pub(super) fn begun(begun: Instant, pace: Pace) -> Turn {
        let (is_long, was_long) = (None, WasLong::default());
        Turn(Mutex::new(Taken { begun, stop: None, pace, steps: 0, is_long, was_long }))
    }
}
