//! Runs and writes what resolvers compute.

use super::arguments::MAX_LIMIT;
use super::plan::{Computed, Input};
use super::results::{Kept, Reached, Waiting};
use super::run::Run;
use super::write::{Failed, On, Step, Writer, Written};
use crate::db::{Id, Reader};
use crate::error::{BAD_USER_INPUT, coded, from_database, internal};
use crate::relation::{Given, Inputs, NO_GROUP, PageLoader, Resolve, camel_case};
use async_graphql::{Error, Pos, Result, Value};
use futures_util::{FutureExt, future::BoxFuture};
use std::sync::Arc;

/// The most rows that a resolver has in one batch: SQLite binds up to 32,766 values.
const MAX_BATCH: usize = 10_000;

/// What became of a batch: the number of what is computed, its rows, and a value for each of them.
pub(super) type Ended = (usize, Vec<Reached>, Result<Vec<Result<Value>>>);

impl<'p> Run<'p> {
    /// The rows of a field, for what is computed of them: in the next wave, or in that after the rows that they lead to are read.
    pub(super) fn wait(
        &mut self,
        nth: usize,
        reached: &[Reached],
        reader: &Arc<Reader>,
        next: &mut Vec<usize>,
    ) {
        let results = &mut self.results[nth];
        let (rows, known): (Vec<Reached>, Vec<Reached>) =
            reached.iter().copied().partition(|(row, _)| results.ask(*row));
        self.lead_on(nth, &known, reader, next);
        if !rows.is_empty() {
            let leads = self.plan.computed[nth].inputs.iter().any(|input| !matches!(input, Input::Cell(_)));
            self.waiting.push(Waiting { nth, rows, waves: usize::from(leads) });
        }
    }

    /// Begins the batches whose inputs are known.
    pub(super) fn begin_batches(&mut self, reader: &Arc<Reader>) -> Vec<BoxFuture<'p, Ended>> {
        let mut begun = Vec::new();
        for Waiting { nth, rows, waves } in std::mem::take(&mut self.waiting) {
            match waves.checked_sub(1) {
                Some(waves) => self.waiting.push(Waiting { nth, rows, waves }),
                None => begun.extend(rows.chunks(MAX_BATCH).map(|rows| self.begin_batch(nth, rows, reader))),
            }
        }
        begun
    }

    fn begin_batch(&self, nth: usize, rows: &[Reached], reader: &Arc<Reader>) -> BoxFuture<'p, Ended> {
        let computed = &self.plan.computed[nth];
        let rows = rows.to_vec();
        let (mut failed, mut batch) = (Vec::new(), Vec::new());
        for (row, _) in &rows {
            let inputs = self.pages(computed.owner).map(|loader| self.inputs(nth, *row, loader));
            match inputs {
                Some(Ok(inputs)) => {
                    failed.push(None);
                    batch.push(inputs);
                }
                Some(Err(error)) => failed.push(Some(error)),
                None => failed.push(Some(defect(computed, "has no rows"))),
            }
        }
        let count = batch.len();
        let begun = match computed.resolver.resolve {
            Resolve::Batch(_) if count == 0 => Ok(async { Ok(Vec::new()) }.boxed()),
            Resolve::Batch(begin) => begin(batch, reader.clone()),
            Resolve::Each(make) => {
                let values = batch.into_iter().map(|mut inputs| make(&mut inputs)).collect();
                Ok(async { Ok(values) }.boxed())
            }
        };
        let explain = self.explain.filter(|_| computed.is_batch());
        async move {
            let values = match (begun, explain) {
                (Err(error), _) => Err(error),
                (Ok(batch), Some(explain)) if count > 0 => {
                    explain.batch(computed.paths.iter().cloned().collect(), count, 0, batch).await
                }
                (Ok(batch), _) => batch.await,
            };
            let values = values.and_then(|values| match values.len() == count {
                true => Ok(values),
                false => Err(defect(computed, &format!("gave {} values for {count} rows", values.len()))),
            });
            let values = values.map(|values| {
                let mut values = values.into_iter();
                let value = |failed: Option<Error>| match failed {
                    Some(error) => Err(error),
                    None => values.next().unwrap_or(Ok(Value::Null)),
                };
                failed.into_iter().map(value).collect()
            });
            (nth, rows, values)
        }
        .boxed()
    }

    /// Keeps what batches have given, and asks for the rows that it leads to.
    pub(super) fn end_batches(&mut self, ended: Vec<Ended>, reader: &Arc<Reader>) {
        for (nth, rows, values) in ended {
            let computed = &self.plan.computed[nth];
            let values: Vec<Result<Value>> =
                values.unwrap_or_else(|error| rows.iter().map(|_| Err(error.clone())).collect());
            for ((row, _), value) in rows.iter().zip(values) {
                let kept = value.and_then(|value| {
                    let (kept, bytes) = keep(computed, &value)?;
                    reader.hold(bytes).map_err(from_database)?;
                    Ok(kept)
                });
                self.results[nth].give(*row, kept);
            }
            let mut led = std::mem::take(&mut self.led);
            self.lead_on(nth, &rows, reader, &mut led);
            self.led = led;
        }
    }

    /// Asks for the rows whose keys were computed for these.
    fn lead_on(&mut self, nth: usize, reached: &[Reached], reader: &Arc<Reader>, next: &mut Vec<usize>) {
        let computed = &self.plan.computed[nth];
        let Some(field) = computed.rows.filter(|_| !reached.is_empty()) else { return };
        let (mut keys, mut lists) = (Vec::new(), Vec::new());
        for (row, times) in reached {
            if let Some(Ok(Kept::Keys(ids))) = self.results[nth].of(*row) {
                keys.extend(ids.iter().map(|id| (*id, *times)));
                lists.push((*row as usize, ids.len()));
            }
        }
        let mut numbers = self.ask(field, &keys, reader, next).into_iter();
        let rows = self.results[nth].len();
        let state = &mut self.states[field];
        state.lists.resize(rows, Vec::new());
        state.links.resize(rows, NO_GROUP);
        for (row, count) in lists {
            state.lists[row] = numbers.by_ref().take(count).collect();
            state.links[row] = state.lists[row].first().copied().unwrap_or(NO_GROUP);
        }
    }

    /// What a resolver reads of a row.
    fn inputs<'r>(&'r self, nth: usize, row: u32, loader: &'r PageLoader) -> Result<Inputs<'r>> {
        let computed = &self.plan.computed[nth];
        let given = computed.inputs.iter().map(|input| {
            Ok(match input {
                Input::Cell(column) => Given::Cell(loader.rows.cell(row, *column)),
                Input::Rows { field, columns } => Given::Rows(self.rows_of(computed, *field, row, columns)?),
                Input::Count(field) => Given::Count(self.count_of(*field, row)?),
            })
        });
        Ok(Inputs::new(given.collect::<Result<Vec<_>>>()?, &self.arguments[nth]))
    }

    /// The number of a field's key that hangs on a row.
    fn link(&self, field: usize, row: u32) -> Result<u32> {
        let state = &self.states[field];
        match &state.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(state.links.get(row as usize).copied().unwrap_or(NO_GROUP)),
        }
    }

    fn rows_of(
        &self,
        computed: &Computed,
        field: usize,
        row: u32,
        columns: &[usize],
    ) -> Result<Vec<Vec<&[u8]>>> {
        let number = self.link(field, row)?;
        let Some(loader) = self.pages(field) else { return Ok(Vec::new()) };
        if let Some(failure) = loader.rows.failure(number) {
            return Err(failure.clone());
        }
        let group = loader.rows.group(number);
        if group.has_next {
            let name = camel_case(computed.resolver.field);
            let text = format!("`{name}` is computed of up to {MAX_LIMIT} rows of a list, and here are more");
            return Err(coded(BAD_USER_INPUT, text));
        }
        let cells = |row: &u32| columns.iter().map(|column| loader.rows.cell(*row, *column)).collect();
        Ok(loader.rows.rows(group).iter().map(cells).collect())
    }

    fn count_of(&self, field: usize, row: u32) -> Result<i64> {
        let number = self.link(field, row)?;
        match self.counts(field).map(|loader| loader.answer(number).1) {
            Some(Err(error)) => Err(error.clone()),
            Some(Ok(count)) => Ok(count.unwrap_or(0)),
            None => Ok(0),
        }
    }
}

