//! What can be run: one Diesel expression, written once, that either database understands.

use diesel::{
    SqliteConnection,
    backend::Backend,
    deserialize::FromSqlRow,
    expression::QueryMetadata,
    pg::Pg,
    query_builder::{AsQuery, QueryFragment, QueryId},
    query_dsl::{CompatibleType, methods::ExecuteDsl},
    result::QueryResult,
    sqlite::Sqlite,
};
use diesel_async::AsyncPgConnection;
use futures_util::{FutureExt, future::BoxFuture};

/// A statement whose rows are `T` on both databases: a query, or a write with `RETURNING`.
///
/// Implemented for every Diesel expression that qualifies; nothing implements it by hand.
pub trait Rows<T>: Send + 'static {
    /// The SQL text, for the log.
    fn text(&self, postgres: bool) -> QueryResult<String>;
    /// Runs it on PostgreSQL.
    fn on_postgres(self, connection: &AsyncPgConnection) -> BoxFuture<'_, QueryResult<Vec<T>>>;
    /// Runs it on SQLite.
    fn on_sqlite(self, connection: &mut SqliteConnection) -> QueryResult<Vec<T>>;
}

impl<T, Q, Types> Rows<T> for Q
where
    T: FromSqlRow<Types, Pg> + Send + 'static,
    Types: 'static,
    Pg: QueryMetadata<Q::SqlType>,
    Q: AsQuery + QueryFragment<Pg> + QueryFragment<Sqlite> + Send + 'static,
    Q::Query: QueryFragment<Pg> + QueryId + Send,
    Q::SqlType: CompatibleType<T, Pg, SqlType = Types>,
    Q: diesel::query_dsl::LoadQuery<'static, SqliteConnection, T>,
{
    fn text(&self, postgres: bool) -> QueryResult<String> {
        text(self, postgres)
    }

    fn on_postgres(self, mut connection: &AsyncPgConnection) -> BoxFuture<'_, QueryResult<Vec<T>>> {
        async move { diesel_async::RunQueryDsl::load(self, &mut connection).await }.boxed()
    }

    fn on_sqlite(self, connection: &mut SqliteConnection) -> QueryResult<Vec<T>> {
        diesel::RunQueryDsl::load(self, connection)
    }
}

/// A write without rows in its answer.
///
/// Implemented for every Diesel expression that qualifies; nothing implements it by hand.
pub trait Command: Send + 'static {
    /// The SQL text, for the log.
    fn text(&self, postgres: bool) -> QueryResult<String>;
    /// Runs it on PostgreSQL; the number of rows written.
    fn on_postgres(self, connection: &AsyncPgConnection) -> BoxFuture<'_, QueryResult<usize>>;
    /// Runs it on SQLite; the number of rows written.
    fn on_sqlite(self, connection: &mut SqliteConnection) -> QueryResult<usize>;
}

impl<Q> Command for Q
where
    Q: QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId + Send + 'static,
{
    fn text(&self, postgres: bool) -> QueryResult<String> {
        text(self, postgres)
    }

    fn on_postgres(self, mut connection: &AsyncPgConnection) -> BoxFuture<'_, QueryResult<usize>> {
        async move { diesel_async::RunQueryDsl::execute(self, &mut connection).await }.boxed()
    }

    fn on_sqlite(self, connection: &mut SqliteConnection) -> QueryResult<usize> {
        ExecuteDsl::execute(self, connection)
    }
}

fn text<Q: QueryFragment<Pg> + QueryFragment<Sqlite>>(query: &Q, postgres: bool) -> QueryResult<String> {
    if postgres { render::<Pg, Q>(query, &Pg) } else { render::<Sqlite, Q>(query, &Sqlite) }
}

fn render<DB, Q>(query: &Q, backend: &DB) -> QueryResult<String>
where
    DB: Backend,
    DB::QueryBuilder: Default,
    Q: QueryFragment<DB>,
{
    use diesel::query_builder::QueryBuilder;
    let mut builder = DB::QueryBuilder::default();
    query.to_sql(&mut builder, backend)?;
    Ok(builder.finish())
}
