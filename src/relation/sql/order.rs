//! Orders and keysets as data.
//!
//! NULL is the greatest value. That is PostgreSQL's default; SQLite needs NULLS FIRST and NULLS LAST. The primary key
//! ends every order and makes it total, so a row's values in it, its *keyset*, say where the row stands, even after the
//! row is gone.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::predicate::Expr;
use super::values::Value;
use crate::relation::model::{Column, SortKey};
use diesel::{query_builder::AstPass, result::QueryResult};
use std::cmp::Ordering;

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// What is compared.
    pub expr: Expr,
    /// Greatest first.
    pub descending: bool,
}

impl OrderBy {
    /// By a column of the row, least first.
    pub const fn asc(column: Column) -> OrderBy {
        OrderBy { expr: Expr::Column(column), descending: false }
    }

    /// By a column of the row, greatest first.
    pub const fn desc(column: Column) -> OrderBy {
        OrderBy { expr: Expr::Column(column), descending: true }
    }

    /// By a column of the join table, least first.
    pub const fn link(column: Column) -> OrderBy {
        OrderBy { expr: Expr::Link(column), descending: false }
    }
}

impl From<&SortKey> for OrderBy {
    fn from(key: &SortKey) -> OrderBy {
        OrderBy { expr: Expr::Column(key.column), descending: key.descending }
    }
}

static KEY_ASC: OrderBy = OrderBy::asc(Column::KEY);
static KEY_DESC: OrderBy = OrderBy::desc(Column::KEY);

/// The order made total: ended by the primary key, in the direction of the key before it, so that an index on
/// both can be walked either way. What follows the primary key decides nothing.
pub(crate) fn total(order: &[OrderBy]) -> impl Iterator<Item = &OrderBy> + Clone {
    let key = order.iter().position(|by| by.expr == KEY_ASC.expr);
    let last = match order.last() {
        Some(by) if by.descending => &KEY_DESC,
        _ => &KEY_ASC,
    };
    order[..key.map_or(order.len(), |at| at + 1)].iter().chain(key.is_none().then_some(last))
}

/// ` ORDER BY …`
pub(super) fn render<'b, DB: Dialect>(
    order: &'b [OrderBy],
    backward: bool,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    for (nth, by) in total(order).enumerate() {
        out.push_sql(if nth == 0 { " ORDER BY " } else { ", " });
        by.expr.render(row, out)?;
        let descending = by.descending != backward;
        out.push_sql(if descending { " DESC" } else { " ASC" });
        if !DB::POSTGRES && by.expr.nullable() {
            out.push_sql(if descending { " NULLS FIRST" } else { " NULLS LAST" });
        }
    }
    Ok(())
}

/// How two keysets stand to each other.
pub(crate) fn compare(order: &[OrderBy], one: &[Value], other: &[Value]) -> Ordering {
    let pairs = total(order).zip(one.iter().zip(other));
    let mut orderings = pairs.map(|(by, (a, b))| if by.descending { b.cmp(a) } else { a.cmp(b) });
    orderings.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

/// A side of a keyset: the rows before it or after it in an order, with or without the row that stands there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) after: bool,
    pub(super) inclusive: bool,
}

impl Side {
    /// Whether greater values of this key are on this side.
    fn greater(self, by: &OrderBy) -> bool {
        self.after != by.descending
    }
}

/// That a row is on one side of a keyset.
///
/// Where all keys go one way and none is NULL, it is a comparison of rows, which an index answers by walking
/// from the right place. Otherwise it is spelled out, behind a bound on the first key, without which both
/// databases read from the beginning.
pub(super) fn keyset<'b, DB: Dialect>(
    order: &'b [OrderBy],
    values: &'b [Value],
    side: Side,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let mut keys = total(order);
    let Some(first) = keys.clone().next() else { return Ok(()) };
    if keys.all(|by| by.descending == first.descending && !by.expr.nullable()) {
        return compare_rows(order, values, side, row, out);
    }
    let lead = Side { inclusive: true, ..side };
    out.push_sql("(");
    compare_key(first, &values[0], lead, row, out)?;
    out.push_sql(" AND (");
    let last = values.len() - 1;
    for nth in 0..values.len() {
        out.push_sql(if nth == 0 { "(" } else { " OR (" });
        for (at, (by, value)) in total(order).zip(values).enumerate().take(nth + 1) {
            if at > 0 {
                out.push_sql(" AND ");
            }
            if at < nth {
                equal(by, value, row, out)?;
            } else {
                let inclusive = side.inclusive && at == last;
                compare_key(by, value, Side { inclusive, ..side }, row, out)?;
            }
        }
        out.push_sql(")");
    }
    out.push_sql("))");
    Ok(())
}

fn operator(greater: bool, inclusive: bool) -> &'static str {
    match (greater, inclusive) {
        (true, false) => " > ",
        (true, true) => " >= ",
        (false, false) => " < ",
        (false, true) => " <= ",
    }
}

/// `(k1, k2) > (v1, v2)`
fn compare_rows<'b, DB: Dialect>(
    order: &'b [OrderBy],
    values: &'b [Value],
    side: Side,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let mut greater = side.after;
    out.push_sql("(");
    for (nth, by) in total(order).enumerate() {
        if nth > 0 {
            out.push_sql(", ");
        }
        by.expr.render(row, out)?;
        greater = side.greater(by);
    }
    out.push_sql(")");
    out.push_sql(operator(greater, side.inclusive));
    out.push_sql("(");
    for (nth, value) in values.iter().enumerate() {
        if nth > 0 {
            out.push_sql(", ");
        }
        DB::push_value(value, out)?;
    }
    out.push_sql(")");
    Ok(())
}

/// That one key's value is on that side of `value`.
fn compare_key<'b, DB: Dialect>(
    by: &'b OrderBy,
    value: &'b Value,
    side: Side,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let greater = side.greater(by);
    match (greater, value) {
        // Nothing is greater than NULL, and everything is less or equal.
        (true, Value::Null) if !side.inclusive => out.push_sql("1 = 0"),
        (false, Value::Null) if side.inclusive => out.push_sql("1 = 1"),
        (_, Value::Null) => {
            by.expr.render(row, out)?;
            out.push_sql(if greater { " IS NULL" } else { " IS NOT NULL" });
        }
        _ => {
            let or_null = greater && by.expr.nullable();
            out.push_sql(if or_null { "(" } else { "" });
            by.expr.render(row, out)?;
            out.push_sql(operator(greater, side.inclusive));
            DB::push_value(value, out)?;
            if or_null {
                out.push_sql(" OR ");
                by.expr.render(row, out)?;
                out.push_sql(" IS NULL)");
            }
        }
    }
    Ok(())
}

fn equal<'b, DB: Dialect>(
    by: &'b OrderBy,
    value: &'b Value,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    by.expr.render(row, out)?;
    if *value == Value::Null {
        out.push_sql(" IS NULL");
        return Ok(());
    }
    out.push_sql(" = ");
    DB::push_value(value, out)
}
