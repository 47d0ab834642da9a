//! Writes the data of a response, depth first, into one buffer.
//!
//! A field that fails is an error with its path, and makes the nearest field around it null that may be (GraphQL
//! specification, section 6.4.4, "Handling Execution Errors"): what was written since that field began is taken back.

use super::given::Given;
use super::plan::{Item, What};
use super::run::Run;
use crate::error::{CONFLICT, masked};
use crate::relation::{Group, NO_GROUP, PageLoader};
use async_graphql::{Error, PathSegment, Pos, ServerError};

/// What was being written failed, its error is noted, and whatever it is a part of must be null.
pub(super) struct Failed;

pub(super) type Written = Result<(), Failed>;

/// A step from a field to a value in it.
#[derive(Clone, Copy)]
pub(super) enum Step<'p> {
    Key(&'p str),
    Item(usize),
}

/// Where a field hangs.
#[derive(Clone, Copy)]
pub(super) enum On {
    /// At the root.
    Root,
    /// On a row of its parent.
    Row(u32),
}

pub(super) struct Writer<'r, 'p> {
    pub(super) run: &'r Run<'p>,
    given: Option<&'r Given>,
    pub(super) out: Vec<u8>,
    pub(super) errors: Vec<ServerError>,
    pub(super) path: Vec<Step<'p>>,
    /// For each field, where each of its rows was written, and after how many times something was taken back.
    copies: Vec<Vec<(usize, usize, usize)>>,
    taken_back: usize,
    /// The most bytes that it may write.
    pub(super) most: usize,
    /// Whether it would have written more.
    pub(super) is_over: bool,
}

impl<'r, 'p> Writer<'r, 'p> {
    /// Appends to `out` what was run, up to `most` bytes.
    pub(super) fn new(run: &'r Run<'p>, given: Option<&'r Given>, out: Vec<u8>, most: usize) -> Self {
        let copies = run.plan.fields.iter().map(|_| Vec::new()).collect();
        Writer {
            run,
            given,
            out,
            errors: Vec::new(),
            path: Vec::new(),
            copies,
            taken_back: 0,
            most,
            is_over: false,
        }
    }

    /// A root field.
    pub(super) fn root(&mut self, field: usize) -> Written {
        self.field(field, On::Root)
    }

    /// An object that a resolver gives, as the root field of this key.
    pub(super) fn given(&mut self, key: &'p str, items: &'p [Item]) -> Written {
        self.path.push(Step::Key(key));
        for item in items {
            match item {
                Item::Literal(bytes) => self.out.extend_from_slice(bytes),
                Item::Field(field) => self.field(*field, On::Root)?,
                Item::Given { name, selection } => {
                    if let Some(given) = self.given {
                        given.write(name, selection, &mut self.out);
                    }
                }
                Item::Cell(_) | Item::Computed { .. } | Item::Object { .. } | Item::Cursor { .. } => {}
            }
        }
        self.path.pop();
        Ok(())
    }

    pub(super) fn field(&mut self, nth: usize, on: On) -> Written {
        let field = &self.run.plan.fields[nth];
        let (start, depth) = (self.out.len(), self.path.len());
        self.path.push(Step::Key(&field.key));
        let written = self.value(nth, on);
        self.path.truncate(depth);
        match written {
            Err(Failed) if field.nullable => {
                self.take_back(start);
                Ok(())
            }
            written => written,
        }
    }

    /// Writes null in place of what was written from `start` on.
    pub(super) fn take_back(&mut self, start: usize) {
        self.taken_back += 1;
        self.out.truncate(start);
        self.out.extend_from_slice(b"null");
    }

    fn number(&self, field: usize, on: On) -> u32 {
        let state = &self.run.states[field];
        let number = match on {
            On::Root => state.listed.first(),
            On::Row(row) => state.links.get(row as usize),
        };
        number.copied().unwrap_or(NO_GROUP)
    }

