//! Room for large responses, and when the response to an event may be made.

use futures_util::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// When a subscription may read for an event, in the data of a request.
#[derive(Clone)]
pub struct EventTurns {
    /// Whose turn it is among the subscriptions of a connection. A response that waits to be written keeps its turn: a client that does
    /// not read has one of them wait, and not one for each of its subscriptions.
    pub turns: Arc<Semaphore>,
    /// For the responses of all connections.
    pub room: Arc<dyn Room>,
}

/// What a response has taken of the room. Dropped, it gives that back.
#[derive(Debug)]
pub struct Taken {
    /// How much, as [`Room::size`] has it.
    pub size: u32,
    /// What others cannot take meanwhile.
    pub permits: Vec<OwnedSemaphorePermit>,
}

/// Room for the large responses that wait to be read by their clients. A response keeps what it has taken until it is written.
pub trait Room: Send + Sync {
    /// What a response of so many bytes takes of it; nothing if it is small.
    fn size(&self, bytes: usize) -> Option<u32>;

    /// Takes so much; `None` if others have it and are reading it fast enough.
    fn try_take(&self, size: u32) -> BoxFuture<'_, Option<Taken>>;

    /// The same, however long that takes.
    fn take(&self, size: u32) -> BoxFuture<'_, Option<Taken>>;
}
