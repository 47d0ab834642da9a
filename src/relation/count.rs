//! Statements without rows of an entity: how many there are, and which table has a key.

use super::columns::Column;
use super::dialect::Dialect;
use super::page::{PageRequest, Scope};
use super::place::Place;
use super::predicate::{Comparison, and, in_values};
use super::prepared;
use super::rel::Rel;
use super::values::Values;
use crate::db::Guid;
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
pub(super) struct Count {
    request: PageRequest,
    keys: Values,
    keep: bool,
}

impl Count {
    pub(super) fn new(request: PageRequest, keys: Values) -> Count {
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
                    only.render(Place::outermost(table, None), &mut out)?;
                }
                self.of_each_key(&mut out)
            }
            Scope::Many(rel) => {
                out.push_sql("SELECT p.id, (SELECT count(*)");
                let place = Place::page(rel, only.is_some_and(|only| !only.in_link()), &mut out)?;
                and(only, place, &mut out)?;
                self.of_each_key(&mut out)
            }
            Scope::Anywhere(tables) => {
                for (nth, table) in tables.iter().enumerate() {
                    out.push_sql(if nth > 0 { " UNION ALL SELECT " } else { "SELECT " });
                    let row = Place::outermost(table, None);
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

/// The greatest number that is counted up to for each row.
const FEW: i64 = 20;

/// That the number of rows that `rel` leads to compares with `number`.
///
/// With a small number, each row's are counted until there are too many: one row or ten thousand, little is
/// read. With a greater one, the rows of all parents are counted once, since the database might have to count
/// thousands for each of thousands.
pub(super) fn compare<'b, DB: Dialect>(
    rel: Rel,
    comparison: Comparison,
    number: &'b i64,
    place: Place,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    if (0..=FEW).contains(number) {
        out.push_sql("(SELECT count(*) FROM (SELECT 1");
        place.follow(rel, false, out)?;
        out.push_sql(" LIMIT ");
        DB::push_number(number, out)?;
        out.push_sql(" + 1) AS few)");
        out.push_sql(comparison.sql());
        return DB::push_number(number, out);
    }
    // Those that lead to none are in no group.
    let none = comparison.holds(0, *number);
    // Only a test of this row: through a bare column, SQLite goes from each of the keys to rows.
    out.push_sql(if DB::POSTGRES { "" } else { "+" });
    place.column(rel.from, out)?;
    out.push_sql(if none { " NOT IN (SELECT " } else { " IN (SELECT " });
    place.grouped(rel, out)?;
    out.push_sql(if none { " HAVING NOT count(*)" } else { " HAVING count(*)" });
    out.push_sql(comparison.sql());
    DB::push_number(number, out)?;
    out.push_sql(")");
    Ok(())
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
