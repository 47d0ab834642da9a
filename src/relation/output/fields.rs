//! How a type is put together.

use crate::relation::model::camel_case;
use async_graphql::{
    InputType,
    indexmap::IndexMap,
    registry::{MetaField, MetaInputValue, ObjectBuilder, Registry},
};

/// The fields of an object type, in order.
pub type Fields = IndexMap<String, MetaField>;

/// Adds a field, and returns it.
pub fn add_field(
    fields: &mut Fields,
    name: impl Into<String>,
    ty: impl Into<String>,
    description: impl Into<String>,
) -> &mut MetaField {
    let name = name.into();
    let mut field = MetaField::new(name.clone(), ty);
    field.description = Some(description.into());
    fields.entry(name).insert_entry(field).into_mut()
}

/// Registers an object type, once; returns its non-null form.
pub fn register_object(
    registry: &mut Registry,
    name: &str,
    description: impl Into<String>,
    fields: impl FnOnce(&mut Registry) -> Fields,
) -> String {
    if !registry.types.contains_key(name) {
        // First without fields, since its fields may lead back to it.
        registry.types.insert(name.to_owned(), ObjectBuilder::new(name, Fields::new()).build());
        let object = ObjectBuilder::new(name, fields(registry)).description(Some(description.into()));
        registry.types.insert(name.to_owned(), object.build());
    }
    format!("{name}!")
}

/// A description as it stands in the source, line by line.
pub fn description(lines: &str) -> String {
    lines.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// An argument of a computed field: its type, its name in Rust, its description, and its value where none is given.
pub fn argument<T: InputType>(
    registry: &mut Registry,
    name: &str,
    text: &str,
    default: Option<fn() -> T>,
) -> MetaInputValue {
    let mut argument = MetaInputValue::new(camel_case(name), T::create_type_info(registry));
    argument.description = Some(description(text));
    argument.default_value = default.map(|default| default().to_value().to_string());
    argument
}
