//! Mistakes that the caller can fix, as data in the payload. GraphQL's own errors are for everything else.

use crate::db::{check_name, foreign_key_name, primary_key_name, unique_name};
use crate::relation::{CheckRule, Column, LinkTable, Shape};
use async_graphql::{Enum, InputType, Name, SimpleObject, Value};

/// The kind of a mistake in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// Another row already has this value, and it must be unique.
    Taken,
    /// There is no row with this id or name, or the row to move is not in the list.
    NotFound,
    /// The value must not be null, empty or only spaces.
    Required,
    /// The text is too long. The message names the limit.
    TooLong,
    /// The list is too long. The message names the limit.
    TooMany,
    /// The input names the same row or value twice.
    Duplicate,
    /// The value is malformed: not an id, not a date, or a text with U+0000.
    Invalid,
    /// Other rows refer to the row, which cannot be deleted before them.
    InUse,
    /// The row's version is not `expectedVersion`. The payload has the row as it is now.
    Conflict,
}

/// An error in the input of a mutation.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// The kind of the mistake.
    pub code: UserErrorCode,
    /// The path to the input field, starting at the argument: names and list indexes, such as `inputs`, `2`, `title`.
    /// Null if the mistake is not about a single field.
    pub field: Option<Vec<String>>,
    /// What is wrong, in English, for people to read. Programs should use `code`.
    pub message: String,
}

impl UserError {
    /// Mistakes as they are in a response.
    pub(super) fn list(errors: &[UserError]) -> Value {
        let object = |error: &UserError| {
            let field = error.field.as_ref().map_or(Value::Null, |field| {
                Value::List(field.iter().map(|step| Value::from(step.as_str())).collect())
            });
            let code = error.code.to_value();
            let fields = [("code", code), ("field", field), ("message", Value::from(error.message.as_str()))];
            Value::Object(fields.into_iter().map(|(name, value)| (Name::new(name), value)).collect())
        };
        Value::List(errors.iter().map(object).collect())
    }

    /// With the way to the field that is wrong.
    pub(super) fn new(code: UserErrorCode, field: &[String], message: impl Into<String>) -> UserError {
        UserError { code, field: Some(field.to_vec()), message: message.into() }
    }
}

/// The mistakes behind a violated constraint, by its name as PostgreSQL has it: what the checks before the write
/// do not ask, or did not see because another transaction came in between. `argument` is the mutation's.
pub fn of_constraint(shapes: &[Shape], constraint: &str, argument: &str) -> Vec<UserError> {
    if let Some((shape, rule)) = unchecked(shapes, constraint) {
        return match rule {
            Unchecked::Unique(columns) => {
                let text = format!("another {} has this {}", shape.noun(), shape.input_fields(columns));
                let error = |column| {
                    UserError::new(UserErrorCode::Taken, &place(&shape, column, argument), text.clone())
                };
                columns.iter().map(error).collect()
            }
            Unchecked::Check(rule) => {
                vec![UserError::new(UserErrorCode::Invalid, &[argument.to_owned()], rule.message)]
            }
        };
    }
    checked(shapes, constraint, argument).into_iter().collect()
}

/// The way to a column's field; to the argument if inputs have none for it.
fn place(shape: &Shape, column: &Column, argument: &str) -> Vec<String> {
    let field = shape.writable().any(|one| one == column).then(|| shape.input_field(column));
    [argument.to_owned()].into_iter().chain(field).collect()
}

/// A constraint that the checks before a write know nothing of. To try again does not help.
pub(super) enum Unchecked {
    /// Several columns that are unique together.
    Unique(&'static [Column]),
    /// What a row must satisfy.
    Check(&'static CheckRule),
}

/// The constraint of this name, if it is such a one.
pub(super) fn unchecked(shapes: &[Shape], constraint: &str) -> Option<(Shape, Unchecked)> {
    shapes.iter().find_map(|shape| {
        let is_called = |columns: &&&[Column]| {
            let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
            constraint == unique_name(shape.table, &names)
        };
        let unique = shape.uniques.iter().find(is_called).map(|columns| Unchecked::Unique(columns));
        let is_check = |rule: &&CheckRule| constraint == check_name(shape.table, &[rule.name], 0);
        let check = || shape.checks.iter().find(is_check).map(Unchecked::Check);
        Some((*shape, unique.or_else(check)?))
    })
}

/// The mistake that a check before the write would have seen.
fn checked(shapes: &[Shape], constraint: &str, argument: &str) -> Option<UserError> {
    let path = |field: String| [argument.to_owned(), field];
    for shape in shapes {
        for column in shape.columns {
            let field = shape.input_field(column);
            if constraint == unique_name(shape.table, &[column.name])
                && shape.unique().any(|unique| unique == column)
            {
                return Some(UserError::new(UserErrorCode::Taken, &path(field), taken(shape, column)));
            }
            if constraint == foreign_key_name(shape.table, &[column.name]) {
                let text = "there is no row with this id";
                return Some(UserError::new(UserErrorCode::NotFound, &path(field), text));
            }
        }
    }
    // A join table's: of the foreign keys one row is gone, or the pair has been put in meanwhile.
    for relationship in shapes.iter().flat_map(|shape| shape.relationships) {
        let Some(link) = relationship.link.map(|link| link()).filter(|_| relationship.is_written()) else {
            continue;
        };
        let Some(LinkTable { table, .. }) = relationship.join.link else { continue };
        let keys: Vec<&str> = link.keys.iter().map(|key| key.name).collect();
        let is_gone = keys.iter().any(|key| constraint == foreign_key_name(table, &[key]));
        // SQLite does not tell a primary key from a unique one.
        let is_there = constraint == primary_key_name(table) || constraint == unique_name(table, &keys);
        let (code, text) = match (is_gone, is_there) {
            (true, _) => (UserErrorCode::NotFound, "one of these was deleted in the meantime"),
            (_, true) => (UserErrorCode::Duplicate, "one of these was added in the meantime"),
            _ => continue,
        };
        return Some(UserError::new(code, &path(relationship.field_name()), text));
    }
    None
}

/// The message for a value that another row has.
pub(super) fn taken(shape: &Shape, column: &Column) -> String {
    match shape.belongs_to(column) {
        Some(relationship) => {
            format!("this {} already has a {}", relationship.field_name(), shape.noun())
        }
        None => format!("another {} has this {}", shape.noun(), shape.input_field(column)),
    }
}
