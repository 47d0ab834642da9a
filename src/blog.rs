//! The blog: the application that Doorway serves unless a program has its own.
//!
//! | module | what it is for |
//! |---|---|
//! | `commands` | the commands that only a blog has |
//! | [`demo`] | the demo blog, which `import` brings in |
//! | [`import`], [`seed`] | rows from Markdown files, and synthetic rows |
//! | `entities` | the entities, and the schema that they make |

mod commands;
pub mod demo;
mod entities;
pub mod import;
pub mod seed;

pub use commands::Commands;
pub use entities::*;

use crate::app::App;
use crate::db::History;
use crate::history;
use futures_util::FutureExt;
use std::sync::LazyLock;

/// The history of its tables.
pub const HISTORY: History = history!("migrations/sqlite", "migrations/postgres");

/// The application.
pub fn app() -> App {
    static APP: LazyLock<App> =
        LazyLock::new(|| app_with(HISTORY).with_demo(|db| async move { Ok(demo::fill(&db).await?) }.boxed()));
    APP.clone()
}
