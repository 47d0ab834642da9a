//! Values that stand in declarations, and the columns that they fit.

use super::columns::ColumnType;
use super::shape::{DefaultValue, ScopeCondition};
use crate::db::{Day, Fixed, Instant, Json, List};
use diesel::sql_types::{BigInt, Bool, Double, Integer, Nullable, SmallInt, Text};
use std::marker::PhantomData;

/// A value in a declaration, for a column of the SQL type `T`.
#[diagnostic::on_unimplemented(
    message = "a value of the type `{Self}` does not fit a column of the SQL type `{T}`",
    label = "not a value of this column",
    note = "texts, enums, dates and exact numbers take \"a text\", numbers a whole number, `Bool` true or false, and lists []"
)]
pub trait Literal<T>: Into<DefaultValue> {}

impl Literal<Text> for &'static str {}
impl Literal<SmallInt> for i64 {}
impl Literal<Integer> for i64 {}
impl Literal<BigInt> for i64 {}
impl Literal<Double> for i64 {}
impl Literal<Bool> for bool {}
impl Literal<Day> for &'static str {}
impl Literal<Instant> for &'static str {}
impl Literal<Json> for &'static str {}
// `[]`, which has no elements to say of what type they are.
impl<T> Literal<List<T>> for [(); 0] {}
impl<const PRECISION: u8, const SCALE: u8> Literal<Fixed<PRECISION, SCALE>> for &'static str {}
impl<const PRECISION: u8, const SCALE: u8> Literal<Fixed<PRECISION, SCALE>> for i64 {}
impl<
    V: Literal<T>,
    T: ColumnType + diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>,
> Literal<Nullable<T>> for V
{
}

/// What is declared of a column of the SQL type `T`.
#[derive(Debug)]
pub struct Of<T>(PhantomData<T>);

impl<T> Of<T> {
    /// The value of new rows.
    pub fn value(value: impl Literal<T>) -> DefaultValue {
        value.into()
    }

    /// The value is null.
    pub fn is_null() -> ScopeCondition {
        ScopeCondition::IsNull
    }

    /// The value is not null.
    pub fn not_null() -> ScopeCondition {
        ScopeCondition::NotNull
    }

    /// The value is this one.
    pub fn is(value: impl Literal<T>) -> ScopeCondition {
        ScopeCondition::Is(value.into())
    }

    /// The value is another one, and not null.
    pub fn is_not(value: impl Literal<T>) -> ScopeCondition {
        ScopeCondition::IsNot(value.into())
    }
}
