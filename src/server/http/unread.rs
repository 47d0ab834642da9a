//! How many bytes of requests may wait for the rest of their request: bodies, and messages of WebSockets.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The first bytes of each request, which are not counted: there are not more requests than connections and their streams.
pub(in crate::server) const SMALL: usize = 4 << 10;

/// The bytes of requests that have arrived and are not read yet, of all clients together. The first of each are not counted.
#[derive(Debug, Clone)]
pub(in crate::server) struct Unread(Arc<Semaphore>);

impl Unread {
    /// Up to so many.
    pub(in crate::server) fn new(most: usize) -> Unread {
        Unread(Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))))
    }

    /// A request of which nothing has arrived.
    pub(in crate::server) fn nothing(&self) -> Counted {
        Counted { of: self.0.clone(), permit: None }
    }
}

/// All requests together have too many bytes.
#[derive(Debug)]
pub(in crate::server) struct TooMany;

/// What is counted for a request, until it is dropped.
#[derive(Debug)]
pub(in crate::server) struct Counted {
    of: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Counted {
    /// The request has so many bytes now.
    ///
    /// # Errors
    /// If all of them have too many. It is counted as before then.
    pub(in crate::server) fn set(&mut self, bytes: usize) -> Result<(), TooMany> {
        let wanted = bytes.saturating_sub(SMALL);
        let counted = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if wanted > counted {
            let more = u32::try_from(wanted - counted).map_err(|_| TooMany)?;
            let more = self.of.clone().try_acquire_many_owned(more).map_err(|_| TooMany)?;
            match &mut self.permit {
                Some(permit) => permit.merge(more),
                None => self.permit = Some(more),
            }
        } else if wanted == 0 {
            self.permit = None;
        } else if let Some(permit) = &mut self.permit {
            drop(permit.split(counted - wanted));
        }
        Ok(())
    }
}
