//! A social network: every kind of relationship that people draw, on tables of your own.
//!
//! `cargo run --example network` serves it from `doorway.db`, or from `DATABASE_URL`.

mod entities;

use doorway::cli::{self, NoCommands};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main::<NoCommands>(&entities::app())
}
