//! A help desk on tables whose keys are numbers that the database gives, beside one whose keys are UUIDs.
//!
//! `cargo run --example desk` serves it from `doorway.db`, or from `DATABASE_URL`.

mod entities;

use doorway::cli::{self, NoCommands};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main::<NoCommands>(&entities::app())
}
