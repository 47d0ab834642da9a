//! Statements without rows of an entity: how many there are, and which table has a key.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::prepared;
use super::render::{and, in_values};
use super::request::{PageRequest, Scope};
use super::values::Values;
use crate::db::Guid;
use crate::relation::model::Column;
use diesel::{
    RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::BigInt,
};

/// The statement for what a page request's scope and condition say of each key: rows of `(key, number)`.
///
/// Of a list, the number of its rows; [`Scope::Anywhere`] gives the position of the table that has the key.
#[derive(Debug)]
pub(crate) struct Count {
    request: PageRequest,
    keys: Values,
    keep: bool,
}

impl Count {
    pub(crate) fn new(request: PageRequest, keys: Values) -> Count {
        let mut count = Count { request, keys, keep: true };
        count.keep = count.request.only.is_none() || prepared::may_be_kept(&count);
        count
    }
}

impl Query for Count {
    type SqlType = (Guid, BigInt);
}

impl<Connection> RunQueryDsl<Connection> for Count {}

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
        let only = self.request.only.as_deref();
        match self.request.scope {
            Scope::All(table) => {
                out.push_sql("SELECT p.id, (SELECT count(*) FROM ");
                out.push_identifier(table)?;
                if let Some(only) = only {
                    out.push_sql(" WHERE ");
                    only.render(RowAlias::outermost(table, None), &mut out)?;
                }
                self.of_each_key(&mut out)
            }
            Scope::Many(join) => {
                out.push_sql("SELECT p.id, (SELECT count(*)");
                let row = RowAlias::page(join, only.is_some_and(|only| !only.in_link()), &mut out)?;
                and(only, row, &mut out)?;
                self.of_each_key(&mut out)
            }
            Scope::Anywhere(tables) => {
                for (nth, table) in tables.iter().enumerate() {
                    out.push_sql(if nth > 0 { " UNION ALL SELECT " } else { "SELECT " });
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
            // What is one row at most has nothing to count.
            Scope::One(_) | Scope::Named(..) => Ok(()),
        }
    }
}

impl Count {
    fn of_each_key<'b, DB: Dialect>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(if DB::POSTGRES {
            ") FROM unnest("
        } else {
            ") FROM (SELECT unhex(value) AS id FROM json_each("
        });
        DB::push_values(&self.keys, out)?;
        out.push_sql(if DB::POSTGRES { ") AS p(id)" } else { ")) AS p" });
        Ok(())
    }
}
