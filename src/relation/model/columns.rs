//! Columns as data: what filters, orders and cursors know of them, taken from Diesel's `table!`.

use super::names::{camel_case, is_camel_case_of};
use crate::db::{Day, Decimal, Fixed, Guid, Id, Instant, Json, List};
use async_graphql::{Value, registry::Registry};
use diesel::{
    Expression,
    sql_types::{BigInt, Binary, Bool, Double, Integer, Nullable, SmallInt, Text},
};

/// A column of a table. It is told apart from the table's others by its name.
#[derive(Debug, Clone, Copy)]
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
    /// A key that is a UUID, ordered by its bytes.
    Id,
    /// A key that is a number of 64 bits: that of a row of this table. A text in JSON.
    Number(&'static str),
    /// A point in time.
    Time,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 16 bits.
    Small,
    /// A whole number of 64 bits: a text in JSON, since JavaScript's numbers have 53.
    Long,
    /// A floating-point number of 64 bits. It is finite.
    Float,
    /// A day, of the years 1 to 9999.
    Date,
    /// True or false; false is the lesser.
    Bool,
    /// An exact number of up to so many digits, so many of them after the point: a text in JSON.
    Decimal {
        /// How many digits, from 1 to 18.
        precision: u8,
        /// How many of them are decimals.
        scale: u8,
    },
    /// Bytes, ordered by them: a text in base64 in JSON.
    Bytes,
    /// A JSON value other than null. It has no order.
    Json,
    /// One of a few texts, ordered by code point.
    Enum(&'static EnumShape),
    /// A list of values of this kind, none of which is null. It has no order.
    List(&'static ColumnKind),
}

/// A GraphQL enum whose values are kept as texts. Written by [`text_enum!`](crate::text_enum).
#[derive(Debug)]
pub struct EnumShape {
    /// Its name in GraphQL.
    pub name: &'static str,
    /// Its values, in GraphQL and in the database.
    pub values: &'static [&'static str],
    /// Registers its type; returns its non-null form.
    pub register: fn(&mut Registry) -> String,
}

impl EnumShape {
    /// The value that is called so, if there is one.
    pub(crate) fn value(&self, name: &str) -> Option<&'static str> {
        self.values.iter().copied().find(|value| *value == name)
    }
}

impl PartialEq for EnumShape {
    fn eq(&self, other: &EnumShape) -> bool {
        self.name == other.name
    }
}

impl Eq for EnumShape {}

impl std::hash::Hash for EnumShape {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        self.name == other.name
    }
}

impl Eq for Column {}

