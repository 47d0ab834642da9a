//! Reads an argument: where in it the reader is, and how much it has read.

use crate::error::bad_argument;
use crate::relation::model::{Column, LinkShape};
use async_graphql::{Error, Name, Value as InputValue, indexmap::IndexMap};
use std::fmt::Write;

/// The most levels of nested fields and lists in a filter or an order.
const MAX_DEPTH: usize = 40;
/// The most nested relationships. SQLite's expressions cannot nest much deeper.
const MAX_WITHIN: usize = 10;

/// One step from an argument to a value in it.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

/// Where in an argument the reading is, and how much it has read.
pub(super) struct ArgumentReader<'a> {
    pub(super) path: Vec<Step<'a>>,
    pub(super) conditions: usize,
    pub(super) values: usize,
    /// The relationships that have been led through, and how many lead to this place.
    pub(super) relationships: usize,
    pub(super) within: usize,
}

impl<'a> ArgumentReader<'a> {
    /// At the beginning of an argument.
    pub(super) fn of(argument: &'a str) -> ArgumentReader<'a> {
        let path = vec![Step::Field(argument)];
        ArgumentReader { path, conditions: 0, values: 0, relationships: 0, within: 0 }
    }

    /// The error for the value here.
    pub(super) fn bad(&self, problem: impl AsRef<str>) -> Error {
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
    pub(super) fn at<R>(
        &mut self,
        step: Step<'a>,
        inside: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.path.push(step);
        if self.path.len() > MAX_DEPTH {
            self.path.truncate(1);
            return Err(self.bad(format!("is nested more than {MAX_DEPTH} levels deep")));
        }
        let result = inside(self)?;
        self.path.pop();
        Ok(result)
    }

    /// Goes through a relationship.
    pub(super) fn through<R>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.relationships += 1;
        self.within += 1;
        if self.within > MAX_WITHIN {
            self.path.truncate(1);
            return Err(self.bad(format!("nests more than {MAX_WITHIN} relationships")));
        }
        let result = inside(self)?;
        self.within -= 1;
        Ok(result)
    }

    pub(super) fn object(&self, value: &'a InputValue) -> Result<&'a IndexMap<Name, InputValue>, Error> {
        match value {
            InputValue::Object(object) => Ok(object),
            InputValue::Null => Err(self.bad("must not be null: omit it")),
            _ => Err(self.bad("must be an object")),
        }
    }

    /// The join table that is spoken of here: the one that led here.
    pub(super) fn link<'l>(&self, link: Option<&'l LinkShape>) -> Result<&'l LinkShape, Error> {
        let name = match self.path.last() {
            Some(Step::Field(name)) => *name,
            _ => "",
        };
        let here = link.filter(|link| link.field() == name);
        here.ok_or_else(|| self.bad("is valid only in a many-to-many relationship through this join table"))
    }

    pub(super) fn column(&self, columns: &[Column], name: &str) -> Result<Column, Error> {
        let found = columns.iter().find(|column| column.is_called(name));
        found.copied().ok_or_else(|| self.bad("is not a column"))
    }
}
