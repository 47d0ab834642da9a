//! The statement for a page of rows, for either database.
//!
//! A page of each parent's rows is read in one statement that touches about as many rows as it returns.
//! A window function would number every child of every parent first; instead PostgreSQL joins each parent
//! to its own page (`LATERAL`), and SQLite, which has no lateral join, looks the page's keys up with a
//! correlated `IN (… LIMIT …)`. SQL promises no order of a join, so the order is repeated outside.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::order::{self, Side};
use super::predicate::Predicate;
use super::render::{in_values, json_array};
use super::request::{ListScope, PageRequest, Scope};
use super::values::Values;
use crate::relation::model::{Column, Join};
use diesel::{
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::Untyped,
};
use std::sync::Arc;

/// A column that a statement reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Of the row.
    Own(Column),
    /// Of the join table's row that led to it.
    Link(Column),
}

impl Asked {
    /// The column.
    pub(crate) fn column(&self) -> Column {
        match self {
            Asked::Own(column) | Asked::Link(column) => *column,
        }
    }
}

/// The statement for a page request. Its rows have the key that asked for them, unless the request is for a whole table;
/// the columns that are asked for; and the keyset, where the request asks for that, as a JSON array.
#[derive(Debug)]
pub struct Fetch {
    columns: Arc<[Asked]>,
    table: &'static str,
    request: Arc<PageRequest>,
    keys: Values,
    /// The most rows of each parent to read: the page, and the row after it where that is asked for.
    rows: i64,
}

impl Fetch {
    /// The statement that answers `request` for all `keys` with `columns` of the table called `table`, and
    /// of the join table that leads to it.
    pub fn new(table: &'static str, columns: Arc<[Asked]>, request: Arc<PageRequest>, keys: Values) -> Fetch {
        let rows = request.page.limit + i64::from(request.page.look_ahead);
        Fetch { columns, table, request, keys, rows }
    }
}

impl Query for Fetch {
    type SqlType = Untyped;
}

// No static id: prepared statements are found by their text.
impl QueryId for Fetch {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Dialect> QueryFragment<DB> for Fetch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let page = &self.request.page;
        let row = RowAlias::outermost(self.table, None);
        match self.request.scope {
            Scope::List(ListScope::Table(_))
                if page.backward || page.evidence_before || page.evidence_after =>
            {
                self.select(row, None, &mut out)?;
                out.push_sql(" FROM (");
                self.pieces(None, &mut out)?;
                out.push_sql(") AS ");
                out.push_identifier(self.table)?;
                order::render(&self.request.order, false, row, &mut out)
            }
            Scope::List(ListScope::Table(_)) => {
                self.select(row, None, &mut out)?;
                self.piece(None, Piece::Page, &mut out)
            }
            Scope::One(Join { to: column, .. }) | Scope::ByName { column, .. } => {
                self.one_of_keys(row, column, &mut out)
            }
            Scope::List(ListScope::Joined(join)) if DB::POSTGRES => self.lateral(join, &mut out),
            Scope::List(ListScope::Joined(join)) => self.correlated(join, &mut out),
        }
    }
}

/// The pieces of a page's select: the page, and the nearest row on either side of it.
#[derive(Clone, Copy, PartialEq)]
enum Piece {
    Page,
    Before,
    After,
}

