//! Why a command ended early.

use crate::config::BadSetting;
use crate::db::DbError;
use crate::ddl::DdlError;
use crate::{import, seed};
use std::io;

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
    #[error(transparent)]
    Import(#[from] import::ImportError),
    #[error(transparent)]
    Seed(#[from] seed::SeedError),
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
}
