//! What stands at a place of a document, for errors that do not say it themselves.

use apollo_compiler::{
    Node,
    ast::{Argument, Definition, Document, Selection},
    parser::SourceSpan,
};

/// The innermost field at a place, and the argument of it, as in `users(limit:)`.
pub(super) fn field_at(document: &Document, place: SourceSpan) -> Option<String> {
    let sets = document.definitions.iter().filter_map(|definition| match definition {
        Definition::OperationDefinition(operation) => Some(&operation.selection_set),
        Definition::FragmentDefinition(fragment) => Some(&fragment.selection_set),
        _ => None,
    });
    sets.into_iter().find_map(|set| in_set(set, place))
}

fn in_set(set: &[Selection], place: SourceSpan) -> Option<String> {
    set.iter().find_map(|selection| match selection {
        Selection::Field(field) if holds(field, place) => {
            let inner = field.selection_set.as_deref().and_then(|set| in_set(set, place));
            inner.or_else(|| {
                let argument = field.arguments.iter().find(|argument| holds::<Argument>(argument, place));
                Some(match argument {
                    Some(argument) => format!("{}({}:)", field.name, argument.name),
                    None => field.name.to_string(),
                })
            })
        }
        Selection::InlineFragment(inline) if holds(inline, place) => in_set(&inline.selection_set, place),
        _ => None,
    })
}

fn holds<T>(node: &Node<T>, place: SourceSpan) -> bool {
    node.location().is_some_and(|span| (span.offset()..span.end_offset()).contains(&place.offset()))
}
