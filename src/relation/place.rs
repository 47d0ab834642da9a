//! Where an expression is rendered: what the row's table, and the join table that led to it, go by there.

use super::columns::Column;
use super::dialect::Dialect;
use super::rel::{Link, Rel};
use diesel::{query_builder::AstPass, result::QueryResult};

/// A row in a statement. The outermost goes by its table's name, those of nested selects by `t1`, `t2` and so
/// on, and their join tables' rows by `l1`, `l2`.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The row's table; `None` where only the join table is read.
    table: Option<&'static str>,
    link: Option<Link>,
    depth: usize,
}

impl Place {
    /// The outermost row of `table`, led to by `rel` where there is one.
    pub(super) fn outermost(table: &'static str, rel: Option<Rel>) -> Place {
        Place { table: Some(table), link: rel.and_then(|rel| rel.link), depth: 0 }
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
        rel: Rel,
        with_target: bool,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<Place> {
        let inner = Place::of(rel, with_target, self.depth + 1);
        inner.from(rel, out)?;
        out.push_sql(" = ");
        self.column(rel.from, out)?;
        Ok(inner)
    }

    /// `rel's keys of all parents FROM its rows GROUP BY them`, for a select of those that lead to some number
    /// of rows; and the column of this row to find among them.
    pub(super) fn grouped<DB: Dialect>(self, rel: Rel, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        let inner = Place::of(rel, false, self.depth + 1);
        let key = |out: &mut AstPass<'_, '_, DB>| match inner.link {
            Some(link) => inner.link_column(link.near, out),
            None => inner.column(rel.to, out),
        };
        key(out)?;
        inner.from(rel, out)?;
        // Where a key is NULL it belongs to nobody.
        out.push_sql(" IS NOT NULL GROUP BY ");
        key(out)
    }

    /// The place of the row behind `rel`.
    pub(super) fn behind(self, rel: Rel) -> Place {
        Place::of(rel, true, self.depth + 1)
    }

    /// ` FROM rel's rows WHERE they belong to p.id`, outermost.
    pub(super) fn page<DB: Dialect>(
        rel: Rel,
        with_target: bool,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<Place> {
        let place = Place::of(rel, with_target, 0);
        place.from(rel, out)?;
        out.push_sql(" = p.id");
        Ok(place)
    }

    /// Through a join table, the target is read only where it has to be.
    fn of(rel: Rel, with_target: bool, depth: usize) -> Place {
        let table = (with_target || rel.link.is_none()).then_some(rel.target);
        Place { table, link: rel.link, depth }
    }

    fn from<DB: Dialect>(self, rel: Rel, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        out.push_sql(" FROM ");
        match self.link {
            Some(link) => {
                self.source("l", link.table, out)?;
                if self.table.is_some() {
                    out.push_sql(" JOIN ");
                    self.target_on_link(rel, link, out)?;
                }
                out.push_sql(" WHERE ");
                self.link_column(link.near, out)
            }
            None => {
                self.source("t", rel.target, out)?;
                out.push_sql(" WHERE ");
                self.column(rel.to, out)
            }
        }
    }

    /// `target ON target.id = link.far`
    pub(super) fn target_on_link<DB: Dialect>(
        self,
        rel: Rel,
        link: Link,
        out: &mut AstPass<'_, '_, DB>,
    ) -> QueryResult<()> {
        self.source("t", rel.target, out)?;
        out.push_sql(" ON ");
        self.alias("t", rel.target, out)?;
        out.push_sql(".");
        out.push_identifier(rel.to)?;
        out.push_sql(" = ");
        self.link_column(link.far, out)
    }
}

fn misplaced(what: &str) -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError(what.into())
}
