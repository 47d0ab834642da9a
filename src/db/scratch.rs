//! A SQLite database in memory, to see what migrations make.

use super::error::DbError;
use super::functions;
use diesel::{
    Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection, deserialize::QueryableByName,
    sqlite::Sqlite,
};

/// A SQLite database that is gone when this value is. Foreign keys are not enforced, as while migrations run.
pub struct Scratch(SqliteConnection);

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch")
    }
}

impl Scratch {
    /// An empty one.
    ///
    /// # Errors
    /// [`DbError::Failed`] when there is no memory for it.
    pub fn new() -> Result<Scratch, DbError> {
        let failed = |why: String| DbError::Failed(why);
        let mut connection =
            SqliteConnection::establish(":memory:").map_err(|error| failed(error.to_string()))?;
        connection.batch_execute("PRAGMA foreign_keys = OFF")?;
        functions::register(&mut connection)?;
        Ok(Scratch(connection))
    }

    /// Runs statements in a transaction, as a migration is.
    ///
    /// # Errors
    /// The database's.
    pub fn run(&mut self, sql: &str) -> Result<(), DbError> {
        Ok(self.0.transaction(|connection| connection.batch_execute(sql))?)
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// The database's.
    pub fn rows<T: QueryableByName<Sqlite> + 'static>(&mut self, sql: &str) -> Result<Vec<T>, DbError> {
        Ok(diesel::sql_query(sql).load(&mut self.0)?)
    }
}
