//! The statements: what is asked for, as data, and its SQL for either database.
//!
//! A page of each parent's rows is read in one statement that touches about as many rows as it returns.
//! A window function would number every child of every parent first; instead PostgreSQL joins each parent
//! to its own page (`LATERAL`), and SQLite, which has no lateral join, looks the page's keys up with a
//! correlated `IN (… LIMIT …)`. SQL promises no order of a join, so the order is repeated outside.

use super::keys::{IdList, Keys, NameList};
use super::order::{self, OrderBy, Place};
use super::rel::{KEY, Link, Rel};
use crate::db::Guid;
use diesel::{
    Expression, RunQueryDsl, Table,
    backend::Backend,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::BigInt,
    sqlite::Sqlite,
};
use std::borrow::Cow;

/// Which rows are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A page of the whole table of this name; the keys are not looked at.
    All(&'static str),
    /// The one row, at most, that each key leads to.
    One(Rel),
    /// The one row of this table, at most, whose column holds each name.
    Named(&'static str, &'static str),
    /// A page of the rows that each key leads to.
    Many(Rel),
}

/// A page request: everything about a batch but its keys. Batches with equal requests are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Which rows.
    pub scope: Scope,
    /// In which order. The primary key is added as the last tie-breaker.
    pub order: Cow<'static, [OrderBy]>,
    /// How many rows of each parent.
    pub limit: i64,
    /// How many rows of each parent are passed over first.
    pub offset: i64,
}

/// The statement for a page request: rows of `(key, row of T)`.
#[derive(Debug)]
pub struct Fetch<T: Table> {
    columns: T::AllColumns,
    table: &'static str,
    request: PageRequest,
    keys: Keys,
}

impl<T: Table> Fetch<T> {
    /// The statement that answers `request` for all `keys` from the table called `name`.
    pub fn new(name: &'static str, request: PageRequest, keys: Keys) -> Fetch<T> {
        Fetch { columns: T::all_columns(), table: name, request, keys }
    }
}

impl<T: Table> Query for Fetch<T> {
    type SqlType = (Guid, <T::AllColumns as Expression>::SqlType);
}

impl<T: Table, C> RunQueryDsl<C> for Fetch<T> {}

// No static id: prepared statements are found by their text, of which there are as many as there are
// combinations of relationship and order.
impl<T: Table> QueryId for Fetch<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Table, DB: Dialect> QueryFragment<DB> for Fetch<T>
where
    T::AllColumns: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self.request.scope {
            Scope::All(_) => {
                self.select(self.table, KEY, &mut out)?;
                self.page(None, &mut out)
            }
            Scope::One(rel) => {
                self.select(self.table, rel.to, &mut out)?;
                self.one_of_keys(rel.to, &mut out)
            }
            Scope::Named(_, name) => {
                self.select(self.table, KEY, &mut out)?;
                self.one_of_keys(name, &mut out)
            }
            Scope::Many(rel) if DB::POSTGRES => self.lateral(rel, &mut out),
            Scope::Many(rel) => self.correlated(rel, &mut out),
        }
    }
}

impl<T: Table> Fetch<T> {
    /// `SELECT table.key, columns FROM table`
    fn select<'b, DB: Dialect>(
        &'b self,
        table: &str,
        key: &str,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()>
    where
        T::AllColumns: QueryFragment<DB>,
    {
        out.push_sql("SELECT ");
        column(table, key, out)?;
        out.push_sql(", ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM ");
        out.push_identifier(table)
    }

