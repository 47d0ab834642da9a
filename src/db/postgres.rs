//! PostgreSQL: a pool of connections, each lent to one operation at a time.

use super::error::DbError;
use super::observe::{Clock, Observer, instrumentation};
use super::session::{NoSession, Session, connect};
use super::usage::Usage;
use deadpool::managed::{self, Manager, Metrics, PoolError, QueueMode, RecycleError, RecycleResult};
use diesel_async::AsyncPgConnection;
use futures_util::{FutureExt, TryFutureExt, future::BoxFuture};
use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, watch};
use tokio_postgres::NoTls;

/// How long an operation waits for a connection, to a busy pool or a silent server.
const WAIT: Duration = Duration::from_secs(5);

type Pool = managed::Pool<Sessions>;
type Object = managed::Object<Sessions>;

/// Opens sessions for the pool.
struct Sessions {
    url: Arc<str>,
    observer: Option<Observer>,
    usage: Usage,
    /// How many statements are being cancelled.
    cancelling: watch::Sender<usize>,
}

impl Manager for Sessions {
    type Type = Session;
    type Error = NoSession;

    async fn create(&self) -> Result<Session, NoSession> {
        // In a box: it is large, and seldom needed.
        Session::open(&self.url, self.usage.statement(), self.observer.clone()).boxed().await
    }

    /// Asks nothing: `SELECT 1` before every loan took 130 µs, where a key read takes 28.
    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<NoSession> {
        if session.is_closed() { Err(RecycleError::message("closed")) } else { Ok(()) }
    }
}

/// A PostgreSQL database.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
    /// For connections beside the pool.
    url: Arc<str>,
    /// Where it is, for messages.
    place: Arc<str>,
    /// Connections that several operations read through at a time, while they do.
    shared: Arc<[Mutex<Weak<Loan>>]>,
    /// How many of them are for [`Sharing::Many`]; the others are for [`Sharing::Some`].
    few: usize,
    /// Which of them is next.
    next: Arc<AtomicUsize>,
    /// For reads that may be slow: they leave a fourth of the connections to writes and to those that are quick.
    unshared: Arc<Semaphore>,
    /// For transactions, which leave as many to reads: they may wait for each other's rows.
    writing: Arc<Semaphore>,
}

/// How many operations may read through one connection at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// One only: its statements may be slow.
    None,
    /// Those with quick statements, two connections for each core.
    Some,
    /// Those whose statements are quick and find few rows, one connection for two cores. The fewer they have, the more of their
    /// statements reach a backend together: reads by key were a fourth faster than with two for each core, PostgreSQL beside
    /// Doorway. Larger ones would be too much work for these backends.
    Many,
}

/// How many operations share a connection before it goes back to the pool.
const USES: usize = 64;

impl Postgres {
    /// A pool that connects to `url` on first use.
    ///
    /// # Errors
    /// [`DbError::Failed`] when the pool cannot be built.
    pub(super) fn open(
        url: &str,
        place: &str,
        usage: Usage,
        observer: Option<Observer>,
    ) -> Result<Postgres, DbError> {
        let url: Arc<str> = url.into();
        let pool_size = usage.pool_size;
        let manager = Sessions { url: url.clone(), observer, usage, cancelling: watch::Sender::default() };
        // The connection that came back last: its backend is the one that runs, or has just run.
        let pool = Pool::builder(manager).max_size(pool_size).queue_mode(QueueMode::Lifo).build();
        let pool = pool.map_err(|error| DbError::Failed(error.to_string()))?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let few = (cores / 2).clamp(1, 8);
        let shared = (0..few + (2 * cores).min(32)).map(|_| Mutex::default()).collect();
        let most = || Arc::new(Semaphore::new((pool_size - pool_size / 4).max(1)));
        let (unshared, writing) = (most(), most());
        Ok(Postgres { pool, url, place: place.into(), shared, few, next: Arc::default(), unshared, writing })
    }

    /// Its address, password included.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the statements of operations that were dropped are cancelled.
    pub(super) async fn cancelled(&self) {
        // It lives as long as the pool.
        let _ = self.pool.manager().cancelling.subscribe().wait_for(|running| *running == 0).await;
    }

    /// A connection for one operation.
    pub(super) async fn lend(&self) -> Result<Loan, DbError> {
        let broken = AtomicBool::new(false);
        Ok(Loan {
            connection: Some(self.take().await?),
            running: AtomicUsize::new(0),
            broken,
            uses: AtomicUsize::new(0),
            turn: None,
        })
    }