impl<'p> Writer<'_, 'p> {
    /// What a resolver computes of a row.
    pub(super) fn computed(
        &mut self,
        nth: usize,
        row: u32,
        (key, pos): (&'p str, Pos),
        loader: &PageLoader,
    ) -> Written {
        let (run, start, depth) = (self.run, self.out.len(), self.path.len());
        let computed = &run.plan.computed[nth];
        self.path.push(Step::Key(key));
        let written = match computed.resolver.resolve {
            Resolve::Each(make) if !computed.is_early() => {
                let value = run.inputs(nth, row, loader).and_then(|mut inputs| make(&mut inputs));
                let pushed = value.and_then(|value| push(computed, &value, &mut self.out));
                pushed.map_or_else(|error| self.fail(error, pos), Ok)
            }
            _ => match (run.results[nth].of(row), computed.rows) {
                (Some(Ok(Kept::Keys(_))), Some(field)) => self.value(field, On::Row(row)),
                (Some(Ok(Kept::Json(json))), _) => {
                    self.out.extend_from_slice(json);
                    Ok(())
                }
                (Some(Err(error)), _) => self.fail(error.clone(), pos),
                _ => self.fail(defect(computed, "was not asked for a row"), pos),
            },
        };
        let written = match written {
            Ok(()) if self.out.len() > self.most => self.too_much(computed.owner),
            written => written,
        };
        self.path.truncate(depth);
        match written {
            Err(Failed) if computed.nullable => {
                self.take_back(start);
                Ok(())
            }
            written => written,
        }
    }
}

/// What is kept of a value, and how many bytes it takes.
fn keep(computed: &Computed, value: &Value) -> Result<(Kept, usize)> {
    match (computed.rows, value) {
        (Some(_), Value::List(ids)) => {
            let id = |id: &Value| {
                let read = match id {
                    Value::String(id) => id.parse().ok().or_else(|| Id::from_digits(id)),
                    _ => None,
                };
                read.ok_or_else(|| defect(computed, "gave no id"))
            };
            let ids: Vec<Id> = ids.iter().map(id).collect::<Result<_>>()?;
            let bytes = size_of_val(ids.as_slice());
            Ok((Kept::Keys(ids), bytes))
        }
        _ => {
            let mut json = Vec::new();
            push(computed, value, &mut json)?;
            let bytes = json.len();
            Ok((Kept::Json(json), bytes))
        }
    }
}

/// Appends a value as JSON.
fn push(computed: &Computed, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    if *value == Value::Null && !computed.nullable {
        return Err(defect(computed, "gave null, which its type does not allow"));
    }
    // Writing to a vector does not fail.
    let _ = serde_json::to_writer(out, value);
    Ok(())
}

/// What is wrong with a resolver, in the log.
fn defect(computed: &Computed, problem: &str) -> Error {
    internal(&format!("the resolver `{}` {problem}", computed.resolver.field))
}
