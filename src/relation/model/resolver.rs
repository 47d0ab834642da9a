//! Computed fields as data: what each reads of its row, and the function that makes its value of that.

use super::columns::Column;
use super::from_json::FromJson;
use super::names::camel_case;
use crate::db::Reader;
use crate::error::{Failure, bad_argument, internal};
use async_graphql::{
    Error, InputType, OutputType, Result, Value,
    registry::{MetaInputValue, Registry},
};
use futures_util::future::BoxFuture;
use std::{fmt, sync::Arc};

/// A field of an entity that a function computes. Written by [`resolvers!`](crate::resolvers).
#[derive(Debug, Clone, Copy)]
pub struct Resolver {
    /// Its name in Rust: `display_name`.
    pub field: &'static str,
    /// Its description in the schema.
    pub description: &'static str,
    /// Registers its type; returns its name.
    pub ty: fn(&mut Registry) -> String,
    /// Its arguments.
    pub arguments: fn(&mut Registry) -> Vec<MetaInputValue>,
    /// What it reads.
    pub inputs: &'static [ResolverInput],
    /// What makes its value.
    pub resolve: Resolve,
    /// The rows that its value names, if it is no value of its own.
    pub rows: Option<ResolvedRows>,
}

/// That a computed field leads to rows, whose ids are its value.
#[derive(Debug, Clone, Copy)]
pub struct ResolvedRows {
    /// The name of their entity's type.
    pub entity: &'static str,
    /// Whether there may be several.
    pub many: bool,
}

/// The type of a computed field: a scalar, an enum, a list of these, or rows of an entity.
#[diagnostic::on_unimplemented(
    message = "computed fields cannot be of the type `{Self}`",
    label = "not a type of computed fields",
    note = "a scalar, an enum, `Option` and `Vec` of them, `RowsOf<AnEntity>` and `RowOf<AnEntity>` can"
)]
pub trait FieldType {
    /// The rows that it stands for.
    const ROWS: Option<ResolvedRows> = None;
    /// Registers it; returns its name.
    fn register(registry: &mut Registry) -> String;
    /// The value, or the ids of the rows.
    fn into_value(self) -> Value;
}

impl<T: InputType + OutputType> FieldType for T {
    fn register(registry: &mut Registry) -> String {
        <T as OutputType>::create_type_info(registry)
    }

    fn into_value(self) -> Value {
        self.to_value()
    }
}

/// What a resolver reads of a row.
#[derive(Debug, Clone, Copy)]
pub enum ResolverInput {
    /// A column.
    Column(Column),
    /// These columns of all rows that a relationship leads to.
    Rows(&'static str, &'static [Column]),
    /// How many rows a relationship leads to.
    Count(&'static str),
}

/// How a resolver makes its values.
#[derive(Clone, Copy)]
pub enum Resolve {
    /// For each row alone.
    Each(fn(&mut Inputs<'_>) -> Result<Value>),
    /// For all rows of a wave together, with statements of its own: one value for each, in their order.
    Batch(fn(Vec<Inputs<'_>>, Arc<Reader>) -> Result<Batch>),
}

/// A batch that runs. What it needs of the rows it has.
pub type Batch = BoxFuture<'static, Result<Vec<Result<Value>>>>;

impl fmt::Debug for Resolve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Resolve::Each(_)) { "Each" } else { "Batch" })
    }
}

/// The inputs of a row, in the order of the declaration, and the field's arguments.
pub struct Inputs<'a> {
    given: std::vec::IntoIter<Given<'a>>,
    arguments: &'a [(String, Value)],
}

/// An input of a row.
pub enum Given<'a> {
    /// The JSON of a column.
    Cell(&'a [u8]),
    /// That of the columns of other rows.
    Rows(Vec<Vec<&'a [u8]>>),
    /// A number of rows.
    Count(i64),
}

/// The cells of a row that a relationship leads to.
pub struct RowCells<'a>(std::vec::IntoIter<&'a [u8]>);

