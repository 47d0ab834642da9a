//! The statement for a page of rows, for either database.
//!
//! A page of each parent's rows is read in one statement that touches about as many rows as it returns.
//! A window function would number every child of every parent first; instead PostgreSQL joins each parent
//! to its own page (`LATERAL`), and SQLite, which has no lateral join, looks the page's keys up with a
//! correlated `IN (… LIMIT …)`. SQL promises no order of a join, so the order is repeated outside. A single
//! parent needs none of that: its key is compared.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::order;
use super::pieces::Pieces;
use super::render::{and, in_values, json_array};
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
}

impl Fetch {
    /// The statement that answers `request` for all `keys` with `columns` of the table called `table`, and
    /// of the join table that leads to it.
    pub fn new(table: &'static str, columns: Arc<[Asked]>, request: Arc<PageRequest>, keys: Values) -> Fetch {
        Fetch { columns, table, request, keys }
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
        let row = RowAlias::outermost(self.table, None);
        match self.request.scope {
            Scope::List(ListScope::Table(_)) => self.of_one(None, &mut out),
            Scope::One(Join { to: column, .. }) | Scope::ByName { column, .. } => {
                self.one_of_keys(row, column, &mut out)
            }
            Scope::List(ListScope::Joined(join)) if self.keys.len() == 1 => self.of_one(Some(join), &mut out),
            Scope::List(ListScope::Joined(join)) if DB::POSTGRES => self.lateral(join, &mut out),
            Scope::List(ListScope::Joined(join)) => self.correlated(join, &mut out),
        }
    }
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

    /// `SELECT row.column, … FROM table WHERE row.column is one of the keys AND …`
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
        in_values(&self.keys, out)?;
        and(self.request.filter.as_deref(), row, out)
    }

    fn pieces(&self, join: Option<Join>) -> Pieces<'_> {
        Pieces { table: self.table, join, request: &self.request, parents: &self.keys }
    }

    /// The whole table's page, or that of a single parent.
    fn of_one<'b, DB: Dialect>(
        &'b self,
        join: Option<Join>,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let row = RowAlias::outermost(self.table, join);
        let pieces = self.pieces(join);
        out.push_sql("SELECT ");
        if let Some(join) = join {
            row.parent_key(join, out)?;
        }
        self.columns(join.is_some(), row, out)?;
        let link = join.and_then(|join| Some((join, join.link?)));
        if link.is_none() && pieces.is_one_select() {
            return pieces.only(out);
        }
        out.push_sql(" FROM (");
        pieces.render(out)?;
        out.push_sql(") AS ");
        out.push_identifier(pieces.paged())?;
        if let Some((join, link)) = link {
            // On SQLite, `CROSS JOIN` keeps the order of the loops.
            out.push_sql(if DB::POSTGRES { " JOIN " } else { " CROSS JOIN " });
            row.target_on_link(join, link, out)?;
        }
        order::render(&self.request.order, false, row, out)
    }

    /// PostgreSQL: each parent joined to its own page. The page goes by the name of the table it comes from,
    /// so that columns and order are spelled the same inside and outside.
    fn lateral<'b, DB: Dialect>(&'b self, join: Join, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let row = RowAlias::outermost(self.table, Some(join));
        let pieces = self.pieces(Some(join));
        out.push_sql("SELECT ");
        match join.link {
            Some(link) => row.link_column(link.near, out)?,
            None => out.push_sql("p.id"),
        }
        self.columns(true, row, out)?;
        out.push_sql(" FROM ");
        if join.link.is_some() {
            // Ends with a fence, `OFFSET 0`: without it, the planner may read the whole target once for each parent.
            out.push_sql("(SELECT ");
            out.push_identifier(pieces.paged())?;
            out.push_sql(".* FROM ");
        }
        out.push_sql("unnest(");
        DB::push_values(&self.keys, out)?;
        out.push_sql(") AS p(id) CROSS JOIN LATERAL (");
        pieces.render(out)?;
        out.push_sql(") AS ");
        out.push_identifier(pieces.paged())?;
        if let Some(link) = join.link {
            out.push_sql(" OFFSET 0) AS ");
            out.push_identifier(pieces.paged())?;
            out.push_sql(" JOIN ");
            row.target_on_link(join, link, out)?;
        }
        order::render(&self.request.order, false, row, out)
    }

    /// SQLite: each parent joined to the rows whose keys are in its page. `CROSS JOIN` keeps the order of the
    /// loops.
    fn correlated<'b, DB: Dialect>(&'b self, join: Join, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let row = RowAlias::outermost(self.table, Some(join));
        out.push_sql("WITH p(id) AS MATERIALIZED (SELECT ");
        out.push_sql(self.keys.json_value());
        out.push_sql(" FROM json_each(");
        DB::push_values(&self.keys, out)?;
        out.push_sql(")) SELECT p.id");
        self.columns(true, row, out)?;
        out.push_sql(" FROM p CROSS JOIN ");
        let pieces = self.pieces(Some(join));
        out.push_identifier(pieces.paged())?;
        out.push_sql(" ON ");
        if let Some(link) = join.link {
            row.link_column(link.near, out)?;
            out.push_sql(" = p.id AND ");
        }
        row.column(Column::KEY.name, out)?;
        out.push_sql(" IN (");
        pieces.render(out)?;
        out.push_sql(")");
        if let Some(link) = join.link {
            out.push_sql(" CROSS JOIN ");
            row.target_on_link(join, link, out)?;
        }
        order::render(&self.request.order, false, row, out)
    }
}
