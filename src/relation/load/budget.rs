//! What one operation may put into its response and its filters. Nothing is counted before it is known, so the
//! response of a small query that leads in circles is bounded too.

use crate::error::{BAD_USER_INPUT, coded};
use async_graphql::Error;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The most objects in a response, counted wherever they stand in it. Relationships lead in circles, so that
/// a short query can ask for any number.
pub const MAX_OBJECTS: usize = 200_000;

/// The most conditions and values in an operation's filters, counted anew for each parent that they are applied
/// to; 40 bytes of text are a value.
pub const MAX_FILTERING: usize = 2_000_000;

/// What an operation has spent so far.
#[derive(Debug, Default)]
pub struct Budget {
    /// Objects in the response.
    objects: AtomicUsize,
    /// Conditions and values of filters.
    conditions: AtomicUsize,
}

impl Budget {
    /// Begins anew.
    pub(crate) fn reset(&self) {
        for spent in [&self.objects, &self.conditions] {
            spent.store(0, Relaxed);
        }
    }

    /// Counts objects on their way into the response.
    pub(crate) fn count(&self, objects: usize) -> Result<(), Error> {
        let text =
            || format!("the response would have more than {MAX_OBJECTS} objects: lower `limit` or `first`");
        spend(&self.objects, objects, MAX_OBJECTS, text)
    }

    /// Counts conditions of a filter, and their values.
    pub(crate) fn count_conditions(&self, conditions: usize) -> Result<(), Error> {
        let text = || {
            format!(
                "the filters have more than {MAX_FILTERING} conditions and values, counted for each parent: \
                 ask for less"
            )
        };
        spend(&self.conditions, conditions, MAX_FILTERING, text)
    }
}

/// Takes `amount` from a budget of `limit`.
fn spend(
    spent: &AtomicUsize,
    amount: usize,
    limit: usize,
    refusal: impl Fn() -> String,
) -> Result<(), Error> {
    if spent.fetch_add(amount.min(limit + 1), Relaxed).saturating_add(amount) <= limit {
        return Ok(());
    }
    Err(coded(BAD_USER_INPUT, refusal()))
}
