//! The tables that migrations make, from SQLite's catalogue.

mod catalogue;
mod postgres;
mod statement;

pub(super) use postgres::Kinds;

use super::model::{
    Check, Column, DefaultValue, ForeignKey, Index, IndexColumn, Kind, Model, OnDelete, Table, Unique,
};
use super::names::check_name;
use super::text::{in_list, normal, unquoted};
use crate::db::{DbError, Decimal, Scratch};
use statement::{Condition, conditions};

/// SQLite's expression for the time of a statement, in microseconds.
pub(super) const SQLITE_NOW: &str = "(CAST(unixepoch('subsec') * 1000000 AS INTEGER))";

/// What migrations make.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub model: Model,
    /// Its views and triggers, which the model does not have.
    pub others: Vec<String>,
}

/// Reads it all; `kinds` tells kinds apart that SQLite stores alike.
pub(super) fn found(scratch: &mut Scratch, kinds: &Kinds) -> Result<Found, DbError> {
    let columns: Vec<catalogue::Column> = scratch.rows(catalogue::COLUMNS)?;
    let keys: Vec<catalogue::ForeignKey> = scratch.rows(catalogue::FOREIGN_KEYS)?;
    let indexes: Vec<catalogue::Index> = scratch.rows(catalogue::INDEXES)?;
    let mut model = Model::default();
    for catalogue::Named { name, sql } in scratch.rows(catalogue::TABLES)? {
        let of = name.clone();
        let mut table = Table { name, ..Table::default() };
        for part in keys.iter().filter(|part| part.owner == of) {
            table.add_key(part);
        }
        for part in indexes.iter().filter(|part| part.owner == of) {
            table.add_index(part);
        }
        let mut key: Vec<&catalogue::Column> = Vec::new();
        let conditions = conditions(&sql);
        for column in columns.iter().filter(|column| column.owner == of) {
            table.add_column(column, &conditions, kinds);
            key.extend(Some(column).filter(|column| column.key > 0));
        }
        key.sort_by_key(|column| column.key);
        table.primary_key = key.iter().map(|column| column.name.clone()).collect();
        table.add_checks(&conditions);
        model.tables.push(table.sorted_out());
    }
    // A foreign key that names no columns means the primary key.
    let primary: Vec<_> =
        model.tables.iter().map(|table| (table.name.clone(), table.primary_key.clone())).collect();
    for key in model.tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.to.iter().any(String::is_empty) {
            let target = primary.iter().find(|(name, _)| *name == key.table);
            key.to = target.map(|(_, columns)| columns.clone()).unwrap_or_default();
        }
    }
    let others = scratch.rows::<catalogue::Named>(catalogue::OTHERS)?;
    Ok(Found { model, others: others.into_iter().map(|other| other.name).collect() })
}

impl Table {
    fn add_key(&mut self, part: &catalogue::ForeignKey) {
        let to = part.to_column.clone().unwrap_or_default();
        match self.foreign_keys.last_mut() {
            Some(key) if part.position > 0 => {
                key.columns.push(part.from_column.clone());
                key.to.push(to);
            }
            _ => self.foreign_keys.push(ForeignKey {
                columns: vec![part.from_column.clone()],
                table: part.target.clone(),
                to: vec![to],
                on_delete: match &*part.on_delete {
                    "RESTRICT" => OnDelete::Restrict,
                    "CASCADE" => OnDelete::Cascade,
                    "SET NULL" => OnDelete::SetNull,
                    "SET DEFAULT" => OnDelete::SetDefault,
                    _ => OnDelete::NoAction,
                },
            }),
        }
    }

    fn add_index(&mut self, part: &catalogue::Index) {
        if part.origin == "u" {
            let name = part.column_name.clone().unwrap_or_default();
            match self.uniques.last_mut() {
                Some(unique) if part.position > 0 => unique.columns.push(name),
                _ => self.uniques.push(Unique { columns: vec![name] }),
            }
            return;
        }
        if part.position == 0 {
            let sql = part.sql.clone().filter(|_| part.partial);
            let name = part.name.clone();
            self.indexes.push(Index { name, columns: Vec::new(), unique: part.is_unique, sql });
        }
        let Some(index) = self.indexes.last_mut() else { return };
        match &part.column_name {
            Some(name) => {
                index.columns.push(IndexColumn { name: name.clone(), descending: part.descending });
            }
            None => index.sql.clone_from(&part.sql),
        }
    }

