//! What SQLite's catalogue has only as text: the conditions in a `CREATE TABLE`, and the expressions of its columns.

use crate::ddl::text::{Token, parts, source, tokens, within};

/// A condition, or a generated column's expression.
#[derive(Debug)]
pub(super) struct Condition<'a> {
    /// The column whose definition it stands in.
    pub column: Option<String>,
    /// Its own name, where it is given one.
    pub name: Option<String>,
    pub expression: &'a str,
    pub is_generated: bool,
}

/// The conditions of a `CREATE TABLE`.
pub(super) fn conditions(sql: &str) -> Vec<Condition<'_>> {
    let all = tokens(sql);
    let body = all.iter().position(|token| token.is("(")).and_then(|at| within(&all[at..])).unwrap_or(&[]);
    parts(body, ",").into_iter().flat_map(|definition| of_definition(sql, definition)).collect()
}

/// Those of a column's definition, or of a table's constraint.
fn of_definition<'a>(sql: &'a str, definition: &[Token]) -> Vec<Condition<'a>> {
    let of_table = ["constraint", "check", "primary", "unique", "foreign"];
    let column = definition.first().filter(|first| !of_table.iter().any(|word| first.is(word)));
    let mut found = Vec::new();
    let mut depth = 0_usize;
    for (at, token) in definition.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        }
        if depth > 0 || !(token.is("check") || token.is("as")) {
            continue;
        }
        let Some(inner) = within(&definition[at + 1..]) else { continue };
        let before = at.checked_sub(2).map(|at| &definition[at..]);
        let name = match before {
            Some([constraint, name, ..]) if constraint.is("constraint") => Some(name.text.clone()),
            _ => None,
        };
        found.push(Condition {
            column: column.map(|token| token.text.clone()),
            name,
            expression: source(sql, inner),
            is_generated: token.is("as"),
        });
    }
    found
}
