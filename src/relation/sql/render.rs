//! Conditions and expressions as SQL, for either database, with every value bound.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::exists;
use super::lists;
use super::predicate::{Comparison, Expr, Part, Predicate};
use super::values::{Value, Values};
use crate::relation::model::{ColumnKind, Join};
use diesel::{query_builder::AstPass, result::QueryResult};

impl Expr {
    pub(super) fn render<'b, DB: Dialect>(
        &'b self,
        row: RowAlias,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        match self {
            Expr::Column(column) => return row.column(column.name, out),
            Expr::Link(column) => return row.link_column(column.name, out),
            Expr::Across(join, filter, expr) => {
                out.push_sql("(SELECT ");
                // The row's name is known before its source is written.
                expr.render(row.behind(*join), out)?;
                let inner = row.follow(*join, true, out)?;
                and(filter.as_deref(), inner, out)?;
            }
            Expr::Count(join, filter) => {
                out.push_sql("(SELECT count(*)");
                let inner =
                    row.follow(*join, filter.as_ref().is_some_and(|filter| !filter.in_link()), out)?;
                and(filter.as_deref(), inner, out)?;
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

/// ` AND predicate`, where there is one.
pub(super) fn and<'b, DB: Dialect>(
    filter: Option<&'b Predicate>,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    match filter {
        Some(filter) if *filter != Predicate::TRUE => {
            out.push_sql(" AND ");
            filter.render(row, out)
        }
        _ => Ok(()),
    }
}

impl Predicate {
    pub(super) fn render<'b, DB: Dialect>(
        &'b self,
        row: RowAlias,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        match self {
            Predicate::All(all) => list(all, " AND ", "1 = 1", row, out),
            Predicate::Any(any) => list(any, " OR ", "1 = 0", row, out),
            Predicate::Not(one) => not(one, row, out),
            Predicate::Contains { expr, part, fold, text } => contains(expr, *part, *fold, text, row, out),
            Predicate::Compare(Expr::Count(join, None), comparison, Value::Int(number)) => {
                compare_count(*join, *comparison, number, row, out)
            }
            Predicate::Compare(expr, comparison, value) => {
                expr.render(row, out)?;
                out.push_sql(comparison.sql());
                DB::push_value(value, out)
            }
            Predicate::In(expr, values) => {
                expr.render(row, out)?;
                in_values(values, out)
            }
            Predicate::IsNull(expr) => {
                expr.render(row, out)?;
                out.push_sql(" IS NULL");
                Ok(())
            }
            Predicate::Has { expr, all, values } => lists::has(expr, *all, values, row, out),
            Predicate::IsEmpty(expr) => lists::is_empty(expr, row, out),
            Predicate::Exists { join, filter, fenced, named } => {
                exists::render(*join, filter, *fenced, *named, row, out)
            }
        }
    }
}

/// That a condition does not hold.
fn not<'b, DB: Dialect>(one: &'b Predicate, row: RowAlias, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
    // In these words, SQLite walks an index from the first value on.
    if let Predicate::IsNull(expr) = one {
        expr.render(row, out)?;
        out.push_sql(" IS NOT NULL");
        return Ok(());
    }
    // Where it can be, without `coalesce`, through which PostgreSQL sees no anti-join.
    let (open, close) = match (one.nullable::<DB>(), DB::POSTGRES) {
        (false, _) => ("NOT (", ")"),
        (true, true) => ("NOT coalesce(", ", false)"),
        (true, false) => ("NOT coalesce(", ", 0)"),
    };
    out.push_sql(open);
    one.render(row, out)?;
    out.push_sql(close);
    Ok(())
}

fn list<'b, DB: Dialect>(
    all: &'b [Predicate],
    operator: &str,
    of_none: &str,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let Some((first, rest)) = all.split_first() else {
        out.push_sql(of_none);
        return Ok(());
    };
    if rest.is_empty() {
        return first.render(row, out);
    }
    out.push_sql("(");
    first.render(row, out)?;
    for one in rest {
        out.push_sql(operator);
        one.render(row, out)?;
    }
    out.push_sql(")");
    Ok(())
}

