//! The connection of ours, beside the pool, that listens to PostgreSQL, and how writers know of it.
//!
//! `NOTIFY` takes a lock that lasts until its transaction is on the disk, so that transactions which notify are
//! written one at a time: 4,925 a second where 8,238 commit together. So writers notify only while somebody listens.
//! Two advisory locks tell them, which are seen at once, whatever a statement's snapshot is, and which end with their
//! session or transaction, however it ends:
//!
//! - Who listens holds `ANNOUNCED`, shared, for as long as it does. A writer tries to take it exclusively, which fails
//!   if somebody listens, and gives it back at once. (Two writers that try in the same microsecond may both think so, and
//!   notify nobody.)
//! - A writer holds `LOOKED`, shared, from before it looks until its transaction is over. Nobody ever waits for it.
//!
//! Who begins to listen announces itself, then waits until those are over that hold `LOOKED` at that moment, and then
//! listens. A writer that commits later has looked later, and notifies. New writers wait for nothing, and do not
//! prolong the beginning. Where a writer is not over for [`PATIENCE`], listening begins without it, and receivers are told
//! that they may have missed something as soon as it is over.

use super::error::DbError;
use super::notice::Notice;
use futures_util::{StreamExt, future, stream};
use std::{
    pin::pin,
    time::{Duration, Instant},
};
use tokio::sync::broadcast;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, SimpleQueryMessage};

/// How long the listening connection may take to be made.
const WAIT: Duration = Duration::from_secs(5);

/// How long of that it waits for the writers that may not have seen it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Pauses between looks at those writers: doubled each time, from the first to the last.
const LOOKS: (Duration, Duration) = (Duration::from_micros(500), Duration::from_millis(500));

/// Pauses between attempts to have a lost connection back, likewise.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The class of our advisory locks (the letters `door`), and their numbers in it.
macro_rules! lock {
    (ANNOUNCED) => {
        "(1685024626, 1)"
    };
    (LOOKED) => {
        "(1685024626, 2)"
    };
}

/// An SQL expression of a writer: whether somebody listens. Who begins to after a `false` waits for the transaction.
pub const IS_LISTENED: &str = concat!(
    "(SELECT CASE WHEN pg_advisory_xact_lock_shared",
    lock!(LOOKED),
    " IS NULL THEN true WHEN pg_try_advisory_lock",
    lock!(ANNOUNCED),
    " THEN NOT pg_advisory_unlock",
    lock!(ANNOUNCED),
    " ELSE true END)"
);

/// Announces its session.
const ANNOUNCE: &str = concat!("SELECT pg_advisory_lock_shared", lock!(ANNOUNCED));

/// The transactions that have looked and are not over.
const LOOKING: &str = "SELECT virtualtransaction FROM pg_locks \
     WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
     AND classid = 1685024626 AND objid = 2 AND objsubid = 2 AND granted";

/// A connection that listens; when it is lost, it comes back.
pub(super) struct Listener {
    config: Config,
    sender: broadcast::Sender<Notice>,
    session: Session,
}

impl Listener {
    /// Listens: every notice of the transactions that commit after this returns goes to `sender`, while it runs.
    pub(super) async fn open(url: &str, sender: broadcast::Sender<Notice>) -> Result<Listener, DbError> {
        let mut config: Config = url.parse().map_err(|error| unavailable(&error))?;
        if config.get_application_name().is_none() {
            config.application_name("doorway: listener");
        }
        // It only ever waits, and must find out by itself when there is nobody left to wait for.
        config.keepalives_idle(Duration::from_secs(10));
        config.keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3);
        let session = Session::open(&config, &sender).await?;
        Ok(Listener { config, sender, session })
    }

    /// Publishes what the session hears, and what the sessions after it do. It does not end.
    pub(super) async fn run(mut self) {
        loop {
            if self.session.late_writers(&self.sender).await {
                let _ = self.sender.send(Notice::Resync);
            }
            self.session.hear(&self.sender, future::pending::<()>()).await;
            let lost = Instant::now();
            tracing::warn!("lost the connection that listens to PostgreSQL");
            let mut pause = PAUSES.0;
            self.session = loop {
                tokio::time::sleep(pause).await;
                match Session::open(&self.config, &self.sender).await {
                    Ok(session) => break session,
                    Err(error) => tracing::debug!(%error, "PostgreSQL cannot be listened to yet"),
                }
                pause = (pause * 2).min(PAUSES.1);
            };
            tracing::info!(seconds = lost.elapsed().as_secs_f32(), "listening to PostgreSQL again");
            let _ = self.sender.send(Notice::Resync);
        }
    }
}

