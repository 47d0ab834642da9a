//! The database layer: one API over SQLite and PostgreSQL.
//!
//! A statement is written once, as a Diesel expression, and run by [`Reader::rows`] or inside a
//! [`Transaction`]; both accept whatever both databases understand ([`Rows`], [`Command`]). One [`Reader`]
//! serves one operation: on PostgreSQL it holds one connection from its first statement to its end.
//!
//! Nothing here knows of GraphQL.

mod error;
mod fold;
mod migrations;
mod notices;
mod observe;
mod postgres;
mod sqlite;
mod statement;
mod transaction;
mod types;
mod url;

pub use error::DbError;
pub use migrations::{Migration, Migrations};
pub use notices::{MAX_NOTICE, Notice, NoticeStream, TooSlow};
pub use observe::{Ran, record};
pub use statement::{Command, Rows, column_names};
pub use transaction::Transaction;
pub use types::{BadTimestamp, Guid, Id, Instant, Timestamp};
pub use url::{BadUrl, DatabaseUrl};

use notices::Notices;
use observe::{Clock, Observer};
use postgres::{Loan, Postgres};
use sqlite::Sqlite;
use std::{fmt, sync::Arc};
use tokio::sync::OnceCell;

/// An open database; cloning is cheap and shares its connections.
#[derive(Clone)]
pub struct Db {
    connections: Connections,
    notices: Arc<Notices>,
}

#[derive(Clone)]
enum Connections {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

impl Db {
    /// Opens the database. SQLite's file is made when it is missing; PostgreSQL is not asked yet.
    ///
    /// # Errors
    /// [`DbError::Refused`] when a SQLite file cannot be opened for writing.
    pub fn open(url: &DatabaseUrl) -> Result<Db, DbError> {
        Db::connect(url, None)
    }

    /// The same, telling `observer` the SQL text of every statement before it runs, also of those that
    /// begin and end transactions.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn open_observed(
        url: &DatabaseUrl,
        observer: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Db, DbError> {
        Db::connect(url, Some(Arc::new(observer)))
    }

    fn connect(url: &DatabaseUrl, observer: Option<Observer>) -> Result<Db, DbError> {
        let connections = match url {
            DatabaseUrl::Postgres(address) => {
                Connections::Postgres(Postgres::open(address, &url.to_string(), observer)?)
            }
            DatabaseUrl::Sqlite(path) => Connections::Sqlite(Sqlite::open(path, observer.as_ref())?),
        };
        Ok(Db { connections, notices: Notices::new() })
    }

    /// Whether this is PostgreSQL; SQLite otherwise.
    pub fn is_postgres(&self) -> bool {
        matches!(self.connections, Connections::Postgres(_))
    }

    /// What one operation reads through.
    pub fn reader(&self) -> Reader {
        Reader { db: self.clone(), loan: OnceCell::new() }
    }

    /// Begins a transaction. Dropped before its commit, also by a cancelled operation, it leaves nothing.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when there is no connection to be had.
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        Transaction::begin(self).await
    }

    /// Tells PostgreSQL of rows that came all at once; until its planner knows of them, its plans are for
    /// empty tables, and half as fast, and until they are marked as visible to all, reads that an index could
    /// answer visit each row. SQLite needs neither.
    ///
    /// # Errors
    /// The database's.
    pub async fn analyze(&self) -> Result<(), DbError> {
        match &self.connections {
            Connections::Postgres(postgres) => postgres.lend().await?.batch("VACUUM (ANALYZE)").await,
            Connections::Sqlite(_) => Ok(()),
        }
    }

    /// Asks the database for nothing and waits for the answer.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when it does not answer.
    pub async fn ping(&self) -> Result<(), DbError> {
        match &self.connections {
            Connections::Postgres(postgres) => postgres.lend().await?.batch("SELECT 1").await,
            Connections::Sqlite(sqlite) => {
                use diesel::connection::SimpleConnection;
                Ok(sqlite.read(|connection| connection.batch_execute("SELECT 1")).await??)
            }
        }
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_postgres() { "Db(PostgreSQL)" } else { "Db(SQLite)" })
    }
}

/// Runs the reads of one operation.
pub struct Reader {
    db: Db,
    /// PostgreSQL's connection, from the first statement on.
    loan: OnceCell<Loan>,
}

impl Reader {
    /// Runs a query; its rows in order. Queries that run side by side are pipelined on PostgreSQL.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub async fn rows<T, Q>(&self, query: Q) -> Result<Vec<T>, DbError>
    where
        T: Send + 'static,
        Q: Rows<T>,
    {
        match &self.db.connections {
            Connections::Postgres(postgres) => {
                let loan = self.loan.get_or_try_init(|| postgres.lend()).await?;
                let clock = Clock::start();
                let rows = loan.run(|connection| query.on_postgres(connection)).await;
                clock.stop(rows.as_ref().map_or(0, Vec::len));
                rows
            }
            Connections::Sqlite(sqlite) => {
                let read = |connection: &mut diesel::SqliteConnection| {
                    let clock = Clock::start();
                    let rows = query.on_sqlite(connection);
                    clock.stop(rows.as_ref().map_or(0, Vec::len));
                    rows
                };
                Ok(sqlite.read(read).await??)
            }
        }
    }
}
