//! What is at a location in a document, for errors that do not say it themselves.

use apollo_compiler::{
    Node,
    ast::{Argument, Definition, Document, Selection},
    parser::SourceSpan,
};

/// The innermost field at a location, and its argument, as in `users(limit:)`.
pub(super) fn field_at(document: &Document, span: SourceSpan) -> Option<String> {
    let sets = document.definitions.iter().filter_map(|definition| match definition {
        Definition::OperationDefinition(operation) => Some(&operation.selection_set),
        Definition::FragmentDefinition(fragment) => Some(&fragment.selection_set),
        _ => None,
    });
    sets.into_iter().find_map(|set| in_set(set, span))
}

fn in_set(set: &[Selection], span: SourceSpan) -> Option<String> {
    set.iter().find_map(|selection| match selection {
        Selection::Field(field) if holds(field, span) => {
            let inner = field.selection_set.as_deref().and_then(|set| in_set(set, span));
            inner.or_else(|| {
                let argument = field.arguments.iter().find(|argument| holds::<Argument>(argument, span));
                Some(match argument {
                    Some(argument) => format!("{}({}:)", field.name, argument.name),
                    None => field.name.to_string(),
                })
            })
        }
        Selection::InlineFragment(inline) if holds(inline, span) => in_set(&inline.selection_set, span),
        _ => None,
    })
}

fn holds<T>(node: &Node<T>, span: SourceSpan) -> bool {
    node.location().is_some_and(|whole| (whole.offset()..whole.end_offset()).contains(&span.offset()))
}
