//! Subscriptions: changes of an entity's rows, as they happen.

use crate::engine::{Given, Operation, id_argument};
use crate::events::{self, Delivery, EventKind};
use crate::relation::{
    ColumnKind, Entity, Fields, Relationship, Shape, add_field, camel_case, register_object,
};
use async_graphql::{
    Context, ContextSelectionSet, ID, InputType, OutputType, Positioned, Result, ServerResult, Value,
    parser::types::Field, registry::Registry,
};
use futures_util::{Stream, StreamExt, future::ready};
use std::{borrow::Cow, marker::PhantomData, sync::Arc};

/// What an entity's events are called and say of themselves. Written by [`registry!`](crate::registry).
pub trait Changes: Entity {
    /// The event's type: `BlogPostEvent`.
    const EVENT: &'static str;
    /// What it stands for.
    const TEXT: &'static str;
    /// The row in it.
    const ROW_TEXT: &'static str;
}

/// A change to a `T`. The engine reads its row when it is delivered.
#[derive(Debug, Clone)]
pub struct Changed<T>(Delivery, PhantomData<fn() -> T>);

impl<T: Changes> OutputType for Changed<T> {
    fn type_name() -> Cow<'static, str> {
        T::EVENT.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register_object(registry, T::EVENT, T::TEXT, |registry| {
            let mut fields = Fields::new();
            let kind = <EventKind as OutputType>::create_type_info(registry);
            add_field(&mut fields, "kind", kind, "What happened.");
            add_field(&mut fields, "id", "ID", "The row's id. Null for RESYNC.");
            let shape = T::shape();
            add_field(&mut fields, shape.variable(), shape.name, T::ROW_TEXT);
            fields
        })
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let id = self.0.id();
        let given = Given {
            rows: id.into_iter().collect(),
            known: Vec::new(),
            event: self.0.text(),
            values: vec![
                ("kind", self.0.kind().to_value()),
                ("id", id.map_or(Value::Null, |id| Value::from(id.to_string()))),
            ],
        };
        Operation::give_field(ctx, field, given).await
    }
}

/// The kind of the ids in the argument of this name: those of the entity, of one of its columns, or of a list (`tag_id` of `tags`).
fn followed(shape: &Shape, name: &str) -> ColumnKind {
    let column = shape.columns.iter().find(|column| column.name == name).map(|column| column.kind);
    let field = name.trim_end_matches("_id");
    let by_field = shape.relationships.iter().find(|one| one.field == field);
    let by_target = || {
        let leads = |one: &&Relationship| (one.target)().variable() == camel_case(field);
        shape.relationships.iter().find(leads)
    };
    let target = || by_field.or_else(by_target).map(|one| (one.target)().key().kind);
    column.or_else(target).unwrap_or(ColumnKind::Id)
}

/// The changes of the rows of `T` that concern all of the given ids, each with the name of its argument.
///
/// # Errors
/// `BAD_USER_INPUT` for what is no id; `SERVICE_UNAVAILABLE` when the database cannot be listened to.
pub async fn changes<T: Changes, const N: usize>(
    ctx: &Context<'_>,
    only: [(&str, Option<ID>); N],
) -> Result<impl Stream<Item = Result<Changed<T>>> + use<T, N>> {
    let table = T::TABLE;
    let mut ids = Vec::new();
    for (name, id) in only {
        if let Some(id) = id {
            // Events know of which table a number is.
            let kind = followed(&T::shape(), name);
            ids.push(kind.own_id(id_argument(&camel_case(name), kind, &Value::from(id.0))?));
        }
    }
    let delivery = events::subscribe(ctx.data::<Arc<Operation>>()?.db()).await?;
    Ok(delivery.filter_map(move |delivery| {
        ready(match delivery {
            Ok(Delivery::Event(event, _)) if event.table != table => None,
            Ok(Delivery::Event(event, text)) => {
                let concerns = ids.iter().all(|id| event.concerns(*id));
                concerns.then_some(Ok(Changed(Delivery::Event(event, text), PhantomData)))
            }
            Ok(Delivery::Resync) => Some(Ok(Changed(Delivery::Resync, PhantomData))),
            Err(error) => Some(Err(error)),
        })
    }))
}
