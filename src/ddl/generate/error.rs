//! Why no migration was written.

use crate::db::DbError;
use std::{io, path::Path};

/// Why no migration was written. Its text is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum DdlError {
    /// What was asked for means nothing.
    #[error("{0}")]
    Usage(String),
    /// It is not done, for each of these reasons.
    #[error("no migration was written:\n  {}", .0.join("\n  "))]
    Refused(Vec<String>),
    /// The folder cannot be read or written, or is not as it must be.
    #[error("{path}: {why}")]
    Folder {
        /// What cannot be.
        path: String,
        /// Why.
        why: String,
    },
    /// SQLite failed by itself.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl DdlError {
    pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> DdlError {
        move |error| DdlError::Folder { path: path.display().to_string(), why: error.to_string() }
    }
}
