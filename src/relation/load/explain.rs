//! What an operation cost, for those who ask: each batch, the fields it served, and its statement.

use crate::db::{Ran, record};
use async_graphql::{Value, to_value};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The name under which a request asks for it in its `extensions`, and a response has it in its own.
pub const EXTENSION: &str = "doorway";

/// Whether a request's extension of this name asks for `what`: `{ "explain": true }`, or `{ "cost": true }`.
pub fn is_asked(extension: &Value, what: &str) -> bool {
    matches!(extension, Value::Object(object) if object.get(what) == Some(&Value::Boolean(true)))
}

/// What has been run so far. It costs nothing to those who do not ask: their operations have none.
#[derive(Debug, Default)]
pub struct Explain(Mutex<Explained>);

#[derive(Debug, Default, Serialize)]
struct Explained {
    /// In the order in which they were dispatched.
    batches: Vec<Batch>,
    /// In the order in which they ended.
    transactions: Vec<Transaction>,
    totals: Totals,
}

#[derive(Debug, Default, Serialize)]
struct Batch {
    fields: BTreeSet<String>,
    keys: usize,
    cached: usize,
    /// Null where all keys were cached.
    sql: Option<String>,
    rows: usize,
    microseconds: u64,
}

impl Batch {
    fn note(&mut self, ran: Ran) {
        (self.rows, self.microseconds, self.sql) = (ran.rows, microseconds(ran.time), Some(ran.sql));
    }
}

#[derive(Debug, Serialize)]
struct Transaction {
    field: String,
    statements: Vec<Statement>,
}

#[derive(Debug, Serialize)]
struct Statement {
    sql: String,
    rows: usize,
    microseconds: u64,
}

#[derive(Debug, Default, Serialize)]
struct Totals {
    batches: usize,
    transactions: usize,
    statements: usize,
    rows: usize,
    microseconds: u64,
}

impl Totals {
    fn add(&mut self, ran: &[Ran]) {
        self.statements += ran.len();
        self.rows += ran.iter().map(|one| one.rows).sum::<usize>();
        self.microseconds += ran.iter().map(|one| microseconds(one.time)).sum::<u64>();
    }
}

impl Explain {
    /// Runs a batch for `keys` keys, of which `cached` were known, and notes what it ran.
    pub(crate) async fn batch<F: Future>(
        &self,
        fields: BTreeSet<String>,
        keys: usize,
        cached: usize,
        load: F,
    ) -> F::Output {
        let nth = {
            let mut explained = self.explained();
            explained.totals.batches += 1;
            explained.batches.push(Batch { fields, keys, cached, ..Batch::default() });
            explained.batches.len() - 1
        };
        let (output, ran) = record(load).await;
        let mut explained = self.explained();
        explained.totals.add(&ran);
        // It is gone where its operation has gone on without it.
        let Some(batch) = explained.batches.get_mut(nth) else { return output };
        let fields = batch.fields.clone();
        // One, unless all keys were cached. A resolver's may be several: each further one is a batch of its own.
        let mut ran = ran.into_iter();
        if let Some(first) = ran.next() {
            batch.note(first);
        }
        for one in ran {
            let mut batch = Batch { fields: fields.clone(), keys, cached, ..Batch::default() };
            batch.note(one);
            explained.totals.batches += 1;
            explained.batches.push(batch);
        }
        output
    }

    /// Runs the transaction of a mutation's field, and notes what it ran.
    pub async fn transaction<F: Future>(&self, field: &str, write: F) -> F::Output {
        let (output, ran) = record(write).await;
        let mut explained = self.explained();
        explained.totals.transactions += 1;
        explained.totals.add(&ran);
        let statements = ran.into_iter().map(|Ran { sql, rows, time }| Statement {
            sql,
            rows,
            microseconds: microseconds(time),
        });
        let transaction = Transaction { field: field.to_owned(), statements: statements.collect() };
        explained.transactions.push(transaction);
        output
    }

    /// Everything since the last call, as a response's extension.
    pub fn take(&self) -> Value {
        let explained = std::mem::take(&mut *self.explained());
        // Its words in the order in which they are declared here, unlike those of a JSON value.
        to_value(explained).unwrap_or_default()
    }

    fn explained(&self) -> MutexGuard<'_, Explained> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
