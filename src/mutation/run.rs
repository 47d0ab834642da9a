//! What the mutation fields call: one transaction for each.

use super::changes::{Changes, WrittenRow, step};
use super::input::{Create, Delete, MAX_ROWS, Move, Update, Upsert};
use super::payload::{Created, Deleted, Many, Moved, Payload, Updated, Upserted, Verb};
use super::user_error::{of_constraint, unchecked};
use super::write::{apply, check, create_at_once, number_ahead, number_within, plan_lists};
use crate::db::{Db, DbError, Id};
use crate::engine::Operation;
use crate::error::from_database;
use crate::relation::{Entity, Input, Named, Shape};
use async_graphql::{Context, Result, Value as Sent};
use std::{marker::PhantomData, sync::Arc, time::Duration};

/// The argument of a mutation of one row.
const INPUT: &str = "input";
/// The argument of a bulk mutation.
const INPUTS: &str = "inputs";

/// `createUser`.
///
/// # Errors
/// The database's, masked. Mistakes that the caller can fix are in the payload.
pub async fn create<T: Entity>(ctx: &Context<'_>, input: Create<T>) -> Result<Payload<Created, T>> {
    one(ctx, &input, |changes, sent, path| changes.read_create(T::shape(), sent, path)).await
}

/// `createUsers`.
///
/// # Errors
/// As [`create`].
pub async fn create_all<T: Entity>(ctx: &Context<'_>, inputs: Vec<Create<T>>) -> Result<Many<Created, T>> {
    many(ctx, &inputs, |changes, sent, path| changes.read_create(T::shape(), sent, path)).await
}

/// `updateUser`.
///
/// # Errors
/// As [`create`].
pub async fn update<T: Entity>(ctx: &Context<'_>, input: Update<T>) -> Result<Payload<Updated, T>> {
    one(ctx, &input, |changes, sent, path| changes.read_update(T::shape(), sent, path)).await
}

/// `updateUsers`.
///
/// # Errors
/// As [`create`].
pub async fn update_all<T: Entity>(ctx: &Context<'_>, inputs: Vec<Update<T>>) -> Result<Many<Updated, T>> {
    many(ctx, &inputs, |changes, sent, path| changes.read_update(T::shape(), sent, path)).await
}

/// `deleteUser`.
///
/// # Errors
/// As [`create`].
pub async fn delete<T: Entity>(ctx: &Context<'_>, input: Delete<T>) -> Result<Payload<Deleted, T>> {
    one(ctx, &input, |changes, sent, path| changes.read_delete(T::shape(), sent, path)).await
}

/// `deleteUsers`.
///
/// # Errors
/// As [`create`].
pub async fn delete_all<T: Entity>(ctx: &Context<'_>, inputs: Vec<Delete<T>>) -> Result<Many<Deleted, T>> {
    many(ctx, &inputs, |changes, sent, path| changes.read_delete(T::shape(), sent, path)).await
}

/// `upsertUser`.
///
/// # Errors
/// As [`create`].
pub async fn upsert<T: Named>(ctx: &Context<'_>, input: Upsert<T>) -> Result<Payload<Upserted, T>> {
    one(ctx, &input, |changes, sent, path| changes.read_upsert(T::shape(), sent, path)).await
}

/// `upsertUsers`.
///
/// # Errors
/// As [`create`].
pub async fn upsert_all<T: Named>(ctx: &Context<'_>, inputs: Vec<Upsert<T>>) -> Result<Many<Upserted, T>> {
    many(ctx, &inputs, |changes, sent, path| changes.read_upsert(T::shape(), sent, path)).await
}

/// `moveBlogPostTag`.
///
/// # Errors
/// As [`create`].
pub async fn move_link<P: Entity, T: Entity, const LIST: u64>(
    ctx: &Context<'_>,
    input: Move<P, T, LIST>,
) -> Result<Payload<Moved<P, T, LIST>, P>> {
    let (shape, target) = (P::shape(), T::shape());
    one(ctx, &input, |changes, sent, path| changes.read_move(shape, (target, LIST), sent, path)).await
}

async fn one<K, V: Verb, T: Entity>(
    ctx: &Context<'_>,
    input: &Input<T, K>,
    read: impl FnOnce(&mut Changes, &Sent, &[String]),
) -> Result<Payload<V, T>> {
    let mut changes = Changes::new().map_err(from_database)?;
    read(&mut changes, &input.value, &[INPUT.to_owned()]);
    let written = write(ctx, &mut changes, INPUT).await?;
    let Results { rows, deleted, written } = results::<V>(&mut changes, written);
    let first = |ids: Vec<Id>| ids.first().copied();
    Ok(Payload {
        verb: PhantomData,
        row: first(rows),
        deleted: first(deleted),
        written,
        errors: changes.errors,
    })
}

