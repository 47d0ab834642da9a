//! Operations whose root fields are resolvers': mutations and subscriptions. A resolver gives the engine an object, with rows in it;
//! the engine reads what is selected of them, and writes the response.

use super::answer::{Answer, BEGIN};
use super::arguments::Keys;
use super::given::Given;
use super::length::at_length;
use super::operation::Operation;
use super::plan::{Item, RootKind, key_text, row_fields};
use super::room::{EventTurns, Room};
use super::shared::Written;
use super::task::stoppable;
use super::write::Writer;
use crate::error::{TIMED_OUT, coded, without_location};
use crate::relation::{Asked, Column, Value as Cell};
use async_graphql::{
    ContextSelectionSet, Positioned, ServerError, ServerResult, Value, parser::types::Field,
};
use futures_util::FutureExt;
use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::time::{error::Elapsed, timeout};

impl Operation {
    /// Reads and writes the object that a resolver gives as the root field `key`. What was read before is forgotten.
    ///
    /// # Errors
    /// That of a field that may not be null, with its path.
    pub async fn give(&self, key: &str, given: &Given) -> Result<(), ServerError> {
        let Some(items) = self.given_items(key) else { return Ok(()) };
        let write = async {
            let _turn = match &self.events {
                Some(events) => events.turn(self.quick_rows_of(items).is_some()).await,
                None => None,
            };
            self.write(key, items, given).await
        };
        let (written, mut errors) = match (&self.events, &given.event) {
            (Some(events), Some(event)) if self.explain.is_none() && self.plan.is_constant() => {
                events.read(&self.plan, event).written(write).await
            }
            _ => write.await,
        };
        self.errors().append(&mut errors);
        self.answered().insert(key.to_owned(), written?);
        Ok(())
    }

    /// What is selected of the object that a resolver gives as the root field `key`.
    fn given_items(&self, key: &str) -> Option<&[Item]> {
        self.plan.roots.iter().find_map(|root| match &root.what {
            RootKind::Given(items) if root.key == key => Some(items.as_slice()),
            _ => None,
        })
    }

    /// How many rows are read of each object with these items, if none of the statements can take long.
    fn quick_rows_of(&self, items: &[Item]) -> Option<usize> {
        self.costs().quick_rows(row_fields(items))
    }

    async fn write(&self, key: &str, items: &[Item], given: &Given) -> Written {
        let rows = self.quick_rows_of(items);
        let reader = Arc::new(self.reader(rows.map(|rows| rows.saturating_mul(given.rows.len().max(1)))));
        let mut run = self.run();
        let mut wave = Vec::new();
        for field in row_fields(items) {
            let columns = run.source(field).shape.map_or(&[][..], |shape| shape.columns);
            let known = |column: &Column, row: &[Cell]| {
                let place = columns.iter().position(|known| known == column);
                place.and_then(|place| row.get(place)).cloned().unwrap_or(Cell::Null)
            };
            for (id, row) in &given.known {
                let value = |asked: &Asked| known(&asked.column(), row);
                run.known(field, &reader, |loader| loader.rows.add_known(id.without_table(), value));
            }
            let ids = given.rows.iter().map(|id| id.without_table()).collect();
            run.begin(field, &Ok(Keys::Ids(ids)), &reader, &mut wave);
        }
        run.waves(wave, &reader).await;
        let others: usize = self.answered().values().map(|json| json.len()).sum();
        at_length(self.limits.response.saturating_sub(others), |most| {
            let mut writer = Writer::new(&run, Some(given), Vec::new(), most);
            let written = writer.given(key, items);
            let Writer { out, mut errors, is_over, .. } = writer;
            let written = match (written, errors.pop()) {
                (Err(_), Some(error)) => (Err(error), errors),
                (_, last) => {
                    errors.extend(last);
                    (Ok(Arc::new(out)), errors)
                }
            };
            (written, is_over)
        })
        .await
    }