/// A connection with `LISTEN` in force.
struct Session {
    /// Open as long as this is.
    client: Client,
    /// What the server sends; it ends with the connection.
    messages: stream::BoxStream<'static, AsyncMessage>,
    /// The transactions that may not have seen the announcement, and are not over.
    unaware: Vec<String>,
}

impl Session {
    async fn open(config: &Config, sender: &broadcast::Sender<Notice>) -> Result<Session, DbError> {
        let opened = async {
            let (client, mut connection) =
                config.connect(NoTls).await.map_err(|error| unavailable(&error))?;
            // An error is the end as well: whatever it was, a new connection is the answer.
            let messages =
                stream::poll_fn(move |cx| connection.poll_message(cx).map(|heard| heard?.ok())).boxed();
            let mut session = Session { client, messages, unaware: Vec::new() };
            session.ask(sender, ANNOUNCE).await?;
            session.unaware = session.ask(sender, LOOKING).await?;
            let begun = Instant::now();
            while !session.unaware.is_empty() && begun.elapsed() < PATIENCE {
                tokio::time::sleep(begun.elapsed().clamp(LOOKS.0, LOOKS.1)).await;
                session.look(sender).await?;
            }
            // Last, so that it is what PostgreSQL shows of the session.
            session.ask(sender, "LISTEN doorway").await?;
            Ok(session)
        };
        let late = |_| DbError::Unavailable(format!("no connection within {} s", WAIT.as_secs()));
        tokio::time::timeout(WAIT, opened).await.map_err(late)?
    }

    /// Publishes what it hears until `work` is done; `None` when the connection has ended before that.
    async fn hear<R>(
        &mut self,
        sender: &broadcast::Sender<Notice>,
        work: impl Future<Output = R>,
    ) -> Option<R> {
        hear(&mut self.messages, sender, work).await
    }

    /// Runs a statement; the first column of its rows.
    async fn ask(&mut self, sender: &broadcast::Sender<Notice>, sql: &str) -> Result<Vec<String>, DbError> {
        let answered = hear(&mut self.messages, sender, self.client.simple_query(sql)).await;
        let lost = || DbError::Unavailable("the connection was lost".into());
        let answers = answered.ok_or_else(lost)?.map_err(|error| unavailable(&error))?;
        let first = |answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        Ok(answers.into_iter().filter_map(first).collect())
    }

    /// Forgets the unaware transactions that are over.
    async fn look(&mut self, sender: &broadcast::Sender<Notice>) -> Result<(), DbError> {
        let looking = self.ask(sender, LOOKING).await?;
        self.unaware.retain(|one| looking.contains(one));
        Ok(())
    }

    /// Waits for the unaware transactions that are still not over; whether there were any.
    async fn late_writers(&mut self, sender: &broadcast::Sender<Notice>) -> bool {
        let were_late = !self.unaware.is_empty();
        while !self.unaware.is_empty() {
            let paused = self.hear(sender, tokio::time::sleep(LOOKS.1)).await;
            if paused.is_none() || self.look(sender).await.is_err() {
                // It is lost, and its receivers will hear of that.
                return false;
            }
        }
        were_late
    }
}

/// The client's calls are carried by the connection, which runs while it is asked for messages.
async fn hear<R>(
    messages: &mut stream::BoxStream<'static, AsyncMessage>,
    sender: &broadcast::Sender<Notice>,
    work: impl Future<Output = R>,
) -> Option<R> {
    let heard = async {
        while let Some(heard) = messages.next().await {
            if let AsyncMessage::Notification(notification) = heard {
                let _ = sender.send(Notice::Payload(notification.payload().into()));
            }
        }
    };
    match future::select(pin!(work), pin!(heard)).await {
        future::Either::Left((done, _)) => Some(done),
        future::Either::Right(_) => None,
    }
}

fn unavailable(error: &tokio_postgres::Error) -> DbError {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    DbError::Unavailable(format!("the connection for LISTEN: {error}{cause}"))
}
