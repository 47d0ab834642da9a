//! Why a command ended early.

use crate::config::BadSetting;
use crate::db::DbError;
use crate::ddl::DdlError;
use std::{error::Error, io};

/// Why a command ended early. Its text is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Setting(#[from] BadSetting),
    #[error(transparent)]
    Database(#[from] DbError),
    #[error("pending migrations: {pending} (run `doorway migrate up`, or serve without --no-migrate)")]
    Pending { pending: usize },
    #[error("the database has rows, which may go with their tables: repeat with --yes to revert anyway")]
    RowsWouldGo,
    #[error(transparent)]
    Ddl(#[from] DdlError),
    #[error("the code and the migrations differ (run `doorway migrate generate NAME`)")]
    Differs,
    #[error("there are no demo rows: serve without --demo")]
    NoDemo,
    #[error("{0}")]
    Own(Box<dyn Error + Send + Sync>),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Failure {
    /// 2 for a setting that cannot work, 1 for everything else.
    pub fn code(&self) -> u8 {
        match self {
            Failure::Setting(_)
            | Failure::Database(DbError::Refused(_))
            | Failure::Ddl(DdlError::Usage(_)) => 2,
            _ => 1,
        }
    }

    /// Whether the reader of our output has left.
    pub fn is_broken_pipe(&self) -> bool {
        let error = match self {
            Failure::Io(error) => Some(error),
            Failure::Own(error) => error.downcast_ref(),
            _ => None,
        };
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}
