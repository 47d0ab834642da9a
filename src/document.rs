//! An operation's document, before it is executed: what async-graphql 8.0.0-rc.5 does not check, or gets wrong.

mod counter;
mod subscription;

use crate::error::{BAD_USER_INPUT, GRAPHQL_VALIDATION_FAILED, coded, without_location};
use async_graphql::{
    Name, Positioned, Request, ServerError, Value as ConstValue, Variables,
    parser::{
        parse_query,
        types::{
            DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
            SelectionSet,
        },
    },
};
use async_graphql_value::Value;
use counter::{Counter, MAX_DEPTH};
use std::collections::HashSet;

/// The most fields of an operation, each fragment counted wherever it is spread. Introspection has 200.
pub const MAX_FIELDS: usize = 2000;

/// The most fragments of a document: async-graphql follows them by recursion, on a stack that ends.
const MAX_FRAGMENTS: usize = 500;

/// The most brackets within each other, also those of values. The parser gives up at some hundreds, with an
/// error that repeats the whole document.
const MAX_BRACKETS: usize = 300;

/// Parses the request's document, checks it, and leaves it parsed in the request.
///
/// # Errors
/// A request error (GraphQL specification, section 7.1.1): nothing is to be executed.
pub fn prepare(request: &mut Request) -> Result<(), ServerError> {
    let mut document = parse(&request.query)?;
    let name = request.operation_name.as_deref();
    if operation(&document, name).is_some_and(|operation| operation.ty == OperationType::Subscription) {
        subscription::flatten(&mut document, name)?;
    }
    if let Some(operation) = operation(&document, name) {
        let absent = absent_variables(operation, &request.variables)?;
        if !absent.is_empty() {
            leave_out(&mut document, name, &absent);
        }
    }
    request.set_parsed_query(document);
    Ok(())
}

/// The same without variables, for a document that is to be checked, with all of its operations.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_all(request: &mut Request) -> Result<(), ServerError> {
    let mut document = parse(&request.query)?;
    let operations = document.operations.iter();
    let subscriptions = operations.filter(|(_, one)| one.node.ty == OperationType::Subscription);
    let names: Vec<Option<Name>> = subscriptions.map(|(name, _)| name.cloned()).collect();
    for name in names {
        subscription::flatten(&mut document, name.as_deref())?;
    }
    request.set_parsed_query(document);
    Ok(())
}

/// Parses a document that is not too large to be followed.
fn parse(text: &str) -> Result<ExecutableDocument, ServerError> {
    if brackets_within_each_other(text) > MAX_BRACKETS {
        return Err(too_large(format!(
            "the document has more than {MAX_BRACKETS} brackets within each other"
        )));
    }
    let document = parse_query(text)?;
    if document.fragments.len() > MAX_FRAGMENTS {
        return Err(too_large(format!("the document has more than {MAX_FRAGMENTS} fragments")));
    }
    if Counter::new(&document).largest_operation() > MAX_FIELDS {
        return Err(too_large(format!(
            "the operation has more than {MAX_FIELDS} fields, with its fragments spread out, or more than {MAX_DEPTH} \
             within each other"
        )));
    }
    Ok(document)
}

/// How deep the brackets of a document go, those in strings and comments left aside.
fn brackets_within_each_other(document: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = document.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => rest = after(rest, b"\n", b"\n", 1),
            b'"' if rest.starts_with(b"\"\"") => rest = after(&rest[2..], b"\"\"\"", b"\\\"\"\"", 4),
            b'"' => rest = after(rest, b"\"", b"\\", 2),
            _ => {}
        }
    }
    deepest
}

/// What follows the first `end` in `text`; none is in the `width` bytes that begin with `escape`.
fn after<'a>(mut text: &'a [u8], end: &[u8], escape: &[u8], width: usize) -> &'a [u8] {
    while !text.is_empty() {
        if let Some(rest) = text.strip_prefix(end) {
            return rest;
        }
        let skip = if text.starts_with(escape) { width } else { 1 };
        text = &text[skip.min(text.len())..];
    }
    text
}

fn too_large(text: String) -> ServerError {
    without_location(coded(BAD_USER_INPUT, text))
}

