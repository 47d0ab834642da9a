//! How many bytes of responses may wait for clients to read them.

use axum::body::Bytes;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Smaller responses are not counted: there are not more of them than connections.
const SMALL: usize = 64 << 10;

/// The bytes of responses that are not written yet, of all clients together.
#[derive(Clone)]
pub(in crate::server) struct Unwritten {
    left: Arc<Semaphore>,
    most: usize,
}

impl Unwritten {
    /// Up to so many.
    pub(in crate::server) fn new(most: usize) -> Unwritten {
        let most = most.min(Semaphore::MAX_PERMITS);
        Unwritten { left: Arc::new(Semaphore::new(most)), most }
    }

    /// Counts the bytes of a response until they are dropped; `None` if there are too many others.
    pub(in crate::server) fn try_add(&self, bytes: Vec<u8>) -> Option<Bytes> {
        let Some(permits) = self.permits(&bytes) else { return Some(bytes.into()) };
        let counted = self.left.clone().try_acquire_many_owned(permits).ok()?;
        Some(Bytes::from_owner(Counted { bytes, _counted: counted }))
    }

    /// The same, once others have been read.
    pub(in crate::server) async fn add(&self, bytes: Vec<u8>) -> Bytes {
        let Some(permits) = self.permits(&bytes) else { return bytes.into() };
        match self.left.clone().acquire_many_owned(permits).await {
            Ok(counted) => Bytes::from_owner(Counted { bytes, _counted: counted }),
            // It is never closed.
            Err(_) => bytes.into(),
        }
    }

    /// What is counted for it. One that is larger than all may be is alone.
    fn permits(&self, bytes: &Vec<u8>) -> Option<u32> {
        let size = bytes.capacity();
        (size >= SMALL).then(|| u32::try_from(size.min(self.most)).unwrap_or(u32::MAX))
    }
}

struct Counted {
    bytes: Vec<u8>,
    _counted: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
