//! The history of an application's tables: one folder for each database, the same names in both. It is embedded in the binary, and may
//! be read from the disk instead. Doorway's own migrations come first.
//!
//! On SQLite, migrations run while foreign keys are not enforced. Much of what PostgreSQL changes in place takes a new table
//! there, and dropping the old one would delete the rows that refer to it. A transaction cannot switch that, so it is done
//! around the one that all of them run in; before it commits, every reference is checked.

use super::database::{Connections, Db};
use super::error::DbError;
use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    backend::Backend,
    connection::SimpleConnection,
    migration::{Migration as _, MigrationSource},
    query_builder::SqlQuery,
    query_dsl::LoadQuery,
    sql_types::Text,
};
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::{EmbeddedMigrations, FileBasedMigrations, MigrationHarness};
use std::path::{Path, PathBuf};

/// The migrations of two folders, for SQLite and for PostgreSQL, as a [`History`]. Their paths start at the folder of `Cargo.toml`. Both
/// folders have the same subfolders, each with an `up.sql` and a `down.sql`, and each with a name that sorts behind `0000`. The crate
/// needs `diesel_migrations` in the version of Doorway.
#[macro_export]
macro_rules! history {
    ($sqlite:literal, $postgres:literal) => {
        $crate::db::History {
            sqlite: || {
                const EMBEDDED: diesel_migrations::EmbeddedMigrations =
                    diesel_migrations::embed_migrations!($sqlite);
                EMBEDDED
            },
            postgres: || {
                const EMBEDDED: diesel_migrations::EmbeddedMigrations =
                    diesel_migrations::embed_migrations!($postgres);
                EMBEDDED
            },
        }
    };
}

/// What Doorway itself needs, whatever the application.
const CORE: History = history!("src/db/migrations/sqlite", "src/db/migrations/postgres");

/// The migrations of an application. Written by [`history!`](crate::history).
#[derive(Debug, Clone, Copy)]
pub struct History {
    /// For SQLite.
    pub sqlite: fn() -> EmbeddedMigrations,
    /// For PostgreSQL, with the same names.
    pub postgres: fn() -> EmbeddedMigrations,
}

/// Doorway's own migrations, and after them the application's, for one of the databases.
struct Source {
    core: EmbeddedMigrations,
    own: OwnSource,
}

enum OwnSource {
    Embedded(EmbeddedMigrations),
    Files(FileBasedMigrations),
}

impl<DB: Backend> MigrationSource<DB> for &Source
where
    FileBasedMigrations: MigrationSource<DB>,
{
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn diesel::migration::Migration<DB>>>> {
        let mut all = MigrationSource::<DB>::migrations(&self.core)?;
        all.extend(match &self.own {
            OwnSource::Embedded(source) => MigrationSource::<DB>::migrations(source)?,
            OwnSource::Files(source) => MigrationSource::<DB>::migrations(source)?,
        });
        Ok(all)
    }
}

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
pub struct Migrations<'a> {
    db: &'a Db,
    own: Own,
}

/// Where an application's migrations are.
#[derive(Debug)]
enum Own {
    /// In the binary.
    Binary(History),
    /// Below this folder, in `sqlite` and `postgres`.
    Folder(PathBuf),
}

#[derive(Debug, Clone, Copy)]
enum Task {
    Up,
    Down,
    List,
}

/// A row of the table of migrations, or of a catalogue.
#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The applied versions, without making the table that they are in: that would need the right to.
const APPLIED: &str = "SELECT version AS name FROM __diesel_schema_migrations";
const POSTGRES_TABLE: &str =
    "SELECT relname::text AS name FROM pg_class WHERE oid = to_regclass('__diesel_schema_migrations')";
const SQLITE_TABLE: &str = "SELECT name FROM sqlite_schema WHERE name = '__diesel_schema_migrations'";

/// The foreign keys that rows break: from which table to which, and how many rows.
const BROKEN: &str = "SELECT \"table\" || ' to ' || parent || ' (' || count(*) || ')' AS name \
     FROM pragma_foreign_key_check GROUP BY \"table\", parent";

type Outcome = diesel::migration::Result<Vec<Migration>>;

