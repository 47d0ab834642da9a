//! The values of variables and of arguments, coerced (GraphQL specification, sections 6.1.2 and 6.4.1).

use super::limits::{Limits, too_large};
use super::problem::MAX_ERRORS;
use super::schema::{Document, Refused};
use crate::error::BAD_USER_INPUT;
use apollo_compiler::{
    Node,
    ast::{Type, Value},
    executable::{Operation, SelectionSet},
    request::{RequestError, coerce_variable_values},
    response::{JsonMap, JsonValue},
    schema::ExtendedType,
    validation::Valid,
};
use async_graphql::{Name, Number, ServerError, Value as Constant, Variables, indexmap::IndexMap};
use std::collections::HashMap;

/// The values of an operation's variables. Those without one, not even a default, are not among them.
pub(super) struct Values<'a> {
    schema: &'a apollo_compiler::Schema,
    /// Each with the bytes that it takes.
    variables: HashMap<String, (Constant, usize)>,
    /// As they were coerced.
    pub(super) coerced: Valid<JsonMap>,
    /// The bytes that values may still take where they are used.
    left: usize,
    limits: Limits,
}

impl<'a> Values<'a> {
    /// Coerces the variables that a request gives.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for each that is not of its type, or has no value and needs one.
    pub(super) fn coerce(
        document: &'a Document,
        operation: &Operation,
        given: &Variables,
    ) -> Result<Values<'a>, Refused> {
        let (schema, limits) = (&document.schema.definitions, document.schema.limits);
        let mut values = JsonMap::new();
        for definition in &operation.variables {
            // A default is coerced as a value is; `apollo-compiler` would take `-0` for no integer.
            let value = match (given.get(definition.name.as_str()), &definition.default_value) {
                (Some(value), _) => json(value),
                (None, Some(default)) => json(&literal(schema, &definition.ty, default)),
                (None, None) => continue,
            };
            values.insert(definition.name.as_str(), value);
        }
        let coerced = coerce_variable_values(schema, operation, &values)
            .map_err(|error| each_error(document, operation, &values, &error))?;
        let variables = operation.variables.iter().filter_map(|definition| {
            let name = definition.name.as_str();
            let value = typed(schema, &definition.ty, coerced.get(name)?);
            let size = size(&value);
            Some((name.to_owned(), (value, size)))
        });
        Ok(Values { schema, variables: variables.collect(), coerced, left: limits.values, limits })
    }

    /// Whether a directive's condition is met: its argument `if`.
    pub(super) fn condition(&self, value: Option<&Node<Value>>) -> bool {
        match value.map(|value| &**value) {
            Some(Value::Boolean(condition)) => *condition,
            Some(Value::Variable(name)) => self.is_true(name),
            _ => false,
        }
    }

    /// Whether a variable is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        matches!(self.variables.get(name), Some((Constant::Boolean(true), _)))
    }

    /// The value of an argument of a type; nothing where it is a variable that has none.
    ///
    /// # Errors
    /// Where the values of variables, put in their places, take too much.
    pub(super) fn of(&mut self, ty: &Type, value: &Node<Value>) -> Result<Option<Constant>, ServerError> {
        if let Value::Variable(name) = &**value {
            let Some((value, size)) = self.variables.get(name.as_str()) else { return Ok(None) };
            self.left = self.left.checked_sub(*size).ok_or_else(|| {
                let most = self.limits.values >> 20;
                too_large(&format!("the variables take more than {most} MiB where they are used"))
            })?;
            return Ok(Some(value.clone()));
        }
        if value.is_null() {
            return Ok(Some(Constant::Null));
        }
        if let Type::List(item) | Type::NonNullList(item) = ty {
            // One value stands for a list of it (section 3.11).
            let items = value.as_list().unwrap_or(std::slice::from_ref(value));
            let items = items.iter().map(|value| Ok(self.of(item, value)?.unwrap_or_default()));
            return Ok(Some(Constant::List(items.collect::<Result<_, ServerError>>()?)));
        }
        let fields = match self.schema.types.get(ty.inner_named_type()) {
            Some(ExtendedType::InputObject(input)) => Some(&input.fields),
            _ => None,
        };
        Ok(Some(match &**value {
            Value::Object(entries) => {
                let mut object = IndexMap::with_capacity(entries.len());
                for (name, value) in entries {
                    // An object of a scalar has fields of any type.
                    let ty = fields.and_then(|fields| fields.get(name)).map_or(ty, |field| &*field.ty);
                    if let Some(value) = self.of(ty, value)? {
                        object.insert(Name::new(name.as_str()), value);
                    }
                }
                Constant::Object(object)
            }
            Value::List(items) => {
                let items = items.iter().map(|value| Ok(self.of(ty, value)?.unwrap_or_default()));
                Constant::List(items.collect::<Result<_, ServerError>>()?)
            }
            Value::Int(int) => number(int.as_str()),
            Value::Float(float) => number(float.as_str()),
            Value::Enum(name) => Constant::Enum(Name::new(name.as_str())),
            Value::String(text) => Constant::String(text.clone()),
            Value::Boolean(boolean) => Constant::Boolean(*boolean),
            Value::Null | Value::Variable(_) => Constant::Null,
        }))
    }
}

