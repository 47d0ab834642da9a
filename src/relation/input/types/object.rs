//! Input object types that are registered from a [`Shape`], and the arguments that hold their values.

use crate::db::{Date, Decimal, JsonValue, Timestamp};
use crate::relation::entity::Entity;
use crate::relation::model::{ColumnKind, Shape};
use async_graphql::{
    ID, InputType, InputValueResult, Value,
    registry::{InputObjectBuilder, MetaInputValue, MetaType, Registry},
};
use std::{borrow::Cow, marker::PhantomData};

/// An argument as the client sent it: the input type `K` of the entity `T`.
pub struct Input<T, K> {
    /// The value, unread.
    pub value: Value,
    kind: PhantomData<fn() -> (T, K)>,
}

/// One of the input types that every entity has: `UserFilter`, `CreateUserInput`.
pub trait InputKind: 'static {
    /// The type's name for an entity.
    fn name(shape: &Shape) -> String;
    /// Registers the type, with those it needs.
    fn register(shape: &Shape, registry: &mut Registry);
}

impl<T, K> Clone for Input<T, K> {
    fn clone(&self) -> Self {
        Input { value: self.value.clone(), kind: PhantomData }
    }
}

impl<T, K> From<Input<T, K>> for Value {
    fn from(input: Input<T, K>) -> Value {
        input.value
    }
}

impl<T: Entity, K: InputKind> InputType for Input<T, K> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        K::name(&T::shape()).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        K::register(&T::shape(), registry);
        format!("{}!", Self::type_name())
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        Ok(Input { value: value.unwrap_or_default(), kind: PhantomData })
    }

    fn to_value(&self) -> Value {
        self.value.clone()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// Registers an input object type, once; returns its name.
pub fn register(
    name: String,
    description: String,
    one_of: bool,
    registry: &mut Registry,
    fields: impl FnOnce(&mut Registry) -> Vec<MetaInputValue>,
) -> String {
    if !registry.types.contains_key(&name) {
        // First without fields, since its fields may have this type.
        registry.types.insert(name.clone(), InputObjectBuilder::new(&name, Default::default()).build());
        let fields = fields(registry).into_iter().map(|field| (field.name.clone(), field)).collect();
        let object = InputObjectBuilder::new(&name, fields).description(Some(description)).oneof(one_of);
        registry.types.insert(name.clone(), object.build());
    }
    name
}

/// An optional field of an input type.
pub fn input_field(name: impl Into<String>, ty: &str, description: String) -> MetaInputValue {
    // Registering a type returns its non-null form.
    let mut field = MetaInputValue::new(name, ty.trim_end_matches('!'));
    field.description = Some(description);
    field
}

/// A required field of an input type.
pub fn required_field(name: impl Into<String>, ty: &str, description: String) -> MetaInputValue {
    let mut field = input_field(name, ty, description);
    field.ty.push('!');
    field
}

/// Registers the scalar of a column; returns its non-null form: `String!`, or `[String!]!` for lists.
pub fn scalar(kind: ColumnKind, registry: &mut Registry) -> String {
    match kind {
        ColumnKind::Text => String::create_type_info(registry),
        ColumnKind::Id | ColumnKind::Number(_) => ID::create_type_info(registry),
        ColumnKind::Time => Timestamp::create_type_info(registry),
        ColumnKind::Int | ColumnKind::Small => i64::create_type_info(registry),
        ColumnKind::Long => big_int(registry),
        ColumnKind::Float => f64::create_type_info(registry),
        ColumnKind::Date => Date::create_type_info(registry),
        ColumnKind::Decimal { .. } => Decimal::create_type_info(registry),
        ColumnKind::Bytes => bytes(registry),
        ColumnKind::Json => JsonValue::create_type_info(registry),
        ColumnKind::Bool => bool::create_type_info(registry),
        ColumnKind::Enum(shape) => (shape.register)(registry),
        ColumnKind::List(element) => format!("[{}]!", scalar(*element, registry)),
    }
}

/// Registers the scalar of whole numbers of 64 bits; returns its non-null form.
fn big_int(registry: &mut Registry) -> String {
    let text = "A whole number of 64 bits, as a text of decimal digits, because JavaScript's numbers have 53 bits. Inputs may also be numbers.";
    own_scalar("BigInt", text, registry)
}

/// Registers the scalar of bytes; returns its non-null form.
fn bytes(registry: &mut Registry) -> String {
    let text = "Bytes, as a text in base64 (RFC 4648, section 4), with `=` at its end where it is needed.";
    own_scalar("Bytes", text, registry)
}

/// Registers a scalar that no Rust type has.
fn own_scalar(name: &str, text: &str, registry: &mut Registry) -> String {
    registry.types.entry(name.to_owned()).or_insert_with(|| MetaType::Scalar {
        name: name.to_owned(),
        description: Some(text.to_owned()),
        is_valid: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        specified_by_url: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    });
    format!("{name}!")
}
