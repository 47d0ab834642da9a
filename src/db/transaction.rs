//! One transaction API over both databases.

use super::database::{Connections, Db};
use super::disk::Disk;
use super::error::DbError;
use super::listener::IS_LISTENED;
use super::notice::MAX_NOTICE;
use super::notices::Notices;
use super::observe::Clock;
use super::postgres::Loan;
use super::session::{Sent, Session};
use super::statement::{Command, Rows};
use super::writer::Writer;
use crate::clock;
use diesel::sql_types::{Array, Text};
use std::sync::Arc;

/// An open transaction: all of it or nothing.
///
/// Dropped before [`Transaction::commit`] it rolls back, whatever it was doing: on SQLite at once, on
/// PostgreSQL off the caller's path, by closing the connection where a statement is still running. After
/// any error it can only be dropped; every further call fails with [`DbError::Aborted`].
pub struct Transaction {
    /// `None` once committed.
    open: Option<Open>,
    failed: bool,
    /// On SQLite, the notices to publish when it commits, and who receives them.
    pending: Vec<String>,
    notices: Arc<Notices>,
    disk: Arc<Disk>,
}

enum Open {
    Postgres(Box<Loan>),
    Sqlite(Writer),
}

impl Db {
    /// Begins a transaction. Dropped before its commit, also by a cancelled operation, it leaves nothing.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when there is no connection to be had; [`DbError::WrongClock`]; [`DbError::Damaged`].
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        Transaction::begin(self).await
    }
}

impl Transaction {
    async fn begin(db: &Db) -> Result<Transaction, DbError> {
        clock::now()?;
        db.disk.check()?;
        let open = match &db.connections {
            Connections::Postgres(postgres) => Open::Postgres(Box::new(postgres.lend_to_writer().await?)),
            Connections::Sqlite(sqlite) => Open::Sqlite(db.disk.note(sqlite.begin().await)?),
        };
        let (notices, disk) = (db.notices.clone(), db.disk.clone());
        let mut transaction =
            Transaction { open: Some(open), failed: false, pending: Vec::new(), notices, disk };
        // Rolled back by `Drop` from this point on.
        if let Some(Open::Postgres(loan)) = &transaction.open {
            let begun = loan.batch("BEGIN").await;
            transaction.note_failure(begun)?;
        }
        Ok(transaction)
    }

    /// Whether it is one of PostgreSQL's; of SQLite's otherwise.
    pub fn is_postgres(&self) -> bool {
        matches!(self.open, Some(Open::Postgres(_)))
    }

    /// Runs a query, or a write with `RETURNING`; its rows in order.
    ///
    /// # Errors
    /// Whatever the database reports; the transaction has then failed.
    pub async fn rows<T, Q>(&mut self, query: Q) -> Result<Vec<T>, DbError>
    where
        T: Send + 'static,
        Q: Rows<T>,
    {
        let open = self.open()?;
        let clock = Clock::start();
        let result = match open {
            Open::Postgres(loan) => loan.run(|session| query.on_postgres(session)).await,
            Open::Sqlite(writer) => {
                writer.run(|connection| query.on_sqlite(connection)).map_err(DbError::from)
            }
        };
        clock.stop(result.as_ref().map_or(0, Vec::len));
        self.note_failure(result)
    }

    /// Runs a write; the number of rows it wrote.
    ///
    /// # Errors
    /// Whatever the database reports; the transaction has then failed.
    pub async fn run<Q: Command>(&mut self, command: Q) -> Result<usize, DbError> {
        let open = self.open()?;
        let clock = Clock::start();
        let result = match open {
            Open::Postgres(loan) => loan.run(|session| command.on_postgres(session)).await,
            Open::Sqlite(writer) => {
                writer.run(|connection| command.on_sqlite(connection)).map_err(DbError::from)
            }
        };
        clock.stop(result.as_ref().map_or(0, |written| *written));
        self.note_failure(result)
    }

    /// Waits until no other transaction that has called this is open, in any process; SQLite has only one
    /// open at a time anyhow. For those that read first and write what they found missing.
    ///
    /// # Errors
    /// The database's.
    pub async fn alone(&mut self) -> Result<(), DbError> {
        let result = match self.open()? {
            // Any number but that of the migrations.
            Open::Postgres(loan) => loan.batch("SELECT pg_advisory_xact_lock(7237970109966541177)").await,
            Open::Sqlite(_) => Ok(()),
        };
        self.note_failure(result)
    }

    /// Leaves notices for all Doorways of this database ([`Db::notices`]), in this order, if and when the
    /// transaction commits. The same text is sent once for a transaction, however often it is left.
    ///
    /// # Errors
    /// [`DbError::NoticeTooLong`] for one of more than [`MAX_NOTICE`] bytes; the database's. The transaction
    /// has then failed.
    pub async fn notify(&mut self, mut payloads: Vec<String>) -> Result<(), DbError> {
        let too_long = payloads.iter().map(String::len).find(|bytes| *bytes > MAX_NOTICE);
        let result = match (self.open()?, too_long) {
            (_, Some(bytes)) => Err(DbError::NoticeTooLong(bytes)),
            _ if payloads.is_empty() => Ok(()),
            (Open::Postgres(loan), None) => loan.run(|session| notify(session, payloads)).await,
            (Open::Sqlite(_), None) => {
                self.pending.append(&mut payloads);
                Ok(())
            }
        };
        self.note_failure(result)
    }

    /// Makes it all last.
    ///
    /// # Errors
    /// [`DbError::Aborted`] after a failed statement; [`DbError::Replaced`] when SQLite's file is no longer there. After any other error PostgreSQL may or may not have
    /// committed, as it always is when the connection is lost while it answers.
    pub async fn commit(mut self) -> Result<(), DbError> {
        match self.open()? {
            Open::Postgres(loan) => {
                // On an error, or cancelled while it waits, it ends in `Drop`.
                let committed = loan.batch("COMMIT").await;
                self.disk.note(committed)?;
                self.open = None;
                Ok(())
            }
            Open::Sqlite(_) => match self.open.take() {
                Some(Open::Sqlite(writer)) => {
                    let (notices, pending) = (self.notices.clone(), std::mem::take(&mut self.pending));
                    self.disk.note(writer.commit(|| notices.publish(pending)))
                }
                _ => Err(DbError::Aborted),
            },
        }
    }

    fn open(&mut self) -> Result<&mut Open, DbError> {
        self.open.as_mut().filter(|_| !self.failed).ok_or(DbError::Aborted)
    }

    fn note_failure<R>(&mut self, result: Result<R, DbError>) -> Result<R, DbError> {
        self.failed |= result.is_err();
        self.disk.note(result)
    }
}

/// PostgreSQL keeps them until the commit, each text once, and tells its listeners in the order of commits, if there are
/// any.
async fn notify(session: &Session, payloads: Vec<String>) -> Result<(), DbError> {
    let sql =
        format!("SELECT count(pg_notify('doorway', payload)) FROM unnest($1) AS payload WHERE {IS_LISTENED}");
    let statement = diesel::sql_query(sql).bind::<Array<Text>, _>(payloads);
    session.execute(Sent::of(&statement)).await.map(drop)
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(Open::Postgres(loan)) = self.open.take() {
            loan.abandon();
        }
    }
}