    /// The same for the field that async-graphql resolves now. Its value is in the operation's response; what is returned
    /// only says that it is there.
    ///
    /// # Errors
    /// As [`Operation::give`].
    pub async fn give_field(
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
        given: Given,
    ) -> ServerResult<Value> {
        let operation = ctx.data::<Arc<Operation>>().map_err(|error| error.into_server_error(field.pos))?;
        let (time, key) = (operation.limits.time, field.node.response_key().node.to_string());
        let given = match &operation.events {
            None => {
                let rows = operation.given_items(&key).and_then(|items| operation.quick_rows_of(items));
                if operation.may_block(rows) {
                    let (operation, stop) = (operation.clone(), operation.stop.clone());
                    let giving = async move { operation.give(&key, &given).await };
                    timeout(time, stoppable(stop, giving.boxed())).await
                } else {
                    timeout(time, Box::pin(operation.give(&key, &given))).await
                }
            }
            Some(events) => {
                let (stop, operation, events) = (operation.stop.clone(), operation.clone(), events.clone());
                let turns = ctx.data_opt::<EventTurns>().cloned();
                // Before there is a task for it: one event may come to all subscriptions of a connection.
                let turn = match &turns {
                    Some(EventTurns { turns, .. }) => turns.clone().acquire_owned().await.ok(),
                    None => None,
                };
                let giving = async move {
                    // Its turn comes however many hear of the event: that is not its time.
                    events.pace().await;
                    let Some(EventTurns { room, .. }) = turns else {
                        return (timeout(time, operation.give(&key, &given)).await, turn);
                    };
                    (operation.give_in_room(&key, &given, &*room).await, turn)
                };
                stoppable(stop, giving.boxed()).await.0
            }
        };
        match given {
            Ok(given) => given?,
            Err(_) => operation.late.store(true, Relaxed),
        }
        Ok(Value::Boolean(true))
    }

    /// The same for an event, with what its response takes of the room for large ones. It waits for that without its bytes, since any
    /// number of them may have to wait.
    async fn give_in_room(
        &self,
        key: &str,
        given: &Given,
        room: &dyn Room,
    ) -> Result<Result<(), ServerError>, Elapsed> {
        // It is likely to need as much as the last one.
        let mut taken = match self.last_size.load(Relaxed) {
            0 => None,
            size => room.take(size).await,
        };
        let mut result = timeout(self.limits.time, self.give(key, given)).await;
        let size = room.size(self.answered().get(key).map_or(0, |json| json.len()));
        match size {
            None => taken = None,
            Some(size) if taken.as_ref().is_some_and(|taken| taken.size >= size / 2) => {}
            Some(size) => {
                drop(taken);
                taken = room.try_take(size).await;
                if taken.is_none() {
                    self.answered().remove(key);
                    taken = room.take(size).await;
                    // Nothing of the first one is left.
                    self.errors().clear();
                    self.budget.reset();
                    result = timeout(self.limits.time, self.give(key, given)).await;
                }
            }
        }
        self.last_size.store(size.unwrap_or(0), Relaxed);
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = taken;
        result
    }

    /// Whether an event, or the payload of a mutation, took longer than an operation may.
    pub fn is_late(&self) -> bool {
        self.late.load(Relaxed)
    }

    /// The response to an operation whose root fields were executed by async-graphql: what was given for them since the
    /// last response. `data` says whether it has data at all.
    pub fn take(&self, data: bool, mut errors: Vec<ServerError>) -> Answer {
        let whole =
            self.whole.get().and_then(|whole| whole.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(mut whole) = whole {
            whole.errors.append(&mut errors);
            return whole;
        }
        let mut answered = std::mem::take(&mut *self.answered());
        let mut all = std::mem::take(&mut *self.errors());
        all.append(&mut errors);
        self.budget.reset();
        if !data {
            return self.failed(all);
        }
        let mut out = BEGIN.to_vec();
        out.push(b'{');
        for (nth, root) in self.plan.roots.iter().enumerate() {
            out.extend_from_slice(key_text(nth, &root.key).as_bytes());
            match &root.what {
                RootKind::TypeName(name) => out.extend_from_slice(format!("\"{name}\"").as_bytes()),
                _ => out
                    .extend_from_slice(answered.remove(&root.key).as_deref().map_or(b"null", Vec::as_slice)),
            }
        }
        out.push(b'}');
        let mut answer = Answer::executed(out, all);
        answer.room = self.room.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer
    }

    /// The response to a mutation that has taken longer than it may. Some of its fields may have been executed.
    pub fn cut_off(&self, limit: Duration) -> Answer {
        let text = format!(
            "the mutation took longer than {} s: some of its fields may have been executed, so read what they wrote",
            limit.as_secs(),
        );
        self.failed(vec![without_location(coded(TIMED_OUT, text))])
    }

    fn answered(&self) -> MutexGuard<'_, HashMap<String, Arc<Vec<u8>>>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn errors(&self) -> MutexGuard<'_, Vec<ServerError>> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
