//! What a client sees of an error: mapped once, here.
//!
//! Every error carries `extensions.code`. An error that a client can fix says what is wrong and where. Any other is
//! logged in full with a random id, and only the id is sent.

use crate::db::{DbError, Id};
use async_graphql::{Error, ErrorExtensionValues, Pos, ServerError};
use std::sync::Arc;

/// `extensions.code` of an argument that breaks its bounds.
pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
/// `extensions.code` of an operation whose rows were changed by another one meanwhile.
pub const CONFLICT: &str = "CONFLICT";
/// `extensions.code` while the database cannot be reached; the same request may succeed later.
pub const SERVICE_UNAVAILABLE: &str = "SERVICE_UNAVAILABLE";
/// `extensions.code` of a mutation that was executed, and whose response was not sent because too many others wait to be read.
pub const RESPONSE_DROPPED: &str = "RESPONSE_DROPPED";
/// `extensions.code` of a mutation that took longer than it may. Some of its fields may have been executed.
pub const TIMED_OUT: &str = "TIMED_OUT";
/// `extensions.code` of a subscriber that fell too far behind; it may subscribe again, and read again.
pub const TOO_SLOW: &str = "TOO_SLOW";
/// `extensions.code` of a defect of ours, with `extensions.errorId` as in the log.
pub const INTERNAL_SERVER_ERROR: &str = "INTERNAL_SERVER_ERROR";
/// `extensions.code` of a document that is no GraphQL.
pub const GRAPHQL_PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
/// `extensions.code` of a document that was named and is not known here; clients answer by sending it.
pub const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
/// `extensions.code` of a document that was sent where only those run that the server was started with.
pub const DOCUMENT_NOT_TRUSTED: &str = "DOCUMENT_NOT_TRUSTED";
/// `extensions.code` of a document or variables that the schema does not allow.
pub const GRAPHQL_VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";

/// What a client is told whose request would be too much beside those of others.
pub const BUSY: &str = "the server is busy: try again later";

/// Marks the error of a request that was too much beside those of others.
struct Busy;

/// Whether the error is that of a request which was too much beside those of others.
pub fn is_busy(error: &ServerError) -> bool {
    error.source::<Busy>().is_some()
}

/// An error with its `extensions.code`.
pub fn coded(code: &str, message: impl Into<String>) -> Error {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    Error { message: message.into(), source: None, extensions: Some(extensions) }
}

/// The error as a response holds it, where it is about no one place of the document.
pub fn without_location(error: Error) -> ServerError {
    ServerError { locations: Vec::new(), ..error.into_server_error(Pos::default()) }
}

/// The error for an argument that breaks its bounds: `problem` continues "argument `name` ".
pub fn bad_argument(name: &str, problem: &str) -> Error {
    coded(BAD_USER_INPUT, format!("argument `{name}` {problem}"))
}

/// The error for anything that went wrong inside: logged under an id, of which the client gets the id.
pub fn masked(code: &str, message: &str, details: &dyn std::fmt::Display) -> Error {
    let error_id = Id::new().to_string();
    tracing::error!(%error_id, code, "{details}");
    let mut error = coded(code, format!("{message} (error {error_id})"));
    error.extensions.get_or_insert_default().set("errorId", error_id);
    error
}

/// The error for a defect of ours, or of a program's own code: logged with its `details`, of which the client gets the id.
pub fn internal(details: &dyn std::fmt::Display) -> Error {
    masked(INTERNAL_SERVER_ERROR, "something went wrong inside the server", details)
}

/// Maps a failed statement.
// Not a `From`: async-graphql has one for every `Display`, which would send the text.
#[allow(clippy::needless_pass_by_value, reason = "fits map_err")]
pub fn from_database(error: DbError) -> Error {
    match &error {
        DbError::Deadlock(_) => {
            masked(CONFLICT, "other requests are changing the same data: try again", &error)
        }
        DbError::Unavailable(_) | DbError::Refused(_) => {
            masked(SERVICE_UNAVAILABLE, "the database cannot be reached: try again later", &error)
        }
        DbError::TimedOut(_) => {
            masked(SERVICE_UNAVAILABLE, "the database gave up waiting: try again later", &error)
        }
        DbError::Crowded(_) => Error { source: Some(Arc::new(Busy)), ..coded(SERVICE_UNAVAILABLE, BUSY) },
        DbError::TooMuch(_) => {
            coded(BAD_USER_INPUT, "the response would have too much text: select less, or fewer rows")
        }
        DbError::Exhausted(_)
        | DbError::DiskFull(_)
        | DbError::DiskFailed(_)
        | DbError::Damaged(_)
        | DbError::Replaced(_)
        | DbError::Served(_)
        | DbError::WrongClock(_) => {
            masked(SERVICE_UNAVAILABLE, "the server cannot do this at the moment: try again later", &error)
        }
        DbError::Violation { .. } | DbError::Aborted | DbError::NoticeTooLong(_) | DbError::Failed(_) => {
            internal(&error)
        }
    }
}

/// Why a program's own code gives no value. `?` makes one of [`DbError`], and of an error with a code ([`coded`]), which is sent as it
/// is. An error without a code is logged, and its text is not sent.
#[derive(Debug, Clone)]
pub struct Failure(Error);

impl From<DbError> for Failure {
    fn from(error: DbError) -> Failure {
        Failure(from_database(error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let has_code = error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some());
        Failure(if has_code { error } else { internal(&error.message) })
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        failure.0
    }
}