impl Db {
    /// This database's migrations, of an application's `history`.
    pub fn migrations(&self, history: History) -> Migrations<'_> {
        Migrations { db: self, own: Own::Binary(history) }
    }

    /// The migrations that are in this folder now, below `sqlite` and `postgres`, and not those of the binary.
    pub fn migrations_in(&self, folder: &Path) -> Migrations<'_> {
        Migrations { db: self, own: Own::Folder(folder.to_owned()) }
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

    fn source(&self) -> Result<Source, DbError> {
        let is_postgres = self.db.is_postgres();
        let of = |history: History| if is_postgres { (history.postgres)() } else { (history.sqlite)() };
        let own = match &self.own {
            Own::Binary(history) => OwnSource::Embedded(of(*history)),
            Own::Folder(folder) => {
                let folder = folder.join(if is_postgres { "postgres" } else { "sqlite" });
                let files = FileBasedMigrations::from_path(&folder)
                    .map_err(|error| DbError::Failed(format!("{}: {error}", folder.display())))?;
                OwnSource::Files(files)
            }
        };
        Ok(Source { core: of(CORE), own })
    }

    async fn run(&self, task: Task) -> Result<Vec<Migration>, DbError> {
        let source = self.source()?;
        let outcome = match &self.db.connections {
            Connections::Sqlite(sqlite) => {
                sqlite
                    .exclusive(|connection| match task {
                        Task::List => list(connection, &source, SQLITE_TABLE),
                        _ => unenforced(connection, |c| perform(c, &source, task)),
                    })
                    .await
            }
            Connections::Postgres(postgres) => {
                // Diesel's migrations are synchronous: a connection of their own, on a thread of their own.
                let mut connection: AsyncConnectionWrapper<AsyncPgConnection> =
                    postgres.detached().await?.into();
                let done = tokio::task::spawn_blocking(move || {
                    connection.transaction(|c| {
                        if let Task::List = task {
                            return list(c, &source, POSTGRES_TABLE);
                        }
                        diesel::sql_query("SET LOCAL lock_timeout = '30s'").execute(c)?;
                        diesel::sql_query(format!("SELECT pg_advisory_xact_lock({MIGRATING})")).execute(c)?;
                        perform(c, &source, task)
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

/// Runs `work` in a transaction that enforces no foreign key, and leaves none broken.
fn unenforced(
    connection: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> Outcome,
) -> Outcome {
    connection.batch_execute("PRAGMA foreign_keys = OFF")?;
    let outcome = connection.immediate_transaction(|connection| {
        let changed = work(connection)?;
        if !changed.is_empty() {
            check_references(connection)?;
        }
        Ok(changed)
    });
    connection.batch_execute("PRAGMA foreign_keys = ON")?;
    outcome
}

/// Fails where a row refers to one that is not there.
fn check_references(connection: &mut SqliteConnection) -> diesel::migration::Result<()> {
    let broken: Vec<Name> = diesel::sql_query(BROKEN).load(connection)?;
    match broken.iter().map(|one| &*one.name).collect::<Vec<_>>()[..] {
        [] => Ok(()),
        ref all => Err(format!("rows would refer to rows that are not there: {}", all.join(", ")).into()),
    }
}

/// All migrations in order: version and name.
fn known<DB: Backend>(source: &Source) -> diesel::migration::Result<Vec<(String, String)>> {
    let mut known: Vec<(String, String)> = MigrationSource::<DB>::migrations(&source)?
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect();
    known.sort();
    Ok(known)
}

/// All migrations, and which of them are applied; `table` finds the table of those.
fn list<C>(connection: &mut C, source: &Source, table: &str) -> Outcome
where
    C: Connection,
    SqlQuery: LoadQuery<'static, C, Name>,
{
    let found: Vec<Name> = diesel::sql_query(table).load(connection)?;
    let applied: Vec<Name> =
        if found.is_empty() { Vec::new() } else { diesel::sql_query(APPLIED).load(connection)? };
    let has = |version: &String| applied.iter().any(|one| one.name == *version);
    let listed = known::<C::Backend>(source)?.into_iter();
    Ok(listed.map(|(version, name)| Migration { applied: has(&version), name }).collect())
}

fn perform<C, DB>(connection: &mut C, source: &Source, task: Task) -> Outcome
where
    DB: Backend,
    C: MigrationHarness<DB>,
{
    let applied = |connection: &mut C| -> diesel::migration::Result<Vec<String>> {
        Ok(connection.applied_migrations()?.iter().map(ToString::to_string).collect())
    };
    let known = known::<DB>(source)?;
    let before = applied(connection)?;
    match task {
        Task::Up => drop(connection.run_pending_migrations(source)?),
        Task::Down if before.is_empty() => {}
        Task::Down => drop(connection.revert_last_migration(source)?),
        Task::List => {}
    }
    let after = applied(connection)?;
    let changed = known.into_iter();
    let changed = changed.filter(|(version, _)| before.contains(version) != after.contains(version));
    Ok(changed.map(|(version, name)| Migration { applied: after.contains(&version), name }).collect())
}
