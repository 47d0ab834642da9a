//! An open database, and what reads it.

use super::disk::Disk;
use super::error::DbError;
use super::memory::{Held, Memory};
use super::notices::{NoticeStream, Notices};
use super::observe::{Clock, Observer};
use super::postgres::{Loan, Postgres, Sharing};
use super::session::Sent;
use super::sqlite::{Sqlite, Turn, WasLong};
use super::statement::Rows;
use super::stop::Stop;
use super::url::DatabaseUrl;
use super::usage::Usage;
use crate::clock;
use diesel::{pg::Pg, query_builder::QueryFragment};
use std::{fmt, sync::Arc, time::Duration};
use tokio::sync::OnceCell;

/// How long PostgreSQL is still listened to after the last receiver has gone, where nothing else is said.
const LINGER: Duration = Duration::from_secs(10);

/// An open database; cloning is cheap and shares its connections.
#[derive(Clone)]
pub struct Db {
    pub(super) connections: Connections,
    pub(super) notices: Arc<Notices>,
    pub(super) disk: Arc<Disk>,
    memory: Arc<Memory>,
}

#[derive(Clone)]
pub(super) enum Connections {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

impl Db {
    /// Opens the database. SQLite's file is made when it is missing; PostgreSQL is not asked yet.
    ///
    /// # Errors
    /// [`DbError::Refused`] when a SQLite file cannot be opened for writing.
    pub fn open(url: &DatabaseUrl) -> Result<Db, DbError> {
        Db::open_for(url, Usage::default())
    }

    /// The same for another usage.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn open_for(url: &DatabaseUrl, usage: Usage) -> Result<Db, DbError> {
        Db::connect(url, usage, None)
    }

    /// Checks that PostgreSQL keeps a session for each connection, as PgBouncer does not in transaction mode.
    ///
    /// # Errors
    /// [`DbError::Refused`] if it does not; [`DbError::Unavailable`] when there is no connection to be had.
    pub async fn check_sessions(&self) -> Result<(), DbError> {
        match &self.connections {
            Connections::Postgres(postgres) => postgres.check_sessions().await,
            Connections::Sqlite(_) => Ok(()),
        }
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
        Db::connect(url, Usage::default(), Some(Arc::new(observer)))
    }

    fn connect(url: &DatabaseUrl, usage: Usage, observer: Option<Observer>) -> Result<Db, DbError> {
        let connections = match url {
            DatabaseUrl::Postgres(address) => {
                Connections::Postgres(Postgres::open(address, &url.to_string(), usage, observer)?)
            }
            DatabaseUrl::Sqlite(path) => {
                Connections::Sqlite(Sqlite::open(path, usage.time, observer.as_ref())?)
            }
        };
        Ok(Db {
            connections,
            notices: Notices::new(LINGER),
            disk: Arc::default(),
            memory: Memory::new(usage.memory),
        })
    }

    /// The same, listening to PostgreSQL for `linger` after the last receiver has gone; 10 seconds is the default. It begins
    /// without receivers.
    #[must_use]
    pub fn lingering(mut self, linger: Duration) -> Db {
        self.notices = Notices::new(linger);
        self
    }

    /// Receives every notice ([`Transaction::notify`](super::Transaction::notify)) of the transactions that
    /// commit after this returns: on PostgreSQL those of all processes, on SQLite those of this [`Db`].
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when PostgreSQL cannot be listened to.
    pub async fn notices(&self) -> Result<NoticeStream, DbError> {
        let url = match &self.connections {
            Connections::Postgres(postgres) => Some(postgres.url()),
            Connections::Sqlite(_) => None,
        };
        self.notices.subscribe(url).await
    }

    /// Waits until the statements of operations that were dropped no longer run: PostgreSQL has been asked to stop them.
    pub async fn cancelled(&self) {
        if let Connections::Postgres(postgres) = &self.connections {
            postgres.cancelled().await;
        }
    }

    /// How many receivers there are now.
    pub fn receivers(&self) -> usize {
        self.notices.receivers()
    }

    /// Whether this is PostgreSQL; SQLite otherwise.
    pub fn is_postgres(&self) -> bool {
        matches!(self.connections, Connections::Postgres(_))
    }

    /// What one operation reads through.
    pub fn reader(&self) -> Reader {
        Reader {
            db: self.clone(),
            loan: OnceCell::new(),
            sharing: Sharing::None,
            turn: Turn::new(),
            held: self.memory.hold(usize::MAX),
        }
    }

