//! Takes the rows of a statement as they come.

use super::json::push_cell;
use super::rows::{Rows, number};
use crate::db::{Cells, Sink};
use crate::relation::page::CursorCodec;
use crate::relation::sql::{PageRequest, Scope};

/// Takes the rows of a request's statement.
pub(super) struct Reading<'a> {
    pub(super) rows: &'a mut Rows,
    request: &'a PageRequest,
    codec: Option<&'a CursorCodec>,
    /// What could not be read.
    pub(super) unreadable: Option<String>,
    /// How many rows there were before, and how long their text was.
    before: (usize, usize),
}

impl<'a> Reading<'a> {
    pub(super) fn new(rows: &'a mut Rows, request: &'a PageRequest, codec: Option<&'a CursorCodec>) -> Self {
        let before = (rows.len(), rows.text.len());
        Reading { rows, request, codec, unreadable: None, before }
    }

    /// The group that a row belongs to.
    fn parent(&self, cells: &impl Cells) -> Option<u32> {
        match self.request.scope {
            Scope::List(_) if !self.request.has_keys() => Some(0),
            Scope::ByName { .. } => cells.text(0, |name| {
                let position = self.rows.names.iter().position(|known| Some(known.as_str()) == name)?;
                Some(number(position))
            }),
            _ => self.rows.numbers.get(&cells.id(0)?).copied(),
        }
    }
}

impl Sink for Reading<'_> {
    fn row(&mut self, cells: &impl Cells) -> usize {
        let Some(parent) = self.parent(cells) else {
            self.unreadable = Some("a row of nobody".to_owned());
            return 0;
        };
        let rows = &mut *self.rows;
        let (before, mut keyset_bytes) = (rows.text.len(), 0);
        let first = usize::from(self.request.has_keys());
        for (nth, asked) in rows.columns.iter().enumerate() {
            let column = asked.column();
            if rows.leads[nth] {
                rows.ids[nth].push(cells.id(first + nth));
            }
            if !push_cell(cells, first + nth, column, &mut rows.text) {
                self.unreadable = Some(format!("no {:?} in the column {}", column.kind, column.name));
            }
            rows.ends.push(rows.text.len());
        }
        if let Some(codec) = self.codec {
            let keyset = cells.text(first + rows.columns.len(), |json| {
                keyset_bytes = json.map_or(0, str::len);
                json.and_then(|json| codec.read(json))
            });
            if keyset.is_none() {
                self.unreadable = Some("no keyset".to_owned());
            }
            rows.keysets.push(keyset.unwrap_or_default());
        }
        rows.parents.push(parent);
        rows.text.len() - before + keyset_bytes
    }

    fn restart(&mut self) {
        let (rows, (count, text)) = (&mut *self.rows, self.before);
        rows.parents.truncate(count);
        rows.ends.truncate(count * rows.columns.len());
        rows.text.truncate(text);
        rows.keysets.truncate(count);
        rows.ids.iter_mut().for_each(|ids| ids.truncate(count));
        self.unreadable = None;
    }
}
