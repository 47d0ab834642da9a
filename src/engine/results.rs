//! What resolvers have computed between the waves.

use crate::db::Id;
use async_graphql::Result;

/// A row of the parent that was reached, and how often.
pub(super) type Reached = (u32, usize);

/// What was computed for the rows of a field.
#[derive(Default)]
pub(super) struct Results(Vec<Asked>);

#[derive(Default)]
enum Asked {
    #[default]
    Never,
    Now,
    Before(Result<Kept>),
}

/// What was computed for a row.
pub(super) enum Kept {
    Json(Vec<u8>),
    /// The keys of other rows.
    Keys(Vec<Id>),
}

impl Results {
    /// Asks for a row; whether that is new.
    pub(super) fn ask(&mut self, row: u32) -> bool {
        let row = row as usize;
        if self.0.len() <= row {
            self.0.resize_with(row + 1, Asked::default);
        }
        let is_new = matches!(self.0[row], Asked::Never);
        if is_new {
            self.0[row] = Asked::Now;
        }
        is_new
    }

    /// For how many rows at most.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What was computed for a row that was asked for.
    pub(super) fn give(&mut self, row: u32, computed: Result<Kept>) {
        if let Some(asked) = self.0.get_mut(row as usize) {
            *asked = Asked::Before(computed);
        }
    }

    /// What was computed for a row.
    pub(super) fn of(&self, row: u32) -> Option<&Result<Kept>> {
        match self.0.get(row as usize) {
            Some(Asked::Before(computed)) => Some(computed),
            _ => None,
        }
    }
}

/// Rows for which the computed field of this number is to be computed, after so many further waves.
pub(super) struct Waiting {
    pub(super) nth: usize,
    pub(super) rows: Vec<Reached>,
    pub(super) waves: usize,
}
