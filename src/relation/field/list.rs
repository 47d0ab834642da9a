//! Lists of rows in a response.
//!
//! async-graphql's own list overwrites the path of an error in an item with the item's (8.0.0-rc.5); here it
//! stays as the GraphQL specification has it (section 7.1.2, "Errors"): the path of the failed field.

use crate::relation::entity::Entity;
use crate::relation::load::Loaders;
use crate::relation::page::{Edge, Via};
use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};
use futures_util::future::try_join_all;
use std::{borrow::Cow, sync::Arc};

/// A page of rows, shared by all fields that asked for it: `[T!]!` in the schema.
pub struct List<T>(pub(super) Arc<Vec<T>>);

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        List(Arc::new(items))
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Arc::default())
    }
}

impl<T: OutputType> OutputType for List<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        resolve_all(self.0.iter(), ctx, field).await
    }
}

/// The rows of a connection's page, without their edges.
pub struct Nodes<T: Entity, V: Via<T>>(pub(super) Arc<Vec<Edge<T, V>>>);

impl<T: Entity, V: Via<T>> OutputType for Nodes<T, V> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        resolve_all(self.0.iter().map(|edge| &edge.node), ctx, field).await
    }
}

async fn resolve_all<'a, T: OutputType + 'a>(
    items: impl Iterator<Item = &'a T>,
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
) -> ServerResult<Value> {
    let items = items.enumerate().map(|(index, item)| {
        let ctx = ctx.with_index(index);
        async move { item.resolve(&ctx, field).await }
    });
    let values = try_join_all(items).await?;
    let counted = ctx
        .data::<Arc<Loaders>>()
        .and_then(|loaders| loaders.budget().count_text(values.iter().map(text).sum()));
    match counted {
        Ok(()) => Ok(Value::List(values)),
        Err(error) => Err(ctx.set_error_path(error.into_server_error(field.pos))),
    }
}

/// The bytes of text in a value; those in lists within it have been counted.
fn text(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Object(fields) => fields.values().map(text).sum(),
        _ => 0,
    }
}