    pub(super) fn value(&mut self, nth: usize, on: On) -> Written {
        let run = self.run;
        let field = &run.plan.fields[nth];
        if let Some(failure) = &run.states[nth].failure {
            return self.fail(failure.clone(), field.pos);
        }
        let number = self.number(nth, on);
        match &field.what {
            What::Count => match run.counts(nth).map(|loader| loader.answer(number).1) {
                Some(Err(error)) => return self.fail(error.clone(), field.pos),
                Some(Ok(count)) => drop(serde_json::to_writer(&mut self.out, &count.unwrap_or(0))),
                None => self.out.push(b'0'),
            },
            What::Located { fields, list: true } => {
                self.out.push(b'[');
                for (place, number) in run.states[nth].listed.iter().enumerate() {
                    self.out.extend_from_slice(if place > 0 { b"," } else { b"" });
                    self.path.push(Step::Item(place));
                    let (start, depth) = (self.out.len(), self.path.len());
                    if let Err(Failed) = self.located(nth, fields, *number) {
                        self.take_back(start);
                    }
                    self.path.truncate(depth - 1);
                }
                self.out.push(b']');
            }
            What::Located { fields, list: false } => self.located(nth, fields, number)?,
            What::Page { items, .. } => self.page(nth, on, number, items)?,
            What::Each(items) => {
                let Some(loader) = run.pages(nth) else { return self.empty_list() };
                let mut rows = Vec::new();
                let state = &run.states[nth];
                let numbers = match on {
                    On::Root => &state.listed,
                    On::Row(row) => state.lists.get(row as usize).unwrap_or(&state.listed),
                };
                for number in numbers {
                    rows.extend_from_slice(self.group(nth, loader, *number, field.pos)?.1);
                }
                self.rows(nth, &rows, items, loader, Self::copied)?;
            }
            What::List(items) => {
                let Some(loader) = run.pages(nth) else { return self.empty_list() };
                let (_, rows) = self.group(nth, loader, number, field.pos)?;
                self.rows(nth, rows, items, loader, Self::copied)?;
            }
            What::One(items) | What::Named(items) => {
                let row = match run.pages(nth) {
                    Some(loader) => {
                        self.group(nth, loader, number, field.pos)?.1.first().map(|row| (*row, loader))
                    }
                    None => None,
                };
                match (row, &field.what) {
                    (Some((row, loader)), _) => self.copied(nth, row, items, loader)?,
                    (None, What::One(_)) => self.out.extend_from_slice(b"null"),
                    (None, _) => {
                        let gone = format!("the row of `{}` is gone", field.name);
                        let text = "the data changed while it was read: try again";
                        return self.fail(masked(CONFLICT, text, &gone), field.pos);
                    }
                }
            }
        }
        Ok(())
    }

    fn empty_list(&mut self) -> Written {
        self.out.extend_from_slice(b"[]");
        Ok(())
    }

    /// The rows of a key.
    pub(super) fn group(
        &mut self,
        nth: usize,
        loader: &'r PageLoader,
        number: u32,
        pos: Pos,
    ) -> Result<(Group, &'r [u32]), Failed> {
        debug_assert!(self.run.states[nth].failure.is_none());
        if let Some(failure) = loader.rows.failure(number) {
            self.fail(failure.clone(), pos)?;
        }
        let group = loader.rows.group(number);
        Ok((group, loader.rows.rows(group)))
    }

    /// A row of whatever type, by its key's number.
    fn located(&mut self, nth: usize, fields: &'p [usize], number: u32) -> Written {
        let run = self.run;
        let Some(loader) = run.counts(nth) else { return Ok(()) };
        let table = match loader.answer(number).1 {
            Err(error) => return self.fail(error.clone(), run.plan.fields[nth].pos),
            Ok(table) => table.and_then(|table| usize::try_from(table).ok()),
        };
        match table.and_then(|table| fields.get(table)) {
            // The number of the key stands for the row.
            Some(field) => self.value(*field, On::Row(number)),
            None => {
                self.out.extend_from_slice(b"null");
                Ok(())
            }
        }
    }

