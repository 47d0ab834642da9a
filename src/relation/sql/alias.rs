//! Where an expression is rendered: what the row's table, and the join table that led to it, go by there.

use super::dialect::Dialect;
use super::values::Values;
use crate::relation::model::{Column, Join, LinkTable};
use diesel::{query_builder::AstPass, result::QueryResult};

/// A row in a statement. The outermost goes by its table's name, those of nested selects by `t1`, `t2` and so
/// on, and their join tables' rows by `l1`, `l2`.
#[derive(Clone, Copy)]
pub(super) struct RowAlias {
    /// The row's table; `None` where only the join table is read.
    table: Option<&'static str>,
    link: Option<LinkTable>,
    depth: usize,
}

impl RowAlias {
    /// The outermost row of `table`, led to by `rel` where there is one.
    pub(super) fn outermost(table: &'static str, join: Option<Join>) -> RowAlias {
        RowAlias { table: Some(table), link: join.and_then(|join| join.link), depth: 0 }
    }

    /// `row.column`. The primary key is read from the join table's far column where there is one, so that an
    /// index of the join table alone can answer.
    pub(super) fn column<DB: Dialect>(self, column: &str, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        match (self.link, self.table) {
            (Some(link), _) if column == Column::KEY.name => self.link_column(link.far, out),
            (_, Some(table)) => {
                self.alias("t", table, out)?;
                out.push_sql(".");
                out.push_identifier(column)
            }
            (_, None) => Err(misplaced("a row's column where only the join table is read")),
        }
    }

    /// `join_row.column`.
    pub(super) fn link_column<DB: Dialect>(
        self,
        column: &str,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<()> {
        let Some(link) = self.link else {
            return Err(misplaced("a join table's column where there is none"));
        };
        self.alias("l", link.table, out)?;
        out.push_sql(".");
        out.push_identifier(column)
    }

    fn alias<DB: Dialect>(self, letter: &str, table: &str, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        if self.depth == 0 {
            return out.push_identifier(table);
        }
        out.push_sql(letter);
        out.push_sql(&self.depth.to_string());
        Ok(())
    }

    /// `table`, or `table AS t1`.
    fn source<DB: Dialect>(
        self,
        letter: &str,
        table: &str,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<()> {
        out.push_identifier(table)?;
        if self.depth > 0 {
            out.push_sql(" AS ");
            self.alias(letter, table, out)?;
        }
        Ok(())
    }

    /// ` FROM rel's rows WHERE they belong to this row`: the place of the row behind `rel`, and its source.
    pub(super) fn follow<DB: Dialect>(
        self,
        join: Join,
        with_target: bool,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<RowAlias> {
        let inner = RowAlias::of(join, with_target, self.depth + 1);
        inner.from(join, out)?;
        out.push_sql(" = ");
        self.column(join.from, out)?;
        Ok(inner)
    }

    /// `rel's keys of all parents FROM its rows GROUP BY them`, for a select of those that lead to some number
    /// of rows; and the column of this row to find among them.
    pub(super) fn grouped<DB: Dialect>(self, join: Join, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        let inner = RowAlias::of(join, false, self.depth + 1);
        let key = |out: &mut AstPass<'_, '_, DB>| match inner.link {
            Some(link) => inner.link_column(link.near, out),
            None => inner.column(join.to, out),
        };
        key(out)?;
        inner.from(join, out)?;
        // A row whose key is NULL has no parent.
        out.push_sql(" IS NOT NULL GROUP BY ");
        key(out)
    }

    /// The place of the row behind `rel`.
    pub(super) fn behind(self, join: Join) -> RowAlias {
        RowAlias::of(join, true, self.depth + 1)
    }

    /// ` FROM rel's rows WHERE they belong to a parent`: the one that is bound, or that of `p`; outermost.
    pub(super) fn page<'b, DB: Dialect>(
        join: Join,
        with_target: bool,
        parents: &'b Values,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<RowAlias> {
        let row = RowAlias::of(join, with_target, 0);
        row.from(join, out)?;
        out.push_sql(" = ");
        if parents.len() == 1 {
            DB::push_first(parents, out)?;
        } else {
            out.push_sql("p.id");
        }
        Ok(row)
    }

    /// The key of the row's parent, as the row has it.
    pub(super) fn parent_key<DB: Dialect>(
        self,
        join: Join,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<()> {
        match self.link {
            Some(link) => self.link_column(link.near, out),
            None => self.column(join.to, out),
        }
    }

    /// `rel's key FROM its target WHERE `, without the join table: for a select of the rows that rel may lead to.
    pub(super) fn target<DB: Dialect>(
        self,
        join: Join,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<RowAlias> {
        let row = RowAlias { table: Some(join.target), link: None, depth: self.depth + 1 };
        row.column(join.to, out)?;
        out.push_sql(" FROM ");
        row.source("t", join.target, out)?;
        out.push_sql(" WHERE ");
        Ok(row)
    }

    /// Through a join table, the target is read only where it has to be.
    fn of(join: Join, with_target: bool, depth: usize) -> RowAlias {
        let table = (with_target || join.link.is_none()).then_some(join.target);
        RowAlias { table, link: join.link, depth }
    }

    fn from<DB: Dialect>(self, join: Join, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        out.push_sql(" FROM ");
        match self.link {
            Some(link) => {
                self.source("l", link.table, out)?;
                if self.table.is_some() {
                    out.push_sql(" JOIN ");
                    self.target_on_link(join, link, out)?;
                }
                out.push_sql(" WHERE ");
                self.link_column(link.near, out)
            }
            None => {
                self.source("t", join.target, out)?;
                out.push_sql(" WHERE ");
                self.column(join.to, out)
            }
        }
    }

    /// `target ON target.id = link.far`
    pub(super) fn target_on_link<DB: Dialect>(
        self,
        join: Join,
        link: LinkTable,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<()> {
        self.source("t", join.target, out)?;
        out.push_sql(" ON ");
        self.alias("t", join.target, out)?;
        out.push_sql(".");
        out.push_identifier(join.to)?;
        out.push_sql(" = ");
        self.link_column(link.far, out)
    }
}

fn misplaced(what: &str) -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError(what.into())
}
