//! The part of compiling for connections (GraphQL Cursor Connections Specification): edges, nodes and what a page knows.
//!
//! A connection reads nothing by itself. Its fields ask for what they need, so that `totalCount` alone reads no rows, and
//! rows alone are not counted.

use super::compile::join;
use super::loads::Compiler;
use super::plan::{InfoItem, Item, PageItem, Pieces, Source, SourceKind, What, key_text};
use crate::document::SelectedField;
use crate::relation::{Asked, Shape, edge_name};

impl<'d> Compiler<'_, 'd> {
    /// A connection of the type `name`. `parent` is the field whose rows it hangs on, and the column that leads to it.
    pub(super) fn connection(
        &mut self,
        parent: Option<(usize, usize)>,
        source: impl Fn(SourceKind) -> Source,
        name: &str,
        field: &SelectedField<'d>,
        within: &str,
    ) -> usize {
        let rows = source(SourceKind::Page);
        let Some(shape) = rows.shape else { return 0 };
        let load = self.load(rows, &field.arguments);
        let nth = self.field(field, load, within);
        self.fields[nth].by = parent.map_or(0, |(_, by)| by);
        self.fields[nth].paths.clear();
        let path = join(within, field.key);
        let mut items = Vec::new();
        // The fields of the parent, in the order in which they are first needed.
        let mut hanging = Vec::new();
        items.push_text("{");
        for (at, selected) in field.selection().iter().enumerate() {
            items.push_text(&key_text(at, selected.key));
            let path = join(&path, selected.key);
            if ["edges", "nodes", "pageInfo"].contains(&selected.name) {
                self.fields[nth].paths.push(path.clone());
                if !hanging.contains(&nth) {
                    hanging.push(nth);
                }
            }
            let (key, pos) = (selected.key.to_owned(), selected.pos);
            match selected.name {
                "__typename" => items.push_text(&format!("\"{name}\"")),
                "nodes" => {
                    let pieces = self.object(nth, load, &shape, selected.selection(), &path);
                    items.push(PageItem::Rows { key, pos, items: pieces });
                }
                "edges" => {
                    let pieces = self.edge(nth, load, &rows, &shape, name, selected, &path);
                    items.push(PageItem::Rows { key, pos, items: pieces });
                }
                "pageInfo" => {
                    let pieces = self.page_info(load, selected);
                    items.push(PageItem::Info { key, pos, items: pieces });
                }
                _ => {
                    let counts = self.load(source(SourceKind::Count), &field.arguments);
                    let count = self.field(selected, counts, &join(within, field.key));
                    self.fields[count].by = self.fields[nth].by;
                    hanging.push(count);
                    items.push(PageItem::Total(count));
                }
            }
        }
        items.push_text("}");
        self.fields[nth].what = What::Page { items, reads: hanging.contains(&nth) };
        match parent {
            Some((owner, _)) => self.fields[owner].children.extend(with(hanging, nth)),
            None => self.fields[nth].beside = hanging.into_iter().filter(|one| *one != nth).collect(),
        }
        nth
    }

    /// The pieces of an edge.
    #[allow(clippy::too_many_arguments, reason = "they are what an edge is made of")]
    fn edge(
        &mut self,
        owner: usize,
        load: usize,
        source: &Source,
        shape: &Shape,
        connection: &str,
        field: &SelectedField<'d>,
        path: &str,
    ) -> Vec<Item> {
        let mut items = Vec::new();
        items.push_text("{");
        for (nth, selected) in field.selection().iter().enumerate() {
            items.push_text(&key_text(nth, selected.key));
            let key = selected.key.to_owned();
            match selected.name {
                "__typename" => items.push_text(&format!("\"{}\"", edge_name(connection))),
                "cursor" => {
                    self.asks(load, true, false);
                    items.push(Item::Cursor { key, pos: selected.pos });
                }
                "node" => {
                    let path = join(path, selected.key);
                    let pieces = self.object(owner, load, shape, selected.selection(), &path);
                    items.push(Item::Object { key, items: pieces });
                }
                name => {
                    let columns = source.link.map(|link| link().columns).unwrap_or_default();
                    if let Some(column) = columns.into_iter().find(|column| column.is_called(name)) {
                        items.push(Item::Cell(self.column(load, Asked::Link(column))));
                    }
                }
            }
        }
        items.push_text("}");
        items
    }

    fn page_info(&mut self, load: usize, field: &SelectedField<'_>) -> Vec<InfoItem> {
        let mut items = Vec::new();
        items.push_text("{");
        for (nth, selected) in field.selection().iter().enumerate() {
            items.push_text(&key_text(nth, selected.key));
            let item = match selected.name {
                "hasNextPage" => InfoItem::HasNext,
                "hasPreviousPage" => InfoItem::HasPrevious,
                "startCursor" => InfoItem::StartCursor,
                "endCursor" => InfoItem::EndCursor,
                _ => {
                    items.push_text("\"PageInfo\"");
                    continue;
                }
            };
            let cursor = matches!(item, InfoItem::StartCursor | InfoItem::EndCursor);
            self.asks(load, cursor, !cursor);
            items.push(item);
        }
        items.push_text("}");
        items
    }
}

/// `fields`, with `one` among them even if it reads nothing: what is written finds its key there.
fn with(mut fields: Vec<usize>, one: usize) -> Vec<usize> {
    if !fields.contains(&one) {
        fields.push(one);
    }
    fields
}
