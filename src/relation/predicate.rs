//! `where` as data: a small tree, rendered for either database with every value bound.
//!
//! Logic has two values. A comparison with NULL is not true, and `NOT` makes whatever is not true true.

use super::columns::{Column, ColumnKind};
use super::count;
use super::dialect::Dialect;
use super::place::Place;
use super::rel::Rel;
use super::values::{Value, Values};
use diesel::{query_builder::AstPass, result::QueryResult};

/// A condition on a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// Each of them holds; true of none.
    All(Vec<Predicate>),
    /// One of them holds; false of none.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// The expression compares with the value in this way.
    Compare(Expr, Comparison, Value),
    /// The expression is one of the values.
    In(Expr, Values),
    /// The expression is NULL.
    IsNull(Expr),
    /// The relationship leads to a row of which the condition holds.
    Exists {
        /// The relationship.
        rel: Rel,
        /// The condition.
        only: Box<Predicate>,
        /// PostgreSQL is to look for it row by row, and not to make a join of it.
        fenced: bool,
    },
}

/// What can be compared, and ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A column of the row.
    Column(Column),
    /// A column of the join table's row that led here.
    Link(Column),
    /// An expression on the one row that the relationship leads to, NULL where there is none.
    Across(Rel, Box<Expr>),
    /// The number of rows that the relationship leads to, of which the condition holds.
    Count(Rel, Option<Box<Predicate>>),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they say it")]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
    /// Of texts, in either case where `fold` is set.
    Text {
        part: Part,
        fold: bool,
    },
}

/// Where in a text another text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they say it")]
pub enum Part {
    Anywhere,
    Start,
    End,
}

impl Comparison {
    /// Its operator; texts within texts have none.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Comparison::Eq | Comparison::Text { .. } => " = ",
            Comparison::Ne => " <> ",
            Comparison::Lt => " < ",
            Comparison::Lte => " <= ",
            Comparison::Gt => " > ",
            Comparison::Gte => " >= ",
        }
    }

    /// Whether it holds between two numbers.
    pub(super) fn holds(self, one: i64, other: i64) -> bool {
        match self {
            Comparison::Eq | Comparison::Text { .. } => one == other,
            Comparison::Ne => one != other,
            Comparison::Lt => one < other,
            Comparison::Lte => one <= other,
            Comparison::Gt => one > other,
            Comparison::Gte => one >= other,
        }
    }
}

impl Expr {
    /// What it is.
    pub(super) fn kind(&self) -> ColumnKind {
        match self {
            Expr::Column(column) | Expr::Link(column) => column.kind,
            Expr::Across(_, expr) => expr.kind(),
            Expr::Count(..) => ColumnKind::Int,
        }
    }

    /// As [`Predicate::fence`].
    pub(super) fn fence(&mut self) {
        match self {
            Expr::Column(_) | Expr::Link(_) => {}
            Expr::Across(_, expr) => expr.fence(),
            Expr::Count(_, only) => only.iter_mut().for_each(|only| only.fence()),
        }
    }

    /// Whether it may be NULL.
    pub(super) fn nullable(&self) -> bool {
        match self {
            Expr::Column(column) | Expr::Link(column) => column.nullable,
            Expr::Across(..) => true,
            Expr::Count(..) => false,
        }
    }

    /// Whether it can be read from the join table alone: its own columns, and the target's key, which is the
    /// link's far column.
    pub(super) fn in_link(&self) -> bool {
        match self {
            Expr::Column(column) => *column == Column::KEY,
            Expr::Link(_) => true,
            Expr::Across(rel, _) | Expr::Count(rel, _) => rel.from == Column::KEY.name,
        }
    }

