//! Whether the database can be read and written at the moment.

use super::database::{Connections, Db};
use super::error::DbError;
use super::sqlite::{Sqlite, Turn};
use crate::clock;
use diesel::{SqliteConnection, connection::SimpleConnection};

/// Needs room for a file, also where a table of ours still has some. A message of several statements is one transaction.
const WRITE_ON_POSTGRES: &str = "CREATE TEMPORARY TABLE doorway_can_write AS \
     SELECT repeat('x', 100) FROM generate_series(1, 1000); DROP TABLE doorway_can_write";

impl Db {
    /// Asks the database for little and waits for the answer.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when it does not answer; [`DbError::Damaged`].
    pub async fn ping(&self) -> Result<(), DbError> {
        match &self.connections {
            // Slow reads leave it a connection.
            Connections::Postgres(postgres) => postgres.lend().await?.batch("SELECT 1").await,
            Connections::Sqlite(sqlite) => self.disk.note(read_on_sqlite(sqlite).await),
        }
    }

    /// Checks that operations can be served: the clock, the database, its files and its disk. Only after a write has met a full disk
    /// does it write something, to find out whether there is room again.
    ///
    /// # Errors
    /// The first problem that it finds.
    pub async fn check(&self) -> Result<(), DbError> {
        clock::now()?;
        self.disk.check()?;
        if let Connections::Sqlite(sqlite) = &self.connections {
            sqlite.check_files()?;
        }
        self.ping().await?;
        if !self.disk.has_failed() {
            return Ok(());
        }
        let written = match &self.connections {
            Connections::Postgres(postgres) => postgres.lend().await?.batch(WRITE_ON_POSTGRES).await,
            Connections::Sqlite(sqlite) => write_on_sqlite(sqlite).await,
        };
        match written {
            // A role that may not do this: only a write of somebody's can tell.
            Ok(()) | Err(DbError::Failed(_)) => {
                self.disk.works_again();
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Reads a little, and meets a file that was cut off.
async fn read_on_sqlite(sqlite: &Sqlite) -> Result<(), DbError> {
    let read = |connection: &mut SqliteConnection, _| match sqlite.files() {
        Some(files) => files.lengths().lack_bytes(connection),
        None => connection.batch_execute("SELECT 1").map(|()| false),
    };
    match sqlite.read(&Turn::new(), read).await? {
        false => Ok(()),
        true => Err(DbError::Damaged("it was cut off".into())),
    }
}

/// Writes as much as a large request, and takes it out again: a smaller write may find room where those of clients do not.
async fn write_on_sqlite(sqlite: &Sqlite) -> Result<(), DbError> {
    const DROP: &str = "DROP TABLE IF EXISTS doorway_can_write";
    let write = format!("{DROP}; CREATE TABLE doorway_can_write AS SELECT zeroblob(1048576) AS bytes");
    for statements in [write.as_str(), DROP] {
        let mut writer = sqlite.begin().await?;
        writer.run(|connection| connection.batch_execute(statements))?;
        writer.commit(|| ())?;
    }
    Ok(())
}
