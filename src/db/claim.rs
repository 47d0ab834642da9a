//! One server for each SQLite file: subscribers of one would never hear what another one writes.
//!
//! A lock on a file of our own, beside the database: on SQLite's files, it could get in the way of SQLite's locks. The system gives
//! it up with the process, however that ends.

use super::database::{Connections, Db};
use super::error::DbError;
use super::files::{identity, identity_of};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// A SQLite file that this process serves, and no other, until this is dropped.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Claim {
    path: PathBuf,
    /// Holds the lock until it is closed.
    lock: File,
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Another one may be in its place, and another process's. Left behind by a process that was killed, it does no harm.
        if is_at(&self.lock, &self.path).is_ok_and(|is_ours| is_ours) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Db {
    /// Claims the SQLite file for this process. `None` where there is none to claim, and where the file system has no locks or
    /// nothing can be written beside the file: that is logged.
    ///
    /// # Errors
    /// [`DbError::Served`] when another process has claimed it.
    pub fn claim(&self) -> Result<Option<Claim>, DbError> {
        let Connections::Sqlite(sqlite) = &self.connections else { return Ok(None) };
        let Some(files) = sqlite.files() else { return Ok(None) };
        let mut path = files.path().as_os_str().to_owned();
        path.push("-lock");
        match claim(Path::new(&path)) {
            Ok(claim) => {
                if let Ok(metadata) = claim.lock.metadata() {
                    files.watch(claim.path.clone(), identity_of(&metadata));
                }
                Ok(Some(claim))
            }
            Err(TryLockError::WouldBlock) => Err(DbError::Served(files.given().to_owned())),
            Err(TryLockError::Error(error)) => {
                let path = path.display();
                tracing::warn!(%path, %error, "cannot tell whether another Doorway serves this SQLite file");
                Ok(None)
            }
        }
    }
}

fn claim(path: &Path) -> Result<Claim, TryLockError> {
    loop {
        let lock = File::options().write(true).create(true).truncate(false).open(path);
        let lock = lock.map_err(TryLockError::Error)?;
        lock.try_lock()?;
        // Whoever had it may have removed it since it was opened.
        if is_at(&lock, path).map_err(TryLockError::Error)? {
            return Ok(Claim { path: path.to_owned(), lock });
        }
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let opened = identity_of(&file.metadata()?);
    match identity(path) {
        Ok(found) => Ok(found == opened),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