    fn add_column(&mut self, column: &catalogue::Column, conditions: &[Condition<'_>], kinds: &Kinds) {
        let name = &column.name;
        let own = |condition: &&Condition<'_>| condition.column.as_ref() == Some(name);
        let mut checks = conditions.iter().filter(own).filter(|one| !one.is_generated);
        let generated = conditions.iter().filter(own).find(|one| one.is_generated);
        let is_told = |kind: Kind| {
            let check = Column::new(name, kind).stored_check().map(|text| normal(&text));
            conditions.iter().any(|one| Some(normal(one.expression)) == check)
        };
        let stored = match &*column.stored.to_uppercase() {
            "BLOB" if is_told(Kind::Id) || self.key_of(name).is_some() => Kind::Id,
            "BLOB" => Kind::Bytes,
            "REAL" => Kind::Float,
            "INTEGER" | "INT" if is_told(Kind::Bool) => Kind::Bool,
            "INTEGER" | "INT" => Kind::Int,
            _ if is_told(Kind::Json) => Kind::Json,
            _ if is_told(list_of_texts()) => list_of_texts(),
            _ => Kind::Text,
        };
        let listed = conditions
            .iter()
            .filter(own)
            .find_map(|one| Some((in_list(one.expression)?.1, one.name.clone())));
        let (kind, list_name) = match (kinds.of(&self.name, name, stored), listed) {
            (Kind::Text, Some((values, name))) => (Kind::Enum(values), name),
            (kind, _) => (kind, None),
        };
        let default = column.default_value.as_deref().map(|text| default(text, &kind));
        // SQLite makes a number where a row has none.
        let nullable = !column.not_null && kind != Kind::Identity;
        self.columns.push(Column {
            name: name.clone(),
            kind,
            nullable,
            default,
            check: None,
            list_name,
            generated: generated.map(|one| one.expression.to_owned()),
        });
        // The first that its kind does not imply; the others are conditions of the table.
        let check = checks.find(|one| one.name.is_none() && !self.implies(one));
        if let Some(column) = self.columns.last_mut() {
            column.check = check.map(|one| one.expression.to_owned());
        }
    }

    /// Whether a condition only says what the kind of a column is.
    fn implies(&self, condition: &Condition<'_>) -> bool {
        let implied = |column: &Column| column.stored_check().or_else(|| column.kind_check());
        let mut texts = self.columns.iter().filter_map(implied);
        texts.any(|text| normal(&text) == normal(condition.expression))
    }

    /// The conditions that [`Table::add_column`] has left.
    fn add_checks(&mut self, conditions: &[Condition<'_>]) {
        let mut taken: Vec<&str> = self.columns.iter().filter_map(|column| column.check.as_deref()).collect();
        let mut left = Vec::new();
        for condition in conditions.iter().filter(|one| !one.is_generated && !self.implies(one)) {
            if let Some(at) = taken.iter().position(|text| *text == condition.expression) {
                taken.swap_remove(at);
            } else {
                left.push(condition);
            }
        }
        for condition in left {
            let tokens = normal(condition.expression);
            let named = self.columns.iter().map(|column| &*column.name);
            let columns: Vec<&str> = named.filter(|name| tokens.iter().any(|token| token == name)).collect();
            let mut nth = 0;
            let mut name = check_name(&self.name, &columns, nth);
            let of_columns: Vec<Check> =
                self.columns.iter().flat_map(|column| self.column_checks(column)).collect();
            while of_columns.iter().chain(&self.checks).any(|other| other.name == name) {
                nth += 1;
                name = check_name(&self.name, &columns, nth);
            }
            let name = condition.name.clone().unwrap_or(name);
            self.checks.push(Check { name, expression: condition.expression.to_owned() });
        }
    }
}

/// The list that SQLite stores as it does any other.
fn list_of_texts() -> Kind {
    Kind::List(Box::new(Kind::Text))
}

/// A default, as SQLite's catalogue writes it.
fn default(text: &str, kind: &Kind) -> DefaultValue {
    let trimmed = text.trim();
    if normal(trimmed) == normal(SQLITE_NOW) {
        return DefaultValue::Now;
    }
    match (unquoted(trimmed), kind) {
        (Some(number), Kind::Decimal) => DefaultValue::Number(number),
        (Some(text), _) => DefaultValue::Text(text),
        (None, Kind::Bool) => match &*trimmed.to_lowercase() {
            "1" | "true" => DefaultValue::Bool(true),
            "0" | "false" => DefaultValue::Bool(false),
            _ => DefaultValue::Sql(trimmed.to_owned()),
        },
        (None, Kind::Numeric { scale, .. }) => {
            let decimal = trimmed.parse().ok().and_then(|units| Decimal::new(units, *scale));
            let sql = || DefaultValue::Sql(trimmed.to_owned());
            decimal.map_or_else(sql, |decimal| DefaultValue::Number(decimal.to_string()))
        }
        (None, _) if trimmed.parse::<f64>().is_ok() => DefaultValue::Number(trimmed.to_owned()),
        _ => DefaultValue::Sql(trimmed.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Found {
        let mut scratch = Scratch::new().unwrap();
        scratch.run(sql).unwrap();
        found(&mut scratch, &Kinds::default()).unwrap()
    }

    #[test]
    fn a_table_is_found_with_all_that_it_has() {
        let found = read(
            "CREATE TABLE users (id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16)) STRICT;
             CREATE TABLE \"posts\" (
                 id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- a comment, with a comma
                 user_id BLOB REFERENCES users ON DELETE SET NULL,
                 title TEXT NOT NULL DEFAULT 'it''s' CHECK (title <> ''),
                 state TEXT NOT NULL CHECK (state IN ('draft', 'public')),
                 pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
                 score REAL, data BLOB,
                 size INTEGER GENERATED ALWAYS AS (length(title)) STORED,
                 UNIQUE (user_id, title), CONSTRAINT sane CHECK (score > 0 OR pinned = 1), CHECK (score < 9)
             ) STRICT;
             CREATE INDEX posts_user_id_id_idx ON posts (user_id, id DESC);
             CREATE INDEX drafts ON posts (title) WHERE state = 'draft';
             CREATE VIEW v AS SELECT 1;",
        );
        assert_eq!(found.others, ["v"]);
        let posts = found.model.table("posts").unwrap();
        let id = Column::new("id", Kind::Id);
        let state = Kind::Enum(vec!["draft".to_owned(), "public".to_owned()]);
        let size = Column { generated: Some("length(title)".to_owned()), ..Column::new("size", Kind::Int) };
        let columns = vec![
            id.clone(),
            Column::new("user_id", Kind::Id).nullable(),
            Column::new("title", Kind::Text)
                .default(DefaultValue::Text("it's".to_owned()))
                .check("title <> ''"),
            Column::new("state", state),
            Column::new("pinned", Kind::Bool).default(DefaultValue::Bool(false)),
            Column::new("score", Kind::Float).nullable(),
            Column::new("data", Kind::Bytes).nullable(),
            size.nullable(),
        ];
        let check = |name: &str, expression: &str| Check { name: name.into(), expression: expression.into() };
        let mut drafts = Index::new("posts", &["title"]);
        drafts.name = "drafts".to_owned();
        drafts.sql = Some("CREATE INDEX drafts ON posts (title) WHERE state = 'draft'".to_owned());
        let expected = Table {
            name: "posts".to_owned(),
            columns,
            primary_key: vec!["id".to_owned()],
            foreign_keys: vec![ForeignKey::new("user_id", "users", OnDelete::SetNull)],
            uniques: vec![Unique::new(&["user_id", "title"])],
            checks: vec![check("sane", "score > 0 OR pinned = 1"), check("posts_score_check", "score < 9")],
            indexes: vec![drafts, Index::ordered("posts", &[("user_id", false), ("id", true)])],
        };
        assert_eq!(*posts, expected);
    }

    #[test]
    fn a_condition_without_a_name_has_the_next_after_its_columns() {
        let found = read("CREATE TABLE t (a TEXT CHECK (a IN ('x')), CHECK (a <> ''), CHECK (a <> 'y'));");
        let names: Vec<String> =
            found.model.tables[0].own_checks().into_iter().map(|check| check.name).collect();
        assert_eq!(names, ["t_a_check1", "t_a_check2"]);
    }
}
