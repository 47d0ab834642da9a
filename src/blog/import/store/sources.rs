//! What an import remembers for the next one: which row each file, person and tag became.

use crate::db::{DbError, Guid, Id, Transaction};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// How many rows a statement writes or looks up. A row binds 8 values at most; SQLite allows 32,766 a
/// statement, PostgreSQL 65,535.
pub(super) const ROWS: usize = 500;

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    import_sources (kind, source) {
        kind -> Text,
        source -> Text,
        path -> Text,
        row_id -> Guid,
        digest -> Text,
        row_version -> Integer,
    }
}

/// The kinds of sources.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Post,
    Profile,
    /// A person's name, as [`crate::blog::import::names::key`] has it; or what one blog calls the person.
    User,
    /// A tag's name in lowercase.
    Tag,
}

impl Kind {
    fn text(self) -> String {
        let text = match self {
            Kind::Post => "post",
            Kind::Profile => "profile",
            Kind::User => "user",
            Kind::Tag => "tag",
        };
        text.to_owned()
    }
}

/// A source, and the row that it became.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = import_sources, treat_none_as_default_value = false)]
pub(super) struct Source {
    kind: String,
    pub source: String,
    pub path: String,
    pub row_id: Id,
    /// What the source said.
    pub digest: String,
    /// The row's version when that was written.
    pub row_version: i32,
}

impl Source {
    pub fn new(kind: Kind, source: String, row_id: Id) -> Source {
        let (path, digest) = (String::new(), String::new());
        Source { kind: kind.text(), source, path, row_id, digest, row_version: 0 }
    }

    /// The same for a file, which said `digest` when its row got this version.
    pub fn saying(self, digest: String, path: &str, row_version: i32) -> Source {
        Source { path: path.to_owned(), digest, row_version, ..self }
    }
}

/// The sources of these names, by name.
pub(super) async fn find(
    tx: &mut Transaction,
    kind: Kind,
    names: Vec<String>,
) -> Result<HashMap<String, Source>, DbError> {
    let mut found = HashMap::new();
    for names in names.chunks(ROWS) {
        let query = import_sources::table
            .filter(import_sources::kind.eq(kind.text()))
            .filter(import_sources::source.eq_any(names.to_vec()));
        found.extend(tx.rows::<Source, _>(query).await?.into_iter().map(|one| (one.source.clone(), one)));
    }
    Ok(found)
}

/// The sources at these paths, below whatever folder.
pub(super) async fn at_paths(
    tx: &mut Transaction,
    kind: Kind,
    paths: Vec<String>,
) -> Result<Vec<Source>, DbError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let query = import_sources::table
        .filter(import_sources::kind.eq(kind.text()))
        .filter(import_sources::path.eq_any(paths))
        .order(import_sources::source);
    tx.rows(query).await
}

/// All sources of these rows.
pub(super) async fn of_rows(tx: &mut Transaction, ids: Vec<Id>) -> Result<Vec<Source>, DbError> {
    let mut found = Vec::new();
    for ids in ids.chunks(ROWS) {
        let query = import_sources::table.filter(import_sources::row_id.eq_any(ids.to_vec()));
        found.extend(tx.rows::<Source, _>(query).await?);
    }
    Ok(found)
}

/// Those of these rows that have a source, with the last version that an import gave them.
pub(super) async fn claimed(tx: &mut Transaction, ids: Vec<Id>) -> Result<HashMap<Id, i32>, DbError> {
    let mut versions: HashMap<Id, i32> = HashMap::new();
    for one in of_rows(tx, ids).await? {
        let last = versions.entry(one.row_id).or_default();
        *last = one.row_version.max(*last);
    }
    Ok(versions)
}

/// Remembers these, in place of those of the same name that are `known`.
pub(super) async fn remember(
    tx: &mut Transaction,
    known: &HashMap<String, Source>,
    new: &[Source],
) -> Result<(), DbError> {
    for new in new.chunks(ROWS) {
        let stale: Vec<String> =
            new.iter().map(|one| one.source.clone()).filter(|name| known.contains_key(name)).collect();
        if let (false, Some(first)) = (stale.is_empty(), new.first()) {
            let delete = import_sources::table
                .filter(import_sources::kind.eq(first.kind.clone()))
                .filter(import_sources::source.eq_any(stale));
            tx.run(diesel::delete(delete)).await?;
        }
        tx.run(diesel::insert_into(import_sources::table).values(new.to_vec())).await?;
    }
    Ok(())
}

/// A short text that differs when one of the parts does.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..16])
}
