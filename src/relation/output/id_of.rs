//! The id of a row of an entity, as an argument.

use crate::db::Id;
use crate::relation::model::Stored;
use async_graphql::{ID, InputType, InputValueError, InputValueResult, Value, registry::Registry};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// The id of a row of `T`, whichever keys `T` has. As an argument it is an `ID`, which is read as the key of `T` that it must be:
/// a UUID, or a number. Where it is a number, it knows its table, as the ids in events do.
pub struct IdOf<T>(Id, PhantomData<fn() -> T>);

impl<T> IdOf<T> {
    /// The id itself.
    pub fn id(self) -> Id {
        self.0
    }
}

impl<T: Stored> From<i64> for IdOf<T> {
    fn from(number: i64) -> IdOf<T> {
        IdOf(Id::from(number).of_table(T::TABLE), PhantomData)
    }
}

impl<T> From<IdOf<T>> for Id {
    fn from(id: IdOf<T>) -> Id {
        id.0
    }
}

impl<T> From<IdOf<T>> for Option<Id> {
    fn from(id: IdOf<T>) -> Option<Id> {
        Some(id.0)
    }
}

// Derived, these would ask the same of `T`.
impl<T> Clone for IdOf<T> {
    fn clone(&self) -> IdOf<T> {
        *self
    }
}

impl<T> Copy for IdOf<T> {}

impl<T> PartialEq for IdOf<T> {
    fn eq(&self, other: &IdOf<T>) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for IdOf<T> {}

impl<T> fmt::Debug for IdOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> fmt::Display for IdOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Stored + 'static> InputType for IdOf<T> {
    type RawValueType = IdOf<T>;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let read = T::KEY_KIND.read_id(&value.unwrap_or_default());
        let id = read.ok_or_else(|| InputValueError::custom(T::KEY_KIND.expected_id()))?;
        Ok(IdOf(id, PhantomData))
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }

    fn as_raw_value(&self) -> Option<&IdOf<T>> {
        Some(self)
    }
}
