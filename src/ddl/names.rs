//! Identifiers, and names of constraints and indexes.

pub use crate::db::{check_name, foreign_key_name, index_name, primary_key_name, unique_name};

/// The words that are no names in PostgreSQL or SQLite unless they are quoted.
const RESERVED: &str = " add all alter analyse analyze and any array as asc asymmetric authorization autoincrement \
     between binary both case cast check collate collation column commit concurrently constraint create cross \
     current_catalog current_date current_role current_schema current_time current_timestamp current_user default \
     deferrable delete desc distinct do drop else end escape except exists false fetch for foreign freeze from full \
     grant group having ilike in index initially inner insert intersect into is isnull join lateral leading left like \
     limit localtime localtimestamp natural not nothing notnull null offset on only or order outer overlaps placing \
     primary references returning right select session_user set similar some symmetric system_user table tablesample \
     then to trailing transaction true union unique update user using values variadic verbose when where window with ";

/// A name in a statement: quoted where it must be.
pub(super) fn ident(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !RESERVED.contains(&format!(" {name} "));
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Names in a statement, with commas between them.
pub(super) fn idents<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    names.into_iter().map(|name| ident(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A column in a sentence: `posts.title`.
pub(super) fn path(table: &str, column: &str) -> String {
    format!("{table}.{column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_quoted() {
        for (name, written) in
            [("title", "title"), ("position", "position"), ("order", "\"order\""), ("userId", "\"userId\"")]
        {
            assert_eq!(ident(name), written);
        }
        assert_eq!(ident("a\"b"), "\"a\"\"b\"");
    }
}
