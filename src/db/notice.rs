//! What is told: a short text of a committed transaction.

use std::sync::Arc;

/// Bytes a notice may have: PostgreSQL takes fewer than 8,000.
pub const MAX_NOTICE: usize = 7_999;

/// What a receiver gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// What a committed transaction left.
    Payload(Arc<str>),
    /// Notices may have been missed: the connection that listens was lost, and is back.
    Resync,
}
