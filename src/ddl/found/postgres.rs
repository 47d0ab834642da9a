//! Kinds of columns by the text of PostgreSQL's migrations: SQLite stores some of them alike.

use crate::ddl::model::Kind;
use crate::ddl::text::{Token, TokenKind, parts, tokens, within};
use std::collections::BTreeMap;

/// The types of columns, by table and column, as PostgreSQL's migrations write them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::ddl) struct Kinds(BTreeMap<String, BTreeMap<String, String>>);

impl Kinds {
    /// Follows what a migration does. What it does not understand, such as a function, it passes over.
    pub fn follow(&mut self, sql: &str) {
        let all = tokens(sql);
        for statement in parts(&all, ";") {
            let rest = match statement {
                [verb, table, rest @ ..] if table.is("table") && !verb.is("lock") => rest,
                _ => continue,
            };
            let rest = skip(rest, &["if", "not", "exists", "only"]);
            let [name, rest @ ..] = rest else { continue };
            match &*statement[0].text {
                "create" => {
                    let body = within(rest).unwrap_or(&[]);
                    let columns = parts(body, ",").into_iter().filter_map(column).collect();
                    self.0.insert(name.text.clone(), columns);
                }
                "drop" => drop(self.0.remove(&name.text)),
                "alter" => parts(rest, ",").into_iter().for_each(|action| self.alter(&name.text, action)),
                _ => {}
            }
        }
    }