/// A defect in how this crate calls a resolver.
fn unreadable() -> Error {
    internal(&"an input of a resolver cannot be read")
}

impl<'a> Inputs<'a> {
    /// The inputs of a row.
    pub(crate) fn new(given: Vec<Given<'a>>, arguments: &'a [(String, Value)]) -> Inputs<'a> {
        Inputs { given: given.into_iter(), arguments }
    }

    /// The argument that is called so in Rust.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` if it is not of its type.
    pub fn argument<T: InputType>(&self, name: &str, default: Option<fn() -> T>) -> Result<T> {
        let name = camel_case(name);
        let value = self.arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        match (value, default) {
            (None, Some(default)) => Ok(default()),
            (Some(Value::Null), Some(_)) => Err(bad_argument(&name, "must not be null: omit it")),
            (value, _) => T::parse(value).map_err(|error| {
                let error = error.into_server_error(async_graphql::Pos::default());
                bad_argument(&name, &format!("cannot be read: {}", error.message))
            }),
        }
    }

    /// The next input, a column.
    ///
    /// # Errors
    /// Where it is none of this type.
    pub fn cell<R, T: FromJson>(&mut self, _: fn(&R) -> &T) -> Result<T> {
        match self.given.next() {
            Some(Given::Cell(json)) => T::from_json(json).ok_or_else(unreadable),
            _ => Err(unreadable()),
        }
    }

    /// The next input, the rows that a relationship leads to.
    ///
    /// # Errors
    /// Where one of them cannot be read.
    pub fn rows<T>(&mut self, read: impl Fn(&mut RowCells<'_>) -> Result<T>) -> Result<Vec<T>> {
        match self.given.next() {
            Some(Given::Rows(rows)) => {
                rows.into_iter().map(|row| read(&mut RowCells(row.into_iter()))).collect()
            }
            _ => Err(unreadable()),
        }
    }

    /// The next input, the number of rows that a relationship leads to.
    ///
    /// # Errors
    /// Where it is none.
    pub fn count(&mut self) -> Result<i64> {
        match self.given.next() {
            Some(Given::Count(count)) => Ok(count),
            _ => Err(unreadable()),
        }
    }
}

impl RowCells<'_> {
    /// The next column.
    ///
    /// # Errors
    /// Where it is not of this type.
    pub fn cell<R, T: FromJson>(&mut self, _: fn(&R) -> &T) -> Result<T> {
        self.0.next().and_then(T::from_json).ok_or_else(unreadable)
    }
}

/// What a resolver may give for a field of the type `T`: a value, or the error of the field.
#[diagnostic::on_unimplemented(
    message = "a field of the type `{T}` cannot be a `{Self}`",
    label = "this is a `{Self}`",
    note = "give a `{T}`, or a `Result<{T}, Failure>`"
)]
pub trait Resolved<T> {
    /// The value, or why there is none.
    ///
    /// # Errors
    /// That of the field.
    fn resolved(self) -> Result<T>;
}

impl<T> Resolved<T> for T {
    fn resolved(self) -> Result<T> {
        Ok(self)
    }
}

impl<T, E: Into<Failure>> Resolved<T> for std::result::Result<T, E> {
    fn resolved(self) -> Result<T> {
        self.map_err(|error| error.into().into())
    }
}

/// The value of a field of the type `T`.
///
/// # Errors
/// That of the field.
pub fn resolved<T: FieldType>(value: impl Resolved<T>) -> Result<Value> {
    value.resolved().map(T::into_value)
}

/// The values of a field of the type `T`.
///
/// # Errors
/// That of all of them.
pub async fn resolved_together<T: FieldType, R: Resolved<T>, E: Into<Failure>>(
    batch: impl Future<Output = std::result::Result<Vec<R>, E>>,
) -> Result<Vec<Result<Value>>> {
    let values = batch.await.map_err(Into::into)?;
    Ok(values.into_iter().map(resolved::<T>).collect())
}
