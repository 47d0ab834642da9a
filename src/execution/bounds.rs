//! What operations may take.

use super::admission::Admission;
use crate::engine::{Events, Limits};
use std::{sync::Arc, time::Duration};

/// What operations may take: each of them, and all that run at a time.
#[derive(Debug, Clone)]
pub struct Bounds {
    pub(super) limits: Limits,
    pub(super) admission: Arc<Admission>,
    pub(super) events: Arc<Events>,
}

impl Bounds {
    /// With these limits of each operation, and so many heavy reads at a time. Quick reads, mutations and events have places of
    /// their own, in proportion.
    pub fn new(limits: Limits, heavy: usize) -> Bounds {
        Bounds { limits, admission: Arc::new(Admission::new(heavy, limits.cost)), events: Arc::default() }
    }

    /// How long an operation may take.
    pub fn time(&self) -> Duration {
        self.limits.time
    }

    /// The most bytes of rows that operations hold together.
    pub fn memory(&self) -> usize {
        self.limits.response.saturating_mul(4)
    }
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds::new(Limits::default(), Admission::heavy_by_default())
    }
}