/// A value without variables.
fn literal(schema: &apollo_compiler::Schema, ty: &Type, value: &Node<Value>) -> Constant {
    let limits = Limits { values: 0, ..Limits::default() };
    let coerced = Valid::assume_valid(JsonMap::new());
    let mut values = Values { schema, variables: HashMap::new(), coerced, left: 0, limits };
    values.of(ty, value).ok().flatten().unwrap_or_default()
}

/// Every variable that cannot be coerced, each at its definition; `first` is the one that is known.
fn each_error(
    document: &Document,
    operation: &Operation,
    values: &JsonMap,
    first: &RequestError,
) -> Vec<ServerError> {
    let lines = &document.lines;
    let errors = operation.variables.iter().filter_map(|definition| {
        let alone = Operation {
            description: None,
            operation_type: operation.operation_type,
            name: None,
            variables: vec![definition.clone()],
            directives: operation.directives.clone(),
            selection_set: SelectionSet::new(operation.selection_set.ty.clone()),
        };
        let error = coerce_variable_values(&document.schema.definitions, &alone, values).err()?;
        Some(lines.error(BAD_USER_INPUT, in_plain_words(&error.message().to_string()), definition.location()))
    });
    let errors: Vec<ServerError> = errors.take(MAX_ERRORS).collect();
    if errors.is_empty() {
        let text = in_plain_words(&first.message().to_string());
        return vec![lines.error(BAD_USER_INPUT, text, first.location())];
    }
    errors
}

/// What is wrong with a variable, in the words of this server.
fn in_plain_words(text: &str) -> String {
    if let Some(name) = text.strip_prefix("missing value for non-null variable '") {
        return format!("the variable `${}` is required", name.trim_end_matches('\''));
    }
    let Some((name, rest)) =
        text.strip_prefix("could not coerce variable ").and_then(|rest| rest.split_once(": "))
    else {
        return text.to_owned();
    };
    match rest.rsplit_once(" to type ") {
        Some((value, ty)) => format!("the variable `${name}` must be of type `{ty}`, not {value}"),
        None => format!("the variable `${name}`: {rest}"),
    }
}

/// A number as it was written; `-0` is 0. What no number here can hold stays a text, which no type takes for one.
fn number(text: &str) -> Constant {
    let int = || text.parse::<i64>().map(Number::from);
    // As variables have it.
    let natural = |_| text.parse::<u64>().map(Number::from);
    let float = || text.parse::<f64>().ok().and_then(Number::from_f64);
    match int().or_else(natural).ok().or_else(float) {
        Some(number) => Constant::Number(number),
        None => Constant::String(text.to_owned()),
    }
}

/// A variable's value as it was sent.
fn json(value: &Constant) -> JsonValue {
    match value {
        Constant::Null => JsonValue::Null,
        Constant::Boolean(boolean) => (*boolean).into(),
        Constant::String(text) => text.as_str().into(),
        Constant::Enum(name) => name.as_str().into(),
        Constant::Number(number) => JsonValue::Number(whole(number)),
        Constant::Binary(bytes) => bytes.iter().map(|byte| JsonValue::from(*byte)).collect(),
        Constant::List(values) => values.iter().map(json).collect(),
        Constant::Object(fields) => fields.iter().map(|(name, value)| (name.as_str(), json(value))).collect(),
    }
}

/// A number without its point where nothing follows that: JSON has one type of numbers, and `1.0` is 1 in it.
#[allow(clippy::cast_possible_truncation, reason = "whole numbers up to 2^53 are exact")]
fn whole(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= 9e15 => {
            (float as i64).into()
        }
        _ => number.clone(),
    }
}

/// A coerced value in the form of async-graphql, where enums are not strings.
fn typed(schema: &apollo_compiler::Schema, ty: &Type, value: &JsonValue) -> Constant {
    let definition = schema.types.get(ty.inner_named_type());
    match value {
        JsonValue::Null => Constant::Null,
        JsonValue::Bool(boolean) => Constant::Boolean(*boolean),
        JsonValue::Number(number) => Constant::Number(number.clone()),
        JsonValue::String(text) if definition.is_some_and(ExtendedType::is_enum) => {
            Constant::Enum(Name::new(text.as_str()))
        }
        JsonValue::String(text) => Constant::String(text.as_str().to_owned()),
        JsonValue::Array(values) => {
            Constant::List(values.iter().map(|value| typed(schema, ty.item_type(), value)).collect())
        }
        JsonValue::Object(fields) => {
            let input = definition.and_then(ExtendedType::as_input_object);
            let fields = fields.iter().map(|(name, value)| {
                // An object of a scalar has fields of any type.
                let field = input.and_then(|input| input.fields.get(name.as_str()));
                (Name::new(name.as_str()), typed(schema, field.map_or(ty, |field| &field.ty), value))
            });
            Constant::Object(fields.collect())
        }
    }
}

/// About how many bytes a value takes.
fn size(value: &Constant) -> usize {
    size_of::<Constant>()
        + match value {
            Constant::String(text) => text.len(),
            Constant::List(values) => values.iter().map(size).sum(),
            Constant::Object(fields) => {
                fields.iter().map(|(name, value)| 2 * size_of::<Name>() + name.len() + size(value)).sum()
            }
            _ => 0,
        }
}
