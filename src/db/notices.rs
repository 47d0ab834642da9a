//! Notices: short texts that a transaction leaves for every Doorway of its database when it commits.
//!
//! PostgreSQL carries them itself (`NOTIFY`), in the order of the commits, to the one connection of each Doorway that
//! listens (`listener.rs`). SQLite's file has one writer, this process, so there they go straight to whoever receives,
//! after the commit and before the next transaction can begin.

use super::error::DbError;
use super::listener::Listener;
use super::notice::Notice;
use futures_util::future;
use std::{
    collections::HashSet,
    pin::pin,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{
        Mutex, Notify,
        broadcast::{self, error::RecvError},
    },
    task::{AbortHandle, coop},
    time::timeout,
};

/// Notices kept for a receiver that is behind; one that is further behind is too slow.
const BACKLOG: usize = 4_096;

/// The receiver fell so far behind that notices were dropped; it gets no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receiver is more than {BACKLOG} notices behind")]
pub struct TooSlow;

/// Receives the notices of all transactions that commit from its making on.
#[derive(Debug)]
pub struct NoticeStream {
    /// `None` once it was too slow.
    receiver: Option<broadcast::Receiver<Notice>>,
    left: Arc<Notify>,
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

impl Drop for NoticeStream {
    fn drop(&mut self) {
        self.receiver = None;
        self.left.notify_one();
    }
}

/// The receivers of one [`Db`](super::Db).
pub(super) struct Notices {
    sender: broadcast::Sender<Notice>,
    /// Says that a receiver has gone.
    left: Arc<Notify>,
    /// What listens to PostgreSQL, from the first receiver until [`Notices::linger`] after the last.
    listening: Mutex<Option<Listening>>,
    linger: Duration,
}

/// The task that listens; it ends with this.
struct Listening(AbortHandle);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Notices {
    /// With PostgreSQL listened to for `linger` after the last receiver has gone: receivers that come and go need not
    /// begin anew each time.
    pub(super) fn new(linger: Duration) -> Arc<Notices> {
        let (sender, left) = (broadcast::Sender::new(BACKLOG), Arc::default());
        Arc::new(Notices { sender, left, listening: Mutex::new(None), linger })
    }

    /// Receives what is published from now on; `url` is the PostgreSQL to listen to, if it is one.
    pub(super) async fn subscribe(self: &Arc<Self>, url: Option<&str>) -> Result<NoticeStream, DbError> {
        let receive = || NoticeStream { receiver: Some(self.sender.subscribe()), left: self.left.clone() };
        let Some(url) = url else { return Ok(receive()) };
        let mut listening = self.listening.lock().await;
        if listening.is_none() {
            let listener = Listener::open(url, self.sender.clone()).await?;
            let run = listen(listener, Arc::downgrade(self), self.left.clone(), self.linger);
            *listening = Some(Listening(tokio::spawn(run).abort_handle()));
        }
        // Before the lock is given back: who stops listening holds it, and asks for receivers.
        Ok(receive())
    }

    /// How many receivers there are now.
    pub(super) fn receivers(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Gives these to all receivers, in order, each text once, as PostgreSQL does.
    pub(super) fn publish(&self, payloads: Vec<String>) {
        if self.receivers() == 0 {
            return;
        }
        let mut sent = HashSet::with_capacity(payloads.len());
        for payload in payloads.into_iter().map(Arc::<str>::from) {
            if sent.insert(payload.clone()) {
                // An error says that nobody receives any more.
                let _ = self.sender.send(Notice::Payload(payload));
            }
        }
    }
}

/// Listens until there has been no receiver for as long as `linger`.
async fn listen(listener: Listener, notices: Weak<Notices>, left: Arc<Notify>, linger: Duration) {
    let mut listening = Box::pin(listener.run());
    loop {
        let idle = async {
            left.notified().await;
            while timeout(linger, left.notified()).await.is_ok() {}
        };
        future::select(&mut listening, pin!(idle)).await;
        let Some(notices) = notices.upgrade() else { return };
        let mut own = notices.listening.lock().await;
        if notices.receivers() == 0 {
            // Before the lock is given back: a later session must be the only one that hears.
            drop(listening);
            *own = None;
            return;
        }
    }
}
