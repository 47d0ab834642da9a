//! What can be run: one Diesel expression, written once, that either database understands.

use super::error::DbError;
use super::session::{Sent, Session};
use diesel::{
    SqliteConnection, Table,
    deserialize::FromSqlRow,
    expression::QueryMetadata,
    pg::Pg,
    query_builder::{AsQuery, QueryFragment, QueryId},
    query_dsl::{CompatibleType, methods::ExecuteDsl},
    result::QueryResult,
};
use futures_util::{FutureExt, future::BoxFuture};

/// A statement whose rows are `T` on both databases: a query, or a write with `RETURNING`.
///
/// Implemented for every Diesel expression that qualifies; nothing implements it by hand.
pub trait Rows<T>: Send + 'static {
    /// Runs it on PostgreSQL.
    fn on_postgres(self, session: &Session) -> BoxFuture<'_, Result<Vec<T>, DbError>>;
    /// Runs it on SQLite.
    fn on_sqlite(self, connection: &mut SqliteConnection) -> QueryResult<Vec<T>>;
}

impl<T, Q, Types> Rows<T> for Q
where
    T: FromSqlRow<Types, Pg> + Send + 'static,
    Types: 'static,
    Pg: QueryMetadata<Q::SqlType>,
    Q: AsQuery + Send + 'static,
    Q::Query: QueryFragment<Pg> + QueryId + Send,
    Q::SqlType: CompatibleType<T, Pg, SqlType = Types>,
    Q: diesel::query_dsl::LoadQuery<'static, SqliteConnection, T>,
{
    fn on_postgres(self, session: &Session) -> BoxFuture<'_, Result<Vec<T>, DbError>> {
        session.load(Sent::of(&self.as_query())).boxed()
    }

    fn on_sqlite(self, connection: &mut SqliteConnection) -> QueryResult<Vec<T>> {
        diesel::RunQueryDsl::load(self, connection)
    }
}

/// A write without rows in its answer.
///
/// Implemented for every Diesel expression that qualifies; nothing implements it by hand.
pub trait Command: Send + 'static {
    /// Runs it on PostgreSQL; the number of rows written.
    fn on_postgres(self, session: &Session) -> BoxFuture<'_, Result<usize, DbError>>;
    /// Runs it on SQLite; the number of rows written.
    fn on_sqlite(self, connection: &mut SqliteConnection) -> QueryResult<usize>;
}

impl<Q> Command for Q
where
    Q: QueryFragment<Pg> + QueryId + ExecuteDsl<SqliteConnection> + Send + 'static,
{
    fn on_postgres(self, session: &Session) -> BoxFuture<'_, Result<usize, DbError>> {
        session.execute(Sent::of(&self)).boxed()
    }

    fn on_sqlite(self, connection: &mut SqliteConnection) -> QueryResult<usize> {
        ExecuteDsl::execute(self, connection)
    }
}

/// The names of a table's columns, in order.
pub fn column_names<T>() -> Vec<String>
where
    T: Table,
    T::AllColumns: QueryFragment<Pg>,
{
    let text = diesel::debug_query::<Pg, _>(&T::all_columns()).to_string();
    let list = text.split(" -- binds: ").next().unwrap_or_default();
    list.split(", ").filter_map(|name| Some(name.rsplit('.').next()?.trim_matches('"').to_owned())).collect()
}
