//! `doorway migrate`: what applies migrations, and what writes them.

use super::failure::Failure;
use crate::app::App;
use crate::db::{Db, DbError, Migration, Migrations};
use crate::ddl;
use clap::{Args, Subcommand};
use diesel::{QueryableByName, sql_types::Text};
use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

#[derive(Debug, Subcommand)]
pub(super) enum Step {
    /// Apply the pending migrations
    Up {
        /// Those in this folder instead of the binary's own
        #[arg(long, value_name = "DIR")]
        migrations: Option<PathBuf>,
    },
    /// Revert the last applied one; if there are rows, asks first
    Down {
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Those in this folder instead of the binary's own
        #[arg(long, value_name = "DIR")]
        migrations: Option<PathBuf>,
    },
    /// List them
    Status {
        /// Those in this folder instead of the binary's own
        #[arg(long, value_name = "DIR")]
        migrations: Option<PathBuf>,
    },
    /// Write the migration that makes what the code declares, for both databases; needs neither
    Generate(Generate),
    /// Say how the code and the migrations differ; exit with 1 if they do
    Check {
        /// The folder of migrations
        #[arg(long, value_name = "DIR", default_value = "migrations")]
        migrations: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    /// What it is called, behind its number
    name: String,
    /// A table (OLD:NEW) or a column (TABLE.OLD:NEW) that has a new name; may be repeated
    #[arg(long, value_name = "OLD:NEW")]
    rename: Vec<String>,
    /// A table that the code declares no longer; may be repeated
    #[arg(long, value_name = "TABLE")]
    drop: Vec<String>,
    /// What existing rows get in a column that is NOT NULL and has no default; may be repeated
    #[arg(long, value_name = "TABLE.COLUMN=SQL_EXPRESSION")]
    backfill: Vec<String>,
    /// Let it lose what rows have
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
            Step::Up { migrations } => print("nothing to apply", &of(db, app, migrations).up().await?)?,
            Step::Down { yes, migrations } => {
                if !yes && has_rows(db, app).await {
                    confirm()?;
                }
                print("nothing to revert", &of(db, app, migrations).down().await?)?;
            }
            Step::Status { migrations } => print("no migrations", &of(db, app, migrations).list().await?)?,
            Step::Generate(_) | Step::Check { .. } => {}
        }
        Ok(())
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

fn of<'a>(db: &'a Db, app: &App, folder: Option<PathBuf>) -> Migrations<'a> {
    match folder {
        Some(folder) => db.migrations_in(&folder),
        None => db.migrations(app.history()),
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
    for table in app.graph().tables {
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
