//! Walks through a connection, page by page.

use super::{
    List, Model,
    arguments::{Arguments, Reach},
    connections::{Bounds, ConnectionQuery, Cursor, OPTIONAL, Page},
};
use fastrand::Rng;
use std::{cmp::Reverse, ops::Range};

/// A walk through a connection, forward or backward.
pub struct Walk {
    pub query: ConnectionQuery,
    pub backward: bool,
    /// The ids of all pages so far, in the order of the list.
    pub ids: Vec<String>,
    pub cursors: Vec<Cursor>,
    pub done: bool,
}

impl Walk {
    pub fn random(model: &Model, rng: &mut Rng, list: List, reach: Reach) -> Walk {
        let mut random = Arguments { model, rng };
        let (filter, order_by) = (random.filter_of(list, reach), random.order_of(list, reach));
        let mut parents = Vec::new();
        if let Some(kind) = list.parent() {
            let rows = model.rows(kind).iter().map(|row| row["id"].as_str().unwrap().to_owned());
            parents = rng.choose_multiple(rows, 4);
            parents.truncate(rng.usize(1..=4));
            // The walk follows the longest list. The other parents get the same cursors.
            let keys = list.keys(&order_by);
            parents.sort_by_key(|id| Reverse(model.list(list, Some(id), &filter, &keys).len()));
        }
        let bounds = Bounds::default();
        let query =
            ConnectionQuery { list, parents, filter, order_by, bounds, count: false, without: Vec::new() };
        Walk { query, backward: rng.bool(), ids: Vec::new(), cursors: Vec::new(), done: false }
    }

    pub fn parent(&self) -> Option<&str> {
        self.query.parents.first().map(String::as_str)
    }

    pub fn whole(&self, model: &Model) -> Vec<String> {
        let ConnectionQuery { list, filter, order_by, .. } = &self.query;
        let rows = model.list(*list, self.parent(), filter, &list.keys(order_by));
        rows.iter().map(|row| row.id().to_owned()).collect()
    }

    /// The query of the next page.
    pub fn next(&mut self, rng: &mut Rng, rows: Range<usize>) -> ConnectionQuery {
        let rows = rng.usize(rows);
        self.query.count = rng.bool();
        self.query.bounds = if self.backward {
            Bounds { last: Some(rows), before: self.cursors.first().cloned(), ..Bounds::default() }
        } else {
            Bounds { first: Some(rows), after: self.cursors.last().cloned(), ..Bounds::default() }
        };
        self.query.clone()
    }

    pub fn take(&mut self, page: &Page) {
        let at = if self.backward { 0 } else { self.ids.len() };
        self.ids.splice(at..at, page.ids.iter().cloned());
        self.cursors.splice(at..at, page.cursors.iter().cloned());
        self.done = !if self.backward { page.has_previous } else { page.has_next };
    }

    /// A query of a random page between random cursors, which may be in the wrong order, with some of its fields.
    pub fn anywhere(&self, rng: &mut Rng) -> ConnectionQuery {
        let mut cursor = || rng.choice(&self.cursors).filter(|_| rng.usize(..3) > 0).cloned();
        let (after, before) = (cursor(), cursor());
        let rows = Some(rng.usize(..6));
        let (first, last) = match rng.usize(..5) {
            0 => (None, None),
            1 | 2 => (rows, None),
            _ => (None, rows),
        };
        let bounds = Bounds { first, after, last, before };
        let without = OPTIONAL.into_iter().filter(|_| rng.usize(..3) == 0).collect();
        ConnectionQuery { bounds, count: rng.bool(), without, ..self.query.clone() }
    }
}
