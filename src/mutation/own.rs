//! Mutations of a program's own, in the transactions that the generated ones have.

use super::changes::Changes;
use super::payload::{Payload, Verb};
use super::run::{ATTEMPTS, give_way, may_pass};
use super::undone::Undone;
use super::user_error::{UserError, of_constraint};
use super::write::{apply, check, number_within, plan_lists};
use crate::db::{Command, Db, DbError, Id, Rows, Transaction};
use crate::engine::Operation;
use crate::error::from_database;
use crate::events::{Event, EventKind, publish};
use crate::relation::write::{Lock, select_visible};
use crate::relation::{
    Entity, Fields, Named, Shape, Values, add_field, description, names::camel_case, names::pascal_case,
};
use async_graphql::{
    Context, InputType, OutputType, Result, ServerResult, Value as Sent,
    registry::{MetaInputValue, Registry},
};
use futures_util::future::BoxFuture;
use std::{collections::HashSet, marker::PhantomData, sync::Arc};

/// A root type with a field whose name has this [`key`](crate::relation::key). Written by [`own_mutations!`](crate::own_mutations).
pub trait OwnField<const FIELD: u64>: 'static {
    /// Its name in Rust.
    const NAME: &'static str;
}

/// What a field of a program's own does.
pub struct Does<M, const FIELD: u64>(PhantomData<fn() -> M>);

impl<M: OwnField<FIELD>, const FIELD: u64> Verb for Does<M, FIELD> {
    fn payload(_: &str) -> String {
        pascal_case(M::NAME) + "Payload"
    }

    const IS_OWN: bool = true;
}

/// The transaction of a mutation. What it writes by [`Writing::create`], [`Writing::update`], [`Writing::upsert`] and
/// [`Writing::delete`] has the checks and the events of the generated mutations. It sees what it has written.
pub struct Writing {
    tx: Transaction,
    /// The entities whose constraints may be violated.
    shapes: Vec<Shape>,
    /// The mistakes of a write that may have been half done: whatever the body says, all of it is undone.
    spoiled: Vec<UserError>,
}

impl Writing {
    /// Creates a row, by what `createUser` takes as its `input`.
    ///
    /// # Errors
    /// The mistakes in the input, with the way to each within it; the database's.
    pub async fn create<T: Entity>(&mut self, input: impl Into<Sent>) -> Result<Id, Undone> {
        let input = input.into();
        self.write(T::shape(), |changes| changes.read_create(T::shape(), &input, &[])).await
    }

    /// Updates a row, by what `updateUser` takes.
    ///
    /// # Errors
    /// As [`Writing::create`].
    pub async fn update<T: Entity>(&mut self, input: impl Into<Sent>) -> Result<Id, Undone> {
        let input = input.into();
        self.write(T::shape(), |changes| changes.read_update(T::shape(), &input, &[])).await
    }

    /// Creates a row, or updates the one of this name, by what `upsertUser` takes.
    ///
    /// # Errors
    /// As [`Writing::create`].
    pub async fn upsert<T: Named>(&mut self, input: impl Into<Sent>) -> Result<Id, Undone> {
        let input = input.into();
        self.write(T::shape(), |changes| changes.read_upsert(T::shape(), &input, &[])).await
    }

    /// Deletes a row, with those that go with it.
    ///
    /// # Errors
    /// As [`Writing::create`].
    pub async fn delete<T: Entity>(&mut self, id: impl Into<Id>) -> Result<Id, Undone> {
        let input = async_graphql::value!({ "id": (id.into().to_string()) });
        self.write(T::shape(), |changes| changes.read_delete(T::shape(), &input, &[])).await
    }

    /// Which of these rows clients see. Nobody else changes them until the transaction ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn lock<T: Entity>(&mut self, ids: &[Id]) -> Result<Vec<Id>, DbError> {
        let key = T::shape().key();
        let (by, wanted) = ((key, key), Values::ids(ids.to_vec()));
        let rows = select_visible(&mut self.tx, &T::shape(), by, &[], wanted, Lock::Change).await?;
        let there: HashSet<Id> = rows.into_iter().map(|(id, _)| id).collect();
        // As they were given: a number may not know its table.
        Ok(ids.iter().copied().filter(|id| there.contains(&key.kind.own_id(*id))).collect())
    }

    /// Runs a query of the program's own; its rows in order. It sees hidden rows as well.
    ///
    /// # Errors
    /// Whatever the database reports; the transaction has then failed.
    pub async fn rows<T: Send + 'static, Q: Rows<T>>(&mut self, query: Q) -> Result<Vec<T>, DbError> {
        self.tx.rows(query).await
    }

    /// Runs a write of the program's own; the number of rows it wrote. Nobody hears of it but by [`Writing::publish`].
    ///
    /// # Errors
    /// Whatever the database reports; the transaction has then failed. A violated constraint of a `T` becomes a mistake.
    pub async fn run<T: Entity>(&mut self, command: impl Command) -> Result<usize, DbError> {
        self.shapes.push(T::shape());
        self.tx.run(command).await
    }

    /// Tells subscribers of a change that [`Writing::run`] made, and those who follow the rows that it is related to: of numbers, each
    /// as one of its table's ([`IdOf`](crate::relation::IdOf)).
    ///
    /// # Errors
    /// The database's.
    pub async fn publish<T: Entity>(
        &mut self,
        kind: EventKind,
        id: Id,
        related: &[Id],
    ) -> Result<(), DbError> {
        let id = T::KEY_KIND.own_id(id);
        let event = Event { table: T::TABLE.into(), id, kind, related: related.to_vec() };
        publish(&mut self.tx, &[event]).await
    }

    async fn write(&mut self, shape: Shape, read: impl FnOnce(&mut Changes)) -> Result<Id, Undone> {
        self.shapes.push(shape);
        let mut changes = Changes::new()?;
        read(&mut changes);
        if changes.errors.is_empty() {
            self.shapes.extend(changes.shapes());
            number_within(&mut self.tx, &mut changes).await?;
            let checked = check(&mut self.tx, &mut changes).await?;
            let lists = plan_lists(&mut self.tx, &mut changes, &checked).await?;
            if changes.errors.is_empty() {
                apply(&mut self.tx, &mut changes, checked, lists).await?;
                self.spoiled.extend(changes.errors.iter().cloned());
            }
        }
        match changes.results.first() {
            Some(id) if changes.errors.is_empty() => Ok(*id),
            _ => Err(Undone::Refused(changes.errors)),
        }
    }
}

