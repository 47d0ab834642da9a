//! SQLite: a few readers beside one writer behind a gate.
//!
//! In WAL mode readers never wait for the writer. Writers would fail each other with "database is locked"
//! when a read inside their transaction turns into a write; so there is one writing connection, handed out
//! by a fair lock, and each of its transactions begins with `BEGIN IMMEDIATE`.
//!
//! A read runs on the thread that asks for it, as any other computation of its task: it costs 2 µs where a
//! change of thread would add 20. That blocks one of Tokio's threads, so there is one reader less than there are
//! threads: a slow query on every reader leaves a thread for everything else. Writes, which wait for the disk, hand
//! their thread's other tasks over first (`block_in_place`). It needs Tokio's multi-threaded runtime.

use super::error::DbError;
use super::fold;
use super::observe::{Clock, Observer, instrumentation};
use diesel::{
    Connection, SqliteConnection,
    connection::{AnsiTransactionManager as Ansi, SimpleConnection, TransactionManager},
};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedMutexGuard, Semaphore},
    task::block_in_place,
};

/// Set on every connection. A cache of 16 MB each; `synchronous = NORMAL` in WAL mode loses no committed
/// transaction when the process dies, and leaves the file whole when the machine does.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
     PRAGMA foreign_keys = ON; PRAGMA mmap_size = 268435456; PRAGMA cache_size = -16000; \
     PRAGMA temp_store = MEMORY;";

/// An open SQLite database.
#[derive(Clone)]
pub(super) struct Sqlite(Arc<Connections>);

struct Connections {
    /// Empty for a database in memory, which lives in its one connection.
    readers: Mutex<Vec<SqliteConnection>>,
    free: Semaphore,
    writer: Arc<tokio::sync::Mutex<SqliteConnection>>,
    in_memory: bool,
    /// Whether Tokio has one thread.
    alone: bool,
}

impl Sqlite {
    /// Opens the file at `path`, or makes it; `:memory:` is a database that ends with the process.
    ///
    /// # Errors
    /// [`DbError::Refused`], with the path and a reason, when the file cannot be opened for writing.
    pub(super) fn open(path: &str, observer: Option<&Observer>) -> Result<Sqlite, DbError> {
        let in_memory = path == ":memory:";
        let cannot = |reason: String| {
            let text = format!("the SQLite file {path} cannot be opened: {reason}");
            // Another process is writing: that is nothing a better setting would help.
            if reason.contains("locked") { DbError::Unavailable(text) } else { DbError::Refused(text) }
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
        let connect = || -> Result<SqliteConnection, DbError> {
            let mut connection =
                SqliteConnection::establish(path).map_err(|error| cannot(error.to_string()))?;
            connection.batch_execute(PRAGMAS).map_err(|error| cannot(error.to_string()))?;
            fold::doorway_fold_utils::register_impl(&mut connection, fold::fold)
                .map_err(|error| cannot(error.to_string()))?;
            connection.set_instrumentation(instrumentation(observer.cloned()));
            Ok(connection)
        };
        let mut writer = connect()?;
        // A file that can only be read opens, and even begins a transaction, without a word.
        writer
            .batch_execute("BEGIN IMMEDIATE; CREATE TABLE doorway_can_write (x); ROLLBACK")
            .map_err(|error| cannot(error.to_string()))?;
        // One reader for each thread but one: more would only share the same cores.
        let threads = Handle::try_current().map_or(1, |runtime| runtime.metrics().num_workers());
        let mut readers = Vec::new();
        while !in_memory && readers.len() < threads.saturating_sub(1).clamp(1, 16) {
            let mut reader = connect()?;
            reader.batch_execute("PRAGMA query_only = ON").map_err(|error| cannot(error.to_string()))?;
            readers.push(reader);
        }
        Ok(Sqlite(Arc::new(Connections {
            free: Semaphore::new(readers.len()),
            readers: Mutex::new(readers),
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            in_memory,
            alone: threads == 1,
        })))
    }

    /// Runs `read` on a reader. In a database in memory it waits for the open transaction to end.
    pub(super) async fn read<R>(&self, read: impl FnOnce(&mut SqliteConnection) -> R) -> Result<R, DbError> {
        if self.0.in_memory {
            let mut connection = self.0.writer.lock().await;
            return Ok(block_in_place(|| read(&mut connection)));
        }
        let closed = || DbError::Unavailable("the SQLite readers are closed".into());
        let _permit = self.0.free.acquire().await.map_err(|_| closed())?;
        let mut reader = Reader { from: &self.0, connection: self.0.take_reader() };
        match reader.connection.as_mut() {
            // There is no other thread.
            Some(connection) if self.0.alone => Ok(block_in_place(|| read(connection))),
            Some(connection) => Ok(read(connection)),
            None => Err(closed()),
        }
    }

    /// Waits for the writer and begins a transaction on it.
    pub(super) async fn begin(&self) -> Result<Writer, DbError> {
        let mut connection = self.0.writer.clone().lock_owned().await;
        // By Diesel's own bookkeeping, so that its batch inserts, which open a transaction, nest in ours.
        let clock = Clock::start();
        block_in_place(|| Ansi::begin_transaction_sql(&mut *connection, "BEGIN IMMEDIATE"))?;
        clock.stop(0);
        Ok(Writer { connection, open: true })
    }

    /// Runs `work` on the writer outside any transaction of ours.
    pub(super) async fn exclusive<R>(&self, work: impl FnOnce(&mut SqliteConnection) -> R) -> R {
        let mut connection = self.0.writer.lock().await;
        block_in_place(|| work(&mut connection))
    }
}

impl Connections {
    fn take_reader(&self) -> Option<SqliteConnection> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// A reader on loan; it goes back also when the statement panics.
struct Reader<'a> {
    from: &'a Connections,
    connection: Option<SqliteConnection>,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.from.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

/// The one writer inside `BEGIN IMMEDIATE`. Dropped before [`Writer::commit`] it rolls back, and only then
/// does the gate open for the next.
pub(super) struct Writer {
    connection: OwnedMutexGuard<SqliteConnection>,
    open: bool,
}

impl Writer {
    pub(super) fn run<R>(&mut self, statement: impl FnOnce(&mut SqliteConnection) -> R) -> R {
        block_in_place(|| statement(&mut self.connection))
    }

    /// Commits; `then` runs before the next transaction can begin.
    pub(super) fn commit(mut self, then: impl FnOnce()) -> Result<(), DbError> {
        let clock = Clock::start();
        block_in_place(|| Ansi::commit_transaction(&mut *self.connection))?;
        clock.stop(0);
        self.open = false;
        then();
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.open
            && let Err(error) = Ansi::rollback_transaction(&mut *self.connection)
        {
            tracing::error!(%error, "SQLite could not roll back");
        }
    }
}
