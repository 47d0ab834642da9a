//! Tables as data: what the code declares and what migrations make have the same form.

mod questions;

use super::names::index_name;

/// Tables, in no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// Each once.
    pub tables: Vec<Table>,
}

impl Model {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The columns of its primary key. Several are a join table's, which has no row ids on SQLite.
    pub primary_key: Vec<String>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// The columns, or sets of columns, that are unique besides the primary key.
    pub uniques: Vec<Unique>,
    /// Conditions on rows, besides those of columns.
    pub checks: Vec<Check>,
    /// Its indexes, besides those of keys.
    pub indexes: Vec<Index>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may hold nothing.
    pub nullable: bool,
    /// What a row gets that does not say.
    pub default: Option<DefaultValue>,
    /// A condition on its values, the same SQL for both databases.
    pub check: Option<String>,
    /// The name of the condition that a list of texts ([`Kind::Enum`]) is, where it is not the one that PostgreSQL would choose.
    pub list_name: Option<String>,
    /// The expression that it is computed by and stored, the same SQL for both databases.
    pub generated: Option<String>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text, ordered by code point.
    Text,
    /// A key of 16 bytes.
    Id,
    /// A primary key of 64 bits: a number that the database gives.
    Identity,
    /// A point in time; on SQLite microseconds since 1970.
    Time,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 16 bits.
    SmallInt,
    /// A whole number of 64 bits.
    BigInt,
    /// A floating-point number of 64 bits.
    Float,
    /// True or false; on SQLite 1 or 0.
    Bool,
    /// An exact number; on SQLite its text.
    Decimal,
    /// An exact number of so many digits; on SQLite in units of its last decimal.
    Numeric {
        /// How many digits, up to 18.
        precision: u8,
        /// How many of them are decimals.
        scale: u8,
    },
    /// A day; on SQLite its text.
    Date,
    /// JSON; on SQLite its text.
    Json,
    /// Bytes.
    Bytes,
    /// One of these texts.
    Enum(Vec<String>),
    /// A list of values of this kind, which is none of texts that are listed; on SQLite its JSON.
    List(Box<Kind>),
}

/// The text that is an empty list, as SQLite has it.
pub(super) const EMPTY_LIST: &str = "[]";

/// What a row gets that does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultValue {
    /// A number, as SQL writes it.
    Number(String),
    /// A text, or the JSON of a list.
    Text(String),
    /// True or false.
    Bool(bool),
    /// The time of its transaction or statement, for [`Kind::Time`].
    Now,
    /// Any other expression, the same SQL for both databases.
    Sql(String),
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its columns.
    pub columns: Vec<String>,
    /// The table they refer to.
    pub table: String,
    /// That table's columns.
    pub to: Vec<String>,
    /// What becomes of a row when the one it refers to is deleted.
    pub on_delete: OnDelete,
}

/// What becomes of a row when the one it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// The row cannot be deleted, unless this one goes before the statement, or the transaction, ends.
    NoAction,
    /// The row cannot be deleted.
    Restrict,
    /// This row is deleted as well.
    Cascade,
    /// The key becomes null.
    SetNull,
    /// The key gets its default.
    SetDefault,
}

/// Columns whose values no two rows share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// The columns, in order.
    pub columns: Vec<String>,
}

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The constraint's name.
    pub name: String,
    /// The condition, the same SQL for both databases.
    pub expression: String,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns, in order; without those that are expressions.
    pub columns: Vec<IndexColumn>,
    /// Whether it keeps values unique.
    pub unique: bool,
    /// The statement that makes it, where it is more than columns: it has a condition, or expressions.
    pub sql: Option<String>,
}

/// A column of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexColumn {
    /// Its name.
    pub name: String,
    /// Greatest first.
    pub descending: bool,
}

impl Column {
    /// A column that must hold something, and nothing else about it.
    pub fn new(name: &str, kind: Kind) -> Column {
        Column {
            name: name.to_owned(),
            kind,
            nullable: false,
            default: None,
            check: None,
            list_name: None,
            generated: None,
        }
    }

    /// The same, which may hold nothing.
    #[must_use]
    pub fn nullable(self) -> Column {
        Column { nullable: true, ..self }
    }

    /// The same with a default.
    #[must_use]
    pub fn default(self, value: DefaultValue) -> Column {
        Column { default: Some(value), ..self }
    }

    /// The same with a condition.
    #[must_use]
    pub fn check(self, expression: &str) -> Column {
        Column { check: Some(expression.to_owned()), ..self }
    }
}

impl ForeignKey {
    /// From a column to a table's `id`.
    pub fn new(column: &str, table: &str, on_delete: OnDelete) -> ForeignKey {
        let columns = vec![column.to_owned()];
        ForeignKey { columns, table: table.to_owned(), to: vec!["id".to_owned()], on_delete }
    }
}

impl Unique {
    /// Of these columns.
    pub fn new(columns: &[&str]) -> Unique {
        Unique { columns: columns.iter().map(|&column| column.to_owned()).collect() }
    }
}

impl Index {
    /// A plain one of a table's columns, under PostgreSQL's name for it.
    pub fn new(table: &str, columns: &[&str]) -> Index {
        Index::ordered(table, &columns.iter().map(|&column| (column, false)).collect::<Vec<_>>())
    }

    /// The same with a direction for each column: whether the greatest comes first.
    pub fn ordered(table: &str, columns: &[(&str, bool)]) -> Index {
        // It can be walked either way: the first column's direction is the rising one.
        let turned = columns.first().is_some_and(|first| first.1);
        let columns: Vec<IndexColumn> = columns
            .iter()
            .map(|&(name, falls)| IndexColumn { name: name.to_owned(), descending: falls != turned })
            .collect();
        let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
        Index { name: index_name(table, &names), columns, unique: false, sql: None }
    }
}
