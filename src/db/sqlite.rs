//! SQLite: a few readers beside one writer behind a gate.
//!
//! In WAL mode readers never wait for the writer. Writers would fail each other with "database is locked"
//! when a read inside their transaction turns into a write; so there is one writing connection, handed out
//! by a fair lock, and each of its transactions begins with `BEGIN IMMEDIATE`.
//!
//! A read first runs on the thread that asks for it, as any other computation of its task: it costs 2 µs where a
//! change of thread would add 20. That blocks one of Tokio's threads, so it may take some milliseconds only ([`QUICK`]). Then
//! it is stopped, and begins again where it may take longer ([`MEDIUM`]), with the thread's other tasks handed over
//! first (`block_in_place`); and once more where it may take as long as its operation. Each of the three has readers of its own, so that
//! quick reads never wait for longer ones, nor those of some milliseconds for those of many seconds. An operation has one of the longer
//! ones at a time, so that those of many operations take turns. There is one quick reader less than there are threads. An operation whose
//! statements took a millisecond the last time does not try them as quick ones ([`WasLong`]). Writes, which wait for the disk, hand their
//! thread's other tasks over as well. It needs Tokio's multi-threaded runtime.

mod readers;
mod turn;

use super::error::DbError;
use super::files::Files;
use super::functions;
use super::observe::{Clock, Observer, instrumentation};
use super::stop::{self, Limit, Stop};
use super::writer::Writer;
use diesel::{
    Connection, SqliteConnection,
    connection::{AnsiTransactionManager as Ansi, SimpleConnection},
    result::QueryResult,
};
use readers::Readers;
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, task::block_in_place};
pub(super) use turn::Turn;
pub use turn::WasLong;
use turn::{Pace, Taken};

/// Set on every connection. A cache of 16 MB each; `synchronous = NORMAL` in WAL mode loses no committed
/// transaction when the process dies, and leaves the file whole when the machine does.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
     PRAGMA foreign_keys = ON; PRAGMA mmap_size = 268435456; PRAGMA cache_size = -16000; \
     PRAGMA temp_store = MEMORY;";

/// An open SQLite database.
#[derive(Clone)]
pub(super) struct Sqlite(Arc<Connections>);

/// How long a quick read may take, in thousands of SQLite's steps and in time of a processor: less than an answer takes over a network.
const QUICK: u32 = 200;
const QUICK_WORK: Duration = Duration::from_millis(4);

/// How much time of a processor a read may take after that: a step that folds the case of a long text takes as long as many others.
/// And how long it may take for that, where the processors or the disk are busy.
const MEDIUM: Duration = Duration::from_millis(100);
const MEDIUM_BUSY: Duration = Duration::from_secs(2);

/// How many readers there are for the longest reads, and at least for those up to [`MEDIUM`]; and at most for those.
const SLOW: usize = 2;
const MEDIUM_READERS: usize = 8;

struct Connections {
    /// Empty for a database in memory, which lives in its one connection.
    quick: Readers,
    medium: Readers,
    slow: Readers,
    writer: Arc<tokio::sync::Mutex<SqliteConnection>>,
    /// `None` where there is no file.
    files: Option<Arc<Files>>,
    in_memory: bool,
    /// Whether Tokio has one thread.
    alone: bool,
    /// How long an operation's reads may take; a little longer than the operation, whose end says what is wrong.
    longest: Duration,
}

