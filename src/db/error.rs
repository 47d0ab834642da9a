//! What can go wrong below GraphQL, typed where it arises. `crate::error` decides what a client sees of it.

use super::names::unique_name;
use crate::clock::WrongClock;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use tokio_postgres::error::SqlState;

/// What SQLite says of a statement that was stopped.
pub(super) const INTERRUPTED: &str = "interrupted";

/// A failed database operation.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection could be had, or it was lost: the caller may try again later.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The database gave up waiting, for a lock or for a statement to end: the caller may try again later.
    #[error("the database gave up waiting: {0}")]
    TimedOut(String),
    /// The address names a database that will not let us in, or that cannot be written to: trying again
    /// does not help.
    #[error("cannot use this DATABASE_URL: {0}")]
    Refused(String),
    /// A server has run out of something other than its disk: the caller may try again later.
    #[error("the database has run out of resources: {0}")]
    Exhausted(String),
    /// There is no room on the disk for what was to be written: it works again when there is.
    #[error("the disk is full: {0}")]
    DiskFull(String),
    /// The disk cannot be read, or not be written to.
    #[error("the disk fails: {0}")]
    DiskFailed(String),
    /// The SQLite file does not hold what SQLite wrote to it: nothing more is written to it by this process.
    #[error("the SQLite file is damaged ({0}): stop Doorway, and restore a back-up")]
    Damaged(String),
    /// The SQLite file at this path, or one that belongs to it, is no longer the one that was opened.
    #[error("the SQLite file {0} was deleted or replaced: restart Doorway")]
    Replaced(String),
    /// Another process serves the SQLite file at this path.
    #[error("another Doorway serves the SQLite file {0}: use PostgreSQL for several")]
    Served(String),
    /// Nothing is written at a time that cannot be right.
    #[error(transparent)]
    WrongClock(#[from] WrongClock),
    /// A row would have broken a constraint of the schema.
    #[error("constraint {constraint} violated: {message}")]
    Violation {
        /// The constraint's name as PostgreSQL has it: `users_username_key`. SQLite does not name its
        /// foreign keys; there it is empty.
        constraint: String,
        /// The database's own words, for the log.
        message: String,
    },
    /// It met another transaction, and one of the two had to give way: the same again may succeed.
    #[error("rolled back in favour of another transaction: {0}")]
    Deadlock(String),
    /// The transaction had failed before this statement; it can only be rolled back.
    #[error("the transaction has failed and was rolled back")]
    Aborted,
    /// A notice of this many bytes is longer than PostgreSQL carries.
    #[error("a notice of {0} bytes is too long")]
    NoticeTooLong(usize),
    /// The rows of one operation take more than so many bytes.
    #[error("more than {0} bytes of rows")]
    TooMuch(usize),
    /// The rows of all operations take more than so many bytes: the caller may try again later.
    #[error("more than {0} bytes of rows in all operations")]
    Crowded(usize),
    /// Anything else, which is a defect of ours or of the database's.
    #[error("{0}")]
    Failed(String),
}

impl From<DieselError> for DbError {
    /// Of SQLite, and of statements that cannot be rendered.
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return match error {
                DieselError::RollbackTransaction => DbError::Aborted,
                // That SQLite had rolled back already.
                DieselError::RollbackErrorOnCommit { commit_error, .. } => DbError::from(*commit_error),
                other => DbError::Failed(other.to_string()),
            };
        };
        match kind {
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation => DbError::Violation {
                constraint: constraint_name(info.message()),
                message: info.message().to_owned(),
            },
            // A file that another process holds; a statement that took too long.
            DatabaseErrorKind::Unknown
                if info.message().contains("database is locked") || info.message() == INTERRUPTED =>
            {
                DbError::TimedOut(info.message().to_owned())
            }
            DatabaseErrorKind::Unknown => DbError::of_sqlite(info.message().to_owned()),
            _ => DbError::Failed(info.message().to_owned()),
        }
    }
}

impl DbError {
    /// By SQLite's words, which are the same everywhere: Diesel does not give its codes.
    pub(super) fn of_sqlite(message: String) -> DbError {
        match &*message {
            "database or disk is full" => DbError::DiskFull(message),
            "out of memory" => DbError::Exhausted(message),
            // A limit of the process (`ulimit -f`) and a file system that has become read-only look like a disk that fails.
            "disk I/O error" | "attempt to write a readonly database" | "unable to open database file" => {
                DbError::DiskFailed(message)
            }
            "database disk image is malformed" | "file is not a database" => DbError::Damaged(message),
            _ => DbError::Failed(message),
        }
    }
}

impl From<tokio_postgres::Error> for DbError {
    /// By the code that the server gives (PostgreSQL, appendix A), whatever language its words are in.
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            // The connection has ended, or what came over it is no answer: it is not used again.
            return DbError::Unavailable(error.to_string());
        };
        let message = said.message().to_owned();
        match said.code() {
            &SqlState::UNIQUE_VIOLATION
            | &SqlState::FOREIGN_KEY_VIOLATION
            | &SqlState::NOT_NULL_VIOLATION
            | &SqlState::CHECK_VIOLATION => {
                let constraint = said.constraint().unwrap_or_default().to_owned();
                DbError::Violation { constraint, message }
            }
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => {
                DbError::Deadlock(message)
            }
            // `statement_timeout`, `lock_timeout`, or an operator who cancels the statement.
            &SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE => DbError::TimedOut(message),
            // What a server says that is shutting down, has crashed, or is starting.
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::IDLE_SESSION_TIMEOUT
            | &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => DbError::Unavailable(message),
            &SqlState::DISK_FULL => DbError::DiskFull(message),
            &SqlState::IO_ERROR => DbError::DiskFailed(message),
            // Its class: memory, connections, a limit that somebody has set.
            code if code.code().starts_with("53") => DbError::Exhausted(message),
            _ => DbError::Failed(message),
        }
    }
}

/// The violated constraint by PostgreSQL's naming rules: `TABLE_pkey` aside, which SQLite cannot tell from
/// a unique key, `TABLE_COLUMN_…_key`. SQLite says `UNIQUE constraint failed: users.username`. It has the names of CHECK constraints.
fn constraint_name(message: &str) -> String {
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return name.to_owned();
    }
    let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") else { return String::new() };
    let columns: Vec<(&str, &str)> =
        columns.split(", ").map(|column| column.split_once('.').unwrap_or(("", column))).collect();
    let table = columns.first().map_or("", |(table, _)| *table);
    unique_name(table, &columns.iter().map(|(_, column)| *column).collect::<Vec<_>>())
}
