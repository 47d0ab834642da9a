//! Notices: short texts that a transaction leaves for every Doorway of its database when it commits.
//!
//! PostgreSQL carries them itself (`NOTIFY`), in the order of the commits; one connection of ours, beside the
//! pool, listens. SQLite's file has one writer, this process, so there they go straight to whoever receives,
//! after the commit and before the next transaction can begin.

use super::error::DbError;
use futures_util::{StreamExt, future, stream};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{
        OnceCell,
        broadcast::{self, error::RecvError},
    },
    task::{AbortHandle, coop},
};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

/// Bytes a notice may have: PostgreSQL takes fewer than 8,000.
pub const MAX_NOTICE: usize = 7_999;

/// Notices kept for a receiver that is behind; one that is further behind is too slow.
const BACKLOG: usize = 4_096;

/// How long the listening connection may take to be made.
const WAIT: Duration = Duration::from_secs(5);

/// Pauses between attempts to have it back: doubled each time, from the first to the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What a receiver gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// What a committed transaction left.
    Payload(Arc<str>),
    /// Notices may have been missed: the connection that listens was lost, and is back.
    Resync,
}

/// The receiver fell so far behind that notices were dropped; it gets no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receiver is more than {BACKLOG} notices behind")]
pub struct TooSlow;

/// Receives the notices of all transactions that commit from its making on.
#[derive(Debug)]
pub struct NoticeStream {
    /// `None` once it was too slow.
    receiver: Option<broadcast::Receiver<Notice>>,
}

impl NoticeStream {
    /// The next one, in the order of the commits; `None` after the database was closed, or after [`TooSlow`].
    /// Cancelled, it loses nothing.
    pub async fn next(&mut self) -> Option<Result<Notice, TooSlow>> {
        let receiver = self.receiver.as_mut()?;
        // Held to Tokio's budget, it would wake a task that has used it up, and an idle operation would look
        // busy. What is not received in time ends the stream, so it cannot keep a thread for ever.
        match coop::unconstrained(receiver.recv()).await {
            Ok(notice) => Some(Ok(notice)),
            Err(RecvError::Closed) => None,
            Err(RecvError::Lagged(_)) => {
                self.receiver = None;
                Some(Err(TooSlow))
            }
        }
    }
}

/// The receivers of one [`Db`](super::Db).
pub(super) struct Notices {
    sender: broadcast::Sender<Notice>,
    /// PostgreSQL's listening connection, from the first receiver on.
    listener: OnceCell<Listener>,
}

impl Notices {
    pub(super) fn new() -> Arc<Notices> {
        Arc::new(Notices { sender: broadcast::Sender::new(BACKLOG), listener: OnceCell::new() })
    }

    /// Receives what is published from now on; `url` is the PostgreSQL to listen to, if it is one.
    pub(super) async fn subscribe(&self, url: Option<&str>) -> Result<NoticeStream, DbError> {
        if let Some(url) = url {
            let start = || Listener::start(url, self.sender.clone());
            self.listener.get_or_try_init(start).await?;
        }
        Ok(NoticeStream { receiver: Some(self.sender.subscribe()) })
    }

    /// How many receivers there are now.
    pub(super) fn receivers(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Gives these to all receivers, in order, each text once, as PostgreSQL does.
    pub(super) fn publish(&self, payloads: Vec<String>) {
        let mut sent = HashSet::with_capacity(payloads.len());
        for payload in payloads.into_iter().map(Arc::<str>::from) {
            if sent.insert(payload.clone()) {
                // An error says that nobody receives.
                let _ = self.sender.send(Notice::Payload(payload));
            }
        }
    }
}

/// The task that listens to PostgreSQL; it ends with this.
struct Listener(AbortHandle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listener {
    async fn start(url: &str, sender: broadcast::Sender<Notice>) -> Result<Listener, DbError> {
        let mut config: Config = url.parse().map_err(|error| unavailable(&error))?;
        if config.get_application_name().is_none() {
            config.application_name("doorway: listener");
        }
        // It only ever waits, and must find out by itself when there is nobody left to wait for.
        config.keepalives_idle(Duration::from_secs(10));
        config.keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3);
        let session = Session::open(&config, &sender).await?;
        Ok(Listener(tokio::spawn(listen(config, sender, session)).abort_handle()))
    }
}

/// Publishes what `session` hears, and what the sessions after it do.
async fn listen(config: Config, sender: broadcast::Sender<Notice>, mut session: Session) {
    loop {
        while let Some(heard) = session.messages.next().await {
            publish(&sender, heard);
        }
        let lost = Instant::now();
        tracing::warn!("lost the connection that listens to PostgreSQL");
        let mut pause = PAUSES.0;
        session = loop {
            tokio::time::sleep(pause).await;
            match Session::open(&config, &sender).await {
                Ok(session) => break session,
                Err(error) => tracing::debug!(%error, "PostgreSQL cannot be listened to yet"),
            }
            pause = (pause * 2).min(PAUSES.1);
        };
        tracing::info!(seconds = lost.elapsed().as_secs_f32(), "listening to PostgreSQL again");
        let _ = sender.send(Notice::Resync);
    }
}

type Messages = stream::BoxStream<'static, AsyncMessage>;

/// A connection with `LISTEN` in force.
struct Session {
    /// Open as long as this is.
    _client: Client,
    /// What the server sends; it ends with the connection.
    messages: Messages,
}

impl Session {
    async fn open(config: &Config, sender: &broadcast::Sender<Notice>) -> Result<Session, DbError> {
        let opened = async {
            let (client, mut connection) =
                config.connect(NoTls).await.map_err(|error| unavailable(&error))?;
            // An error is the end as well: whatever it was, a new connection is the answer.
            let mut messages =
                stream::poll_fn(move |cx| connection.poll_message(cx).map(|heard| heard?.ok())).boxed();
            let begun = Box::pin(client.batch_execute("LISTEN doorway"));
            let heard = async {
                while let Some(heard) = messages.next().await {
                    publish(sender, heard);
                }
            };
            // The client's calls are carried by the connection, which runs while it is asked for messages.
            match future::select(begun, Box::pin(heard)).await {
                future::Either::Left((begun, _)) => begun.map_err(|error| unavailable(&error))?,
                future::Either::Right(_) => {
                    return Err(DbError::Unavailable("the connection was lost".into()));
                }
            }
            Ok(Session { _client: client, messages })
        };
        let late = |_| DbError::Unavailable(format!("no connection within {} s", WAIT.as_secs()));
        tokio::time::timeout(WAIT, opened).await.map_err(late)?
    }
}

fn publish(sender: &broadcast::Sender<Notice>, heard: AsyncMessage) {
    if let AsyncMessage::Notification(notification) = heard {
        let _ = sender.send(Notice::Payload(notification.payload().into()));
    }
}

fn unavailable(error: &tokio_postgres::Error) -> DbError {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    DbError::Unavailable(format!("the connection for LISTEN: {error}{cause}"))
}
