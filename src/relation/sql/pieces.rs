//! The rows of a page, and the rows beside it that are evidence of others: selects of one table, or of the rows that
//! a join leads to from one parent.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::keyset::{self, Side};
use super::order;
use super::predicate::Predicate;
use super::request::PageRequest;
use super::values::{Value, Values};
use crate::relation::model::{Column, Join};
use diesel::{query_builder::AstPass, result::QueryResult};

/// What the selects are made of.
#[derive(Clone, Copy)]
pub(super) struct Pieces<'b> {
    /// The table whose rows are asked for.
    pub(super) table: &'static str,
    /// What leads to it; nothing for the whole table.
    pub(super) join: Option<Join>,
    pub(super) request: &'b PageRequest,
    pub(super) parents: &'b Values,
}

/// One of the selects.
#[derive(Clone, Copy, PartialEq)]
enum Piece {
    /// The page.
    Page,
    /// The nearest row before it.
    Before,
    /// The nearest row after it.
    After,
}

/// A place that the rows begin or end at.
#[derive(Clone, Copy)]
struct Bound<'b> {
    keyset: &'b [Value],
    side: Side,
}

impl<'b> Pieces<'b> {
    /// Whether the page is one select, whose rows come in order.
    pub(super) fn is_one_select(self) -> bool {
        let page = &self.request.page;
        let evidence = page.evidence_before || page.evidence_after;
        !page.backward && !evidence && self.parts(Piece::Page).is_none()
    }

