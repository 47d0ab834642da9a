//! The tables of SQLModel's own tutorial: heroes, and the teams that they are in, some of them in training.
//!
//! `cargo run --example heroes` serves them from `doorway.db`, or from `DATABASE_URL`. Its migrations were written by
//! `cargo run --example heroes -- migrate generate heroes --migrations examples/heroes/migrations`.

mod entities;

use doorway::cli::{self, NoCommands};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main::<NoCommands>(&entities::app())
}
