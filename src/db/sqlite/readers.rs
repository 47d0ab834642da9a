//! Connections that read, on loan.

use crate::db::error::DbError;
use crate::db::stop::{self, Limit, Spent};
use diesel::{SqliteConnection, result::QueryResult};
use std::sync::{Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Connections that read.
pub(super) struct Readers {
    connections: Mutex<Vec<SqliteConnection>>,
    pub(super) free: Semaphore,
}

impl Readers {
    pub(super) fn new(connections: Vec<SqliteConnection>) -> Readers {
        Readers { free: Semaphore::new(connections.len()), connections: Mutex::new(connections) }
    }

    pub(super) async fn take(&self) -> Result<Reader<'_>, DbError> {
        let closed = || DbError::Unavailable("the SQLite readers are closed".into());
        let permit = self.free.acquire().await.map_err(|_| closed())?;
        let connection = self.connections.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Reader { from: self, connection: Some(connection.ok_or_else(closed)?), _permit: permit })
    }
}

/// A reader on loan; it goes back also when the statement panics.
pub(super) struct Reader<'a> {
    from: &'a Readers,
    connection: Option<SqliteConnection>,
    _permit: SemaphorePermit<'a>,
}

impl Reader<'_> {
    pub(super) fn run<R>(
        &mut self,
        limit: Limit,
        read: impl FnOnce(&mut SqliteConnection) -> QueryResult<R>,
    ) -> (QueryResult<R>, Spent) {
        match &mut self.connection {
            Some(connection) => stop::within(limit, || read(connection)),
            None => (Err(diesel::result::Error::NotFound), Spent::default()),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.from.connections.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
