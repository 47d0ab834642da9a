//! From what a client sent for `where` and `orderBy` to conditions and orders.

mod filter;
mod order;

use super::columns::Column;
use super::inputs::{Filter, Order};
use super::order::OrderBy;
use super::predicate::Predicate;
use super::rel::Entity;
use super::shape::{LinkShape, Shape};
use crate::error::bad_argument;
use async_graphql::{Error, Name, Value as Sent, indexmap::IndexMap};
use std::fmt::Write;

/// How many fields and lists may be within each other in a filter or an order.
const MAX_DEPTH: usize = 40;
/// How many relationships may be within each other. SQLite's expressions end somewhere behind that.
const MAX_WITHIN: usize = 10;
/// Up to so many relationships in a filter, PostgreSQL may turn them into joins; the time it takes to plan them
/// grows beyond all bounds with their number (20 within each other took 0.7 s, 28 more than 12).
const MAX_JOINED: usize = 6;
/// The most keys of an order.
const MAX_KEYS: usize = 10;

/// The condition that `filter` is, and how many conditions and values it has.
///
/// # Errors
/// `BAD_USER_INPUT`, naming the place and what may stand there.
pub(super) fn filter<T: Entity>(
    filter: &Filter<T>,
    link: Option<&LinkShape>,
) -> Result<(Predicate, usize), Error> {
    let mut sent = Reading::of("where");
    let mut predicate = sent.filter(&Shape::of::<T>(), link, &filter.value)?;
    if sent.relationships > MAX_JOINED {
        predicate.fence();
    }
    Ok((predicate, sent.conditions + sent.values))
}

/// The order that `keys` are, and how many conditions and values the filters in it have.
///
/// # Errors
/// As [`filter`].
pub(super) fn order<T: Entity>(
    keys: &[Order<T>],
    link: Option<&LinkShape>,
) -> Result<(Vec<OrderBy>, usize), Error> {
    let mut sent = Reading::of("orderBy");
    if keys.len() > MAX_KEYS {
        return Err(sent.bad(format!("may have {MAX_KEYS} keys at most, not {}", keys.len())));
    }
    let shape = Shape::of::<T>();
    let mut order = Vec::with_capacity(keys.len());
    for (nth, key) in keys.iter().enumerate() {
        order.push(sent.at(Step::Item(nth), |sent| sent.order(&shape, link, &key.value))?);
    }
    if sent.relationships > MAX_JOINED {
        order.iter_mut().for_each(|by| by.expr.fence());
    }
    Ok((order, sent.conditions + sent.values))
}

/// One step from an argument to a value in it.
#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

/// Where in an argument the reading is, and how much it has read.
struct Reading<'a> {
    path: Vec<Step<'a>>,
    conditions: usize,
    values: usize,
    /// The relationships that have been led through, and how many lead to this place.
    relationships: usize,
    within: usize,
}

impl<'a> Reading<'a> {
    /// At the beginning of an argument.
    fn of(argument: &'a str) -> Reading<'a> {
        let path = vec![Step::Field(argument)];
        Reading { path, conditions: 0, values: 0, relationships: 0, within: 0 }
    }

    /// The error for the value here.
    fn bad(&self, problem: impl AsRef<str>) -> Error {
        let mut path = String::new();
        for step in &self.path {
            let _ = match step {
                Step::Field(name) if path.is_empty() => write!(path, "{name}"),
                Step::Field(name) => write!(path, ".{name}"),
                Step::Item(nth) => write!(path, "[{nth}]"),
            };
        }
        bad_argument(&path, problem.as_ref())
    }

    /// Goes a step further in.
    fn at<R>(
        &mut self,
        step: Step<'a>,
        inside: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.path.push(step);
        if self.path.len() > MAX_DEPTH {
            self.path.truncate(1);
            return Err(self.bad(format!("has more than {MAX_DEPTH} fields and lists within each other")));
        }
        let result = inside(self)?;
        self.path.pop();
        Ok(result)
    }

    /// Goes through a relationship.
    fn through<R>(&mut self, inside: impl FnOnce(&mut Self) -> Result<R, Error>) -> Result<R, Error> {
        self.relationships += 1;
        self.within += 1;
        if self.within > MAX_WITHIN {
            self.path.truncate(1);
            return Err(self.bad(format!("has more than {MAX_WITHIN} relationships within each other")));
        }
        let result = inside(self)?;
        self.within -= 1;
        Ok(result)
    }

    fn object(&self, value: &'a Sent) -> Result<&'a IndexMap<Name, Sent>, Error> {
        match value {
            Sent::Object(object) => Ok(object),
            Sent::Null => Err(self.bad("must not be null: leave it out")),
            _ => Err(self.bad("must be an object")),
        }
    }

    /// The join table that is spoken of here: the one that led here.
    fn link<'l>(&self, link: Option<&'l LinkShape>) -> Result<&'l LinkShape, Error> {
        let name = match self.path.last() {
            Some(Step::Field(name)) => *name,
            _ => "",
        };
        let here = link.filter(|link| link.field() == name);
        here.ok_or_else(|| {
            self.bad("has a meaning only in a many-to-many relationship that leads through this join table")
        })
    }

    fn column(&self, columns: &[Column], name: &str) -> Result<Column, Error> {
        let found = columns.iter().find(|column| column.is_called(name));
        found.copied().ok_or_else(|| self.bad("is not a column"))
    }
}
