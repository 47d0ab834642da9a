//! The commands: what each one does, and how it ends.

mod failure;
mod migrate;

use crate::app::App;
use crate::config::{Flags, Settings};
use crate::db::{DatabaseUrl, Db, DbError, Migration};
use crate::server;
use clap::{Parser, Subcommand, error::ErrorKind};
use failure::Failure;
use futures_util::future::BoxFuture;
use std::{
    error::Error,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

/// The commands that an application has besides those of every Doorway.
pub trait Commands: Subcommand + Send + 'static {
    /// Runs the command on a database whose migrations have been applied.
    fn run(self, db: Db) -> BoxFuture<'static, Result<(), Box<dyn Error + Send + Sync>>>;
}

/// Those of an application that has none.
#[derive(Debug, Clone, Copy)]
pub enum NoCommands {}

/// Tables behind a GraphQL schema: every relationship can be followed from both sides, for one SQL statement, no matter how many
/// rows there are.
#[derive(Debug, Parser)]
// A negative number is refused by its setting, which says what it expects.
#[command(name = "doorway", version, allow_negative_numbers = true)]
struct Cli<C: Subcommand> {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command<C>>,
}

#[derive(Debug, Subcommand)]
enum Command<C: Subcommand> {
    /// Serve GraphQL until SIGTERM or SIGINT (what `doorway` alone does)
    Serve {
        /// Fill an empty database with demo rows first
        #[arg(long)]
        demo: bool,
        /// Do not migrate; refuse to start if migrations are pending
        #[arg(long)]
        no_migrate: bool,
    },
    /// Change the tables by hand
    Migrate {
        #[command(subcommand)]
        step: migrate::Step,
    },
    /// Print the schema in GraphQL's schema definition language
    Schema,
    #[command(flatten)]
    Own(C),
}

/// Reads the command line, runs it on `app`, and gives the process's exit code.
pub fn main<C: Commands>(app: &App) -> ExitCode {
    let cli = match Cli::<C>::try_parse() {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return fail("a subcommand is missing: see --help", 2);
        }
        Err(error) => return fail(&one_line(&error), 2),
    };
    match run(cli, app) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output has left, as `head` does.
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => fail(&failure.to_string(), failure.code()),
    }
}

fn fail(why: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "doorway: {why}");
    ExitCode::from(code)
}

/// clap's message without its advice on usage.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with("For more")).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// The stack of a thread, in bytes: operations as deep as [`crate::document::Limits`] lets them be are followed by
/// recursion. The system gives it page by page, as it is used.
const STACK: usize = 8 << 20;

/// How many threads there may be beside the workers, for work that blocks one. Fewer block at a time: SQLite's readers, its writer and
/// those that read long requests. Without a limit, Tokio starts more whenever idle threads are slow to wake, and the allocator keeps
/// memory for each.
const BLOCKING: usize = 16;

fn run<C: Commands>(cli: Cli<C>, app: &App) -> Result<(), Failure> {
    let command = cli.command.unwrap_or(Command::Serve { demo: false, no_migrate: false });
    if let Command::Schema = command {
        return Ok(write!(io::stdout(), "{}", app.sdl())?);
    }
    if let Command::Migrate { step } = &command
        && let Some(done) = step.without_database(app)
    {
        return done;
    }
    let settings = Settings::read(cli.flags, app)?;
    // SQLite's reads may block all threads but one.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let threads = match settings.database {
        DatabaseUrl::Sqlite(_) => cores + 1,
        DatabaseUrl::Postgres(_) => cores.max(2),
    };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime
        .worker_threads(threads)
        .max_blocking_threads(BLOCKING)
        .thread_stack_size(STACK)
        .enable_all()
        .build()?;
    let ended = runtime.block_on(on_database(command, settings, app));
    // What still runs after the deadline of a drain is not waited for.
    runtime.shutdown_background();
    ended
}

async fn on_database<C: Commands>(
    command: Command<C>,
    mut settings: Settings,
    app: &App,
) -> Result<(), Failure> {
    tracing_subscriber::fmt()
        .with_env_filter(settings.log)
        .with_writer(io::stderr)
        // To standard error itself, which panics where the log's disk is full.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal())
        .init();
    heed_file_size_limit()?;
    let db = Db::open_for(&settings.database, settings.usage)?;
    match command {
        Command::Schema => {}
        Command::Migrate { step } => step.run(&db, app).await?,
        Command::Serve { demo, no_migrate } => {
            // Through the pool first: it says what is wrong with the address.
            db.ping().await?;
            db.check_sessions().await?;
            // Kept until the end.
            let _claim = db.claim()?;
            if no_migrate {
                let pending =
                    db.migrations(app.history()).list().await?.iter().filter(|one| !one.applied).count();
                if pending > 0 {
                    return Err(Failure::Pending { pending });
                }
            } else {
                migrate(&db, app).await?;
            }
            if demo {
                let fill = app.demo().ok_or(Failure::NoDemo)?;
                if !fill(db.clone()).await.map_err(Failure::Own)? {
                    tracing::info!("the database is not empty: no demo rows were added");
                }
            }
            let files = server::raise_file_limit();
            // SQLite has three files for each reader, and a reader for each core and a few more.
            let cores = std::thread::available_parallelism().map_or(2, usize::from);
            let database = settings.usage.pool_size + 4 * cores;
            let most = server::max_connections(settings.max_connections, files, database);
            if let (Some(asked), Some(files)) =
                (settings.max_connections.filter(|asked| *asked > most), files)
            {
                tracing::warn!(
                    "up to {most} connections instead of {asked}: the process may open {files} files"
                );
            }
            settings.server.limits.sockets = most;
            server::serve(app.clone(), db, settings.listen, settings.server).await?;
        }
        Command::Own(command) => {
            migrate(&db, app).await?;
            command.run(db).await.map_err(Failure::Own)?;
        }
    }
    Ok(())
}

/// A limit on the size of files (`ulimit -f`) would end the process; with a handler, the write fails instead.
fn heed_file_size_limit() -> io::Result<()> {
    // SIGXFSZ has this number on Linux (but for MIPS), macOS and the BSDs. The handler stays when the stream is dropped.
    #[cfg(all(unix, not(any(target_arch = "mips", target_arch = "mips64"))))]
    drop(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(25))?);
    Ok(())
}

async fn migrate(db: &Db, app: &App) -> Result<(), DbError> {
    for Migration { name, .. } in db.migrations(app.history()).up().await? {
        tracing::info!(migration = name, "applied");
    }
    Ok(())
}

impl Commands for NoCommands {
    fn run(self, _: Db) -> BoxFuture<'static, Result<(), Box<dyn Error + Send + Sync>>> {
        match self {}
    }
}

impl Subcommand for NoCommands {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        command
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        command
    }

    fn has_subcommand(_: &str) -> bool {
        false
    }
}

impl clap::FromArgMatches for NoCommands {
    fn from_arg_matches(_: &clap::ArgMatches) -> Result<Self, clap::Error> {
        Err(clap::Error::new(ErrorKind::InvalidSubcommand))
    }

    fn update_from_arg_matches(&mut self, _: &clap::ArgMatches) -> Result<(), clap::Error> {
        Ok(())
    }
}
