//! Writes connections.

use super::plan::{InfoItem, PageItem};
use super::write::{On, Step, Writer, Written};
use crate::relation::PageLoader;
use async_graphql::Pos;

impl<'p> Writer<'_, 'p> {
    /// The connection of a key.
    pub(super) fn page(&mut self, nth: usize, on: On, number: u32, items: &'p [PageItem]) -> Written {
        if self.out.len() > self.most {
            return self.too_much(nth);
        }
        let loader = self.run.pages(nth);
        for item in items {
            match (item, loader) {
                (PageItem::Literal(bytes), _) => self.out.extend_from_slice(bytes),
                (PageItem::Total(count), _) => self.field(*count, on)?,
                (PageItem::Rows { key, pos, items }, Some(loader)) => {
                    self.path.push(Step::Key(key));
                    if let Some(failure) = &self.run.states[nth].rows_failure {
                        return self.fail(failure.clone(), *pos);
                    }
                    let (_, rows) = self.group(nth, loader, number, *pos)?;
                    // The copies of rows belong to a field, and a connection may list its rows in several ways.
                    self.rows(nth, rows, items, loader, Self::object)?;
                    self.path.pop();
                }
                (PageItem::Info { key, pos, items }, Some(loader)) => {
                    self.path.push(Step::Key(key));
                    let (group, rows) = self.group(nth, loader, number, *pos)?;
                    for item in items {
                        let end = match item {
                            InfoItem::StartCursor => rows.first(),
                            _ => rows.last(),
                        };
                        match (item, end) {
                            (InfoItem::Literal(bytes), _) => self.out.extend_from_slice(bytes),
                            (InfoItem::HasNext, _) => self.flag(group.has_next),
                            (InfoItem::HasPrevious, _) => self.flag(group.has_previous),
                            (_, Some(row)) => self.cursor(*row, loader, *pos)?,
                            (_, None) => self.out.extend_from_slice(b"null"),
                        }
                    }
                    self.path.pop();
                }
                (_, None) => {}
            }
        }
        Ok(())
    }

    fn flag(&mut self, flag: bool) {
        self.out.extend_from_slice(if flag { b"true" } else { b"false" });
    }

    /// The cursor of a row.
    pub(super) fn cursor(&mut self, row: u32, loader: &PageLoader, pos: Pos) -> Written {
        let Some(codec) = loader.codec() else { return Ok(()) };
        match codec.cursor(loader.rows.keyset(row)) {
            Ok(cursor) => {
                self.out.push(b'"');
                self.out.extend_from_slice(cursor.as_bytes());
                self.out.push(b'"');
                Ok(())
            }
            Err(error) => self.fail(error, pos),
        }
    }
}