    pub(super) fn render<'b, DB: Dialect>(
        &'b self,
        place: Place,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        match self {
            Expr::Column(column) => return place.column(column.name, out),
            Expr::Link(column) => return place.link_column(column.name, out),
            Expr::Across(rel, expr) => {
                out.push_sql("(SELECT ");
                // The row's name is known before its source is written.
                expr.render(place.behind(*rel), out)?;
                place.follow(*rel, true, out)?;
            }
            Expr::Count(rel, only) => {
                out.push_sql("(SELECT count(*)");
                let inner = place.follow(*rel, only.as_ref().is_some_and(|only| !only.in_link()), out)?;
                and(only.as_deref(), inner, out)?;
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

/// ` AND predicate`, where there is one.
pub(super) fn and<'b, DB: Dialect>(
    only: Option<&'b Predicate>,
    place: Place,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    match only {
        Some(only) if *only != Predicate::TRUE => {
            out.push_sql(" AND ");
            only.render(place, out)
        }
        _ => Ok(()),
    }
}

impl Predicate {
    /// It holds of every row.
    pub(super) const TRUE: Predicate = Predicate::All(Vec::new());

    /// The relationship leads to a row of which the condition holds.
    pub fn some(rel: Rel, only: Predicate) -> Predicate {
        Predicate::Exists { rel, only: Box::new(only), fenced: false }
    }

    /// Keeps PostgreSQL from making joins of the relationships: there are too many to plan.
    pub(super) fn fence(&mut self) {
        match self {
            Predicate::All(all) | Predicate::Any(all) => all.iter_mut().for_each(Predicate::fence),
            Predicate::Not(one) => one.fence(),
            Predicate::Compare(expr, ..) | Predicate::In(expr, _) | Predicate::IsNull(expr) => expr.fence(),
            Predicate::Exists { only, fenced, .. } => {
                *fenced = true;
                only.fence();
            }
        }
    }

    /// The relationship leads to no row of which the condition holds.
    pub fn none(rel: Rel, only: Predicate) -> Predicate {
        Predicate::Not(Box::new(Predicate::some(rel, only)))
    }

    /// The condition holds of each row that the relationship leads to, also of none.
    pub fn every(rel: Rel, only: Predicate) -> Predicate {
        Predicate::none(rel, Predicate::Not(Box::new(only)))
    }

    /// Nothing where it holds of every row.
    pub(super) fn unless_always_true(self) -> Option<Predicate> {
        if self == Predicate::TRUE { None } else { Some(self) }
    }

    /// Whether its value may be NULL.
    fn nullable(&self) -> bool {
        match self {
            Predicate::All(all) | Predicate::Any(all) => all.iter().any(Predicate::nullable),
            Predicate::Compare(expr, ..) | Predicate::In(expr, _) => expr.nullable(),
            Predicate::Not(_) | Predicate::IsNull(_) | Predicate::Exists { .. } => false,
        }
    }

    /// Whether it can be told from the join table alone.
    pub(super) fn in_link(&self) -> bool {
        match self {
            Predicate::All(all) | Predicate::Any(all) => all.iter().all(Predicate::in_link),
            Predicate::Not(one) => one.in_link(),
            Predicate::Compare(expr, ..) | Predicate::In(expr, _) | Predicate::IsNull(expr) => expr.in_link(),
            Predicate::Exists { rel, .. } => rel.from == Column::KEY.name,
        }
    }

    pub(super) fn render<'b, DB: Dialect>(
        &'b self,
        place: Place,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        match self {
            Predicate::All(all) => list(all, " AND ", "1 = 1", place, out),
            Predicate::Any(any) => list(any, " OR ", "1 = 0", place, out),
            // Where it can be, without `coalesce`, through which PostgreSQL sees no anti-join.
            Predicate::Not(one) if one.nullable() => {
                out.push_sql("NOT coalesce(");
                one.render(place, out)?;
                out.push_sql(if DB::POSTGRES { ", false)" } else { ", 0)" });
                Ok(())
            }
            Predicate::Not(one) => {
                out.push_sql("NOT (");
                one.render(place, out)?;
                out.push_sql(")");
                Ok(())
            }
            Predicate::Compare(expr, Comparison::Text { part, fold }, text) => {
                compare_part(expr, *part, *fold, text, place, out)
            }
            Predicate::Compare(Expr::Count(rel, None), comparison, Value::Int(number)) => {
                count::compare(*rel, *comparison, number, place, out)
            }
            Predicate::Compare(expr, comparison, value) => {
                expr.render(place, out)?;
                out.push_sql(comparison.sql());
                DB::push_value(value, out)
            }
            Predicate::In(expr, values) => {
                expr.render(place, out)?;
                in_values(values, out)
            }
            Predicate::IsNull(expr) => {
                expr.render(place, out)?;
                out.push_sql(" IS NULL");
                Ok(())
            }
            Predicate::Exists { rel, only, fenced } => {
                out.push_sql("EXISTS (SELECT 1");
                let inner = place.follow(*rel, !only.in_link(), out)?;
                and(Some(only), inner, out)?;
                out.push_sql(if DB::POSTGRES && *fenced { " OFFSET 0)" } else { ")" });
                Ok(())
            }
        }
    }
}

fn list<'b, DB: Dialect>(
    all: &'b [Predicate],
    operator: &str,
    of_none: &str,
    place: Place,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let Some((first, rest)) = all.split_first() else {
        out.push_sql(of_none);
        return Ok(());
    };
    if rest.is_empty() {
        return first.render(place, out);
    }
    out.push_sql("(");
    first.render(place, out)?;
    for one in rest {
        out.push_sql(operator);
        one.render(place, out)?;
    }
    out.push_sql(")");
    Ok(())
}

