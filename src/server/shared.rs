//! What every handler shares: the executor, the options, and the slots for connections.

use super::documents::{Requested, TrustedDocuments, find};
use super::files::CONNECTIONS;
use super::http::{Hosts, Origins, Parameters, Patience, Peer, Refusal, Unread, Unwritten};
use super::life::{Life, reached};
use crate::app::App;
use crate::db::Db;
use crate::document::{self, Documents, Kind};
use crate::engine::{Answer, EventTurns, Turn, apart, is_long, reading, turn_within};
use crate::execution::{Bounds, Operation};
use crate::executor::Executor;
use async_graphql::Data;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use futures_util::{
    StreamExt,
    future::ready,
    stream::{self, BoxStream},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// What open subscriptions keep of their documents and variables, together: some 8 bytes for each that was sent, beyond the first of each.
const KEPT: usize = 256 << 20;
const KEPT_FOR_A_BYTE: usize = 8;
const SHORT_SUBSCRIPTION: usize = 1 << 10;

/// Reading a document shorter than this takes less time than a change of threads. From the other length on, its hash takes long as well.
const SHORT_DOCUMENT: usize = 512;
const LONG_DOCUMENT: usize = 64 << 10;

/// How long a large request waits for its turn to be read.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many responses of a connection may be made or wait to be written: four to queries and mutations, and one to an event.
pub(super) struct Places {
    answers: Arc<Semaphore>,
    events: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Places {
        Places { answers: Arc::new(Semaphore::new(4)), events: Arc::new(Semaphore::new(1)) }
    }
}

/// What every request handler has.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) executor: Executor,
    pub(super) options: Arc<Options>,
    /// One for each connection that may still be opened.
    pub(super) slots: Arc<Semaphore>,
    /// The large responses that are not written yet.
    pub(super) unwritten: Unwritten,
    /// The large requests that are not read yet.
    pub(super) unread: Unread,
    /// What open subscriptions may still keep.
    kept: Arc<Semaphore>,
    life: watch::Receiver<Life>,
}

/// What the server allows, and how much of it.
#[derive(Debug, Default)]
pub struct Options {
    /// The limits of connections that stay open.
    pub limits: Limits,
    /// The names under which the server answers.
    pub hosts: Hosts,
    /// The other origins whose pages may use the server.
    pub origins: Origins,
    /// The documents that a request can name.
    pub trusted: Arc<TrustedDocuments>,
    /// Seconds that a CDN may serve the answer to a persisted query without revalidating.
    pub shared_max_age: u32,
    /// Whether an operation may ask for what it ran.
    pub explain: bool,
    /// What operations may take: each of them, and all that run at a time.
    pub bounds: Bounds,
    /// How large documents may be.
    pub documents: document::Limits,
}

/// The limits of requests, and of connections that stay open for subscriptions.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections of any kind. For one more, the one that has been idle the longest is closed.
    pub sockets: usize,
    /// Connections that stay open, WebSockets and server-sent events together.
    pub connections: usize,
    /// Operations that run at a time in one connection.
    pub operations: usize,
    /// How long a WebSocket may take to be initialised.
    pub init: Duration,
    /// How long the head of a request may take to arrive, and how long a connection may be idle before it.
    pub head: Duration,
    /// How long the body of a request may take to arrive.
    pub body: Duration,
    /// How long a client may leave what was written unread. A slow one must get on in that time.
    pub write: Duration,
    /// Bytes of responses that are not written yet, of all clients together; small responses are not counted. Beyond that, a client
    /// that has had longer than `write` is disconnected, and one that reads less than 64 KiB a second after `slow`.
    pub unwritten: usize,
    /// How long a client that reads slowly may keep others from their responses.
    pub slow: Duration,
    /// Bytes of requests' bodies that have arrived and are not read yet, of all clients together; the first of each are not counted.
    pub unread: usize,
    /// Between two pings of a WebSocket; one not answered until the next ends it.
    pub ping: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            sockets: CONNECTIONS,
            connections: 1024,
            operations: 100,
            init: Duration::from_secs(10),
            head: Duration::from_secs(60),
            body: Duration::from_secs(30),
            write: Duration::from_secs(30),
            unwritten: 256 << 20,
            slow: Duration::from_secs(2),
            unread: 256 << 20,
            ping: Duration::from_secs(25),
        }
    }
}

impl Shared {
    /// Makes one, with the sender that says how far its life has come.
    pub(super) fn new(app: App, db: Db, options: Options) -> (Shared, watch::Sender<Life>) {
        let (end, life) = watch::channel(Life::Serving);
        let Limits { write, slow, .. } = options.limits;
        let patience = Patience { with_any: write, with_slow: slow };
        let unwritten = Unwritten::new(options.limits.unwritten, patience);
        let unread = Unread::new(options.limits.unread);
        // Others must find room beside those that stay open.
        let others = options.limits.sockets.div_ceil(4).min(options.limits.sockets.saturating_sub(1));
        let slots = options.limits.connections.min(options.limits.sockets - others);
        let slots = Arc::new(Semaphore::new(slots));
        let executor = Executor::new(app, db).explain(options.explain).bounded(options.bounds.clone());
        let executor = executor.with_documents(options.documents);
        let options = Arc::new(options);
        (
            Shared {
                executor,
                options,
                slots,
                unwritten,
                unread,
                kept: Arc::new(Semaphore::new(KEPT)),
                life,
            },
            end,
        )
    }

    /// The same for the requests of this client.
    pub(super) fn of(&self, peer: Peer) -> Shared {
        Shared { unwritten: self.unwritten.of(peer), ..self.clone() }
    }