    /// The table whose rows are paged: through a join table, that one.
    pub(super) fn paged(self) -> &'static str {
        self.join.and_then(|join| join.link).map_or(self.table, |link| link.table)
    }

    /// The page, and the rows beside it that are asked for.
    pub(super) fn render<DB: Dialect>(self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let page = &self.request.page;
        let mut pieces = vec![(Piece::Page, None)];
        for (asked, piece) in [(page.evidence_before, Piece::Before), (page.evidence_after, Piece::After)] {
            match self.parts(piece) {
                _ if !asked => {}
                // One row of each part: the nearest is among them.
                Some(parts) => pieces.extend((0..parts).map(|part| (piece, Some(part)))),
                None => pieces.push((piece, None)),
            }
        }
        let several = pieces.len() > 1;
        for (nth, (piece, part)) in pieces.into_iter().enumerate() {
            out.push_sql(if nth > 0 { " UNION ALL " } else { "" });
            let parts = if piece == Piece::Page { self.parts(piece) } else { None };
            open::<DB>(several, out);
            match parts {
                Some(parts) => self.page_of_parts(parts, out)?,
                None => self.whole_piece(piece, part, out)?,
            }
            close::<DB>(several, out);
        }
        Ok(())
    }

    /// As many rows of each part as the page has, and of them the page.
    fn page_of_parts<DB: Dialect>(self, parts: usize, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.all_columns(out)?;
        out.push_sql(" FROM (");
        for part in 0..parts {
            out.push_sql(if part > 0 { " UNION ALL " } else { "" });
            open::<DB>(true, out);
            self.whole_piece(Piece::Page, Some(part), out)?;
            close::<DB>(true, out);
        }
        out.push_sql(") AS ");
        out.push_identifier(self.table)?;
        let PageRequest { order, page, .. } = self.request;
        order::render(order, page.backward, RowAlias::outermost(self.table, None), out)?;
        self.limit(out)
    }

    fn whole_piece<DB: Dialect>(
        self,
        piece: Piece,
        part: Option<usize>,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        match self.join {
            // The keys of each parent's page, to be looked up.
            Some(join) if !DB::POSTGRES && self.parents.len() != 1 => {
                out.push_sql("SELECT ");
                RowAlias::outermost(self.table, Some(join)).column(Column::KEY.name, out)?;
            }
            _ => self.all_columns(out)?,
        }
        self.piece(piece, part, out)
    }

    fn all_columns<DB: Dialect>(self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        out.push_identifier(self.paged())?;
        out.push_sql(".*");
        Ok(())
    }

    /// ` FROM … WHERE … ORDER BY … LIMIT …`: the page, where it is one select.
    pub(super) fn only<DB: Dialect>(self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.piece(Piece::Page, None, out)
    }

    /// Where the rows of a piece begin and end.
    fn bounds(self, piece: Piece) -> [Option<Bound<'b>>; 2] {
        let page = &self.request.page;
        let bound = |keyset: &'b Option<std::sync::Arc<[Value]>>, after, inclusive| {
            keyset.as_deref().map(|keyset| Bound { keyset, side: Side { after, inclusive } })
        };
        match piece {
            Piece::Page => [bound(&page.after, true, false), bound(&page.before, false, false)],
            Piece::Before => [bound(&page.after, false, true), None],
            Piece::After => [bound(&page.before, true, true), None],
        }
    }

    /// How many parts a piece is read in, if in several. A join's rows are found by an index on the key that leads to
    /// them; none leads to the parts.
    fn parts(self, piece: Piece) -> Option<usize> {
        match self.bounds(piece) {
            [Some(only), None] | [None, Some(only)] if self.join.is_none() => {
                let parts = keyset::parts(&self.request.order, only.keyset, only.side);
                (parts > 1).then_some(parts)
            }
            _ => None,
        }
    }

    /// ` FROM … WHERE … ORDER BY … LIMIT …`: of the whole table, or of one parent's rows. The target is joined
    /// to the join table only when the order or the condition needs a column of its own.
    fn piece<DB: Dialect>(
        self,
        piece: Piece,
        part: Option<usize>,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let PageRequest { filter, order, page, .. } = self.request;
        let filter = filter.as_deref();
        let (row, mut word) = match self.join {
            Some(join) => {
                let mut in_link = order::total(order).all(|by| by.expr.in_link());
                in_link &= filter.is_none_or(Predicate::in_link);
                (RowAlias::page(join, !in_link, self.parents, out)?, " AND ")
            }
            None => {
                out.push_sql(" FROM ");
                out.push_identifier(self.table)?;
                (RowAlias::outermost(self.table, None), " WHERE ")
            }
        };
        if let Some(filter) = filter {
            out.push_sql(word);
            filter.render(row, out)?;
            word = " AND ";
        }
        for Bound { keyset, side } in self.bounds(piece).into_iter().flatten() {
            out.push_sql(word);
            word = " AND ";
            keyset::render(order, keyset, side, part, row, out)?;
        }
        let backward = match piece {
            Piece::Page => page.backward,
            Piece::Before => true,
            Piece::After => false,
        };
        order::render(order, backward, row, out)?;
        if piece != Piece::Page {
            out.push_sql(" LIMIT 1");
            return Ok(());
        }
        self.limit(out)
    }

    /// ` LIMIT … OFFSET …`. The limit is part of the text: with a parameter, PostgreSQL would plan anew each time. Of
    /// offsets there are too many for that, and rows to skip take longer than a plan.
    fn limit<DB: Dialect>(self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let page = &self.request.page;
        out.push_sql(&format!(" LIMIT {}", page.rows()));
        if let Some(offset) = page.offset.as_ref().filter(|offset| **offset > 0) {
            out.push_sql(" OFFSET ");
            DB::push_number(offset, out)?;
            // Of a bare variable, SQLite's planner reads the value, and prepares the statement again for the next.
            out.push_sql(if DB::POSTGRES { "" } else { " + 0" });
        }
        Ok(())
    }
}

/// Only PostgreSQL takes a select in parentheses for a piece of a union.
fn open<DB: Dialect>(several: bool, out: &mut AstPass<'_, '_, DB>) {
    out.push_sql(match (several, DB::POSTGRES) {
        (false, _) => "",
        (true, true) => "(",
        (true, false) => "SELECT * FROM (",
    });
}

fn close<DB: Dialect>(several: bool, out: &mut AstPass<'_, '_, DB>) {
    out.push_sql(if several { ")" } else { "" });
}
