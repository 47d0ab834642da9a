//! The rules of validation that `apollo-compiler` 2.0.0-beta.2 lacks. Its public issues mention none of them, as far as
//! a search on 2026-11-25 shows; `tests/clients/judge.test.js` finds out when a newer version has them.

use super::problem::Problem;
use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{self, Definition, DirectiveList, Value, VariableDefinition},
    executable::{Operation, Selection, SelectionSet},
    parser::SourceSpan,
};
use std::collections::HashSet;

/// Looks at all of a document as it was written.
///
/// # Errors
/// A selection set that is empty, which the grammar does not have (GraphQL specification of September 2025, section
/// 2.8, `SelectionSet`; `apollo-compiler` is a year ahead), as a problem of syntax.
pub(super) fn check_syntax(document: &ast::Document) -> Result<(), Problem> {
    document.definitions.iter().try_for_each(|definition| match definition {
        Definition::OperationDefinition(one) => not_empty(&one.selection_set, one.location()),
        Definition::FragmentDefinition(one) => not_empty(&one.selection_set, one.location()),
        _ => Ok(()),
    })
}

fn not_empty(set: &[ast::Selection], location: Option<SourceSpan>) -> Result<(), Problem> {
    if set.is_empty() {
        return Err(Problem::new("syntax error: expected a selection between the braces", location));
    }
    set.iter().try_for_each(|selection| match selection {
        ast::Selection::Field(field) => match &field.selection_set {
            Some(set) => not_empty(set, field.location()),
            None => Ok(()),
        },
        ast::Selection::InlineFragment(inline) => not_empty(&inline.selection_set, inline.location()),
        ast::Selection::FragmentSpread(_) => Ok(()),
    })
}

/// The variables that stand in a condition of `@skip` or `@include`, each once.
pub(super) fn variables_of_conditions(document: &ast::Document) -> Vec<Name> {
    fn collect(set: &[ast::Selection], found: &mut Vec<Name>) {
        for selection in set {
            let directives = match selection {
                ast::Selection::Field(field) => {
                    collect(field.selection_set.as_deref().unwrap_or_default(), found);
                    &field.directives
                }
                ast::Selection::InlineFragment(inline) => {
                    collect(&inline.selection_set, found);
                    &inline.directives
                }
                ast::Selection::FragmentSpread(spread) => &spread.directives,
            };
            for argument in directives.iter().flat_map(|directive| &directive.arguments) {
                if let Value::Variable(name) = &*argument.value
                    && !found.contains(name)
                {
                    found.push(name.clone());
                }
            }
        }
    }
    let mut found = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(one) => collect(&one.selection_set, &mut found),
            Definition::FragmentDefinition(one) => collect(&one.selection_set, &mut found),
            _ => {}
        }
    }
    found
}

/// Looks at all input objects of a document.
///
/// # Errors
/// Fields of input objects that are given twice (section 5.6.3, "Input Object Field Uniqueness").
pub(super) fn unique_input_fields(document: &ast::Document) -> Vec<Problem> {
    let mut found = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                in_variables(&operation.variables, &mut found);
                in_directives(&operation.directives, &mut found);
                in_selections(&operation.selection_set, &mut found);
            }
            Definition::FragmentDefinition(fragment) => {
                in_directives(&fragment.directives, &mut found);
                in_selections(&fragment.selection_set, &mut found);
            }
            _ => {}
        }
    }
    found
}

fn in_variables(variables: &[Node<VariableDefinition>], found: &mut Vec<Problem>) {
    for variable in variables {
        variable.default_value.iter().for_each(|value| in_value(value, found));
        in_directives(&variable.directives, found);
    }
}

fn in_directives(directives: &DirectiveList, found: &mut Vec<Problem>) {
    let arguments = directives.iter().flat_map(|directive| &directive.arguments);
    arguments.for_each(|argument| in_value(&argument.value, found));
}

fn in_selections(selections: &[ast::Selection], found: &mut Vec<Problem>) {
    for selection in selections {
        match selection {
            ast::Selection::Field(field) => {
                field.arguments.iter().for_each(|argument| in_value(&argument.value, found));
                in_directives(&field.directives, found);
                in_selections(field.selection_set.as_deref().unwrap_or_default(), found);
            }
            ast::Selection::InlineFragment(inline) => {
                in_directives(&inline.directives, found);
                in_selections(&inline.selection_set, found);
            }
            ast::Selection::FragmentSpread(spread) => in_directives(&spread.directives, found),
        }
    }
}

fn in_value(value: &Node<Value>, found: &mut Vec<Problem>) {
    match &**value {
        Value::List(values) => values.iter().for_each(|value| in_value(value, found)),
        Value::Object(fields) => {
            let mut names = HashSet::new();
            for (name, value) in fields {
                if !names.insert(name) {
                    let text = format!("the input field `{name}` is given twice");
                    found.push(Problem::new(text, name.location()));
                }
                in_value(value, found);
            }
        }
        _ => {}
    }
}

/// Looks at the root of each subscription (section 5.2.4.1, "Single Root Field"). `apollo-compiler` counts fields, where
/// the specification counts what they are called in the response.
///
/// # Errors
/// More than one of them.
pub(super) fn single_root_fields(document: &ExecutableDocument) -> Vec<Problem> {
    let subscriptions = document.operations.iter().filter(|operation| operation.is_subscription());
    let several = subscriptions.filter(|operation| root_keys(document, operation).len() > 1);
    several
        .map(|operation| {
            Problem::new("a subscription must have exactly one root field", operation.location())
        })
        .collect()
}

fn root_keys<'a>(document: &'a ExecutableDocument, operation: &'a Operation) -> HashSet<&'a Name> {
    let (mut keys, mut seen) = (HashSet::new(), HashSet::new());
    let mut sets: Vec<&SelectionSet> = vec![&operation.selection_set];
    while let Some(set) = sets.pop() {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    keys.insert(field.response_name());
                }
                Selection::InlineFragment(inline) => sets.push(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    let fragment = document.fragments.get(&spread.fragment_name);
                    let new = seen.insert(&spread.fragment_name);
                    sets.extend(fragment.filter(|_| new).map(|fragment| &fragment.selection_set));
                }
            }
        }
    }
    keys
}
