//! Orders as data.

use super::rel::{KEY, Rel};
use diesel::{query_builder::AstPass, result::QueryResult};

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// What is compared.
    pub column: Column,
    /// Greatest first.
    pub descending: bool,
}

/// A column that rows can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// One of the row's own.
    Row(&'static str),
    /// One of the join table's, in a many-to-many relationship.
    Link(&'static str),
}

impl OrderBy {
    /// Least first.
    pub const fn asc(column: Column) -> OrderBy {
        OrderBy { column, descending: false }
    }

    /// Greatest first.
    pub const fn desc(column: Column) -> OrderBy {
        OrderBy { column, descending: true }
    }
}

impl Column {
    /// Whether it can be read from the join table alone: its own columns, and the target's key, which is
    /// the link's far column. Ordered by such columns, a page is a walk along the join table's index.
    pub(super) fn in_link(self) -> bool {
        matches!(self, Column::Link(_) | Column::Row(KEY))
    }

    fn render<DB: super::fetch::Dialect>(self, of: &Place, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        let (table, column) = match (self, of.rel.and_then(|rel| rel.link)) {
            (Column::Link(column), Some(link)) => (link.table, column),
            (Column::Row(KEY), Some(link)) => (link.table, link.far),
            (Column::Row(column) | Column::Link(column), _) => (of.table, column),
        };
        super::fetch::column(table, column, out)
    }
}

/// Where an order is rendered: the table, and the relationship that led to it.
pub(super) struct Place {
    pub(super) table: &'static str,
    pub(super) rel: Option<Rel>,
}

/// ` ORDER BY …`, ended by the primary key where the order does not name it, so that it is total.
pub(super) fn render<DB: super::fetch::Dialect>(
    order: &[OrderBy],
    of: &Place,
    out: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    out.push_sql(" ORDER BY ");
    let last = OrderBy::asc(Column::Row(KEY));
    let total = order.iter().any(|by| by.column == last.column);
    for (nth, by) in order.iter().chain((!total).then_some(&last)).enumerate() {
        if nth > 0 {
            out.push_sql(", ");
        }
        by.column.render(of, out)?;
        out.push_sql(if by.descending { " DESC" } else { " ASC" });
    }
    Ok(())
}
