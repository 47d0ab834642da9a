//! Why a mutation of a program's own has left nothing.

use super::user_error::{UserError, UserErrorCode};
use crate::db::DbError;
use crate::error::Failure;
use async_graphql::Error;

/// Why a mutation has left nothing: mistakes that the caller can fix, or an error.
#[derive(Debug)]
pub enum Undone {
    /// The mistakes, which the payload holds.
    Refused(Vec<UserError>),
    /// The database's error.
    Database(DbError),
    /// An error of the field.
    Failed(Failure),
}

impl Undone {
    /// A mistake in the argument that is called so in GraphQL.
    pub fn refused(code: UserErrorCode, argument: &str, message: impl Into<String>) -> Undone {
        Undone::Refused(vec![UserError::new(code, &[argument.to_owned()], message)])
    }

    /// The same mistakes, as those of this argument.
    #[must_use]
    pub fn at(mut self, argument: &str) -> Undone {
        if let Undone::Refused(errors) = &mut self {
            errors.iter_mut().for_each(|error| error.field = Some(vec![argument.to_owned()]));
        }
        self
    }

    /// The same mistakes, within the input object that is this argument.
    #[must_use]
    pub fn within(mut self, argument: &str) -> Undone {
        if let Undone::Refused(errors) = &mut self {
            errors.iter_mut().filter_map(|error| error.field.as_mut()).for_each(|field| {
                field.insert(0, argument.to_owned());
            });
        }
        self
    }
}

impl From<UserError> for Undone {
    fn from(error: UserError) -> Undone {
        Undone::Refused(vec![error])
    }
}

impl From<DbError> for Undone {
    fn from(error: DbError) -> Undone {
        Undone::Database(error)
    }
}

impl From<Error> for Undone {
    fn from(error: Error) -> Undone {
        Undone::Failed(error.into())
    }
}

impl From<Failure> for Undone {
    fn from(failure: Failure) -> Undone {
        Undone::Failed(failure)
    }
}