    /// A list of rows, each written by `object`.
    pub(super) fn rows(
        &mut self,
        nth: usize,
        rows: &[u32],
        items: &'p [Item],
        loader: &'r PageLoader,
        object: fn(&mut Self, usize, u32, &'p [Item], &'r PageLoader) -> Written,
    ) -> Written {
        self.out.push(b'[');
        for (place, row) in rows.iter().enumerate() {
            self.out.extend_from_slice(if place > 0 { b"," } else { b"" });
            self.path.push(Step::Item(place));
            object(self, nth, *row, items, loader)?;
            self.path.pop();
        }
        self.out.push(b']');
        Ok(())
    }

    /// A row's object. One that was written before is copied.
    fn copied(&mut self, nth: usize, row: u32, items: &'p [Item], loader: &'r PageLoader) -> Written {
        let planned = &self.run.plan.fields[nth];
        if planned.children.is_empty() && planned.computed.is_empty() {
            return self.object(nth, row, items, loader);
        }
        let copies = &mut self.copies[nth];
        if copies.is_empty() {
            copies.resize(loader.rows.len(), (0, 0, 0));
        }
        let (start, end, taken_back) = copies[row as usize];
        if end > 0 && taken_back == self.taken_back {
            if self.out.len() + (end - start) > self.most {
                return self.too_much(nth);
            }
            self.out.extend_from_within(start..end);
            return Ok(());
        }
        let (start, errors) = (self.out.len(), self.errors.len());
        self.object(nth, row, items, loader)?;
        // The errors in a copy would have other paths.
        if self.errors.len() == errors {
            self.copies[nth][row as usize] = (start, self.out.len(), self.taken_back);
        }
        Ok(())
    }

    pub(super) fn object(
        &mut self,
        nth: usize,
        row: u32,
        items: &'p [Item],
        loader: &'r PageLoader,
    ) -> Written {
        match self.run.states[nth].failing {
            Some(failing) => self.failing(failing, row, items)?,
            None if self.out.len() > self.most => return self.too_much(nth),
            None => {}
        }
        self.pieces(nth, row, items, loader)
    }

    /// The field of a row that fails, and nothing else.
    fn failing(&mut self, failing: usize, row: u32, items: &'p [Item]) -> Written {
        for item in items {
            match item {
                Item::Field(field) if *field == failing => return self.field(failing, On::Row(row)),
                Item::Object { key, items } => {
                    self.path.push(Step::Key(key));
                    self.failing(failing, row, items)?;
                    self.path.pop();
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn pieces(&mut self, nth: usize, row: u32, items: &'p [Item], loader: &'r PageLoader) -> Written {
        for item in items {
            match item {
                Item::Literal(bytes) => self.out.extend_from_slice(bytes),
                Item::Cell(column) => {
                    let cell = loader.rows.cell(row, *column);
                    if self.out.len() + cell.len() > self.most {
                        return self.too_much(nth);
                    }
                    self.out.extend_from_slice(cell);
                }
                Item::Field(field) => self.field(*field, On::Row(row))?,
                Item::Computed { nth, key, pos } => self.computed(*nth, row, (key, *pos), loader)?,
                Item::Object { key, items } => {
                    self.path.push(Step::Key(key));
                    self.pieces(nth, row, items, loader)?;
                    self.path.pop();
                }
                Item::Cursor { key, pos } => {
                    self.path.push(Step::Key(key));
                    self.cursor(row, loader, *pos)?;
                    self.path.pop();
                }
                Item::Given { .. } => {}
            }
        }
        Ok(())
    }

    pub(super) fn too_much(&mut self, nth: usize) -> Written {
        self.is_over = true;
        self.fail(self.run.limits.too_large(), self.run.plan.fields[nth].pos)
    }

    /// Notes an error of what is being written.
    pub(super) fn fail(&mut self, error: Error, pos: Pos) -> Written {
        let mut error = error.into_server_error(pos);
        error.path = (self.path.iter())
            .map(|step| match step {
                Step::Key(key) => PathSegment::Field((*key).to_owned()),
                Step::Item(place) => PathSegment::Index(*place),
            })
            .collect();
        self.errors.push(error);
        Err(Failed)
    }
}