/// The operation that would run: the one of this name, or the only one.
pub fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let found = match name {
        Some(name) => operations.find(|(known, _)| known.is_some_and(|known| known == name)),
        None => operations.next(),
    };
    found.map(|(_, operation)| &operation.node)
}

/// The variables that have neither a value nor a default (GraphQL specification, section 6.1.2).
///
/// # Errors
/// For one that must have a value: async-graphql finds it only where the variable is used, when half of the
/// operation has run.
fn absent_variables(
    operation: &OperationDefinition,
    given: &Variables,
) -> Result<HashSet<Name>, ServerError> {
    let mut absent = HashSet::new();
    for Positioned { pos, node: definition } in &operation.variable_definitions {
        let name = &definition.name.node;
        let value = given.get(name);
        if definition.default_value.is_some() {
            continue;
        }
        if !definition.var_type.node.nullable && value.is_none_or(|value| *value == ConstValue::Null) {
            let text = format!("the variable `${name}` of type {} has no value", definition.var_type.node);
            return Err(coded(GRAPHQL_VALIDATION_FAILED, text).into_server_error(*pos));
        }
        if value.is_none() {
            absent.insert(name.clone());
        }
    }
    Ok(absent)
}

/// Takes the arguments whose value is an absent variable out of the document, so that they have their
/// defaults (section 6.4.1); async-graphql would give them null. Operations that do not run, and fragments
/// that only they spread, may need these variables: they are left out whole.
fn leave_out(document: &mut ExecutableDocument, name: Option<&str>, absent: &HashSet<Name>) {
    if let (DocumentOperations::Multiple(operations), Some(name)) = (&mut document.operations, name) {
        operations.retain(|known, _| known == name);
    }
    let mut counter = Counter::new(document);
    counter.largest_operation();
    let spread: HashSet<Name> = counter.fragments.into_keys().cloned().collect();
    document.fragments.retain(|name, _| spread.contains(name));
    let operations: Vec<&mut OperationDefinition> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![&mut operation.node],
        DocumentOperations::Multiple(operations) => {
            operations.values_mut().map(|operation| &mut operation.node).collect()
        }
    };
    for operation in operations {
        operation.variable_definitions.retain(|variable| !absent.contains(&variable.node.name.node));
        leave_out_of(&mut operation.selection_set.node, absent);
    }
    for fragment in document.fragments.values_mut() {
        leave_out_of(&mut fragment.node.selection_set.node, absent);
    }
}

fn leave_out_of(set: &mut SelectionSet, absent: &HashSet<Name>) {
    for item in &mut set.items {
        match &mut item.node {
            Selection::Field(field) => {
                let field = &mut field.node;
                field.arguments.retain(|(_, value)| !is_absent(&value.node, absent));
                field.arguments.iter_mut().for_each(|(_, value)| leave_out_of_value(&mut value.node, absent));
                leave_out_of(&mut field.selection_set.node, absent);
            }
            Selection::InlineFragment(fragment) => {
                leave_out_of(&mut fragment.node.selection_set.node, absent);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn leave_out_of_value(value: &mut Value, absent: &HashSet<Name>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !is_absent(value, absent));
            fields.values_mut().for_each(|value| leave_out_of_value(value, absent));
        }
        Value::List(values) => values.iter_mut().for_each(|value| match value {
            // An item cannot be left out; it is null.
            value if is_absent(value, absent) => *value = Value::Null,
            value => leave_out_of_value(value, absent),
        }),
        _ => {}
    }
}

fn is_absent(value: &Value, absent: &HashSet<Name>) -> bool {
    matches!(value, Value::Variable(name) if absent.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_counted_where_they_are_brackets() {
        for (document, expected) in [
            ("", 0),
            ("{ a { b(c: [{d: [1]}]) } }", 6),
            ("{ a(b: \"[[[[\") }", 2),
            ("{ a(b: \"\\\\\", c: \"\\\"[[\") { d } }", 2),
            ("{ a(b: \"\"\"[[ \\\"\"\" [[ \" [[\"\"\") } # [[[\n{{", 2),
            ("}}}{", 1),
            ("\"", 0),
            ("\"\\", 0),
        ] {
            assert_eq!(brackets_within_each_other(document), expected, "{document}");
        }
    }
}
