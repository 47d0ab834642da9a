//! The tables' history, embedded in the binary: one folder for each database, the same names in both.

use super::database::{Connections, Db};
use super::error::DbError;
use diesel::{
    Connection, RunQueryDsl,
    backend::Backend,
    migration::{Migration as _, MigrationSource},
};
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Any number that only Doorways take a PostgreSQL advisory lock by: the letters `doorway`.
const MIGRATING: i64 = 0x0064_6f6f_7277_6179;

/// One step of the tables' history, and whether this database has taken it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its folder's name: a number and what it makes.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// Applies, reverts and lists migrations. Each call is one transaction under a lock that other Doorways
/// respect, so that many of them may start on one empty database together.
#[derive(Debug)]
pub struct Migrations<'a>(&'a Db);

#[derive(Debug, Clone, Copy)]
enum Task {
    Up,
    Down,
    List,
}

type Outcome = diesel::migration::Result<Vec<Migration>>;

impl Db {
    /// This database's migrations.
    pub fn migrations(&self) -> Migrations<'_> {
        Migrations(self)
    }
}

impl Migrations<'_> {
    /// Applies the pending ones; these, in order.
    ///
    /// # Errors
    /// [`DbError::Failed`] with the database's words; nothing is then applied.
    pub async fn up(&self) -> Result<Vec<Migration>, DbError> {
        self.run(Task::Up).await
    }

    /// Reverts the last applied one; that one, or nothing when none is applied.
    ///
    /// # Errors
    /// [`DbError::Failed`] with the database's words; nothing is then reverted.
    pub async fn down(&self) -> Result<Vec<Migration>, DbError> {
        self.run(Task::Down).await
    }

    /// All of them, in order.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the database does not answer.
    pub async fn list(&self) -> Result<Vec<Migration>, DbError> {
        self.run(Task::List).await
    }

    async fn run(&self, task: Task) -> Result<Vec<Migration>, DbError> {
        let outcome = match &self.0.connections {
            Connections::Sqlite(sqlite) => {
                sqlite
                    .exclusive(|connection| connection.immediate_transaction(|c| perform(c, SQLITE, task)))
                    .await
            }
            Connections::Postgres(postgres) => {
                // Diesel's migrations are synchronous: a connection of their own, on a thread of their own.
                let mut connection: AsyncConnectionWrapper<AsyncPgConnection> =
                    postgres.detached().await?.into();
                let done = tokio::task::spawn_blocking(move || {
                    connection.transaction(|c| {
                        if !matches!(task, Task::List) {
                            diesel::sql_query("SET LOCAL lock_timeout = '30s'").execute(c)?;
                            diesel::sql_query(format!("SELECT pg_advisory_xact_lock({MIGRATING})"))
                                .execute(c)?;
                        }
                        perform(c, POSTGRES, task)
                    })
                });
                done.await.map_err(|error| DbError::Failed(error.to_string()))?
            }
        };
        outcome.map_err(|error| match error.to_string() {
            text if text.contains("lock timeout") => {
                DbError::Unavailable("another Doorway has held the migration lock for 30 s".to_owned())
            }
            text => DbError::Failed(text),
        })
    }
}

fn perform<C, DB>(connection: &mut C, source: EmbeddedMigrations, task: Task) -> Outcome
where
    DB: Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let mut known: Vec<(String, String)> = MigrationSource::<DB>::migrations(&source)?
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect();
    known.sort();
    let has = |applied: &[String], version: &String| applied.contains(version);
    let before: Vec<String> = connection.applied_migrations()?.iter().map(ToString::to_string).collect();
    match task {
        Task::List => {}
        Task::Up => drop(connection.run_pending_migrations(source)?),
        Task::Down if before.is_empty() => return Ok(Vec::new()),
        Task::Down => drop(connection.revert_last_migration(source)?),
    }
    let after: Vec<String> = connection.applied_migrations()?.iter().map(ToString::to_string).collect();
    let listed = known.into_iter().filter(|(version, _)| match task {
        Task::List => true,
        Task::Up | Task::Down => has(&before, version) != has(&after, version),
    });
    Ok(listed.map(|(version, name)| Migration { applied: has(&after, &version), name }).collect())
}
