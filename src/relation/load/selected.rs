//! Which of a connection's costly fields an operation selects.

use async_graphql::{
    Context,
    parser::types::{Selection, SelectionSet},
};

/// Which of a connection's costlier fields stand anywhere in an operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SelectedFields {
    /// `cursor`, `startCursor`, `endCursor`.
    pub(crate) cursors: bool,
    /// `hasNextPage`, `hasPreviousPage`.
    pub(crate) other_pages: bool,
}

impl SelectedFields {
    /// Of the operation that is executed, and of all fragments beside it.
    pub(crate) fn of(ctx: &Context<'_>) -> SelectedFields {
        let mut selected = SelectedFields::default();
        selected.read(&ctx.query_env.operation.node.selection_set.node);
        for fragment in ctx.query_env.fragments.values() {
            selected.read(&fragment.node.selection_set.node);
        }
        selected
    }

    fn read(&mut self, set: &SelectionSet) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    match field.node.name.node.as_str() {
                        "cursor" | "startCursor" | "endCursor" => self.cursors = true,
                        "hasNextPage" | "hasPreviousPage" => self.other_pages = true,
                        _ => {}
                    }
                    self.read(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => self.read(&fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}
