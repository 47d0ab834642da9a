//! How many bytes of rows operations hold, each of them and all together.

use super::error::DbError;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// What one operation may hold without being counted among all.
const SMALL: usize = 64 << 10;

/// The bytes that all operations hold.
#[derive(Debug)]
pub(super) struct Memory {
    held: AtomicUsize,
    most: usize,
}

/// The bytes of rows that an operation holds, until this is dropped.
#[derive(Debug)]
pub struct Held {
    all: Arc<Memory>,
    bytes: AtomicUsize,
    /// Of these, those that are counted among all.
    counted: AtomicUsize,
    most: usize,
}

impl Memory {
    /// Up to so many bytes.
    pub(super) fn new(most: usize) -> Arc<Memory> {
        Arc::new(Memory { held: AtomicUsize::new(0), most })
    }

    /// What an operation holds: nothing yet, and up to so many bytes.
    pub(super) fn hold(self: &Arc<Memory>, most: usize) -> Arc<Held> {
        let (bytes, counted) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Held { all: self.clone(), bytes, counted, most })
    }
}

impl Held {
    /// Notes that so many bytes were read.
    pub(super) fn add(&self, bytes: usize) -> Result<(), DbError> {
        let now = self.bytes.fetch_add(bytes, Relaxed).saturating_add(bytes);
        if now <= SMALL {
            return Ok(());
        }
        if now > self.most {
            return Err(DbError::TooMuch(self.most));
        }
        let more = now.saturating_sub(self.counted.fetch_max(now, Relaxed));
        let all = self.all.held.fetch_add(more, Relaxed).saturating_add(more);
        // One that is alone may have all there is.
        if all > self.all.most && all > now { Err(DbError::Crowded(self.all.most)) } else { Ok(()) }
    }

    /// Notes that so many bytes will be read again.
    pub(super) fn give_back(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.held.fetch_sub(*self.counted.get_mut(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_hold_so_much_each_and_so_much_together() {
        let memory = Memory::new(4 * SMALL);
        let (one, other) = (memory.hold(3 * SMALL), memory.hold(3 * SMALL));
        assert!(one.add(3 * SMALL).is_ok());
        assert!(matches!(one.add(1), Err(DbError::TooMuch(_))));
        // What is small is not counted.
        assert!(other.add(SMALL).is_ok());
        assert!(matches!(other.add(1), Err(DbError::Crowded(_))));
        drop(one);
        // What is read again is counted once.
        other.give_back(SMALL);
        assert!(other.add(2 * SMALL).is_ok());
        assert_eq!(memory.held.load(Relaxed), 2 * SMALL + 1);
        drop(other);
        assert_eq!(memory.held.load(Relaxed), 0);
        // One that is alone may take more than all may.
        let memory = Memory::new(SMALL);
        assert!(memory.hold(9 * SMALL).add(8 * SMALL).is_ok());
    }
}