    /// ` WHERE table.column is one of the keys`
    fn one_of_keys<'b, DB: Dialect>(&'b self, name: &str, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(" WHERE ");
        column(self.table, name, out)?;
        out.push_sql(match (DB::POSTGRES, &self.keys) {
            (true, _) => " = ANY(",
            (false, Keys::Ids(_)) => " IN (SELECT unhex(value) FROM json_each(",
            (false, Keys::Names(_)) => " IN (SELECT value FROM json_each(",
        });
        DB::push_keys(&self.keys, out)?;
        out.push_sql(if DB::POSTGRES { ")" } else { "))" });
        Ok(())
    }

    /// ` ORDER BY … LIMIT … OFFSET …`
    fn page<'b, DB: Dialect>(&'b self, rel: Option<Rel>, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        order::render(&self.request.order, &Place { table: self.table, rel }, out)?;
        out.push_sql(" LIMIT ");
        DB::push_number(&self.request.limit, out)?;
        // Of a bare variable, SQLite's planner reads the value, and prepares the statement again for the next.
        let opaque = if DB::POSTGRES { "" } else { " + 0" };
        out.push_sql(opaque);
        out.push_sql(" OFFSET ");
        DB::push_number(&self.request.offset, out)?;
        out.push_sql(opaque);
        Ok(())
    }

    /// ` FROM … WHERE belongs to p.id ORDER BY … LIMIT … OFFSET …`: one parent's page. The target is joined
    /// to the join table only when the order needs a column of its own.
    fn page_of_parent<'b, DB: Dialect>(&'b self, rel: Rel, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(" FROM ");
        let (table, near) = match rel.link {
            Some(link) => (link.table, link.near),
            None => (self.table, rel.to),
        };
        out.push_identifier(table)?;
        if let Some(link) = rel.link
            && !self.request.order.iter().all(|by| by.column.in_link())
        {
            out.push_sql(" JOIN ");
            self.join_target(rel, link, out)?;
        }
        out.push_sql(" WHERE ");
        column(table, near, out)?;
        out.push_sql(" = p.id");
        self.page(Some(rel), out)
    }

    /// `target ON target.id = link.far`
    fn join_target<DB: Dialect>(
        &self,
        rel: Rel,
        link: Link,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<()> {
        out.push_identifier(self.table)?;
        out.push_sql(" ON ");
        column(self.table, rel.to, out)?;
        out.push_sql(" = ");
        column(link.table, link.far, out)
    }

    /// PostgreSQL: each parent joined to its own page. The page goes by the name of the table it comes from,
    /// so that columns and order are spelled the same inside and outside.
    fn lateral<'b, DB: Dialect>(&'b self, rel: Rel, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        T::AllColumns: QueryFragment<DB>,
    {
        let paged = rel.link.map_or(self.table, |link| link.table);
        out.push_sql("SELECT p.id, ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM unnest(");
        DB::push_keys(&self.keys, out)?;
        out.push_sql(") AS p(id) CROSS JOIN LATERAL (SELECT ");
        out.push_identifier(paged)?;
        out.push_sql(".*");
        self.page_of_parent(rel, out)?;
        out.push_sql(") AS ");
        out.push_identifier(paged)?;
        if let Some(link) = rel.link {
            out.push_sql(" JOIN ");
            self.join_target(rel, link, out)?;
        }
        order::render(&self.request.order, &Place { table: self.table, rel: Some(rel) }, out)
    }

    /// SQLite: each parent joined to the rows whose keys are in its page. `CROSS JOIN` keeps the order of the
    /// loops.
    fn correlated<'b, DB: Dialect>(&'b self, rel: Rel, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        T::AllColumns: QueryFragment<DB>,
    {
        out.push_sql("WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(");
        DB::push_keys(&self.keys, out)?;
        out.push_sql(")) SELECT p.id, ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM p CROSS JOIN ");
        let (table, key) = match rel.link {
            Some(link) => (link.table, link.far),
            None => (self.table, KEY),
        };
        out.push_identifier(table)?;
        out.push_sql(" ON ");
        if let Some(link) = rel.link {
            column(link.table, link.near, out)?;
            out.push_sql(" = p.id AND ");
        }
        column(table, key, out)?;
        out.push_sql(" IN (SELECT ");
        column(table, key, out)?;
        self.page_of_parent(rel, out)?;
        out.push_sql(")");
        if let Some(link) = rel.link {
            out.push_sql(" CROSS JOIN ");
            self.join_target(rel, link, out)?;
        }
        order::render(&self.request.order, &Place { table: self.table, rel: Some(rel) }, out)
    }
}

/// `table.column`, quoted.
pub(super) fn column<DB: Dialect>(
    table: &str,
    column: &str,
    out: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    out.push_identifier(table)?;
    out.push_sql(".");
    out.push_identifier(column)
}

/// The little in which the two databases' statements differ.
pub(super) trait Dialect: Backend {
    /// PostgreSQL; SQLite otherwise.
    const POSTGRES: bool;
    /// Binds a list of keys.
    fn push_keys<'b>(keys: &'b Keys, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
    /// Binds a number.
    fn push_number<'b>(number: &'b i64, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
}

macro_rules! dialect {
    ($backend:ty, $postgres:literal) => {
        impl Dialect for $backend {
            const POSTGRES: bool = $postgres;
            fn push_keys<'b>(keys: &'b Keys, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
                match keys {
                    Keys::Ids(_) => out.push_bind_param::<IdList, _>(keys),
                    Keys::Names(_) => out.push_bind_param::<NameList, _>(keys),
                }
            }
            fn push_number<'b>(number: &'b i64, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
                out.push_bind_param::<BigInt, _>(number)
            }
        }
    };
}
dialect!(Pg, true);
dialect!(Sqlite, false);