impl Fetch {
    /// `SELECT row.key, columns, keyset`
    fn select<'b, DB: Dialect>(
        &'b self,
        row: RowAlias,
        key: Option<&'static str>,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        out.push_sql("SELECT ");
        if let Some(key) = key {
            row.column(key, out)?;
        }
        self.columns(key.is_some(), row, out)
    }

    /// `, columns, keyset`; what comes first has no comma.
    fn columns<'b, DB: Dialect>(
        &'b self,
        mut comma: bool,
        row: RowAlias,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        for asked in &*self.columns {
            out.push_sql(if std::mem::replace(&mut comma, true) { ", " } else { "" });
            match asked {
                Asked::Own(column) => row.column(column.name, out)?,
                Asked::Link(column) => row.link_column(column.name, out)?,
            }
        }
        if self.request.page.keysets {
            out.push_sql(if std::mem::replace(&mut comma, true) { ", " } else { "" });
            json_array(order::total(&self.request.order).map(|by| &by.expr), row, out)?;
        }
        // A row counts even if nothing of it is asked for.
        out.push_sql(if comma { "" } else { "1" });
        Ok(())
    }

    /// `SELECT row.column, … FROM table WHERE row.column is one of the keys`
    fn one_of_keys<'b, DB: Dialect>(
        &'b self,
        row: RowAlias,
        column: &'static str,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        self.select(row, Some(column), out)?;
        out.push_sql(" FROM ");
        out.push_identifier(self.table)?;
        out.push_sql(" WHERE ");
        row.column(column, out)?;
        in_values(&self.keys, out)
    }

    /// The page, and beside it the rows that are evidence of others.
    fn pieces<'b, DB: Dialect>(
        &'b self,
        join: Option<Join>,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let page = &self.request.page;
        let evidence = [(page.evidence_before, Piece::Before), (page.evidence_after, Piece::After)];
        let evidence = evidence.into_iter().filter_map(|(asked, piece)| asked.then_some(piece));
        let several = page.evidence_before || page.evidence_after;
        for (nth, piece) in std::iter::once(Piece::Page).chain(evidence).enumerate() {
            out.push_sql(if nth > 0 { " UNION ALL " } else { "" });
            // Only PostgreSQL takes a select in parentheses for a piece of a union.
            let (open, close) = match (several, DB::POSTGRES) {
                (false, _) => ("", ""),
                (true, true) => ("(", ")"),
                (true, false) => ("SELECT * FROM (", ")"),
            };
            out.push_sql(open);
            out.push_sql("SELECT ");
            match join {
                Some(join) if !DB::POSTGRES => {
                    let row = RowAlias::outermost(self.table, Some(join));
                    row.column(Column::KEY.name, out)?;
                }
                _ => {
                    out.push_identifier(self.paged(join))?;
                    out.push_sql(".*");
                }
            }
            self.piece(join, piece, out)?;
            out.push_sql(close);
        }
        Ok(())
    }

    /// The table whose rows are paged: through a join table, that one.
    fn paged(&self, join: Option<Join>) -> &'static str {
        join.and_then(|join| join.link).map_or(self.table, |link| link.table)
    }

    /// ` FROM … WHERE … ORDER BY … LIMIT …`: of the whole table, or of one parent's rows. The target is joined
    /// to the join table only when the order or the condition needs a column of its own.
    fn piece<'b, DB: Dialect>(
        &'b self,
        join: Option<Join>,
        piece: Piece,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let PageRequest { filter, order, page, .. } = &*self.request;
        let filter = filter.as_deref();
        let (row, mut word) = match join {
            Some(join) => {
                let mut in_link = order::total(order).all(|by| by.expr.in_link());
                in_link &= filter.is_none_or(Predicate::in_link);
                (RowAlias::page(join, !in_link, out)?, " AND ")
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
        let exclusive = |after| Side { after, inclusive: false };
        let bounds = match piece {
            Piece::Page => [(&page.after, exclusive(true)), (&page.before, exclusive(false))],
            Piece::Before => {
                [(&page.after, Side { after: false, inclusive: true }), (&None, exclusive(true))]
            }
            Piece::After => [(&page.before, Side { after: true, inclusive: true }), (&None, exclusive(true))],
        };
        for (keyset, side) in bounds {
            if let Some(keyset) = keyset {
                out.push_sql(word);
                word = " AND ";
                order::keyset(order, keyset, side, row, out)?;
            }
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
        // Of a bare variable, SQLite's planner reads the value, and prepares the statement again for the next.
        let opaque = if DB::POSTGRES { "" } else { " + 0" };
        out.push_sql(" LIMIT ");
        DB::push_number(&self.rows, out)?;
        out.push_sql(opaque);
        if let Some(offset) = &page.offset {
            out.push_sql(" OFFSET ");
            DB::push_number(offset, out)?;
            out.push_sql(opaque);
        }
        Ok(())
    }

    /// PostgreSQL: each parent joined to its own page. The page goes by the name of the table it comes from,
    /// so that columns and order are spelled the same inside and outside.
    fn lateral<'b, DB: Dialect>(&'b self, join: Join, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let row = RowAlias::outermost(self.table, Some(join));
        out.push_sql("SELECT p.id");
        self.columns(true, row, out)?;
        out.push_sql(" FROM unnest(");
        DB::push_values(&self.keys, out)?;
        out.push_sql(") AS p(id) CROSS JOIN LATERAL (");
        self.pieces(Some(join), out)?;
        out.push_sql(") AS ");
        out.push_identifier(self.paged(Some(join)))?;
        if let Some(link) = join.link {
            out.push_sql(" JOIN ");
            row.target_on_link(join, link, out)?;
        }
        order::render(&self.request.order, false, row, out)
    }

    /// SQLite: each parent joined to the rows whose keys are in its page. `CROSS JOIN` keeps the order of the
    /// loops.
    fn correlated<'b, DB: Dialect>(&'b self, join: Join, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let row = RowAlias::outermost(self.table, Some(join));
        out.push_sql("WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(");
        DB::push_values(&self.keys, out)?;
        out.push_sql(")) SELECT p.id");
        self.columns(true, row, out)?;
        out.push_sql(" FROM p CROSS JOIN ");
        out.push_identifier(self.paged(Some(join)))?;
        out.push_sql(" ON ");
        if let Some(link) = join.link {
            row.link_column(link.near, out)?;
            out.push_sql(" = p.id AND ");
        }
        row.column(Column::KEY.name, out)?;
        out.push_sql(" IN (");
        self.pieces(Some(join), out)?;
        out.push_sql(")");
        if let Some(link) = join.link {
            out.push_sql(" CROSS JOIN ");
            row.target_on_link(join, link, out)?;
        }
        order::render(&self.request.order, false, row, out)
    }
}
