//! What is imported: files, and why an import may fail.

use crate::db::DbError;

/// One Markdown file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it lies below the imported folder, its parts separated by `/` on every system.
    pub path: String,
    /// All of it, front matter included.
    pub text: String,
}

/// Why an import wrote nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What was to be imported is not there.
    #[error("there is no folder {0}")]
    Missing(String),
    /// It is there, but it is something else.
    #[error("{0} is not a folder")]
    NotAFolder(String),
    /// The database refused or was lost; the transaction was rolled back.
    #[error("nothing was imported: {0}")]
    Database(#[from] DbError),
}
