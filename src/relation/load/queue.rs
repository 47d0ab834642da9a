//! The batches that wait to be dispatched.

use futures_util::future::BoxFuture;
use std::sync::{Mutex, PoisonError};

/// The batches of one operation that have been asked for and not started.
#[derive(Default)]
pub(super) struct Queue(Mutex<Vec<BoxFuture<'static, ()>>>);

impl Queue {
    pub(super) fn push(&self, batch: BoxFuture<'static, ()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
    }

    pub(super) fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
