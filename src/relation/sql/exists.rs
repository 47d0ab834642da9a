//! Conditions on the rows that a relationship leads to.
//!
//! `EXISTS` is tested for each row. PostgreSQL turns it into a join, but knows only how many rows a tag or an author
//! has on average; SQLite does as it is told, and reads a whole table to find that nobody has a name. So a condition
//! that names its row, `author: { username: { eq: … } }`, looks that row up first and by itself, and compares keys:
//! an index on the foreign key then leads to the rows, in order.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::predicate::Predicate;
use crate::relation::model::{Column, Join};
use diesel::{query_builder::AstPass, result::QueryResult};

/// How the rows are found of which a relationship leads to a row with a condition.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Search {
    /// The one row that the condition may hold of is looked up, and its key is compared.
    Key,
    /// The same, and the join table is searched for its key beside each row's.
    LinkToKey,
    /// SQLite: the keys of all rows of which the condition holds are listed, and their index is followed.
    List,
    /// SQLite: each row's key is looked for in that list.
    Membership,
    /// Each row's own are looked at, until the condition holds of one.
    RowByRow,
}

impl Search {
    pub(super) fn of<DB: Dialect>(join: Join, filter: &Predicate, named: bool) -> Search {
        match join.link {
            Some(_) if named && !filter.in_link() && !filter.reads_link() => Search::LinkToKey,
            Some(_) => Search::RowByRow,
            None if named => Search::Key,
            // To one row by its key. PostgreSQL chooses by its statistics, which SQLite does not have.
            None if !DB::POSTGRES && join.to == Column::KEY.name && *filter != Predicate::TRUE => {
                if filter.is_selective() { Search::List } else { Search::Membership }
            }
            None => Search::RowByRow,
        }
    }

    /// Whether the condition is NULL where there is no such row, or no key.
    pub(super) fn nullable(self) -> bool {
        matches!(self, Search::Key | Search::List | Search::Membership)
    }
}

impl Predicate {
    /// Whether its value may be NULL, as it is rendered.
    pub(super) fn nullable<DB: Dialect>(&self) -> bool {
        match self {
            Predicate::All(all) | Predicate::Any(all) => all.iter().any(Predicate::nullable::<DB>),
            Predicate::Compare(expr, ..)
            | Predicate::Contains { expr, .. }
            | Predicate::In(expr, _)
            | Predicate::Has { expr, .. }
            | Predicate::IsEmpty(expr) => expr.nullable(),
            Predicate::Not(_) | Predicate::IsNull(_) => false,
            Predicate::Exists { join, filter, named, .. } => {
                Search::of::<DB>(*join, filter, *named).nullable()
            }
        }
    }
}

/// That `join` leads to a row of which `filter` holds.
pub(super) fn render<'b, DB: Dialect>(
    join: Join,
    filter: &'b Predicate,
    fenced: bool,
    named: bool,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let search = Search::of::<DB>(join, filter, named);
    match search {
        Search::Key | Search::List | Search::Membership => {
            // SQLite takes no index for an expression.
            out.push_sql(if search == Search::Membership { "+" } else { "" });
            row.column(join.from, out)?;
            out.push_sql(if search == Search::Key { " = " } else { " IN " });
            return keys(join, filter, row, out);
        }
        Search::LinkToKey => {
            out.push_sql("EXISTS (SELECT 1");
            let link = row.follow(join, false, out)?;
            out.push_sql(" AND ");
            link.column(join.to, out)?;
            out.push_sql(" = ");
            keys(join, filter, row, out)?;
        }
        Search::RowByRow => {
            out.push_sql("EXISTS (SELECT 1");
            let inner = row.follow(join, !filter.in_link(), out)?;
            if *filter != Predicate::TRUE {
                out.push_sql(" AND ");
                filter.render(inner, out)?;
            }
        }
    }
    out.push_sql(if DB::POSTGRES && fenced { " OFFSET 0)" } else { ")" });
    Ok(())
}

/// `(SELECT the target's key FROM the target WHERE filter)`
fn keys<'b, DB: Dialect>(
    join: Join,
    filter: &'b Predicate,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    out.push_sql("(SELECT ");
    let target = row.target(join, out)?;
    filter.render(target, out)?;
    out.push_sql(")");
    Ok(())
}
