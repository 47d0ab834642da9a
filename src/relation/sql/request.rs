//! What is asked for, as data: the one form that lists, connections, single rows and counts become.

use super::order::OrderBy;
use super::predicate::Predicate;
use super::values::Value;
use crate::relation::model::{Join, NodeTable};
use std::{borrow::Cow, sync::Arc};

/// Where the rows of a list come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListScope {
    /// The whole table of this name. Keys are ignored.
    Table(&'static str),
    /// The rows that each key leads to.
    Joined(Join),
}

/// Which rows a request reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A list.
    List(ListScope),
    /// At most one row for each key.
    One(Join),
    /// At most one row of a table for each name.
    ByName {
        /// The table.
        table: &'static str,
        /// The unique column that holds the names.
        column: &'static str,
    },
}

/// What a request counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountScope {
    /// The rows of a list.
    List(ListScope),
    /// Nothing; it returns the index of the table that has a row with each key.
    WhichTable(&'static [NodeTable]),
}

/// Everything about a batch of rows except its keys. Batches with equal requests are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Which rows.
    pub scope: Scope,
    /// Only rows that match the client's filter and the entity's scope.
    pub filter: Option<Arc<Predicate>>,
    /// Whether the client's filter is part of it.
    pub is_searched: bool,
    /// In which order. The primary key is added as the last tie-breaker.
    pub order: Cow<'static, [OrderBy]>,
    /// Which part of each parent's rows.
    pub page: Page,
    /// Whether the order is the one that was declared, and not a client's.
    pub is_declared: bool,
}

/// Everything about a batch of counts except its keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CountRequest {
    /// What is counted.
    pub scope: CountScope,
    /// Only rows that match.
    pub filter: Option<Arc<Predicate>>,
}

impl PageRequest {
    /// All rows of `scope`, including those that the entity's scope hides.
    pub(crate) fn new(scope: Scope) -> PageRequest {
        PageRequest {
            scope,
            filter: None,
            is_searched: false,
            order: Cow::Borrowed(&[]),
            page: Page::default(),
            is_declared: true,
        }
    }

    /// Whether its rows are found by keys, or at the beginning of an index: it has no condition except the entity's scope, and nothing to skip.
    pub(crate) fn is_quick(&self) -> bool {
        !self.is_searched && self.is_declared && self.page.offset.unwrap_or(0) == 0
    }

    /// The most rows for each key.
    pub(crate) fn most_rows(&self) -> usize {
        match self.scope {
            Scope::List(_) => usize::try_from(self.page.rows()).unwrap_or(usize::MAX),
            Scope::One(_) | Scope::ByName { .. } => 1,
        }
    }

    /// Whether its rows come with the keys that asked for them. A whole table has one, which asked for nothing.
    pub(crate) fn has_keys(&self) -> bool {
        !matches!(self.scope, Scope::List(ListScope::Table(_)))
    }
}

/// A part of an ordered list, of each parent's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Page {
    /// The most rows on the page.
    pub limit: i64,
    /// Whether the statement reads one row more than the page has, to know whether another follows.
    pub look_ahead: bool,
    /// Rows to skip first.
    pub offset: Option<i64>,
    /// Only rows after this keyset.
    pub after: Option<Arc<[Value]>>,
    /// Only rows before this keyset.
    pub before: Option<Arc<[Value]>>,
    /// The last rows instead of the first. They come in the list's order all the same.
    pub backward: bool,
    /// Whether each row comes with its keyset.
    pub keysets: bool,
    /// Whether the nearest row at or before `after` comes too, as evidence that there is one.
    pub evidence_before: bool,
    /// Whether the nearest row at or after `before` comes too.
    pub evidence_after: bool,
}

impl Page {
    /// The most rows on a page where a client does not say.
    pub(crate) const DEFAULT_LIMIT: i64 = 100;

    /// The most rows to read: the page, and the row after it where that is asked for.
    pub(super) fn rows(&self) -> i64 {
        self.limit + i64::from(self.look_ahead)
    }
}
