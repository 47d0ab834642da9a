//! The commands that only a blog has.

use super::{import, seed};
use crate::cli;
use crate::db::Db;
use clap::{Args, Subcommand};
use futures_util::{FutureExt, future::BoxFuture};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
};

/// The commands that only a blog has.
#[derive(Debug, Subcommand)]
pub enum Commands {
    /// Fill an empty database with synthetic rows, the same for the same numbers
    Seed(seed::Size),
    /// Import a folder of Markdown posts: adds new posts and updates changed ones
    Import(ImportFlags),
}

/// What to import, and how.
#[derive(Debug, Args)]
pub struct ImportFlags {
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

impl cli::Commands for Commands {
    fn run(self, db: Db) -> BoxFuture<'static, Result<(), Box<dyn Error + Send + Sync>>> {
        async move {
            match self {
                Commands::Seed(size) => seed(&db, &size).await,
                Commands::Import(flags) => import(&db, flags).await,
            }
        }
        .boxed()
    }
}

async fn seed(db: &Db, size: &seed::Size) -> Result<(), Box<dyn Error + Send + Sync>> {
    let bar = bar();
    seed::seed(db, size, |done, total| draw(&bar, done, total)).await?;
    bar.finish_and_clear();
    writeln!(io::stdout(), "seeded {} users, {} posts, {} tags", size.users, size.posts, size.tags)?;
    Ok(())
}

async fn import(db: &Db, flags: ImportFlags) -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = import::read_folder(&flags.folder)?;
    let options = import::Options {
        folder: Some(folder.source.clone()),
        source: flags.source.unwrap_or(folder.source),
        author: flags.author,
        categories: flags.categories,
        overwrite: flags.overwrite,
    };
    let bar = bar();
    let draw = |done, total| draw(&bar, done, total);
    let mut report = import::import(db, folder.documents, &options, &draw).await?;
    bar.finish_and_clear();
    report.files += folder.not_carried.len();
    report.not_carried.extend(folder.not_carried);
    report.passed_over = folder.passed_over;
    write!(io::stdout(), "{report}")?;
    if report.is_nothing() {
        return Err(import::ImportError::Nothing(report.files).into());
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