async fn many<K, V: Verb, T: Entity>(
    ctx: &Context<'_>,
    inputs: &[Input<T, K>],
    read: impl Fn(&mut Changes, &Sent, &[String]),
) -> Result<Many<V, T>> {
    let mut changes = Changes::new().map_err(from_database)?;
    let path = [INPUTS.to_owned()];
    if changes.not_too_many(inputs.len(), MAX_ROWS, &path) {
        for (nth, input) in inputs.iter().enumerate() {
            read(&mut changes, &input.value, &step(&path, &nth));
        }
    }
    let written = write(ctx, &mut changes, INPUTS).await?;
    let Results { rows, deleted, written } = results::<V>(&mut changes, written);
    Ok(Many { verb: PhantomData, rows, deleted, written, errors: changes.errors })
}

/// What a mutation has done, for its payload.
struct Results {
    /// The rows to show.
    rows: Vec<Id>,
    /// Those that are gone.
    deleted: Vec<Id>,
    /// The rows that were written, as they are since.
    written: Vec<WrittenRow>,
}

fn results<V: Verb>(changes: &mut Changes, written: bool) -> Results {
    if !written {
        let rows = std::mem::take(&mut changes.conflicts);
        return Results { rows, deleted: Vec::new(), written: Vec::new() };
    }
    let written = changes.written();
    let results = std::mem::take(&mut changes.results);
    match V::DELETES {
        false => Results { rows: results, deleted: Vec::new(), written },
        true => Results { rows: Vec::new(), deleted: results, written },
    }
}

/// How often a transaction is tried that others got in the way of.
pub(super) const ATTEMPTS: u64 = 6;

/// Waits before a transaction is tried again: for another moment than that of the others that gave way.
pub(super) async fn give_way(attempt: u64) {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=10 * attempt))).await;
}

/// Writes the changes, or notes in them why not. Nothing is read meanwhile: an operation that waits for a connection while it
/// holds another can wait for one that does the same.
///
/// New rows are written without a check, by one statement on PostgreSQL. Only where they were certainly not written, because
/// the database has refused them, the rest follows: nothing is ever written a second time.
///
/// Where another transaction got in the way, between a check and the write or by a deadlock, it is tried again:
/// the checks then see what the other has done, and say where the mistake is.
async fn write(ctx: &Context<'_>, changes: &mut Changes, argument: &str) -> Result<bool> {
    if !changes.errors.is_empty() {
        return Ok(false);
    }
    let operation = ctx.data::<Arc<Operation>>()?;
    // Boxed: the future of a field is moved several times before it runs, and copied each time.
    let attempts = Box::pin(attempts(operation.db(), changes, argument));
    match operation.explain() {
        Some(explain) => explain.transaction(ctx.item.node.response_key().node.as_str(), attempts).await,
        None => attempts.await,
    }
}

async fn attempts(db: &Db, changes: &mut Changes, argument: &str) -> Result<bool> {
    if changes.is_unnumbered() && db.is_postgres() {
        number_ahead(db, changes).await.map_err(from_database)?;
    }
    if !changes.is_unnumbered() && create_at_once(db, changes).await.map_err(from_database)? {
        return Ok(true);
    }
    let mut attempt = 1;
    loop {
        let mut tried = changes.clone();
        match Box::pin(attempt_once(db, &mut tried)).await {
            Ok(written) => {
                *changes = tried;
                return Ok(written);
            }
            Err(error) if attempt < ATTEMPTS && may_pass(&error, &changes.shapes()) => {
                give_way(attempt).await;
                attempt += 1;
            }
            Err(error) => {
                let mistakes = match &error {
                    DbError::Violation { constraint, .. } => {
                        of_constraint(&changes.shapes(), constraint, argument)
                    }
                    _ => Vec::new(),
                };
                if mistakes.is_empty() {
                    return Err(from_database(error));
                }
                changes.errors.extend(mistakes);
                return Ok(false);
            }
        }
    }
}

/// Whether the same again may succeed, or the checks may then say what is wrong. `shapes` are those of the tables that it writes.
pub(super) fn may_pass(error: &DbError, shapes: &[Shape]) -> bool {
    match error {
        DbError::Violation { constraint, .. } => unchecked(shapes, constraint).is_none(),
        DbError::Deadlock(_) => true,
        _ => false,
    }
}

async fn attempt_once(db: &Db, changes: &mut Changes) -> std::result::Result<bool, DbError> {
    let mut tx = db.begin().await?;
    number_within(&mut tx, changes).await?;
    let checked = check(&mut tx, changes).await?;
    let lists = plan_lists(&mut tx, changes, &checked).await?;
    if changes.errors.is_empty() {
        apply(&mut tx, changes, checked, lists).await?;
    }
    if !changes.errors.is_empty() {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

impl Changes {
    /// The entities whose tables are written.
    pub(super) fn shapes(&self) -> Vec<Shape> {
        let new = self.new.iter().map(|new| new.shape);
        let updates = self.updates.iter().map(|update| update.address.shape);
        new.chain(updates).chain(self.deletes.iter().map(|address| address.shape)).collect()
    }
}
