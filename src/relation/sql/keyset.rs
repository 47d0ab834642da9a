//! Keysets: the rows on one side of a row's values in an order.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::order::{OrderBy, total};
use super::predicate::Expr;
use super::values::Value;
use diesel::{query_builder::AstPass, result::QueryResult};

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

/// How rows on one side of a keyset are told by one or two conditions, each of which an index answers by walking from
/// the right place.
///
/// A comparison of rows does that. It is never true of NULL, which is the greatest value: lesser rows are found by it,
/// and greater ones together with those whose first key is NULL. Where keys go both ways, or another one may be NULL,
/// it cannot be said like that.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stretch {
    /// `(k1, k2) > (v1, v2)`
    Compared,
    /// `k1 IS NULL`
    Null,
    /// `k1 IS NOT NULL`
    NotNull,
    /// `k1 IS NULL AND (k2) > (v2)`
    NullCompared,
}

fn stretches(order: &[OrderBy], values: &[Value], side: Side) -> Option<&'static [Stretch]> {
    use Stretch::{Compared, NotNull, Null, NullCompared};
    let first = total(order).next()?;
    let one_way = total(order).all(|by| by.descending == first.descending);
    let known = total(order).skip(1).all(|by| !by.expr.nullable());
    if !one_way || !known {
        return None;
    }
    Some(match (first.expr.nullable(), values.first()? == &Value::Null, side.greater(first)) {
        (false, ..) | (true, false, false) => &[Compared],
        (true, false, true) => &[Compared, Null],
        (true, true, true) => &[NullCompared],
        (true, true, false) => &[NullCompared, NotNull],
    })
}

/// How many parts the rows on one side of a keyset are read in, so that an index leads to each of them. Only columns
/// have one.
pub(super) fn parts(order: &[OrderBy], values: &[Value], side: Side) -> usize {
    match total(order).next() {
        Some(OrderBy { expr: Expr::Column(_), .. }) => stretches(order, values, side).map_or(1, <[_]>::len),
        _ => 1,
    }
}

/// That a row is on one side of a keyset; of several [`parts`], in this one, or in any.
///
/// What [`Stretch`] cannot say is spelled out behind a bound on the first key, without which both databases read
/// from the beginning.
pub(super) fn render<'b, DB: Dialect>(
    order: &'b [OrderBy],
    values: &'b [Value],
    side: Side,
    part: Option<usize>,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let Some(first) = total(order).next() else { return Ok(()) };
    let stretch = match stretches(order, values, side) {
        Some([only]) => Some(*only),
        several => several.zip(part).and_then(|(stretches, part)| stretches.get(part).copied()),
    };
    let Some(stretch) = stretch else { return spell_out(order, values, side, row, out) };
    if stretch == Stretch::Compared {
        return compare_rows(order, values, 0, side, row, out);
    }
    first.expr.render(row, out)?;
    out.push_sql(if stretch == Stretch::NotNull { " IS NOT NULL" } else { " IS NULL" });
    if stretch == Stretch::NullCompared {
        out.push_sql(" AND ");
        compare_rows(order, values, 1, side, row, out)?;
    }
    Ok(())
}

/// Spelled out: the first key decides, or it is equal and the second one decides, and so on.
fn spell_out<'b, DB: Dialect>(
    order: &'b [OrderBy],
    values: &'b [Value],
    side: Side,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let Some(first) = total(order).next() else { return Ok(()) };
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

/// `(k1, k2) > (v1, v2)`, without the first `skip` keys.
fn compare_rows<'b, DB: Dialect>(
    order: &'b [OrderBy],
    values: &'b [Value],
    skip: usize,
    side: Side,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let mut greater = side.after;
    out.push_sql("(");
    for (nth, by) in total(order).skip(skip).enumerate() {
        if nth > 0 {
            out.push_sql(", ");
        }
        by.expr.render(row, out)?;
        greater = side.greater(by);
    }
    out.push_sql(")");
    out.push_sql(operator(greater, side.inclusive));
    out.push_sql("(");
    for (nth, value) in values.iter().skip(skip).enumerate() {
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
