//! Statements without rows of an entity: how many there are, and which table has a key.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::render::{and, in_values};
use super::request::{CountRequest, CountScope, ListScope};
use super::text::Text;
use super::values::Values;
use crate::relation::model::{Column, ColumnKind, NodeTable};
use diesel::{
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::Untyped,
};

/// The statement for what a page request's scope and condition say of each key: rows of `(key, number)`.
///
/// Of a list, the number of its rows; [`CountScope::WhichTable`] gives the index of the table that has the key. A
/// single key is compared, as in a [`Fetch`](super::Fetch).
#[derive(Debug)]
pub(crate) struct Count {
    request: CountRequest,
    keys: Values,
    keep: bool,
}

impl Count {
    pub(crate) fn new(request: CountRequest, keys: Values) -> Count {
        let mut count = Count { request, keys, keep: true };
        // SQLite's text identifies a query for both databases.
        let may_be_kept = |count| Text::of(count, false).is_ok_and(|text| text.keep());
        count.keep = count.request.filter.is_none() || may_be_kept(&count);
        count
    }
}

impl Query for Count {
    type SqlType = Untyped;
}

// No static id: prepared statements are found by their text.
impl QueryId for Count {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Dialect> QueryFragment<DB> for Count {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !self.keep {
            out.unsafe_to_cache_prepared();
        }
        match self.request.scope {
            CountScope::List(list) if self.keys.len() == 1 => {
                out.push_sql("SELECT ");
                DB::push_first(&self.keys, &mut out)?;
                out.push_sql(", count(*)");
                self.counted(list, &mut out)
            }
            CountScope::List(list) => {
                out.push_sql("SELECT p.id, (SELECT count(*)");
                self.counted(list, &mut out)?;
                self.of_each_key(&mut out)
            }
            CountScope::WhichTable(tables) => {
                // A number says itself which table it is of.
                let of_uuids = |table: &&NodeTable| table.key == ColumnKind::Id;
                let mut tables = tables.iter().zip(0..).filter(|(table, _)| of_uuids(table));
                let mut begin = "SELECT ";
                for (NodeTable { table, .. }, nth) in &mut tables {
                    out.push_sql(std::mem::replace(&mut begin, " UNION ALL SELECT "));
                    let row = RowAlias::outermost(table, None);
                    row.column(Column::KEY.name, &mut out)?;
                    out.push_sql(&format!(", CAST({nth} AS BIGINT) FROM "));
                    out.push_identifier(table)?;
                    out.push_sql(" WHERE ");
                    row.column(Column::KEY.name, &mut out)?;
                    in_values(&self.keys, &mut out)?;
                }
                Ok(())
            }
        }
    }
}

impl Count {
    /// ` FROM … WHERE …`
    fn counted<'b, DB: Dialect>(&'b self, list: ListScope, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let filter = self.request.filter.as_deref();
        match list {
            ListScope::Table(table) => {
                out.push_sql(" FROM ");
                out.push_identifier(table)?;
                let Some(filter) = filter else { return Ok(()) };
                out.push_sql(" WHERE ");
                filter.render(RowAlias::outermost(table, None), out)
            }
            ListScope::Joined(join) => {
                let with_target = filter.is_some_and(|filter| !filter.in_link());
                let row = RowAlias::page(join, with_target, &self.keys, out)?;
                and(filter, row, out)
            }
        }
    }

    fn of_each_key<'b, DB: Dialect>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if DB::POSTGRES {
            out.push_sql(") FROM unnest(");
        } else {
            out.push_sql(") FROM (SELECT ");
            out.push_sql(self.keys.json_value());
            out.push_sql(" AS id FROM json_each(");
        }
        DB::push_values(&self.keys, out)?;
        out.push_sql(if DB::POSTGRES { ") AS p(id)" } else { ")) AS p" });
        Ok(())
    }
}