    /// A connection for a transaction.
    pub(super) async fn lend_to_writer(&self) -> Result<Loan, DbError> {
        let turn = self.in_time(self.writing.clone().acquire_owned().map_err(closed)).await?;
        let mut loan = self.lend().await?;
        loan.turn = Some(turn);
        Ok(loan)
    }

    /// A connection for quick statements, which others may use at the same time: the protocol pipelines their statements,
    /// and a backend that has several at hand neither sleeps nor wakes between them. A slow statement would keep the others
    /// waiting.
    pub(super) async fn share(&self, sharing: Sharing) -> Result<Arc<Loan>, DbError> {
        let (few, more) = self.shared.split_at(self.few);
        let slots = match sharing {
            Sharing::None => {
                let turn = self.in_time(self.unshared.clone().acquire_owned().map_err(closed)).await?;
                let mut loan = self.lend().await?;
                loan.turn = Some(turn);
                return Ok(Arc::new(loan));
            }
            Sharing::Some => more,
            Sharing::Many => few,
        };
        let slot = &slots[self.next.fetch_add(1, Relaxed) % slots.len()];
        let shared = || slot.lock().unwrap_or_else(PoisonError::into_inner);
        // After so many uses it goes back to the pool once those who have it are done, or who waits there for a connection of
        // their own would wait as long as there are others who share.
        let usable = |loan: &Arc<Loan>| !loan.broken.load(Relaxed) && loan.uses.fetch_add(1, Relaxed) < USES;
        if let Some(loan) = shared().upgrade().filter(usable) {
            return Ok(loan);
        }
        let loan = Arc::new(self.lend().await?);
        let mut known = shared();
        // Another may have been faster.
        match known.upgrade().filter(usable) {
            Some(other) => Ok(other),
            None => {
                *known = Arc::downgrade(&loan);
                Ok(loan)
            }
        }
    }

