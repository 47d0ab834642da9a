//! A subscription's root (GraphQL specification, section 5.2.3.1): one field, and it stands there itself, since
//! async-graphql 8.0.0-rc.5 neither counts the fields nor looks for them in fragments.

use super::counter::{Counter, MAX_DEPTH};
use crate::error::{GRAPHQL_VALIDATION_FAILED, coded};
use async_graphql::{
    Name, Pos, Positioned, ServerError,
    parser::types::{
        DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, Selection,
        SelectionSet,
    },
};
use std::collections::{HashMap, HashSet};

/// The root's type.
const ROOT: &str = "Subscription";

/// Puts the one field that the operation of this name subscribes to where async-graphql looks for it.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` when it is not one, or is not certain to be asked for.
pub(super) fn flatten(document: &mut ExecutableDocument, name: Option<&str>) -> Result<(), ServerError> {
    let mut spread = false;
    let operation = match (&mut document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get_mut(name),
        (DocumentOperations::Multiple(_), None) => None,
    };
    let Some(Positioned { pos, node: OperationDefinition { selection_set, .. } }) = operation else {
        return Ok(());
    };
    let mut fields = Vec::new();
    gather(&selection_set.node, &document.fragments, &mut fields, &mut spread, 0, *pos)?;
    let [Positioned { node: Selection::Field(field), .. }] = fields.as_slice() else {
        return Err(refused(*pos, "a subscription has one field at its root, and no more"));
    };
    if field.node.name.node.starts_with("__") {
        return Err(refused(field.pos, "a subscription's field is one of its own, not of introspection"));
    }
    selection_set.node.items = fields;
    if spread {
        // Those that stood here only would now be refused as unused.
        let mut counter = Counter::new(document);
        counter.largest_operation();
        let used: HashSet<Name> = counter.fragments.into_keys().cloned().collect();
        document.fragments.retain(|name, _| used.contains(name));
    }
    Ok(())
}

fn gather(
    set: &SelectionSet,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    fields: &mut Vec<Positioned<Selection>>,
    spread: &mut bool,
    depth: usize,
    pos: Pos,
) -> Result<(), ServerError> {
    // One field is not found deeper, and a fragment may spread itself.
    if depth > MAX_DEPTH {
        return Err(refused(pos, "a subscription's field is too deep in fragments"));
    }
    for item in &set.items {
        let (directives, condition, inner) = match &item.node {
            Selection::Field(field) => {
                fields.push(item.clone());
                (&field.node.directives, None, None)
            }
            Selection::InlineFragment(fragment) => {
                let condition =
                    fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                (&fragment.node.directives, condition, Some(&fragment.node.selection_set.node))
            }
            Selection::FragmentSpread(one) => {
                *spread = true;
                let Some(fragment) = fragments.get(&one.node.fragment_name.node) else {
                    return Err(refused(item.pos, "there is no fragment of this name"));
                };
                let condition = Some(&fragment.node.type_condition.node.on.node);
                (&one.node.directives, condition, Some(&fragment.node.selection_set.node))
            }
        };
        if directives.iter().any(|one| ["skip", "include"].contains(&one.node.name.node.as_str())) {
            return Err(refused(item.pos, "a subscription's field may not be left out by a directive"));
        }
        if condition.is_some_and(|on| on != ROOT) {
            return Err(refused(item.pos, "a fragment at a subscription's root is on `Subscription`"));
        }
        if let Some(inner) = inner {
            gather(inner, fragments, fields, spread, depth + 1, item.pos)?;
        }
        if fields.len() > 1 {
            return Err(refused(item.pos, "a subscription has one field at its root, and no more"));
        }
    }
    Ok(())
}

fn refused(pos: Pos, text: &str) -> ServerError {
    coded(GRAPHQL_VALIDATION_FAILED, text).into_server_error(pos)
}
