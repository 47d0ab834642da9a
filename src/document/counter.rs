//! How many fields an operation has with its fragments spread out.

use async_graphql::{
    Name,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use std::collections::HashMap;

/// The most fields and spreads within each other: async-graphql follows them by recursion, on a stack that ends.
pub(super) const MAX_DEPTH: usize = 100;

/// Counts fields as they are executed. Each fragment is counted once and remembered: a kilobyte of fragments
/// that spread the next one twice would otherwise take 2^31 steps, as it does in async-graphql's validation.
pub(super) struct Counter<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the fragment is being counted: it spreads itself, which validation will refuse.
    pub(super) fragments: HashMap<&'a Name, Option<usize>>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(document: &'a ExecutableDocument) -> Self {
        Counter { document, fragments: HashMap::new() }
    }

    pub(super) fn largest_operation(&mut self) -> usize {
        let operations = self.document.operations.iter();
        let counts = operations.map(|(_, operation)| self.count(&operation.node.selection_set.node, 0));
        counts.max().unwrap_or(0)
    }

    fn count(&mut self, set: &'a SelectionSet, depth: usize) -> usize {
        if depth > MAX_DEPTH {
            return usize::MAX;
        }
        set.items.iter().fold(0, |sum, item| {
            sum.saturating_add(match &item.node {
                Selection::Field(field) => {
                    1_usize.saturating_add(self.count(&field.node.selection_set.node, depth + 1))
                }
                Selection::InlineFragment(fragment) => {
                    self.count(&fragment.node.selection_set.node, depth + 1)
                }
                Selection::FragmentSpread(spread) => {
                    self.count_fragment(&spread.node.fragment_name.node, depth)
                }
            })
        })
    }

    fn count_fragment(&mut self, name: &'a Name, depth: usize) -> usize {
        if let Some(known) = self.fragments.get(name) {
            return known.unwrap_or(0);
        }
        self.fragments.insert(name, None);
        let fragment = self.document.fragments.get(name);
        let count = fragment.map_or(0, |found| self.count(&found.node.selection_set.node, depth + 1));
        self.fragments.insert(name, Some(count));
        count
    }
}
