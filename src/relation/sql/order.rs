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
