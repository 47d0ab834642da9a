//! What the mutation fields call: one transaction for each.

use super::apply::apply;
use super::changes::{Changes, step};
use super::inputs::{Create, Delete, MAX_ROWS, Move, Update, Upsert};
use super::payload::{Created, Deleted, Many, Moved, Payload, Updated, Upserted, Verb};
use super::user_error::{UserErrorCode, of_constraint};
use crate::db::{Db, DbError};
use crate::error::from_database;
use crate::relation::{Entity, Loaders, Shape};
use async_graphql::{Context, Result, Value as Sent};
use std::{marker::PhantomData, sync::Arc, time::Duration};

/// The argument of a mutation of one row.
const INPUT: &str = "input";
/// The argument of a bulk mutation.
const INPUTS: &str = "inputs";

/// `createUser`.
///
/// # Errors
/// The database's, masked; what the caller can mend is in the payload.
pub async fn create<T: Entity>(ctx: &Context<'_>, input: Create<T>) -> Result<Payload<Created, T>> {
    one(ctx, |changes| {
        let id = changes.read_new(Shape::of::<T>(), &input.value, None, &[INPUT.to_owned()]);
        changes.results.push(id);
    })
    .await
}

/// `updateUser`.
///
/// # Errors
/// As [`create`].
pub async fn update<T: Entity>(ctx: &Context<'_>, input: Update<T>) -> Result<Payload<Updated, T>> {
    one(ctx, |changes| changes.read_update(Shape::of::<T>(), &input.value, &[INPUT.to_owned()])).await
}

/// `deleteUser`.
///
/// # Errors
/// As [`create`].
pub async fn delete<T: Entity>(ctx: &Context<'_>, input: Delete<T>) -> Result<Payload<Deleted, T>> {
    one(ctx, |changes| changes.read_delete(Shape::of::<T>(), &input.value, &[INPUT.to_owned()])).await
}

/// `upsertUser`.
///
/// # Errors
/// As [`create`].
pub async fn upsert<T: Entity>(ctx: &Context<'_>, input: Upsert<T>) -> Result<Payload<Upserted, T>> {
    one(ctx, |changes| changes.read_upsert(Shape::of::<T>(), &input.value, &[INPUT.to_owned()])).await
}

/// `moveBlogPostTag`.
///
/// # Errors
/// As [`create`].
pub async fn move_link<P: Entity, T: Entity>(
    ctx: &Context<'_>,
    input: Move<P, T>,
) -> Result<Payload<Moved<T>, P>> {
    let (shape, target) = (Shape::of::<P>(), Shape::of::<T>());
    one(ctx, |changes| changes.read_move(shape, target, &input.value, &[INPUT.to_owned()])).await
}

/// `createUsers`.
///
/// # Errors
/// As [`create`].
pub async fn create_all<T: Entity>(ctx: &Context<'_>, inputs: Vec<Create<T>>) -> Result<Many<Created, T>> {
    let inputs = inputs.into_iter().map(|input| input.value).collect();
    many(ctx, inputs, |changes, input, path| {
        let id = changes.read_new(Shape::of::<T>(), input, None, path);
        changes.results.push(id);
    })
    .await
}

/// `updateUsers`.
///
/// # Errors
/// As [`create`].
pub async fn update_all<T: Entity>(ctx: &Context<'_>, inputs: Vec<Update<T>>) -> Result<Many<Updated, T>> {
    let inputs = inputs.into_iter().map(|input| input.value).collect();
    many(ctx, inputs, |changes, input, path| changes.read_update(Shape::of::<T>(), input, path)).await
}

/// `deleteUsers`.
///
/// # Errors
/// As [`create`].
pub async fn delete_all<T: Entity>(ctx: &Context<'_>, inputs: Vec<Delete<T>>) -> Result<Many<Deleted, T>> {
    let inputs = inputs.into_iter().map(|input| input.value).collect();
    many(ctx, inputs, |changes, input, path| changes.read_delete(Shape::of::<T>(), input, path)).await
}

