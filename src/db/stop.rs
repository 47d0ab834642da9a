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
    pub work: Option<Duration>,
    /// Or at this time.
    pub deadline: Instant,
    /// Or when nobody waits for it any longer.
    pub stop: Option<Stop>,
}

/// A statement that runs.
struct Running {
    limit: Limit,
    /// In thousands.
    steps: u32,
    /// When it was no longer short, by the clock and by the processor's time of its thread.
    begun: Option<(Instant, Duration)>,
}

/// After so many thousand steps, a statement's time is counted. Asking for it takes as long as some steps.
const SHORT: u32 = 8;

impl Running {
    fn is_due(&mut self) -> bool {
        self.steps += 1;
        if self.steps >= SHORT && self.begun.is_none() {
            self.begun = Some((Instant::now(), thread_time()));
        }
        let Limit { steps, work, deadline, stop } = &self.limit;
        self.steps > *steps
            || stop.as_ref().is_some_and(Stop::is_stopped)
            || Instant::now() >= *deadline
            || work.is_some_and(|work| self.worked_for(work))
    }

    /// Whether its thread has used so much time of a processor.
    fn worked_for(&self, time: Duration) -> bool {
        self.begun.is_some_and(|(clock, work)| {
            clock.elapsed() >= time && thread_time().saturating_sub(work) >= time
        })
    }
}

/// From so many thousand steps on, a statement is long.
const LONG: u32 = 50;

/// Or from so much time of a processor on: a step that sorts or copies takes as long as many others.
const LONG_WORK: Duration = Duration::from_millis(1);

/// What a statement has taken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    /// In thousands.
    pub steps: u32,
    /// Whether others should not wait for it: a millisecond or more.
    pub is_long: bool,
}

thread_local! {
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
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
    let due = RUNNING.with(|running| running.try_borrow_mut().ok()?.as_mut().map(Running::is_due));
    c_int::from(due == Some(true))
}

/// Runs `work`, whose statements fail with "interrupted" when the limit is reached; and what it took.
pub(super) fn within<R>(limit: Limit, work: impl FnOnce() -> R) -> (R, Spent) {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            RUNNING.set(None);
        }
    }
    RUNNING.set(Some(Running { limit, steps: 0, begun: None }));
    let _reset = Reset;
    let result = work();
    let spent = RUNNING.with_borrow(|running| {
        let steps = running.as_ref().map_or(0, |running| running.steps);
        let is_long = running.as_ref().is_some_and(|running| running.worked_for(LONG_WORK));
        Spent { steps, is_long: is_long || steps >= LONG }
    });
    (result, spent)
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
