//! Columns of lists as SQL: conditions on them, and the text in which PostgreSQL is given them.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::predicate::Expr;
use super::values::{Value, Values, to_hex};
use crate::relation::model::ColumnKind;
use diesel::{query_builder::AstPass, result::QueryResult};

/// That a list has one of the values, or all of them. On PostgreSQL by what an index of the method `gin` finds.
pub(super) fn has<'b, DB: Dialect>(
    expr: &'b Expr,
    all: bool,
    values: &'b Values,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    if DB::POSTGRES {
        expr.render(row, out)?;
        out.push_sql(if all { " @> " } else { " && " });
        DB::push_values(values, out)?;
        out.push_sql(as_elements(expr.kind()));
        return Ok(());
    }
    // Of NULL, which has no elements, nothing holds.
    let is_known = all && expr.nullable();
    if is_known {
        out.push_sql("(");
        expr.render(row, out)?;
        out.push_sql(" IS NOT NULL AND ");
    }
    out.push_sql(if all { "NOT EXISTS (" } else { "EXISTS (" });
    out.push_sql("SELECT value FROM json_each(");
    DB::push_values(values, out)?;
    out.push_sql(if all { ") EXCEPT " } else { ") INTERSECT " });
    out.push_sql("SELECT value FROM json_each(");
    expr.render(row, out)?;
    out.push_sql(if is_known { ")))" } else { "))" });
    Ok(())
}

/// That a list has no elements.
pub(super) fn is_empty<'b, DB: Dialect>(
    expr: &'b Expr,
    row: RowAlias,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    out.push_sql(if DB::POSTGRES { "cardinality(" } else { "json_array_length(" });
    expr.render(row, out)?;
    out.push_sql(") = 0");
    Ok(())
}

/// What makes bound values of the type of the list, whose operators take no other.
fn as_elements(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::List(ColumnKind::Small) => "::smallint[]",
        ColumnKind::List(ColumnKind::Int) => "::integer[]",
        _ => "",
    }
}

/// What brings a list of such elements into PostgreSQL's JSON without a loss.
pub(super) fn in_json(element: ColumnKind) -> &'static str {
    match element {
        ColumnKind::Decimal { .. } | ColumnKind::Float | ColumnKind::Bytes => "::text[]",
        _ => "",
    }
}

/// What makes a list of its [`literal`] on PostgreSQL; nothing for a column that holds no list.
pub(super) fn of_literal(kind: ColumnKind) -> Option<&'static str> {
    let ColumnKind::List(element) = kind else { return None };
    Some(match element {
        ColumnKind::Id => "::uuid[]",
        ColumnKind::Time => "::timestamptz[]",
        ColumnKind::Small => "::smallint[]",
        ColumnKind::Int => "::integer[]",
        ColumnKind::Long | ColumnKind::Number(_) => "::bigint[]",
        ColumnKind::Float => "::float8[]",
        ColumnKind::Date => "::date[]",
        ColumnKind::Bool => "::boolean[]",
        ColumnKind::Decimal { .. } => "::numeric[]",
        ColumnKind::Bytes => "::bytea[]",
        ColumnKind::Text | ColumnKind::Enum(_) | ColumnKind::Json | ColumnKind::List(_) => "::text[]",
    })
}

/// A list as PostgreSQL writes it in a text: `{"a","b"}`. Several lists of different lengths make no array.
pub(super) fn literal(values: &Values) -> String {
    let mut text = String::from("{");
    for (nth, value) in values.iter().enumerate() {
        text.push_str(if nth > 0 { ",\"" } else { "\"" });
        match value {
            Value::Text(element) => {
                for letter in element.chars() {
                    if matches!(letter, '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(letter);
                }
            }
            Value::Bytes(bytes) => {
                // The backslash is one within quotes.
                text.push_str("\\\\x");
                text.push_str(&to_hex(&bytes));
            }
            Value::Id(id) => text.push_str(&id.to_string()),
            Value::Time(time) => text.push_str(&time.to_string()),
            Value::Int(int) => text.push_str(&int.to_string()),
            Value::Float(number) => text.push_str(&format!("{:e}", number.get())),
            Value::Date(date) => text.push_str(&date.to_string()),
            Value::Bool(truth) => text.push_str(&truth.to_string()),
            Value::Decimal(decimal) => text.push_str(&decimal.to_string()),
            // No elements of lists.
            Value::Json(_) | Value::List(_) | Value::Null => {}
        }
        text.push('"');
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_stand_in_quotes() {
        let texts = ["", "a,b", "\"x\"", "\\", "NULL", "{}", "é \n"].map(str::to_owned).to_vec();
        assert_eq!(
            literal(&Values::Texts(texts)),
            "{\"\",\"a,b\",\"\\\"x\\\"\",\"\\\\\",\"NULL\",\"{}\",\"é \n\"}"
        );
        assert_eq!(literal(&Values::Bytes(vec![vec![0, 255], vec![]])), r#"{"\\x00ff","\\x"}"#);
        assert_eq!(literal(&Values::Bools(vec![true, false])), r#"{"true","false"}"#);
        assert_eq!(literal(&Values::Ints(Vec::new())), "{}");
    }
}