    /// A slot for a connection that stays open.
    pub(super) fn slot(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.slots.clone().try_acquire_owned().map_err(|_| Refusal::too_many("connections"))
    }

    /// Ends when the server stops.
    pub(super) fn drained(&self) -> impl Future<Output = ()> + Send + 'static {
        reached(self.life.clone(), Life::Draining)
    }

    /// Ends when what is still running is cut off.
    pub(super) fn cut(&self) -> impl Future<Output = ()> + Send + 'static {
        reached(self.life.clone(), Life::Cut)
    }

    /// The responses of an operation whose connection may be busy writing. Queries and mutations run while it is, with a place each
    /// among those of the connection, which bound the responses that wait to be written.
    pub(super) fn responses(
        &self,
        mut operation: Operation,
        session_data: Option<Arc<Data>>,
        places: &Places,
    ) -> BoxStream<'static, Answer> {
        let subscribes = operation.kind() == Some(Kind::Subscription);
        if subscribes {
            let room = Arc::new(self.unwritten.clone());
            let turns = EventTurns { turns: places.events.clone(), room };
            operation.request = operation.request.data(turns);
            let Some(kept) = self.keep(operation.size) else {
                return stream::once(ready(Answer::busy())).boxed();
            };
            let responses = self.executor.responses(operation, session_data);
            return responses
                .map(move |answer| {
                    let _until_it_ends = &kept;
                    answer
                })
                .boxed();
        }
        let writes = operation.kind() == Some(Kind::Mutation);
        let responses = self.executor.responses(operation, session_data);
        let (places, unwritten) = (places.answers.clone(), self.unwritten.clone());
        let one = apart(async move {
            let place = places.acquire_owned().await;
            let answer = responses.boxed().next().await;
            let answer = match answer {
                Some(answer) => Some(answer.in_room(&unwritten, writes).await),
                None => None,
            };
            (answer, place)
        });
        stream::once(one).filter_map(|(answer, _)| ready(answer)).boxed()
    }

    /// Counts what a subscription of so many bytes keeps for as long as it is open; `None` if all of them keep too much. Short ones are
    /// not counted: connections bound them.
    fn keep(&self, size: usize) -> Option<OwnedSemaphorePermit> {
        let kept = size.saturating_sub(SHORT_SUBSCRIPTION).saturating_mul(KEPT_FOR_A_BYTE);
        self.kept.clone().try_acquire_many_owned(u32::try_from(kept).ok()?).ok()
    }

    /// The operation that the parameters ask for. If it may take long to read, this waits for a turn, which the operation keeps until
    /// it is ready to run.
    pub(super) async fn operation(&self, mut parameters: Parameters) -> Result<Requested, Refusal> {
        let (trusted, documents) = (&self.options.trusted, self.executor.documents());
        let mut hash = None;
        if parameters.turn.is_none() {
            let text = parameters.query.as_deref().filter(|text| text.len() >= SHORT_DOCUMENT);
            hash = text.filter(|text| text.len() < LONG_DOCUMENT).map(Documents::hash);
            let is_known =
                hash.is_some_and(|hash| trusted.by_hash(&hash).is_some() || documents.keeps(&hash));
            // A known document is not read again, so only what came with it counts.
            let known = text.filter(|_| is_known).map_or(0, str::len);
            let is_new = text.is_some() && !is_known;
            if is_new || is_long(parameters.size().saturating_sub(known)) {
                parameters.turn = Box::pin(self.turn()).await?;
            }
        }
        let is_in_turn = parameters.turn.is_some();
        let mut requested = reading(is_in_turn, || find(trusted, documents, parameters, hash))?;
        if !is_in_turn && requested.operation.takes_long() {
            requested.operation.turn = Box::pin(self.turn()).await?;
        }
        Ok(requested)
    }

    /// A turn to read a request of so many bytes; a short one needs none.
    ///
    /// # Errors
    /// 503 where others have theirs for too long.
    pub(super) async fn turn_for(&self, size: usize) -> Result<Option<Turn>, Refusal> {
        if is_long(size) { Box::pin(self.turn()).await } else { Ok(None) }
    }

    /// A turn to parse a message with many values. One with long texts is parsed at once: it would take as much memory while it waits.
    ///
    /// # Errors
    /// 503 where others have theirs for too long.
    pub(super) async fn turn_for_values(&self, message: &str) -> Result<Option<Turn>, Refusal> {
        let commas = message.bytes().filter(|byte| *byte == b',').count();
        // A value and its comma are two bytes.
        self.turn_for(2 * commas).await
    }

    /// A turn to read a request that may take long.
    ///
    /// # Errors
    /// 503 where others have theirs for too long, or too many wait.
    async fn turn(&self) -> Result<Option<Turn>, Refusal> {
        match turn_within(PATIENCE).await {
            Some(turn) => Ok(Some(turn)),
            None => Err(Refusal::too_many("large requests")),
        }
    }

    /// Refuses requests for other hosts.
    pub(super) fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.options.hosts.allow(uri, headers) {
            return Ok(());
        }
        let problem = "this host is not allowed: add it to DOORWAY_ALLOWED_HOSTS (--allowed-hosts)";
        Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, problem))
    }

    /// Refuses the pages of other origins.
    pub(super) fn check_origin(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.options.origins.allows(method, headers) {
            return Ok(());
        }
        let problem = "this origin is not allowed: add it to DOORWAY_CORS_ORIGINS (--cors-origins)";
        Err(Refusal::new(StatusCode::FORBIDDEN, problem))
    }
}
