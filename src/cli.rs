//! The commands: what each one does, and how it ends.

mod failure;
mod migrate;

use crate::config::{Flags, Settings};
use crate::db::{DatabaseUrl, Db, DbError, Migration};
use crate::{demo, import, schema, seed, server};
use clap::{Args, Parser, Subcommand, error::ErrorKind};
use failure::Failure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

/// A relational blog behind a GraphQL schema: every relationship can be followed from both sides, for one
/// SQL statement, no matter how many rows there are.
#[derive(Debug, Parser)]
#[command(name = "doorway", version)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve GraphQL until SIGTERM or SIGINT (what `doorway` alone does)
    Serve {
        /// Fill an empty database with a small demo blog first
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
    /// Fill an empty database with synthetic rows, the same for the same numbers
    Seed(seed::Size),
    /// Import a folder of Markdown posts: adds new posts and updates changed ones
    Import(ImportFlags),
}

#[derive(Debug, Args)]
struct ImportFlags {
    /// The folder; it is searched recursively
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The author of posts that do not name one
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Also turn categories into tags
    #[arg(long)]
    categories: bool,
    /// If both the file and its row have changed, take the file
    #[arg(long)]
    overwrite: bool,
    /// Recognise posts by this name and their path below DIR, not by their full path: for a blog with several copies
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
}

/// Reads the command line, runs it, and gives the process's exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return fail("a subcommand is missing: see --help", 2);
        }
        Err(error) => return fail(&one_line(&error), 2),
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output has left, as `head` does.
        Err(Failure::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
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

fn run(cli: Cli) -> Result<(), Failure> {
    let command = cli.command.unwrap_or(Command::Serve { demo: false, no_migrate: false });
    if let Command::Schema = command {
        return Ok(write!(io::stdout(), "{}", schema::sdl())?);
    }
    if let Command::Migrate { step } = &command
        && let Some(done) = step.without_database()
    {
        return done;
    }
    let settings = Settings::try_from(cli.flags)?;
    // SQLite's reads may block all threads but one.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let threads = match settings.database {
        DatabaseUrl::Sqlite(_) => cores + 1,
        DatabaseUrl::Postgres(_) => cores.max(2),
    };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(threads).thread_stack_size(STACK).enable_all().build()?;
    let ended = runtime.block_on(on_database(command, settings));
    // What still runs after the deadline of a drain is not waited for.
    runtime.shutdown_background();
    ended
}

async fn on_database(command: Command, mut settings: Settings) -> Result<(), Failure> {
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
        Command::Migrate { step } => step.run(&db).await?,
        Command::Serve { demo, no_migrate } => {
            // Through the pool first: it says what is wrong with the address.
            db.ping().await?;
            db.check_sessions().await?;
            // Kept until the end.
            let _claim = db.claim()?;
            if no_migrate {
                let pending = db.migrations().list().await?.iter().filter(|one| !one.applied).count();
                if pending > 0 {
                    return Err(Failure::Pending { pending });
                }
            } else {
                migrate(&db).await?;
            }
            if demo && !demo::fill(&db).await? {
                tracing::info!("the database is not empty: the demo blog was not added");
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
            server::serve(db, settings.listen, settings.server).await?;
        }
        Command::Seed(size) => {
            migrate(&db).await?;
            let bar = bar();
            seed::seed(&db, &size, |done, total| draw(&bar, done, total)).await?;
            bar.finish_and_clear();
            writeln!(io::stdout(), "seeded {} users, {} posts, {} tags", size.users, size.posts, size.tags)?;
        }
        Command::Import(flags) => {
            let folder = import::read_folder(&flags.folder)?;
            let options = import::Options {
                folder: Some(folder.source.clone()),
                source: flags.source.unwrap_or(folder.source),
                author: flags.author,
                categories: flags.categories,
                overwrite: flags.overwrite,
            };
            migrate(&db).await?;
            let bar = bar();
            let draw = |done, total| draw(&bar, done, total);
            let mut report = import::import(&db, folder.documents, &options, &draw).await?;
            bar.finish_and_clear();
            report.files += folder.not_carried.len();
            report.not_carried.extend(folder.not_carried);
            report.passed_over = folder.passed_over;
            write!(io::stdout(), "{report}")?;
            if report.is_nothing() {
                return Err(import::ImportError::Nothing(report.files).into());
            }
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

async fn migrate(db: &Db) -> Result<(), DbError> {
    for Migration { name, .. } in db.migrations().up().await? {
        tracing::info!(migration = name, "applied");
    }
    Ok(())
}

/// A progress bar on stderr, where that is a terminal.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn draw(bar: &ProgressBar, done: usize, total: usize) {
    bar.set_length(total as u64);
    bar.set_position(done as u64);
}
