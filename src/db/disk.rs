//! What is known of the disk that the database is on.

use super::error::DbError;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Remembers that a write met a full disk, or one that fails.
#[derive(Debug, Default)]
pub(super) struct Disk {
    has_failed: AtomicBool,
}

impl Disk {
    /// Takes note of how a write went.
    pub(super) fn note<R>(&self, result: Result<R, DbError>) -> Result<R, DbError> {
        if let Err(DbError::DiskFull(_) | DbError::DiskFailed(_)) = &result {
            self.has_failed.store(true, Relaxed);
        }
        result
    }

    /// Whether a write has met one since the disk was last known to work.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Relaxed)
    }

    /// Something could be written.
    pub(super) fn works_again(&self) {
        self.has_failed.store(false, Relaxed);
    }
}
