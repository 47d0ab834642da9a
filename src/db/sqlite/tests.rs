//! Which readers reads begin on, and what stops them.

use super::*;
use diesel::RunQueryDsl;
use std::sync::atomic::Ordering::Relaxed;

const TIME: Duration = Duration::from_secs(30);

const ENDLESS: &str =
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c WHERE x < 0";

const SOME_MILLISECONDS: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 30000) \
     SELECT count(*) FROM c WHERE x < 0";

fn run(sql: &'static str) -> impl FnMut(&mut SqliteConnection, bool) -> QueryResult<usize> {
    move |connection, _| diesel::sql_query(sql).execute(connection)
}

/// The reads of an operation whose time is over.
fn late() -> Turn {
    let begun = Instant::now().checked_sub(2 * TIME).unwrap();
    Turn::begun(begun, Pace::Quick)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_read_without_end_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("a.db").to_str().unwrap(), ":memory:"] {
        let sqlite = Sqlite::open(path, TIME, None).unwrap();
        let stopped = sqlite.read(&late(), run(ENDLESS)).await;
        assert!(matches!(stopped, Err(DbError::TimedOut(_))), "{stopped:?}");
        // The connection is as good as before.
        sqlite.read(&Turn::new(), run("SELECT 1")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_read_that_nobody_waits_for_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("a.db").to_str().unwrap(), ":memory:"] {
        let sqlite = Sqlite::open(path, TIME, None).unwrap();
        let stop = Stop::default();
        let turn = Turn::slow().until(stop.clone());
        let running = tokio::spawn({
            let sqlite = sqlite.clone();
            async move { sqlite.read(&turn, run(ENDLESS)).await }
        });
        stop.stop();
        let stopped = running.await.unwrap();
        assert!(matches!(stopped, Err(DbError::TimedOut(_))), "{stopped:?}");
        sqlite.read(&Turn::new(), run("SELECT 1")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn quick_reads_do_not_wait_for_slow_ones() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(folder.path().join("a.db").to_str().unwrap(), TIME, None).unwrap();
    let mut slow = Vec::new();
    for _ in 0..SLOW {
        slow.push(sqlite.0.medium.take().await.unwrap());
    }
    let turn = late();
    let mut waiting = Box::pin(sqlite.read(&turn, run(ENDLESS)));
    // It has been tried as a quick one, and waits for another reader.
    assert!(futures_util::poll!(&mut waiting).is_pending());
    assert!(futures_util::poll!(&mut waiting).is_pending());
    for _ in 0..100 {
        sqlite.read(&Turn::new(), run("SELECT 1")).await.unwrap();
    }
    drop(slow);
    assert!(matches!(waiting.await, Err(DbError::TimedOut(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn reads_of_some_milliseconds_do_not_wait_for_those_of_many_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(folder.path().join("a.db").to_str().unwrap(), TIME, None).unwrap();
    let (stop, mut endless) = (Stop::default(), Vec::new());
    for _ in 0..2 * SLOW {
        let (sqlite, turn) = (sqlite.clone(), Turn::slow().until(stop.clone()));
        endless.push(tokio::spawn(async move { sqlite.read(&turn, run(ENDLESS)).await }));
    }
    // All slow readers are taken, and so they stay.
    while sqlite.0.slow.free.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let turn = Turn::new();
    sqlite.read(&turn, run(SOME_MILLISECONDS)).await.unwrap();
    assert_eq!(turn.0.lock().await.pace, Pace::Medium);
    stop.stop();
    for read in endless {
        assert!(matches!(read.await.unwrap(), Err(DbError::TimedOut(_))));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_took_long_is_not_tried_as_a_quick_read_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(folder.path().join("a.db").to_str().unwrap(), TIME, None).unwrap();
    let last = WasLong::default();
    // Each runs once more what the one before it has run.
    for (sql, begins, ends) in [
        ("SELECT 1", Pace::Quick, Pace::Quick),
        (SOME_MILLISECONDS, Pace::Quick, Pace::Medium),
        (SOME_MILLISECONDS, Pace::Medium, Pace::Medium),
        ("SELECT 1", Pace::Medium, Pace::Medium),
        ("SELECT 1", Pace::Quick, Pace::Quick),
    ] {
        let turn = Turn::new().after(last.clone());
        assert_eq!(turn.0.lock().await.pace, begins, "{sql}");
        sqlite.read(&turn, run(sql)).await.unwrap();
        assert_eq!(turn.0.lock().await.pace, ends, "{sql}");
    }
    // One that has read nothing says nothing.
    sqlite.read(&Turn::new().after(last.clone()), run(SOME_MILLISECONDS)).await.unwrap();
    drop(Turn::new().after(last.clone()));
    assert!(last.0.load(Relaxed));
}
