//! The input types of `where` and `orderBy`, made from the columns and relationships of the entities.
//!
//! They hold what was sent as it is; [`compile`](super::compile) makes conditions and orders of it.

mod filter;
mod order;

pub use filter::{Filter, LinkFilter, ListFilter};
pub use order::{CountOrder, Direction, LinkOrder, Order};

use super::columns::camel_case;
use super::shape::{LinkShape, Shape};
use async_graphql::{
    InputType, InputValueResult, Value,
    registry::{InputObjectBuilder, MetaInputValue, MetaTypeId, Registry},
};
use std::{borrow::Cow, marker::PhantomData};

/// What was sent for an input type; `F` says which.
pub struct Input<F> {
    /// As it was sent.
    pub value: Value,
    form: PhantomData<fn() -> F>,
}

/// An input type, as the schema has it.
pub trait Form: 'static {
    /// Its name.
    fn name() -> String;
    /// Its description.
    fn description() -> String;
    /// Its fields; the types they need are registered.
    fn fields(registry: &mut Registry) -> Vec<MetaInputValue>;
    /// Whether exactly one field has to be given.
    const ONE_OF: bool = false;
}

impl<F: Form> InputType for Input<F> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        F::name().into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let fields = F::fields(registry).into_iter().map(|field| (field.name.clone(), field));
            let object = InputObjectBuilder::new(F::name(), fields.collect());
            object
                .description(Some(F::description()))
                .rust_typename(std::any::type_name::<Self>())
                .oneof(F::ONE_OF)
                .build()
        })
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        Ok(Input { value: value.unwrap_or_default(), form: PhantomData })
    }

    fn to_value(&self) -> Value {
        self.value.clone()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A field of an input type that may be left out.
pub fn input_field(name: impl Into<String>, ty: &str, description: String) -> MetaInputValue {
    // What registration gives is the non-null type; all of these may be left out.
    let mut field = MetaInputValue::new(name, ty.trim_end_matches('!'));
    field.description = Some(description);
    field
}

/// The join tables that lead to `shape`, each with the places where they do, in words.
fn links(shape: &Shape) -> Vec<(LinkShape, String)> {
    let many = shape.relationships.iter().filter_map(|relationship| Some((relationship, relationship.link?)));
    many.map(|(relationship, link)| {
        let (source, back) = ((relationship.target)().name, camel_case(relationship.back_populates));
        (link(), format!("in `{source}.{back}` and its connection"))
    })
    .collect()
}
