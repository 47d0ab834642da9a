//! What is known of the disk that the database is on, and of a SQLite file there.

use super::error::DbError;
use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering::Relaxed},
};

/// Remembers that a write met a full disk or one that fails, and that anything met a damaged file.
#[derive(Debug, Default)]
pub(super) struct Disk {
    has_failed: AtomicBool,
    /// What SQLite has said of it.
    damage: OnceLock<String>,
}

impl Disk {
    /// Takes note of how a write went, or a read of SQLite's.
    pub(super) fn note<R>(&self, result: Result<R, DbError>) -> Result<R, DbError> {
        match &result {
            Err(DbError::DiskFull(_) | DbError::DiskFailed(_)) => self.has_failed.store(true, Relaxed),
            Err(DbError::Damaged(message)) => drop(self.damage.set(message.clone())),
            _ => {}
        }
        result
    }

    /// Checks that the file is not known to be damaged. That does not pass, and each write may make it worse.
    ///
    /// # Errors
    /// [`DbError::Damaged`] if it is.
    pub(super) fn check(&self) -> Result<(), DbError> {
        self.damage.get().map_or(Ok(()), |message| Err(DbError::Damaged(message.clone())))
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
