//! What one operation may take.

use crate::error::{BAD_USER_INPUT, coded, without_location};
use async_graphql::ServerError;
use std::time::Duration;

/// What one operation may take. A query that asks for more fails with `BAD_USER_INPUT`, or with `SERVICE_UNAVAILABLE` where it
/// is the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Its cost, in rows: an estimate that is made before the first statement.
    pub cost: u64,
    /// Bytes of its data. Rows that are read for it may take twice as much.
    pub response: usize,
    /// Its time, and that of a subscription's event.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { cost: 50_000, response: 64 << 20, time: Duration::from_secs(30) }
    }
}

impl Limits {
    /// Checks the cost of an operation.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`, with `cost` and `limit` in its extensions.
    pub fn check_cost(&self, cost: u64) -> Result<(), ServerError> {
        if cost <= self.cost {
            return Ok(());
        }
        let limit = self.cost;
        let text = format!(
            "the operation costs {cost}, and the limit is {limit}: lower `limit` or `first`, or select less"
        );
        let mut error = coded(BAD_USER_INPUT, text);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("cost", cost);
        extensions.set("limit", limit);
        Err(without_location(error))
    }

    /// The most bytes of rows that are read for it.
    pub(super) fn reads(&self) -> usize {
        self.response.saturating_mul(2)
    }

    /// What is wrong with a response that would be too large.
    pub(super) fn too_large(&self) -> async_graphql::Error {
        coded(
            BAD_USER_INPUT,
            format!("the response would have more than {} of text: select less", size(self.response)),
        )
    }
}

/// Bytes as people write them.
fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes >= 1 << 20 && bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
        bytes => format!("{bytes} bytes"),
    }
}
