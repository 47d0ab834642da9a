//! Statements whose text is known before they run.

use super::dialect::Dialect;
use super::prepared;
use diesel::{
    pg::{Pg, PgQueryBuilder},
    query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::Untyped,
    sqlite::{Sqlite, query_builder::SqliteQueryBuilder},
};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

/// A statement's text.
#[derive(Debug, Clone)]
pub struct Text {
    sql: Arc<str>,
    /// Whether the database may keep the statement prepared.
    keep: bool,
}

impl Text {
    /// Renders a query.
    ///
    /// # Errors
    /// Those of a query that cannot be rendered, which is a defect of ours.
    pub fn of(query: &(impl QueryFragment<Pg> + QueryFragment<Sqlite>), postgres: bool) -> QueryResult<Text> {
        let sql = if postgres {
            let mut text = PgQueryBuilder::new();
            query.to_sql(&mut text, &Pg)?;
            text.finish()
        } else {
            let mut text = SqliteQueryBuilder::new();
            query.to_sql(&mut text, &Sqlite)?;
            text.finish()
        };
        let keep = prepared::may_be_kept(&sql);
        Ok(Text { sql: sql.into(), keep })
    }
}

/// PostgreSQL's texts that are kept, by hashes of what they follow from.
static KNOWN: Mutex<Option<HashMap<u64, Text>>> = Mutex::new(None);

impl Text {
    /// PostgreSQL's text of a query, rendered now or, for the same `shape`, before.
    ///
    /// # Errors
    /// As [`Text::of`].
    pub(super) fn of_shape(shape: impl Hash, query: &impl QueryFragment<Pg>) -> QueryResult<Text> {
        let mut hasher = DefaultHasher::new();
        shape.hash(&mut hasher);
        let shape = hasher.finish();
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known().get_or_insert_default().get(&shape) {
            return Ok(text.clone());
        }
        let mut sql = PgQueryBuilder::new();
        query.to_sql(&mut sql, &Pg)?;
        let text = Text { sql: sql.finish().into(), keep: prepared::may_be_kept(shape) };
        if text.keep {
            known().get_or_insert_default().insert(shape, text.clone());
        }
        Ok(text)
    }

    /// Whether the database may keep the statement prepared.
    pub(super) fn keep(&self) -> bool {
        self.keep
    }
}

/// A query with its text, which is then not rendered again.
#[derive(Debug)]
pub struct WithText<Q> {
    /// The query, which binds the values.
    pub query: Q,
    /// Its text for the database that it runs on.
    pub text: Text,
}

impl<Q> Query for WithText<Q> {
    type SqlType = Untyped;
}

// No static id: prepared statements are found by their text.
impl<Q> QueryId for WithText<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<DB>, DB: Dialect> QueryFragment<DB> for WithText<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out)
    }

    fn to_sql(&self, out: &mut DB::QueryBuilder, _: &DB) -> QueryResult<()> {
        out.push_sql(&self.text.sql);
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(self.text.keep)
    }
}