impl std::hash::Hash for Column {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ColumnKind {
    /// The key that a text is, or a number in an input; none if it is no such key.
    pub fn read_id(self, value: &Value) -> Option<Id> {
        match (self, value) {
            (ColumnKind::Number(table), Value::String(text)) => {
                Id::from_digits(text).map(|id| id.of_table(table))
            }
            (ColumnKind::Number(table), Value::Number(number)) => {
                number.as_i64().map(|number| Id::from(number).of_table(table))
            }
            (ColumnKind::Id, Value::String(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// The key as one of those that the column holds: a number is of a table.
    pub(crate) fn own_id(self, id: Id) -> Id {
        match self {
            ColumnKind::Number(table) => id.of_table(table),
            _ => id,
        }
    }

    /// What a key of this kind must be.
    pub fn expected_id(self) -> &'static str {
        match self {
            ColumnKind::Number(_) => {
                "must be an id as this server gives them, a whole number of 64 bits in decimal digits"
            }
            _ => "must be an id as this server gives them, a UUID in text form",
        }
    }

    /// Whether its values can be compared, so that lists can be ordered by it.
    pub(crate) const fn is_ordered(self) -> bool {
        !matches!(self, ColumnKind::Json | ColumnKind::List(_))
    }

    /// The least and the greatest whole number that it may hold, if it holds whole numbers.
    pub(crate) fn range(self) -> Option<std::ops::RangeInclusive<i64>> {
        match self {
            ColumnKind::Small => Some(i16::MIN.into()..=i16::MAX.into()),
            ColumnKind::Int => Some(i32::MIN.into()..=i32::MAX.into()),
            ColumnKind::Long => Some(i64::MIN..=i64::MAX),
            _ => None,
        }
    }
}

/// What a column is for. The server maintains all but [`Role::Data`], by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The primary key, `id`.
    Key,
    /// When the row was created, `created_at`.
    CreatedAt,
    /// When the row last changed, `updated_at`.
    UpdatedAt,
    /// How often the row has changed, `version`.
    Version,
    /// What inputs set: every other column.
    Data,
}

impl Column {
    /// What it is for.
    pub fn role(&self) -> Role {
        match self.name {
            "id" => Role::Key,
            "created_at" => Role::CreatedAt,
            "updated_at" => Role::UpdatedAt,
            "version" => Role::Version,
            _ => Role::Data,
        }
    }

    /// Every entity's primary key, by its name. Whether it is a number, its shape says.
    pub const KEY: Column = Column { name: "id", kind: ColumnKind::Id, nullable: false };

    /// A number of rows, as filters see it.
    pub const COUNT: Column = Column { name: "count", kind: ColumnKind::Int, nullable: false };

    /// A column of keys of this kind. None is NULL.
    pub const fn of_keys(name: &'static str, kind: ColumnKind) -> Column {
        Column { name, kind, nullable: false }
    }

    /// The column of this name: for declarations, in which one that is not there does not compile.
    pub const fn named(columns: &'static [Column], name: &str) -> Column {
        let mut nth = 0;
        while nth < columns.len() {
            if same_text(columns[nth].name, name) {
                return columns[nth];
            }
            nth += 1;
        }
        #[allow(clippy::panic, reason = "while compiling")]
        {
            panic!("the table has no such column")
        }
    }

    /// The same, declared unique. Does not compile for a column of JSON, or of lists: whether two values are the same is for each
    /// database to say.
    #[allow(clippy::panic, reason = "while compiling")]
    pub const fn unique(self) -> Column {
        match self.kind {
            ColumnKind::Json => panic!("a column of JSON cannot be unique"),
            ColumnKind::List(_) => panic!("a column of lists cannot be unique"),
            _ => self,
        }
    }

    /// Its name, as the column that rows are named by. Does not compile unless it holds text.
    #[allow(clippy::panic, reason = "while compiling")]
    pub const fn naming(self) -> &'static str {
        match self.kind {
            ColumnKind::Text => self.name,
            _ => panic!("rows can only be named by a column of text"),
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
#[doc(hidden)]
pub const fn same_text(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut nth = 0;
    while nth < a.len() && nth < b.len() && a[nth] == b[nth] {
        nth += 1;
    }
    nth == a.len() && nth == b.len()
}

/// The SQL types that columns may have.
#[diagnostic::on_unimplemented(
    message = "columns of the SQL type `{Self}` are not supported",
    label = "not a supported column type",
    note = "columns may be `Text`, `Guid`, `Instant`, `Integer`, `SmallInt`, `BigInt`, `Double`, `Fixed`, `Day`, `Bool`, `Binary`, `Json`, a type of `text_enum!`, `List` of any but `Json`, and `Nullable` of these"
)]
pub trait ColumnType {
    /// What it is for GraphQL.
    const KIND: ColumnKind;
    /// Whether it is `Nullable<…>`.
    const NULLABLE: bool = false;
}

macro_rules! column_types {
    ($($sql:ident => $kind:ident),* $(,)?) => {
        $(impl ColumnType for $sql {
            const KIND: ColumnKind = ColumnKind::$kind;
        })*
    };
}
column_types! {
    Text => Text,
    Guid => Id,
    Instant => Time,
    Integer => Int,
    SmallInt => Small,
    BigInt => Long,
    Double => Float,
    Day => Date,
    Bool => Bool,
    Json => Json,
    Binary => Bytes,
}

impl<const PRECISION: u8, const SCALE: u8> ColumnType for Fixed<PRECISION, SCALE> {
    const KIND: ColumnKind = {
        assert!(0 < PRECISION && PRECISION <= Decimal::MAX_PRECISION, "a precision is from 1 to 18");
        assert!(SCALE <= PRECISION, "a scale is up to the precision");
        ColumnKind::Decimal { precision: PRECISION, scale: SCALE }
    };
}

/// The SQL types that the elements of lists may have.
#[diagnostic::on_unimplemented(
    message = "a list cannot hold elements of the SQL type `{Self}`",
    label = "not a type of elements",
    note = "elements may be `Text`, `Guid`, `Instant`, `Integer`, `SmallInt`, `BigInt`, `Double`, `Fixed`, `Day`, `Bool`, `Binary`, and a type of `text_enum!`: never null, no JSON, no lists"
)]
pub trait ElementType: ColumnType {}

macro_rules! element_types {
    ($($sql:ident),*) => {
        $(impl ElementType for $sql {})*
    };
}
element_types!(Text, Guid, Instant, Integer, SmallInt, BigInt, Double, Day, Bool, Binary);

impl<const PRECISION: u8, const SCALE: u8> ElementType for Fixed<PRECISION, SCALE> {}

impl<T: ElementType> ColumnType for List<T> {
    const KIND: ColumnKind = ColumnKind::List(&T::KIND);
}

impl<T: ColumnType + diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>> ColumnType
    for Nullable<T>
{
    const KIND: ColumnKind = T::KIND;
    const NULLABLE: bool = true;
}

/// All columns of a `table!`.
#[diagnostic::on_unimplemented(
    message = "the columns of this table are not all supported",
    label = "has an unsupported column, or more than 24 of them",
    note = "columns may be `Text`, `Guid`, `Instant`, `Integer`, `SmallInt`, `BigInt`, `Double`, `Fixed`, `Day`, `Bool`, `Binary`, `Json`, a type of `text_enum!`, `List` of any but `Json`, and `Nullable` of these"
)]
pub trait Columns {
    /// What they are, in order.
    const COLUMNS: &'static [Column];
}

/// A single column of a `table!`.
#[diagnostic::on_unimplemented(
    message = "the column `{Self}` is not supported",
    label = "not a column of a supported type",
    note = "columns may be `Text`, `Guid`, `Instant`, `Integer`, `SmallInt`, `BigInt`, `Double`, `Fixed`, `Day`, `Bool`, `Binary`, `Json`, a type of `text_enum!`, `List` of any but `Json`, and `Nullable` of these"
)]
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