    /// What an operation reads through whose statements may be slow from the first row on: on SQLite, they do not begin among the quick
    /// ones.
    pub fn slow_reader(&self) -> Reader {
        Reader { turn: Turn::slow(), ..self.reader() }
    }

    /// What an operation reads through that has quick statements only, which find up to `rows` rows together: on PostgreSQL, it
    /// shares its connection with others.
    pub fn quick_reader(&self, rows: usize) -> Reader {
        let sharing = if rows <= FEW_ROWS { Sharing::Many } else { Sharing::Some };
        Reader { sharing, ..self.reader() }
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

    /// Runs one statement of PostgreSQL's that is a transaction of its own, all of it or nothing, in one round trip. It
    /// writes `rows` rows.
    ///
    /// # Errors
    /// The database's. After a [`DbError::Violation`] or a [`DbError::Deadlock`] it has written nothing; after others it
    /// may have. [`DbError::Failed`] on SQLite.
    pub async fn run_on_postgres<Q>(&self, statement: Q, rows: usize) -> Result<(), DbError>
    where
        Q: QueryFragment<Pg> + Send + 'static,
    {
        let Connections::Postgres(postgres) = &self.connections else {
            return Err(DbError::Failed("this is a statement of PostgreSQL's".into()));
        };
        clock::now()?;
        let loan = postgres.lend_to_writer().await?;
        let clock = Clock::start();
        let result = self.disk.note(loan.run(|session| session.execute(Sent::of(&statement))).await);
        clock.stop(if result.is_ok() { rows } else { 0 });
        result.map(drop)
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_postgres() { "Db(PostgreSQL)" } else { "Db(SQLite)" })
    }
}

/// Up to so many rows, an operation is among those of which many share a connection.
const FEW_ROWS: usize = 1000;

/// Runs the reads of one operation.
pub struct Reader {
    pub(super) db: Db,
    /// PostgreSQL's connection, from the first statement on.
    loan: OnceCell<Arc<Loan>>,
    /// Who else may use that connection at the same time.
    sharing: Sharing,
    /// SQLite's readers, one after the other where they are slow.
    pub(super) turn: Turn,
    pub(super) held: Arc<Held>,
}

impl Reader {
    /// The same, for up to so many bytes of rows.
    #[must_use]
    pub fn up_to(self, bytes: usize) -> Reader {
        Reader { held: self.db.memory.hold(bytes), ..self }
    }

    /// The same, until `stop` says that nobody waits for it any longer: then a statement of SQLite's ends, which no dropped future
    /// would end.
    #[must_use]
    pub fn until(self, stop: Stop) -> Reader {
        Reader { turn: self.turn.until(stop), ..self }
    }

    /// The same, for an operation that has run before: on SQLite, its statements do not begin among the quick ones if they took long
    /// the last time.
    #[must_use]
    pub fn after(self, last: &WasLong) -> Reader {
        Reader { turn: self.turn.after(last.clone()), ..self }
    }

    /// The bytes of rows that its operation holds. Kept, they are held after it has ended.
    pub fn held(&self) -> Arc<Held> {
        self.held.clone()
    }

    /// Notes that its operation holds so many bytes more.
    ///
    /// # Errors
    /// [`DbError::TooMuch`] once it holds more than it may.
    pub fn hold(&self, bytes: usize) -> Result<(), DbError> {
        self.held.add(bytes)
    }

    /// Whether it reads from PostgreSQL; from SQLite otherwise.
    pub fn is_postgres(&self) -> bool {
        self.db.is_postgres()
    }

    /// PostgreSQL's connection.
    pub(super) async fn loan(&self) -> Result<&Loan, DbError> {
        match &self.db.connections {
            Connections::Postgres(postgres) => {
                match self.loan.get() {
                    Some(loan) => Ok(loan),
                    // Boxed: it may have to connect.
                    None => Ok(Box::pin(self.loan.get_or_try_init(|| postgres.share(self.sharing))).await?),
                }
            }
            Connections::Sqlite(_) => Err(DbError::Aborted),
        }
    }

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
            Connections::Postgres(_) => {
                let loan = self.loan().await?;
                let clock = Clock::start();
                let rows = loan.run(|session| query.on_postgres(session)).await;
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
                self.db.disk.note(sqlite.read_once(&self.turn, read).await)
            }
        }
    }
}
