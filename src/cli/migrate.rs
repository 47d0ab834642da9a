//! `doorway migrate`: what applies migrations, and what writes them.

use super::failure::Failure;
use crate::app::App;
use crate::db::{Db, DbError, Migration, Migrations};
use crate::ddl;
use crate::relation::NodeTable;
use clap::{Args, Subcommand};
use diesel::{QueryableByName, sql_types::Text};
use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

#[derive(Debug, Subcommand)]
pub(super) enum Step {
    /// Apply the pending migrations
    Up(Source),
    /// Revert the last applied migration; asks first if there are rows
    Down {
        /// Do not ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        source: Source,
    },
    /// List the migrations and whether each is applied
    Status(Source),
    /// Write a migration for what the code declares, for both databases; needs no database
    Generate(Generate),
    /// List how the code and the migrations differ; exit with 1 if they do
    Check {
        /// The folder of migrations
        #[arg(long, value_name = "DIR", default_value = "migrations")]
        migrations: PathBuf,
    },
}

/// Which migrations to use.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// Use the migrations in this folder instead of the binary's own
    #[arg(long, value_name = "DIR")]
    migrations: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    /// The name of the migration, without its number
    name: String,
    /// A table (OLD:NEW) or a column (TABLE.OLD:NEW) with a new name; may be repeated
    #[arg(long, value_name = "OLD:NEW")]
    rename: Vec<String>,
    /// A table that the code no longer declares; may be repeated
    #[arg(long, value_name = "TABLE")]
    drop: Vec<String>,
    /// The value of existing rows in a column that is NOT NULL and has no default; may be repeated
    #[arg(long, value_name = "TABLE.COLUMN=SQL_EXPRESSION")]
    backfill: Vec<String>,
    /// Allow changes that may lose values or rows
    #[arg(long)]
    allow_loss: bool,
    /// The folder of migrations
    #[arg(long, value_name = "DIR", default_value = "migrations")]
    migrations: PathBuf,
}

impl Step {
    /// Does what needs no database; nothing if it needs one.
    pub(super) fn without_database(&self, app: &App) -> Option<Result<(), Failure>> {
        match self {
            Step::Generate(asked) => Some(asked.run(app)),
            Step::Check { migrations } => Some(
                ddl::differences(migrations, &ddl::declared(&app.shapes()))
                    .map_err(Failure::from)
                    .and_then(report),
            ),
            _ => None,
        }
    }

    /// Does what needs a database.
    pub(super) async fn run(self, db: &Db, app: &App) -> Result<(), Failure> {
        match self {
            Step::Up(source) => print("nothing to apply", &source.of(db, app).up().await?)?,
            Step::Down { yes, source } => {
                if !yes && has_rows(db, app).await {
                    confirm()?;
                }
                print("nothing to revert", &source.of(db, app).down().await?)?;
            }
            Step::Status(source) => print("no migrations", &source.of(db, app).list().await?)?,
            Step::Generate(_) | Step::Check { .. } => {}
        }
        Ok(())
    }
}

impl Source {
    fn of<'a>(&self, db: &'a Db, app: &App) -> Migrations<'a> {
        match &self.migrations {
            Some(folder) => db.migrations_in(folder),
            None => db.migrations(app.history()),
        }
    }
}

impl Generate {
    fn run(&self, app: &App) -> Result<(), Failure> {
        let asked = ddl::Asked {
            name: self.name.clone(),
            renames: self.rename.clone(),
            drops: self.drop.clone(),
            backfills: self.backfill.clone(),
            allow_loss: self.allow_loss,
        };
        let mut out = io::stdout();
        let Some(generated) = ddl::generate(&self.migrations, &ddl::declared(&app.shapes()), &asked)? else {
            return Ok(writeln!(out, "no difference: nothing to write")?);
        };
        for line in &generated.lines {
            writeln!(out, "{line}")?;
        }
        for file in &generated.files {
            writeln!(out, "wrote {}", file.display())?;
        }
        Ok(())
    }
}

fn report(differences: Vec<String>) -> Result<(), Failure> {
    if differences.is_empty() {
        return Ok(writeln!(io::stdout(), "no difference")?);
    }
    for line in differences {
        writeln!(io::stdout(), "{line}")?;
    }
    Err(Failure::Differs)
}

/// Whether a table of the application's has rows. Without their tables there are none.
async fn has_rows(db: &Db, app: &App) -> bool {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        #[allow(dead_code, reason = "a row is enough")]
        found: String,
    }
    for NodeTable { table, .. } in app.graph().tables {
        let sql = format!("SELECT 'a row' AS found FROM \"{table}\" LIMIT 1");
        let found: Result<Vec<Found>, DbError> = db.reader().rows(diesel::sql_query(sql)).await;
        if found.is_ok_and(|found| !found.is_empty()) {
            return true;
        }
    }
    false
}

/// Asks on a terminal; elsewhere nobody can answer.
fn confirm() -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::RowsWouldGo);
    }
    write!(io::stderr(), "The database has rows, which may go with their tables. Revert anyway? [y/N] ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { Err(Failure::RowsWouldGo) }
}

fn print(none: &str, migrations: &[Migration]) -> io::Result<()> {
    if migrations.is_empty() {
        writeln!(io::stdout(), "{none}")?;
    }
    for Migration { name, applied } in migrations {
        writeln!(io::stdout(), "{} {name}", if *applied { "applied" } else { "pending" })?;
    }
    Ok(())
}
