//! What is imported: files, and why an import may fail.

use super::report::NotCarried;
use crate::db::DbError;

/// One file: Markdown, or a file about people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it lies below the imported folder, its parts separated by `/` on every system.
    pub path: String,
    /// All of it, front matter included.
    pub text: String,
}

/// What [`super::read_folder`] found.
#[derive(Debug, Default)]
pub struct Folder {
    /// The folder's full path: with it, the path of a document is the same whichever folder above it is imported.
    pub source: String,
    /// The files, by path.
    pub documents: Vec<Document>,
    /// Those that could not be read, and those of another format.
    pub not_carried: Vec<NotCarried>,
    /// The folders that were not searched.
    pub passed_over: Vec<String>,
}

/// How to import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// What the documents' paths are below: a folder's full path, or a name. A post is recognised by it and its path together.
    pub source: String,
    /// Where the documents really are, if `source` is only a name: [`Folder::source`].
    pub folder: Option<String>,
    /// The author of posts that name none.
    pub author: Option<String>,
    /// Whether categories become tags, behind the tags.
    pub categories: bool,
    /// Whether a changed file wins over a row that was changed in the database as well.
    pub overwrite: bool,
}

impl Options {
    /// What a file is remembered by: the source, and the path below it.
    pub(super) fn name_of(&self, path: &str) -> String {
        format!("{}/{path}", self.source)
    }
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
    /// It cannot be told from others.
    #[error("the folder's path has more than 1,000 characters: name it with --source")]
    LongSource,
    /// The default author's name makes no username.
    #[error("--author {0:?} has no letters for a username")]
    BadAuthor(String),
    /// No file became a post.
    #[error("no post was imported from {0} files")]
    Nothing(usize),
    /// The database refused or was lost; the transaction was rolled back.
    #[error("nothing was imported: {0}")]
    Database(#[from] DbError),
}