    fn alter(&mut self, table: &str, action: &[Token]) {
        let Some((verb, rest)) = action.split_first() else { return };
        if verb.is("rename") && rest.first().is_some_and(|word| word.is("to")) {
            if let (Some(columns), Some(new)) = (self.0.remove(table), rest.get(1)) {
                self.0.insert(new.text.clone(), columns);
            }
            return;
        }
        let Some(columns) = self.0.get_mut(table) else { return };
        match (&*verb.text, skip(rest, &["column", "if", "not", "exists"])) {
            ("add", definition) => columns.extend(column(definition)),
            ("drop", [name, ..]) => drop(columns.remove(&name.text)),
            ("rename", [old, to, new]) if to.is("to") => {
                if let Some(kind) = columns.remove(&old.text) {
                    columns.insert(new.text.clone(), kind);
                }
            }
            ("alter", [name, rest @ ..]) => {
                if let [word, rest @ ..] = skip(rest, &["set", "data"])
                    && word.is("type")
                {
                    columns.insert(name.text.clone(), type_name(rest));
                } else if let Some(kind) = columns.get_mut(&name.text)
                    && rest.iter().any(|word| word.is("identity"))
                {
                    let is_dropped = rest.first().is_some_and(|word| word.is("drop"));
                    match (is_dropped, &**kind) {
                        (false, "bigint" | "int8") => *kind = IDENTITY.to_owned(),
                        (true, IDENTITY) => *kind = "bigint".to_owned(),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// The kind of a column that SQLite stores as it does `stored`.
    pub fn of(&self, table: &str, column: &str, stored: Kind) -> Kind {
        let written = self.0.get(table).and_then(|columns| columns.get(column));
        let kind = match written.and_then(|name| kind(name, &stored)) {
            Some(kind) => kind,
            None => return stored,
        };
        if kind.stored() == stored.stored() { kind } else { stored }
    }
}

/// What a column of this type holds, which SQLite stores as it does `stored`.
fn kind(name: &str, stored: &Kind) -> Option<Kind> {
    // In a list, exact numbers are in units.
    if let Some(element) = name.strip_suffix("[]") {
        return kind(element, &Kind::Int).map(|element| Kind::List(Box::new(element)));
    }
    Some(match name {
        "text" => Kind::Text,
        "uuid" => Kind::Id,
        IDENTITY => Kind::Identity,
        "timestamptz" | "timestamp with time zone" => Kind::Time,
        "integer" | "int" | "int4" => Kind::Int,
        "smallint" | "int2" => Kind::SmallInt,
        "bigint" | "int8" => Kind::BigInt,
        "double precision" | "float8" => Kind::Float,
        "boolean" | "bool" => Kind::Bool,
        "numeric" | "decimal" => Kind::Decimal,
        numeric if numeric.starts_with("numeric(") => {
            let mut digits = numeric.split(['(', ',', ')']).skip(1).map(|digits| digits.parse().ok());
            match (stored.stored(), digits.next().flatten(), digits.next().flatten()) {
                ("INTEGER", Some(precision), Some(scale)) => Kind::Numeric { precision, scale },
                _ => Kind::Decimal,
            }
        }
        "date" => Kind::Date,
        "jsonb" => Kind::Json,
        "bytea" => Kind::Bytes,
        _ => return None,
    })
}

/// Stands for the type of a number that the database gives.
const IDENTITY: &str = "bigint identity";

fn skip<'a>(tokens: &'a [Token], words: &[&str]) -> &'a [Token] {
    let at = tokens.iter().position(|token| !words.iter().any(|word| token.is(word)));
    &tokens[at.unwrap_or(tokens.len())..]
}

/// A column's name and type; `None` for a constraint.
fn column(definition: &[Token]) -> Option<(String, String)> {
    let (name, rest) = definition.split_first()?;
    let of_table = ["constraint", "check", "primary", "unique", "foreign", "exclude", "like"];
    let mut kind = type_name(rest);
    // ALWAYS or BY DEFAULT. Smaller numbers are other kinds.
    let is_identity = || rest.iter().any(|word| word.is("identity"));
    match &*kind {
        "bigserial" | "serial8" => kind = IDENTITY.to_owned(),
        "bigint" | "int8" if is_identity() => kind = IDENTITY.to_owned(),
        "serial" | "serial4" => kind = "integer".to_owned(),
        "smallserial" | "serial2" => kind = "smallint".to_owned(),
        _ => {}
    }
    (!of_table.iter().any(|word| name.is(word))).then(|| (name.text.clone(), kind))
}

/// The type that the definition of a column begins with: without its arguments, but for an exact number's.
fn type_name(definition: &[Token]) -> String {
    let after = [
        "not",
        "null",
        "primary",
        "unique",
        "references",
        "check",
        "default",
        "collate",
        "constraint",
        "generated",
        "using",
        "(",
    ];
    // What is in brackets, which is a number at most, is taken for a name.
    let is_list = |token: &&Token| {
        let is_number = token.text.bytes().all(|digit| digit.is_ascii_digit());
        token.is("array") || (token.kind == TokenKind::Name && is_number)
    };
    let ends = |token: &Token| after.iter().any(|word| token.is(word));
    let words = definition.iter().take_while(|token| !ends(token) && !is_list(token));
    let name = words.map(|token| &*token.text).collect::<Vec<_>>().join(" ");
    let name = match (&*name, definition.get(1..).and_then(within)) {
        ("numeric" | "decimal", Some([precision])) => format!("numeric({},0)", precision.text),
        ("numeric" | "decimal", Some([precision, _, scale])) => {
            format!("numeric({},{})", precision.text, scale.text)
        }
        _ => name,
    };
    let mut whole = definition.iter().take_while(|token| token.is("(") || !ends(token));
    if whole.any(|token| is_list(&token)) { name + "[]" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_the_database_gives_are_told_from_others() {
        for (definition, kind) in [
            ("bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", Kind::Identity),
            ("BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY (START WITH 7)", Kind::Identity),
            ("int8 GENERATED ALWAYS AS IDENTITY", Kind::Identity),
            ("bigserial PRIMARY KEY", Kind::Identity),
            ("bigint PRIMARY KEY", Kind::BigInt),
            ("bigint GENERATED ALWAYS AS (1) STORED", Kind::BigInt),
            ("integer GENERATED ALWAYS AS IDENTITY", Kind::Int),
            ("serial PRIMARY KEY", Kind::Int),
            ("smallserial PRIMARY KEY", Kind::SmallInt),
        ] {
            let mut kinds = Kinds::default();
            kinds.follow(&format!("CREATE TABLE t (id {definition}, name text)"));
            assert_eq!(kinds.of("t", "id", Kind::Int), kind, "{definition}");
        }
        let mut kinds = Kinds::default();
        kinds.follow("CREATE TABLE t (id bigint PRIMARY KEY, small integer)");
        for (action, kind) in [
            ("ADD GENERATED BY DEFAULT AS IDENTITY", Kind::Identity),
            ("SET GENERATED ALWAYS", Kind::Identity),
            ("DROP IDENTITY IF EXISTS", Kind::BigInt),
            ("ADD GENERATED ALWAYS AS IDENTITY", Kind::Identity),
        ] {
            kinds.follow(&format!("ALTER TABLE t ALTER COLUMN id {action}"));
            assert_eq!(kinds.of("t", "id", Kind::Int), kind, "{action}");
        }
        kinds.follow("ALTER TABLE t ALTER COLUMN small ADD GENERATED ALWAYS AS IDENTITY");
        assert_eq!(kinds.of("t", "small", Kind::Int), Kind::Int);
    }

    #[test]
    fn types_are_followed_through_migrations() {
        let mut kinds = Kinds::default();
        kinds.follow(
            "-- A comment; with a semicolon.
             CREATE TABLE posts (id uuid PRIMARY KEY, title text COLLATE \"C\" NOT NULL, at timestamp with time zone,
                 price numeric(10, 2) DEFAULT 0, size integer, gone date, PRIMARY KEY (id), CHECK (size > 0));
             CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;
             ALTER TABLE posts ADD COLUMN extra jsonb, ALTER COLUMN size TYPE bigint USING size::bigint;
             ALTER TABLE ONLY posts RENAME COLUMN at TO made_at;
             ALTER TABLE posts DROP COLUMN gone;
             ALTER TABLE posts ADD COLUMN score smallint;
             ALTER TABLE posts ADD COLUMN tags text[] COLLATE \"C\" NOT NULL DEFAULT '{}', ADD COLUMN sums numeric(10, 2)[];
             ALTER TABLE posts ADD COLUMN spans timestamp with time zone ARRAY, ADD COLUMN odd xml[3] NOT NULL;
             ALTER TABLE posts ALTER COLUMN score TYPE decimal (18) USING score::numeric(18);
             ALTER TABLE posts RENAME TO articles; CREATE TABLE t (x date); DROP TABLE IF EXISTS t;",
        );
        let list = |element: Kind| Kind::List(Box::new(element));
        for (column, stored, kind) in [
            ("id", Kind::Id, Kind::Id),
            ("made_at", Kind::Int, Kind::Time),
            ("price", Kind::Text, Kind::Decimal),
            ("price", Kind::Int, Kind::Numeric { precision: 10, scale: 2 }),
            ("score", Kind::Int, Kind::Numeric { precision: 18, scale: 0 }),
            ("size", Kind::Int, Kind::BigInt),
            ("extra", Kind::Text, Kind::Json),
            ("gone", Kind::Text, Kind::Text),
            ("tags", list(Kind::Text), list(Kind::Text)),
            ("tags", Kind::Text, list(Kind::Text)),
            ("sums", list(Kind::Text), list(Kind::Numeric { precision: 10, scale: 2 })),
            ("spans", list(Kind::Text), list(Kind::Time)),
            ("odd", list(Kind::Text), list(Kind::Text)),
            // The two migrations do not agree: what SQLite says is true of SQLite.
            ("title", Kind::Int, Kind::Int),
        ] {
            assert_eq!(kinds.of("articles", column, stored), kind, "{column}");
        }
        assert_eq!(kinds.of("t", "x", Kind::Text), Kind::Text);
        assert_eq!(kinds.of("posts", "size", Kind::Int), Kind::Int);
    }
}