impl Sqlite {
    /// Opens the file at `path`, or makes it; `:memory:` is a database that ends with the process.
    ///
    /// # Errors
    /// [`DbError::Refused`], with the path and a reason, when the file cannot be opened for writing.
    pub(super) fn open(path: &str, time: Duration, observer: Option<&Observer>) -> Result<Sqlite, DbError> {
        let in_memory = path == ":memory:";
        let cannot = |reason: String| {
            let text = format!("the SQLite file {path} cannot be opened: {reason}");
            // What no better setting would help: another process that writes, a full disk.
            match reason {
                _ if reason.contains("locked") => DbError::Unavailable(text),
                _ if reason.contains("disk is full") => DbError::DiskFull(text),
                _ => DbError::Refused(text),
            }
        };
        if !in_memory && !path.starts_with("file:") {
            let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                return Err(cannot(format!("there is no folder {}", folder.display())));
            }
            if Path::new(path).is_dir() {
                return Err(cannot("it is a folder".into()));
            }
        }
        stop::install();
        let connect = || -> Result<SqliteConnection, DbError> {
            let mut connection =
                SqliteConnection::establish(path).map_err(|error| cannot(error.to_string()))?;
            connection.batch_execute(PRAGMAS).map_err(|error| cannot(error.to_string()))?;
            functions::register(&mut connection).map_err(|error| cannot(error.to_string()))?;
            Ok(connection)
        };
        let mut writer = connect()?;
        // A file that can only be read opens, and even begins a transaction, without a word.
        writer
            .batch_execute("BEGIN IMMEDIATE; CREATE TABLE doorway_can_write (x); ROLLBACK")
            .map_err(|error| cannot(error.to_string()))?;
        let files = Files::of(&mut writer, path).map_err(|error| cannot(error.to_string()))?;
        writer.set_instrumentation(instrumentation(observer.cloned()));
        // One reader for each thread but one: more would only share the same cores.
        let threads = Handle::try_current().map_or(1, |runtime| runtime.metrics().num_workers());
        let readers = |count: usize| -> Result<Readers, DbError> {
            let mut readers = Vec::new();
            while !in_memory && readers.len() < count {
                let mut reader = connect()?;
                reader.batch_execute("PRAGMA query_only = ON").map_err(|error| cannot(error.to_string()))?;
                reader.set_instrumentation(instrumentation(observer.cloned()));
                readers.push(reader);
            }
            Ok(Readers::new(readers))
        };
        let quick = threads.saturating_sub(1).clamp(1, 16);
        Ok(Sqlite(Arc::new(Connections {
            quick: readers(quick)?,
            medium: readers(quick.clamp(SLOW, MEDIUM_READERS))?,
            slow: readers(SLOW)?,
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            files: files.map(Arc::new),
            in_memory,
            alone: threads == 1,
            longest: time + Duration::from_secs(1),
        })))
    }

    /// Runs `read` on a quick reader. If it takes longer than reads may there, it begins again on a medium one, and then on a slow one;
    /// `read` is told whether this is the quick one. In a database in memory it waits for the open transaction to end.
    ///
    /// # Errors
    /// The database's; [`DbError::TimedOut`] when the reads of `turn` have taken too long.
    pub(super) async fn read<R>(
        &self,
        turn: &Turn,
        mut read: impl FnMut(&mut SqliteConnection, bool) -> QueryResult<R>,
    ) -> Result<R, DbError> {
        // One at a time: an operation of many statements is one among others, not many.
        let mut turn = turn.0.lock().await;
        let deadline = turn.begun + self.0.longest;
        if !self.0.in_memory && turn.pace == Pace::Quick {
            let quick = Limit { steps: QUICK, work: Some(QUICK_WORK), ..turn.limit(deadline) };
            let mut reader = self.0.quick.take().await?;
            let (result, spent) = if self.0.alone {
                block_in_place(|| reader.run(quick, |connection| read(connection, true)))
            } else {
                reader.run(quick, |connection| read(connection, true))
            };
            drop(reader);
            turn.note(spent.is_long || stop::is_stopped(&result));
            turn.steps += spent.steps;
            if turn.steps >= QUICK {
                // Many quick ones take long together.
                turn.steps = 0;
                tokio::task::yield_now().await;
            }
            if !stop::is_stopped(&result) {
                return Ok(result?);
            }
            turn.pace = Pace::Medium;
        }
        // Boxed: few reads are long, and all would move what these need.
        Box::pin(self.read_long(&mut turn, deadline, |connection| read(connection, false))).await
    }

    /// The same for one that takes longer than quick ones may.
    async fn read_long<R>(
        &self,
        turn: &mut Taken,
        deadline: Instant,
        mut read: impl FnMut(&mut SqliteConnection) -> QueryResult<R>,
    ) -> Result<R, DbError> {
        if !self.0.in_memory && turn.pace == Pace::Medium {
            let mut reader = self.0.medium.take().await?;
            let until = deadline.min(Instant::now() + MEDIUM_BUSY);
            let medium = Limit { work: Some(MEDIUM), ..turn.limit(until) };
            let (result, spent) = block_in_place(|| reader.run(medium, &mut read));
            drop(reader);
            turn.note(spent.is_long || stop::is_stopped(&result));
            if !stop::is_stopped(&result)
                || until == deadline
                || turn.stop.as_ref().is_some_and(Stop::is_stopped)
            {
                return ended(result).await;
            }
            turn.pace = Pace::Slow;
        }
        self.slowly(turn.limit(deadline), read).await
    }

    /// Runs `read` on a slow reader, at once.
    ///
    /// # Errors
    /// As [`Sqlite::read`].
    pub(super) async fn read_once<R>(
        &self,
        turn: &Turn,
        read: impl FnOnce(&mut SqliteConnection) -> QueryResult<R>,
    ) -> Result<R, DbError> {
        let turn = turn.0.lock().await;
        let deadline = turn.begun + self.0.longest;
        self.slowly(turn.limit(deadline), read).await
    }

    async fn slowly<R>(
        &self,
        limit: Limit,
        read: impl FnOnce(&mut SqliteConnection) -> QueryResult<R>,
    ) -> Result<R, DbError> {
        let result = if self.0.in_memory {
            let mut connection = self.0.writer.lock().await;
            block_in_place(|| stop::within(limit, || read(&mut connection))).0
        } else {
            let mut reader = self.0.slow.take().await?;
            block_in_place(|| reader.run(limit, read)).0
        };
        ended(result).await
    }

    /// Waits for the writer and begins a transaction on it.
    pub(super) async fn begin(&self) -> Result<Writer, DbError> {
        let mut connection = self.0.writer.clone().lock_owned().await;
        if let Some(files) = self.files()
            && files.lengths().are_cut_off(&mut connection)?
        {
            files.check()?;
            return Err(DbError::Damaged("it was cut off".into()));
        }
        let clock = Clock::start();
        // By Diesel's own bookkeeping, so that its batch inserts, which open a transaction, nest in ours.
        block_in_place(|| Ansi::begin_transaction_sql(&mut *connection, "BEGIN IMMEDIATE"))?;
        clock.stop(0);
        Ok(Writer::begun(connection, self.0.files.clone(), self.0.longest))
    }

    /// The files of the database, where it has any.
    pub(super) fn files(&self) -> Option<&Files> {
        self.0.files.as_deref()
    }

    /// Checks that its files are still those that were opened.
    ///
    /// # Errors
    /// [`DbError::Replaced`] if not.
    pub(super) fn check_files(&self) -> Result<(), DbError> {
        self.files().map_or(Ok(()), Files::check)
    }

    /// Runs `work` on the writer outside any transaction of ours.
    pub(super) async fn exclusive<R>(&self, work: impl FnOnce(&mut SqliteConnection) -> R) -> R {
        let mut connection = self.0.writer.lock().await;
        block_in_place(|| work(&mut connection))
    }
}

/// What a read has ended with. If it was stopped, whoever has a limit for the whole operation says so first, or has left.
async fn ended<R>(result: QueryResult<R>) -> Result<R, DbError> {
    if stop::is_stopped(&result) {
        tokio::task::yield_now().await;
    }
    Ok(result?)
}

#[cfg(test)]
mod tests;
