//! The root fields that lead to rows of any type. The engine resolves them.

use crate::engine::Operation;
use crate::relation::{Shape, register_nodes};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    parser::types::Field,
    registry::{MetaTypeId, ObjectBuilder, Registry},
};
use std::{borrow::Cow, marker::PhantomData};

/// The entities of an application. Written by [`registry!`](crate::registry).
pub trait Entities: 'static {
    /// Every entity, as the generic code knows it.
    fn shapes() -> Vec<Shape>;
}

/// `node` and `nodes` for these entities.
#[derive(Debug)]
pub struct Nodes<E>(PhantomData<fn() -> E>);

impl<E> Default for Nodes<E> {
    fn default() -> Self {
        Nodes(PhantomData)
    }
}

impl<E: Entities> OutputType for Nodes<E> {
    fn type_name() -> Cow<'static, str> {
        "NodeQuery".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            ObjectBuilder::new(Self::type_name(), register_nodes(&E::shapes(), registry)).build()
        })
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::Null)
    }
}

impl<E: Entities> ContainerType for Nodes<E> {
    /// Resolves every root field, of whatever entity: the engine runs a query as a whole.
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        Operation::resolve(ctx).await
    }
}

impl<E: Entities> ObjectType for Nodes<E> {}
