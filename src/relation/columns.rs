//! Columns as data: what filters, orders and cursors know of them, taken from Diesel's `table!`.

use crate::db::{Guid, Instant};
use diesel::{
    Expression,
    sql_types::{Integer, Nullable, Text},
};

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its name in the database: `created_at`.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Text, ordered by code point.
    Text,
    /// A key, ordered by its bytes.
    Id,
    /// A point in time.
    Time,
    /// A whole number.
    Int,
}

impl Column {
    /// Every entity's primary key.
    pub const KEY: Column = Column::id("id");

    /// A column that holds a key.
    pub const fn id(name: &'static str) -> Column {
        Column { name, kind: ColumnKind::Id, nullable: false }
    }

    /// The column of this name: for declarations, in which one that is not there does not compile.
    pub const fn named(columns: &'static [Column], name: &str) -> Column {
        let mut nth = 0;
        while nth < columns.len() {
            if same(columns[nth].name.as_bytes(), name.as_bytes()) {
                return columns[nth];
            }
            nth += 1;
        }
        #[allow(clippy::panic, reason = "while compiling")]
        {
            panic!("the table has no such column")
        }
    }

    /// Its name in GraphQL: `createdAt` for `created_at`.
    pub fn graphql_name(&self) -> String {
        camel_case(self.name)
    }

    /// Whether `field` is its name in GraphQL: `createdAt` for `created_at`.
    pub fn is_called(&self, field: &str) -> bool {
        is_camel_case_of(field, self.name)
    }
}

/// `==`, for constants.
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut nth = 0;
    while nth < a.len() && nth < b.len() && a[nth] == b[nth] {
        nth += 1;
    }
    nth == a.len() && nth == b.len()
}

/// Whether `camel` is the camel case of `snake`.
pub(super) fn is_camel_case_of(camel: &str, snake: &str) -> bool {
    let mut expected = snake.bytes();
    let same = camel.bytes().all(|byte| match expected.next() {
        Some(b'_') => expected.next().is_some_and(|next| next.to_ascii_uppercase() == byte),
        next => next == Some(byte),
    });
    same && expected.next().is_none()
}

/// `createdAt` for `created_at`.
pub fn camel_case(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &pascal_case(word))
}

/// `CreatedAt` for `created_at`.
pub(super) fn pascal_case(snake: &str) -> String {
    let capital = |word: &str| word.get(..1).unwrap_or("").to_ascii_uppercase() + word.get(1..).unwrap_or("");
    snake.split('_').map(capital).collect()
}

/// The SQL types that columns may have.
pub trait ColumnType {
    /// What it is for GraphQL.
    const KIND: ColumnKind;
    /// Whether it is `Nullable<…>`.
    const NULLABLE: bool = false;
}

impl ColumnType for Text {
    const KIND: ColumnKind = ColumnKind::Text;
}

impl ColumnType for Guid {
    const KIND: ColumnKind = ColumnKind::Id;
}

impl ColumnType for Instant {
    const KIND: ColumnKind = ColumnKind::Time;
}

impl ColumnType for Integer {
    const KIND: ColumnKind = ColumnKind::Int;
}

impl<T: ColumnType + diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>> ColumnType
    for Nullable<T>
{
    const KIND: ColumnKind = T::KIND;
    const NULLABLE: bool = true;
}

/// All columns of a `table!`.
pub trait Columns {
    /// What they are, in order.
    const COLUMNS: &'static [Column];
}

/// A single column of a `table!`.
pub trait Described {
    /// What it is.
    const COLUMN: Column;
}

impl<C> Described for C
where
    C: diesel::Column + Expression<SqlType: ColumnType>,
{
    const COLUMN: Column = Column {
        name: C::NAME,
        kind: <C::SqlType as ColumnType>::KIND,
        nullable: <C::SqlType as ColumnType>::NULLABLE,
    };
}

/// `table!` has a tuple type for all its columns; one implementation for each length.
macro_rules! tuples {
    ($($first:ident $($rest:ident)*)?) => {
        $(impl<$first: Described, $($rest: Described),*> Columns for ($first, $($rest,)*) {
            const COLUMNS: &'static [Column] = &[$first::COLUMN, $($rest::COLUMN),*];
        }
        tuples! { $($rest)* })?
    };
}
tuples! { A B C D E F G H I J K L M N O P Q R S T U V W X }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_recognised_as_they_are_written() {
        for (snake, camel) in [("id", "id"), ("created_at", "createdAt"), ("a_b_c", "aBC")] {
            assert_eq!(camel_case(snake), camel);
            assert!(is_camel_case_of(camel, snake));
        }
        for other in ["created_at", "createdat", "createdA", "createdAtt", "CreatedAt", ""] {
            assert!(!is_camel_case_of(other, "created_at"), "{other}");
        }
        assert_eq!(pascal_case("blog_posts"), "BlogPosts");
    }
}