/// ` is one of the values`. A single one is compared as it is: that is planned once, and a list each time.
pub(super) fn in_values<'b, DB: Dialect>(
    values: &'b Values,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    if values.len() == 1 {
        out.push_sql(" = ");
        return DB::push_first(values, out);
    }
    if DB::POSTGRES {
        out.push_sql(" = ANY(");
    } else {
        out.push_sql(" IN (SELECT ");
        out.push_sql(values.json_value());
        out.push_sql(" FROM json_each(");
    }
    DB::push_values(values, out)?;
    out.push_sql(if DB::POSTGRES { ")" } else { "))" });
    Ok(())
}

/// The expressions as a JSON array, in text: rows of as many values as there are.
pub(super) fn json_array<'b, DB: Dialect>(
    exprs: impl Iterator<Item = &'b Expr>,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    out.push_sql(if DB::POSTGRES { "json_build_array(" } else { "json_array(" });
    for (nth, expr) in exprs.enumerate() {
        if nth > 0 {
            out.push_sql(", ");
        }
        // In SQLite's JSON there are no blobs, and NULL in hexadecimal is an empty text.
        let (open, close) = match (DB::POSTGRES, expr.kind(), expr.nullable()) {
            (false, ColumnKind::Bytes, false) => ("hex(", ")"),
            (false, ColumnKind::Bytes, true) => {
                // `hex` of NULL is the text of no bytes.
                out.push_sql("CASE WHEN ");
                expr.render(row, out)?;
                (" IS NOT NULL THEN hex(", ") END")
            }
            (true, ColumnKind::Bytes, _) => ("encode(", ", 'hex')"),
            (false, ColumnKind::Id, false) => ("hex(", ")"),
            (false, ColumnKind::Id, true) => ("nullif(hex(", "), '')"),
            // Its own JSON has 15 digits of a number.
            (false, ColumnKind::Float, _) => ("doorway_float(", ")"),
            // As text, which is how SQLite stores JSON, and which keeps all digits of a number.
            (true, ColumnKind::Json | ColumnKind::Decimal { .. }, _) => ("", "::text"),
            (true, ColumnKind::List(element), _) => ("", lists::in_json(*element)),
            _ => ("", ""),
        };
        out.push_sql(open);
        expr.render(row, out)?;
        out.push_sql(close);
    }
    out.push_sql(if DB::POSTGRES { ")::text" } else { ")" });
    Ok(())
}

/// That a text stands in another one. By functions, not `LIKE`: in these, no character has a meaning.
fn contains<'b, DB: Dialect>(
    expr: &'b Expr,
    part: Part,
    fold: bool,
    text: &'b Value,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let (open, close) = if fold { ("doorway_fold(", ")") } else { ("", "") };
    let whole = |out: &mut AstPass<'_, 'b, DB>| {
        out.push_sql(open);
        expr.render(row, out)?;
        out.push_sql(close);
        QueryResult::Ok(())
    };
    let wanted = |out: &mut AstPass<'_, 'b, DB>| {
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
    wanted(out)?;
    out.push_sql(end);
    if end.ends_with("= ") { wanted(out) } else { Ok(()) }
}

/// The greatest number that is counted up to for each row.
const FEW: i64 = 20;

/// That the number of rows that `rel` leads to compares with `number`.
///
/// With a small number, each row's are counted until there are too many: one row or ten thousand, little is
/// read. With a greater one, the rows of all parents are counted once, since the database might have to count
/// thousands for each of thousands.
fn compare_count<'b, DB: Dialect>(
    join: Join,
    comparison: Comparison,
    number: &'b i64,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    if (0..=FEW).contains(number) {
        out.push_sql("(SELECT count(*) FROM (SELECT 1");
        row.follow(join, false, out)?;
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
    row.column(join.from, out)?;
    out.push_sql(if none { " NOT IN (SELECT " } else { " IN (SELECT " });
    row.grouped(join, out)?;
    out.push_sql(if none { " HAVING NOT count(*)" } else { " HAVING count(*)" });
    out.push_sql(comparison.sql());
    DB::push_number(number, out)?;
    out.push_sql(")");
    Ok(())
}