    /// Refuses a pooler that shares a connection among several clients between their transactions, as PgBouncer does with
    /// `pool_mode = transaction`: prepared statements and `LISTEN` do not survive that.
    pub(super) async fn check_sessions(&self) -> Result<(), DbError> {
        let unavailable =
            |error: tokio_postgres::Error| DbError::Unavailable(format!("{}: {error}", self.place));
        let backend = async |client: &tokio_postgres::Client| {
            let answers = client.simple_query("SELECT pg_backend_pid()").await.map_err(unavailable)?;
            let pid = answers.iter().find_map(|answer| match answer {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            Ok::<_, DbError>(pid)
        };
        let mut clients = Vec::new();
        for _ in 0..2 {
            let (client, connection) =
                tokio_postgres::connect(&self.url, NoTls).await.map_err(unavailable)?;
            tokio::spawn(connection);
            clients.push(client);
        }
        if backend(&clients[0]).await? == backend(&clients[1]).await? {
            let text = "this is a pooler in transaction mode: use the address of PostgreSQL itself, or set pool_mode = session";
            return Err(DbError::Refused(text.to_owned()));
        }
        Ok(())
    }

    /// A connection of Diesel's own, beside the pool.
    pub(super) async fn detached(&self) -> Result<AsyncPgConnection, DbError> {
        let connect = async {
            loop {
                match connect(&self.url).await {
                    Err(NoSession::Full(_)) => tokio::time::sleep(PAUSE).await,
                    connected => return connected,
                }
            }
        };
        let (client, connection) = self.in_time(connect).await?;
        let connection = AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        let mut connection =
            connection.map_err(|error| DbError::Unavailable(format!("{}: {error}", self.place)))?;
        let observer = self.pool.manager().observer.clone();
        diesel_async::AsyncConnection::set_instrumentation(&mut connection, instrumentation(observer));
        Ok(connection)
    }

    async fn take(&self) -> Result<Object, DbError> {
        let get = async {
            loop {
                match self.pool.get().await {
                    Ok(session) => return Ok(session),
                    Err(PoolError::Backend(NoSession::Full(_))) => tokio::time::sleep(PAUSE).await,
                    Err(PoolError::Backend(error)) => return Err(error),
                    Err(error) => return Err(NoSession::Unavailable(error.to_string())),
                }
            }
        };
        self.in_time(get).await
    }

    /// What comes within [`WAIT`].
    async fn in_time<T>(&self, got: impl Future<Output = Result<T, NoSession>>) -> Result<T, DbError> {
        let unavailable = |reason: String| DbError::Unavailable(format!("{}: {reason}", self.place));
        match tokio::time::timeout(WAIT, got).await {
            Ok(Err(NoSession::Refused(reason))) => Err(DbError::Refused(reason)),
            Ok(got) => got.map_err(|error| unavailable(error.to_string())),
            Err(_) => Err(unavailable(format!("no connection within {} s", WAIT.as_secs()))),
        }
    }
}

fn closed(_: AcquireError) -> NoSession {
    NoSession::Unavailable("the pool is closed".to_owned())
}

/// When the server has no more connections for us, how long to wait for one of those in use; and how long between the first two
/// requests to cancel what runs on a connection.
const PAUSE: Duration = Duration::from_millis(5);

/// A connection on loan. Its statements may run side by side: the protocol pipelines them.
///
/// Dropped while a statement is running, because its operation was cancelled, it stops that statement and
/// closes the connection; left alone, the statement would run to its end with its locks held.
pub(super) struct Loan {
    /// Present until dropped.
    connection: Option<Object>,
    running: AtomicUsize,
    /// Whether a statement has failed: it is not shared any longer.
    broken: AtomicBool,
    /// How many operations have shared it.
    uses: AtomicUsize,
    /// Its turn among the reads that may be slow, or the transactions.
    turn: Option<OwnedSemaphorePermit>,
}

impl Loan {
    /// Runs `statement` within the time that the session gives it.
    pub(super) async fn run<'a, R, F>(
        &'a self,
        statement: impl FnOnce(&'a Session) -> F,
    ) -> Result<R, DbError>
    where
        F: Future<Output = Result<R, DbError>> + Send + 'a,
    {
        let Some(connection) = &self.connection else { return Err(DbError::Aborted) };
        self.running.fetch_add(1, Relaxed);
        let limit = connection.limit();
        let result = tokio::time::timeout(limit, statement(connection)).await;
        if !matches!(result, Ok(Ok(_))) {
            self.broken.store(true, Relaxed);
        }
        // Not reached when this future is dropped: `running` then tells of the statement left behind.
        let late = |_| DbError::Unavailable(format!("no answer within {} s", limit.as_secs()));
        let result = result.map_err(late)?;
        self.running.fetch_sub(1, Relaxed);
        result
    }

    /// Gives up on the rest of a statement's rows. The connection is not used again.
    pub(super) fn leave_running(&self) {
        self.broken.store(true, Relaxed);
        self.running.fetch_add(1, Relaxed);
    }

    /// `BEGIN`, `COMMIT` and other statements without rows.
    pub(super) fn batch<'a>(&'a self, sql: &'static str) -> BoxFuture<'a, Result<(), DbError>> {
        async move {
            let clock = Clock::start();
            let run = self.run(|session| session.batch(sql)).await;
            clock.stop(0);
            run
        }
        .boxed()
    }

    /// Rolls the open transaction back, off the caller's path.
    pub(super) fn abandon(mut self) {
        if self.running.load(Relaxed) == 0
            && let Some(connection) = self.connection.take()
        {
            roll_back(connection);
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if self.running.load(Relaxed) > 0
            && let Some(connection) = self.connection.take()
        {
            cancel(connection);
        }
    }
}

/// Lets the connection return to its pool once its transaction is rolled back; one that does not obey is
/// closed, which makes the server roll back.
fn roll_back(connection: Object) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        drop(Object::take(connection));
        return;
    };
    runtime.spawn(async move {
        let ended = tokio::time::timeout(WAIT, connection.batch("ROLLBACK")).await;
        if !matches!(ended, Ok(Ok(()))) {
            drop(Object::take(connection));
        }
    });
}

/// Stops what is running and closes the connection, which makes the server roll back. The connection does
/// not go back to the pool: a cancel request names a connection, not a statement, nobody tells when it has
/// been dealt with, and one that came late stopped the next operation's statement.
fn cancel(connection: Object) {
    let cancelling = Object::pool(&connection).map(|pool| pool.manager().cancelling.clone());
    let session = Object::take(connection);
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    // Counted now, so that whoever waits for the others waits for this one too.
    if let Some(cancelling) = &cancelling {
        cancelling.send_modify(|running| *running += 1);
    }
    runtime.spawn(async move {
        let token = session.cancel_token();
        let stop = async {
            let (mut settled, mut pause) = (std::pin::pin!(session.settled()), PAUSE);
            loop {
                drop(token.cancel_query(NoTls).await);
                // A request stops one statement, and where several were sent the next one begins.
                if tokio::time::timeout(pause, &mut settled).await.is_ok() {
                    break;
                }
                pause *= 2;
            }
        };
        drop(tokio::time::timeout(WAIT, stop).await);
        drop(session);
        if let Some(cancelling) = cancelling {
            cancelling.send_modify(|running| *running -= 1);
        }
    });
}
