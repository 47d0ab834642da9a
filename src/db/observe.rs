//! Every statement, as the connections report it: for the log, for tests, and for explain.

use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::{
    cell::{Cell, RefCell},
    sync::Arc,
    time::{Duration, Instant},
};

/// Receives each statement's SQL text.
pub(super) type Observer = Arc<dyn Fn(&str) + Send + Sync>;

/// A statement that has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its SQL text.
    pub sql: String,
    /// How many rows it gave, or wrote.
    pub rows: usize,
    /// From when a connection was there for it to when its last row was.
    pub time: Duration,
}

tokio::task_local! {
    /// What [`record`] has seen so far. Not a connection's affair: statements of several recordings are pipelined on
    /// one connection.
    static RECORDED: RefCell<Vec<Ran>>;
}

/// Runs `work`, and returns the statements that it ran, in order.
pub async fn record<F: Future>(work: F) -> (F::Output, Vec<Ran>) {
    let recorded = async {
        let output = work.await;
        (output, RECORDED.with(RefCell::take))
    };
    RECORDED.scope(RefCell::default(), recorded).await
}

/// Measures a statement on a connection, where somebody records.
pub(super) struct Clock(Option<Instant>);

impl Clock {
    /// From now on: there is a connection.
    pub(super) fn start() -> Clock {
        Clock(RECORDED.try_with(|_| Instant::now()).ok())
    }

    /// Until now, when all of its rows are there.
    pub(super) fn stop(self, rows: usize) {
        let Some(begun) = self.0 else { return };
        let _ = RECORDED.try_with(|recorded| {
            if let Some(last) = recorded.borrow_mut().last_mut() {
                last.time = begun.elapsed();
                last.rows = rows;
            }
        });
    }
}

/// What SQLite's connections report to. The text is made only where somebody listens.
pub(super) fn instrumentation(observer: Option<Observer>) -> impl Instrumentation {
    move |event: InstrumentationEvent<'_>| {
        let InstrumentationEvent::StartQuery { query, .. } = event else { return };
        if IS_AGAIN.get() || !is_heard(observer.as_ref()) {
            return;
        }
        let text = query.to_string();
        // Diesel appends the bound values, which are the readers' and writers' own affair.
        report(observer.as_ref(), text.split_once(" -- binds: ").map_or(text.as_str(), |(sql, _)| sql));
    }
}

thread_local! {
    /// Whether the statements of this thread are the same again.
    static IS_AGAIN: Cell<bool> = const { Cell::new(false) };
}

/// Runs a statement. It is not reported if it is the same `again`, begun once more.
pub(super) fn unless<R>(again: bool, run: impl FnOnce() -> R) -> R {
    IS_AGAIN.set(again);
    let result = run();
    IS_AGAIN.set(false);
    result
}

fn is_heard(observer: Option<&Observer>) -> bool {
    observer.is_some()
        || tracing::enabled!(target: "doorway::sql", tracing::Level::DEBUG)
        || RECORDED.try_with(|_| ()).is_ok()
}

/// Tells the log, the recording and the observer of a statement that is about to run.
pub(super) fn report(observer: Option<&Observer>, sql: &str) {
    // One line for each, even if a migration spans several.
    tracing::debug!(target: "doorway::sql", "{}", sql.replace('\n', " "));
    let _ = RECORDED.try_with(|recorded| {
        recorded.borrow_mut().push(Ran { sql: sql.to_owned(), rows: 0, time: Duration::ZERO });
    });
    if let Some(observer) = observer {
        observer(sql);
    }
}
