//! What is asked for, as data: the one form that lists and connections become.

use super::order::OrderBy;
use super::predicate::Predicate;
use super::values::Value;
use crate::relation::model::Join;
use std::{borrow::Cow, sync::Arc};

/// Which rows are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole table of this name; the keys are not looked at.
    All(&'static str),
    /// The one row, at most, that each key leads to.
    One(Join),
    /// The one row of this table, at most, whose column holds each name.
    Named(&'static str, &'static str),
    /// The rows that each key leads to.
    Many(Join),
    /// Which of these tables has a row with each key.
    Anywhere(&'static [&'static str]),
}

/// A page request: everything about a batch but its keys. Batches with equal requests are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Which rows.
    pub scope: Scope,
    /// Only those of which this holds.
    pub only: Option<Arc<Predicate>>,
    /// In which order. The primary key is added as the last tie-breaker.
    pub order: Cow<'static, [OrderBy]>,
    /// Which part of each parent's rows.
    pub page: Page,
}

impl PageRequest {
    /// For what is not paged.
    pub(crate) fn whole(scope: Scope) -> PageRequest {
        PageRequest { scope, only: None, order: Cow::Borrowed(&[]), page: Page::default() }
    }
}

/// A part of an ordered list, of each parent's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Page {
    /// How many rows.
    pub limit: i64,
    /// How many rows are passed over first.
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
