//! The files of an open SQLite database, which somebody may delete or replace while it is open.
//!
//! SQLite goes on with the files that it has opened, though nobody can find them any more: what is written then is lost when the
//! process ends. So whoever writes compares the files at their paths with those that were opened. By their paths
//! only: closing a file that SQLite has open would give up SQLite's own locks on it.

use super::error::DbError;
use super::lengths::Lengths;
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, result::QueryResult, sql_types::Text};
use std::{
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// What tells a file from another one at the same path.
#[cfg(unix)]
pub(super) type Identity = (u64, u64);
/// Elsewhere, that it exists.
#[cfg(not(unix))]
pub(super) type Identity = ();

/// The file at a path.
pub(super) fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|metadata| identity_of(&metadata))
}

/// The file that this is about.
pub(super) fn identity_of(metadata: &Metadata) -> Identity {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (metadata.dev(), metadata.ino())
    }
    #[cfg(not(unix))]
    let _ = metadata;
}

/// The files that SQLite has opened, and which they are.
#[derive(Debug)]
pub(super) struct Files {
    /// The path as it was given, for messages.
    given: String,
    /// Where the database is, without symbolic links.
    path: PathBuf,
    lengths: Lengths,
    /// The database, its log and its shared memory; the latter two are missing where SQLite cannot have them.
    opened: Vec<(PathBuf, Identity)>,
    /// The lock of the process that serves it, if this one does: without it, another process may serve it as well.
    lock: OnceLock<(PathBuf, Identity)>,
}

#[derive(QueryableByName)]
struct Opened {
    #[diesel(sql_type = Text)]
    file: String,
}

impl Files {
    /// The files of this connection, which was opened with the path `given` and has read something; `None` in memory.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn of(connection: &mut SqliteConnection, given: &str) -> QueryResult<Option<Files>> {
        let names = "SELECT coalesce(file, '') AS file FROM pragma_database_list WHERE name = 'main'";
        let path = diesel::sql_query(names).get_result::<Opened>(connection)?.file;
        // The one that was given may be a symbolic link, which somebody may turn elsewhere. An address (`file:…`) is no path.
        let shown = if given.starts_with("file:") { &path } else { given };
        let beside = ["-wal", "-shm"].map(|end| PathBuf::from(format!("{path}{end}")));
        let files = [PathBuf::from(shown)].into_iter().chain(beside);
        let opened: Vec<_> = files.filter_map(|file| identity(&file).ok().map(|one| (file, one))).collect();
        // Some of SQLite's own file systems keep names, and no files.
        let is_there = opened.first().is_some_and(|(file, _)| *file == Path::new(shown));
        Ok(is_there.then(|| Files {
            given: given.to_owned(),
            lengths: Lengths::of(Path::new(&path)),
            path: path.into(),
            opened,
            lock: OnceLock::new(),
        }))
    }

    /// Checks that the files at their paths are still those that were opened.
    ///
    /// # Errors
    /// [`DbError::Replaced`] if not.
    pub(super) fn check(&self) -> Result<(), DbError> {
        let is_same = |(file, opened): &(PathBuf, Identity)| match identity(file) {
            Ok(found) => found == *opened,
            // Something else is wrong with it, of which SQLite tells.
            Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        };
        if self.opened.iter().chain(self.lock.get()).all(is_same) {
            Ok(())
        } else {
            Err(DbError::Replaced(self.given.clone()))
        }
    }

    /// How long they are.
    pub(super) fn lengths(&self) -> &Lengths {
        &self.lengths
    }

    /// Checks the file at this path as well from now on.
    pub(super) fn watch(&self, lock: PathBuf, identity: Identity) {
        let _ = self.lock.set((lock, identity));
    }

    /// The path as it was given.
    pub(super) fn given(&self) -> &str {
        &self.given
    }

    /// Where the database is, without symbolic links.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