/// An argument of the field that async-graphql resolves now, by its name in Rust.
///
/// # Errors
/// Where it is not of its type.
pub fn own_argument<T: InputType>(
    ctx: &Context<'_>,
    name: &str,
    default: Option<fn() -> T>,
) -> ServerResult<T> {
    ctx.param_value(&camel_case(name), default).map(|(_, value)| value)
}

/// Adds a field of a program's own to a root type.
pub fn add_own_field<V: Verb, T: Entity>(
    registry: &mut Registry,
    fields: &mut Fields,
    name: &str,
    text: &str,
    arguments: impl FnOnce(&mut Registry) -> Vec<MetaInputValue>,
) {
    let arguments = arguments(registry);
    let ty = Payload::<V, T>::create_type_info(registry);
    let field = add_field(fields, camel_case(name), ty, description(text));
    field.args = arguments.into_iter().map(|one| (one.name.clone(), one)).collect();
}

/// Runs the field of a program's own that async-graphql resolves now. `body` runs again where another transaction got in the way.
///
/// # Errors
/// The database's, masked, and the body's. Mistakes that the caller can fix are in the payload.
pub async fn transact<V: Verb, T: Entity, R: Into<Option<Id>> + Send>(
    ctx: &Context<'_>,
    arguments: &[&str],
    body: impl for<'t> Fn(&'t mut Writing) -> BoxFuture<'t, Result<R, Undone>> + Send + Sync,
) -> ServerResult<Option<Sent>> {
    let written = write::<V, T, R>(ctx, arguments, body).await;
    let payload = written.map_err(|error| ctx.set_error_path(error.into_server_error(ctx.item.pos)))?;
    payload.resolve(&ctx.with_selection_set(&ctx.item.node.selection_set), ctx.item).await.map(Some)
}

async fn write<V: Verb, T: Entity, R: Into<Option<Id>>>(
    ctx: &Context<'_>,
    arguments: &[&str],
    body: impl for<'t> Fn(&'t mut Writing) -> BoxFuture<'t, Result<R, Undone>> + Send + Sync,
) -> Result<Payload<V, T>> {
    let operation = ctx.data::<Arc<Operation>>()?;
    // Boxed: the future of a field is moved several times before it runs, and copied each time.
    let attempts = Box::pin(attempts::<T, R>(operation.db(), body));
    let done = match operation.explain() {
        Some(explain) => explain.transaction(ctx.item.node.response_key().node.as_str(), attempts).await,
        None => attempts.await,
    };
    let (row, mut errors) = match done {
        Ok(id) => (id, Vec::new()),
        Err(Undone::Refused(errors)) => (None, errors),
        Err(Undone::Database(error)) => return Err(from_database(error)),
        Err(Undone::Failed(failure)) => return Err(failure.into()),
    };
    // A way that begins at no argument leads nowhere.
    let is_argument = |first: &String| arguments.iter().any(|name| camel_case(name) == *first);
    for error in &mut errors {
        error.field = error.field.take().filter(|field| field.first().is_some_and(is_argument));
    }
    Ok(Payload { verb: PhantomData, row, deleted: None, written: Vec::new(), errors })
}

async fn attempts<T: Entity, R: Into<Option<Id>>>(
    db: &Db,
    body: impl for<'t> Fn(&'t mut Writing) -> BoxFuture<'t, Result<R, Undone>>,
) -> Result<Option<Id>, Undone> {
    let mut attempt = 1;
    loop {
        let tx = db.begin().await?;
        let mut writing = Writing { tx, shapes: vec![T::shape()], spoiled: Vec::new() };
        let done = match body(&mut writing).await {
            Ok(_) if !writing.spoiled.is_empty() => Err(Undone::Refused(writing.spoiled)),
            Ok(row) => writing.tx.commit().await.map(|()| row.into()).map_err(Undone::from),
            Err(undone) => {
                // Rolled back before the next one begins.
                drop(writing.tx);
                Err(undone)
            }
        };
        let Err(Undone::Database(error)) = done else { return done };
        if attempt >= ATTEMPTS || !may_pass(&error, &writing.shapes) {
            let refused = match &error {
                DbError::Violation { constraint, .. } => refused(&writing.shapes, constraint),
                _ => None,
            };
            return Err(refused.unwrap_or(Undone::Database(error)));
        }
        give_way(attempt).await;
        attempt += 1;
    }
}

/// The mistakes behind a violated constraint, each with the way to its field from the inputs on.
fn refused(shapes: &[Shape], constraint: &str) -> Option<Undone> {
    let mut mistakes = of_constraint(shapes, constraint, "");
    for field in mistakes.iter_mut().filter_map(|mistake| mistake.field.as_mut()) {
        field.remove(0);
    }
    (!mistakes.is_empty()).then_some(Undone::Refused(mistakes))
}