/// ` is one of the values`
pub(super) fn in_values<'b, DB: Dialect>(
    values: &'b Values,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    out.push_sql(match (DB::POSTGRES, values) {
        (true, _) => " = ANY(",
        (false, Values::Ids(_)) => " IN (SELECT unhex(value) FROM json_each(",
        (false, _) => " IN (SELECT value FROM json_each(",
    });
    DB::push_values(values, out)?;
    out.push_sql(if DB::POSTGRES { ")" } else { "))" });
    Ok(())
}

/// The expressions as a JSON array, in text: rows of as many values as there are.
pub(super) fn json_array<'b, DB: Dialect>(
    exprs: impl Iterator<Item = &'b Expr>,
    place: Place,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    out.push_sql(if DB::POSTGRES { "json_build_array(" } else { "json_array(" });
    for (nth, expr) in exprs.enumerate() {
        if nth > 0 {
            out.push_sql(", ");
        }
        // In SQLite's JSON there are no blobs, and NULL in hexadecimal is an empty text.
        let (open, close) = match (DB::POSTGRES, expr.kind(), expr.nullable()) {
            (false, ColumnKind::Id, false) => ("hex(", ")"),
            (false, ColumnKind::Id, true) => ("nullif(hex(", "), '')"),
            _ => ("", ""),
        };
        out.push_sql(open);
        expr.render(place, out)?;
        out.push_sql(close);
    }
    out.push_sql(if DB::POSTGRES { ")::text" } else { ")" });
    Ok(())
}

/// That a text stands in another one. By functions, not `LIKE`: in these, no character has a meaning.
fn compare_part<'b, DB: Dialect>(
    expr: &'b Expr,
    part: Part,
    fold: bool,
    text: &'b Value,
    place: Place,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let (open, close) = if fold { ("doorway_fold(", ")") } else { ("", "") };
    let whole = |out: &mut AstPass<'_, 'b, DB>| {
        out.push_sql(open);
        expr.render(place, out)?;
        out.push_sql(close);
        QueryResult::Ok(())
    };
    let sought = |out: &mut AstPass<'_, 'b, DB>| {
        out.push_sql(open);
        DB::push_value(text, out)?;
        out.push_sql(close);
        QueryResult::Ok(())
    };
    let (call, middle, end) = match (part, DB::POSTGRES) {
        (Part::Anywhere, true) => ("strpos(", ", ", ") > 0"),
        (Part::Anywhere, false) => ("instr(", ", ", ") > 0"),
        (Part::Start, true) => ("starts_with(", ", ", ")"),
        (Part::Start, false) => ("substr(", ", 1, length(", ")) = "),
        (Part::End, true) => ("right(", ", length(", ")) = "),
        (Part::End, false) => ("substr(", ", -length(", ")) = "),
    };
    out.push_sql(call);
    whole(out)?;
    out.push_sql(middle);
    sought(out)?;
    out.push_sql(end);
    if end.ends_with("= ") { sought(out) } else { Ok(()) }
}
