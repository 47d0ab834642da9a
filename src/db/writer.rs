//! SQLite's one writer, while it has a transaction.

use super::error::DbError;
use super::files::Files;
use super::observe::Clock;
use super::stop::{self, Limit};
use diesel::{
    SqliteConnection,
    connection::{AnsiTransactionManager as Ansi, TransactionManager},
    result::Error as DieselError,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::OwnedMutexGuard, task::block_in_place};

/// The one writer inside `BEGIN IMMEDIATE`. Dropped before [`Writer::commit`] it rolls back, and only then
/// does the gate open for the next.
pub(super) struct Writer {
    connection: OwnedMutexGuard<SqliteConnection>,
    files: Option<Arc<Files>>,
    /// How long a statement may take.
    longest: Duration,
    open: bool,
}

impl Writer {
    /// On a connection that has just begun its transaction.
    pub(super) fn begun(
        connection: OwnedMutexGuard<SqliteConnection>,
        files: Option<Arc<Files>>,
        longest: Duration,
    ) -> Writer {
        Writer { connection, files, longest, open: true }
    }

    pub(super) fn run<R>(&mut self, statement: impl FnOnce(&mut SqliteConnection) -> R) -> R {
        let deadline = Instant::now() + self.longest;
        let limit = Limit { steps: u32::MAX, deadline, work: None, stop: None };
        block_in_place(|| stop::within(limit, || statement(&mut self.connection))).0
    }

    /// Commits; `then` runs before the next transaction can begin.
    ///
    /// # Errors
    /// SQLite's; [`DbError::Replaced`] when the files are not those at their paths. Either way it has rolled back.
    pub(super) fn commit(mut self, then: impl FnOnce()) -> Result<(), DbError> {
        // Once: a file that is lost after it takes this write with it as it does the last one, which was told long ago.
        self.files.as_deref().map_or(Ok(()), Files::check)?;
        let clock = Clock::start();
        block_in_place(|| Ansi::commit_transaction(&mut *self.connection))?;
        clock.stop(0);
        if let Some(files) = &self.files {
            files.lengths().look();
        }
        self.open = false;
        then();
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        match Ansi::rollback_transaction(&mut *self.connection) {
            // A commit that fails rolls back itself.
            Ok(()) | Err(DieselError::NotInTransaction) => {}
            // So does SQLite, where the disk is full and in the middle of a statement.
            Err(DieselError::DatabaseError(_, info))
                if info.message().contains("no transaction is active") => {}
            Err(error) => tracing::error!(%error, "SQLite could not roll back"),
        }
    }
}
