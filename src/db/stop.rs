//! Stops SQLite's statements, which run on the thread that asks for them and cannot be dropped.
//!
//! The one module with `unsafe`: Diesel gives no access to a connection's progress handler, and no safe crate sets it on a
//! connection of Diesel's. What it does with the pointers is no more than SQLite's documentation asks for
//! (<https://sqlite.org/c3ref/auto_extension.html>, <https://sqlite.org/c3ref/progress_handler.html>).
#![allow(unsafe_code)]

use super::error::INTERRUPTED;
use crate::clock::thread_time;
use libsqlite3_sys as ffi;
use std::{
    cell::RefCell,
    ffi::{c_char, c_int, c_void},
    ptr,
    sync::{
        Arc, Once,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// How many steps of SQLite's virtual machine lie between two calls of the handler: some 20 µs.
const STEPS: c_int = 1000;

/// Stops the running statement of an operation, from any thread.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops it, and all that come after it.
    pub fn stop(&self) {
        self.0.store(true, Relaxed);
    }

    /// Whether it was stopped.
    pub(super) fn is_stopped(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// When the running statement of this thread is to stop.
#[derive(Debug)]
pub(super) struct Limit {
    /// After so many thousand steps. Steps, not time: the same statement on the same rows always takes as many.
    pub steps: u32,
    /// Or when its thread has used so much time of a processor, which does not pass while other threads have it.
    pub work: Option<Work>,
    /// Or at this time.
    pub deadline: Instant,
    /// Or when nobody waits for it any longer.
    pub stop: Option<Stop>,
}

/// How much time of a processor a thread may use.
#[derive(Debug)]
pub(super) struct Work(Duration);

impl Work {
    /// So much from now on, on this thread.
    pub(super) fn of(time: Duration) -> Work {
        Work(thread_time() + time)
    }

    fn is_done(&self) -> bool {
        thread_time() >= self.0
    }
}

impl Limit {
    fn is_due(&mut self) -> bool {
        let is_over = self.steps == 0;
        self.steps = self.steps.saturating_sub(1);
        is_over
            || self.stop.as_ref().is_some_and(Stop::is_stopped)
            || Instant::now() >= self.deadline
            || self.work.as_ref().is_some_and(Work::is_done)
    }
}

thread_local! {
    static LIMIT: RefCell<Option<Limit>> = const { RefCell::new(None) };
}

/// Lets [`within`] stop the statements of all connections that are opened from now on, in the whole process.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    // SAFETY: the function has the signature that SQLite calls it with, and lives as long as the process.
    ONCE.call_once(|| {
        let _ = unsafe { ffi::sqlite3_auto_extension(Some(opened)) };
    });
}

/// SQLite calls it for each new connection.
unsafe extern "C" fn opened(
    connection: *mut ffi::sqlite3,
    _: *mut *mut c_char,
    _: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite passes an open connection. The handler needs no data of ours, and lives as long as the process.
    unsafe { ffi::sqlite3_progress_handler(connection, STEPS, Some(is_due), ptr::null_mut()) };
    ffi::SQLITE_OK
}

/// SQLite calls it within a statement, on the statement's thread, and stops the statement unless it gets 0.
unsafe extern "C" fn is_due(_: *mut c_void) -> c_int {
    let due = LIMIT.with(|limit| limit.try_borrow_mut().ok()?.as_mut().map(Limit::is_due));
    c_int::from(due == Some(true))
}

/// Runs `work`, whose statements fail with "interrupted" when the limit is reached; and how many thousand steps it took.
pub(super) fn within<R>(limit: Limit, work: impl FnOnce() -> R) -> (R, u32) {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            LIMIT.set(None);
        }
    }
    let steps = limit.steps;
    LIMIT.set(Some(limit));
    let _reset = Reset;
    let result = work();
    let left = LIMIT.with_borrow(|left| left.as_ref().map_or(0, |left| left.steps));
    (result, steps - left)
}

/// The error of a statement that is stopped, for one that stops by itself.
pub(super) fn stopped() -> diesel::result::Error {
    let kind = diesel::result::DatabaseErrorKind::Unknown;
    diesel::result::Error::DatabaseError(kind, Box::new(INTERRUPTED.to_owned()))
}

/// Whether a statement was stopped.
pub(super) fn is_stopped<R>(result: &diesel::QueryResult<R>) -> bool {
    matches!(result, Err(diesel::result::Error::DatabaseError(_, info)) if info.message() == INTERRUPTED)
}