/// `upsertUsers`.
///
/// # Errors
/// As [`create`].
pub async fn upsert_all<T: Entity>(ctx: &Context<'_>, inputs: Vec<Upsert<T>>) -> Result<Many<Upserted, T>> {
    let inputs = inputs.into_iter().map(|input| input.value).collect();
    many(ctx, inputs, |changes, input, path| changes.read_upsert(Shape::of::<T>(), input, path)).await
}

async fn one<V: Verb, T: Entity>(
    ctx: &Context<'_>,
    read: impl FnOnce(&mut Changes),
) -> Result<Payload<V, T>> {
    let mut changes = Changes::new();
    read(&mut changes);
    let written = write(ctx, &mut changes, INPUT).await?;
    let deleted = written && V::DELETES;
    let result = changes.results.first().copied();
    let shown = if written { result.filter(|_| !deleted) } else { changes.conflicts.first().copied() };
    Ok(Payload { verb: PhantomData, row: shown, deleted: result.filter(|_| deleted), errors: changes.errors })
}

async fn many<V: Verb, T: Entity>(
    ctx: &Context<'_>,
    inputs: Vec<Sent>,
    read: impl Fn(&mut Changes, &Sent, &[String]),
) -> Result<Many<V, T>> {
    let mut changes = Changes::new();
    if inputs.len() > MAX_ROWS {
        let text = format!("may have {MAX_ROWS} items at most, not {}", inputs.len());
        changes.refuse(UserErrorCode::TooMany, &[INPUTS.to_owned()], text);
    } else {
        for (nth, input) in inputs.iter().enumerate() {
            read(&mut changes, input, &step(&[INPUTS.to_owned()], &nth));
        }
    }
    let written = write(ctx, &mut changes, INPUTS).await?;
    let deleted = written && V::DELETES;
    let (rows, deleted) = match (written, deleted) {
        (false, _) => (changes.conflicts, Vec::new()),
        (true, false) => (changes.results, Vec::new()),
        (true, true) => (Vec::new(), changes.results),
    };
    Ok(Many { verb: PhantomData, rows, deleted, errors: changes.errors })
}

/// How often a transaction is tried that others got in the way of.
const ATTEMPTS: u32 = 6;

/// Writes the changes, or notes in them why not. Whatever was loaded before is forgotten, so that the payload and
/// the fields after it show what is there now, from whichever side they come.
///
/// Where another transaction got in the way, between a check and the write or by a deadlock, it is tried again:
/// the checks then see what the other has done, and say where the mistake is.
async fn write(ctx: &Context<'_>, changes: &mut Changes, argument: &str) -> Result<bool> {
    if !changes.errors.is_empty() {
        return Ok(false);
    }
    // Gives back the connection that an earlier field of the operation has read through: one that waits for a second
    // while it holds a first can wait for another one that does.
    let loaders = ctx.data::<Arc<Loaders>>()?;
    loaders.forget_rows();
    let db = ctx.data::<Db>()?;
    for attempt in 1.. {
        let mut tried = changes.clone();
        match attempt_once(db, &mut tried).await {
            Err(DbError::Violation { .. } | DbError::Deadlock(_)) if attempt < ATTEMPTS => {
                // At another moment than the others that gave way.
                tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=10 * u64::from(attempt)))).await;
            }
            Err(DbError::Violation { constraint, message }) => {
                let Some(error) = of_constraint(&changes.shapes(), &constraint, argument) else {
                    return Err(from_database(DbError::Violation { constraint, message }));
                };
                changes.errors.push(error);
                return Ok(false);
            }
            Err(error) => return Err(from_database(error)),
            Ok(written) => {
                *changes = tried;
                loaders.forget_rows();
                return Ok(written);
            }
        }
    }
    Ok(false)
}

async fn attempt_once(db: &Db, changes: &mut Changes) -> std::result::Result<bool, DbError> {
    let mut tx = db.begin().await?;
    apply(&mut tx, changes).await?;
    if !changes.errors.is_empty() {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

impl Changes {
    /// The entities whose tables are written.
    fn shapes(&self) -> Vec<Shape> {
        let new = self.new.iter().map(|new| new.shape);
        let updates = self.updates.iter().map(|update| update.address.shape);
        new.chain(updates).chain(self.deletes.iter().map(|address| address.shape)).collect()
    }
}
