//! Tables as data: what the code declares and what migrations make have the same form.

use super::names::{check_name, index_name};
use super::text::{in_list, normal, quoted};

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
    /// A day; on SQLite its text.
    Date,
    /// JSON; on SQLite its text.
    Json,
    /// Bytes.
    Bytes,
    /// One of these texts.
    Enum(Vec<String>),
}

/// What a row gets that does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultValue {
    /// A number, as SQL writes it.
    Number(String),
    /// A text.
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
        Column { name: name.to_owned(), kind, nullable: false, default: None, check: None, generated: None }
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

    /// The condition that its kind is on both databases.
    pub(super) fn kind_check(&self) -> Option<String> {
        let Kind::Enum(values) = &self.kind else { return None };
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        Some(format!("{} IN ({})", super::names::ident(&self.name), values.join(", ")))
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

    /// Whether it names the column, be it in an expression.
    pub(super) fn mentions(&self, column: &str) -> bool {
        let text = self.sql.as_deref().is_some_and(|sql| normal(sql).iter().any(|token| token == column));
        text || self.columns.iter().any(|one| one.name == column)
    }

    /// Whether it serves those who need `wanted`: it begins with its columns.
    fn serves(&self, wanted: &Index) -> bool {
        let same = |turn: bool| {
            let mut pairs = wanted.columns.iter().zip(&self.columns);
            pairs.all(|(one, own)| one.name == own.name && one.descending == (own.descending != turn))
        };
        self.sql.is_none() && wanted.columns.len() <= self.columns.len() && (same(false) || same(true))
    }
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The foreign key that is this column alone.
    pub(super) fn key_of(&self, column: &str) -> Option<&ForeignKey> {
        self.foreign_keys.iter().find(|key| key.columns == [column])
    }

    /// Whether the column alone is unique, by a constraint.
    pub(super) fn is_unique(&self, column: &str) -> bool {
        self.uniques.iter().any(|unique| unique.columns == [column])
    }

    /// Whether no two rows share these columns' values: by a constraint or by an index.
    pub(super) fn keeps_unique(&self, columns: &[String]) -> bool {
        let plain = |index: &Index| index.unique && index.sql.is_none();
        let named = |index: &Index| index.columns.iter().map(|column| &column.name).eq(columns);
        self.uniques.iter().any(|unique| unique.columns == columns)
            || self.indexes.iter().any(|index| plain(index) && named(index))
    }

    /// The conditions that columns and rows have, those of kinds aside.
    pub(super) fn own_checks(&self) -> Vec<Check> {
        let of_columns = self.columns.iter().filter_map(|column| {
            // PostgreSQL numbers those that would have the same name.
            let nth = usize::from(column.kind_check().is_some());
            let name = check_name(&self.name, &[&*column.name], nth);
            Some(Check { name, expression: column.check.clone()? })
        });
        of_columns.chain(self.checks.iter().cloned()).collect()
    }

    /// Whether an index, or a key's index, begins with the columns of `wanted`.
    pub(super) fn serves(&self, wanted: &Index) -> bool {
        let rising = wanted.columns.iter().all(|column| !column.descending);
        let begins = |key: &[String]| {
            wanted.columns.len() <= key.len()
                && wanted.columns.iter().zip(key).all(|(one, own)| one.name == *own)
        };
        let keys = self.uniques.iter().map(|unique| &unique.columns).chain([&self.primary_key]);
        self.indexes.iter().any(|index| index.serves(wanted))
            || (rising && keys.into_iter().any(|key| begins(key)))
    }

    /// Gives conditions their place: one that says which texts a column may hold is its kind.
    pub(super) fn sorted_out(mut self) -> Table {
        for column in &mut self.columns {
            let listed = column.check.as_deref().and_then(in_list);
            if let Some((name, values)) = listed
                && column.kind == Kind::Text
                && name == column.name
            {
                (column.kind, column.check) = (Kind::Enum(values), None);
            }
        }
        let checks = std::mem::take(&mut self.checks);
        for check in checks {
            let listed = in_list(&check.expression);
            let column = listed.as_ref().and_then(|(name, _)| {
                self.columns.iter_mut().find(|column| column.name == *name && column.kind == Kind::Text)
            });
            match (column, listed) {
                (Some(column), Some((_, values))) => column.kind = Kind::Enum(values),
                _ => self.checks.push(check),
            }
        }
        self
    }
}

impl Kind {
    /// Whether they hold the same values.
    pub(super) fn is_same(&self, other: &Kind) -> bool {
        match (self, other) {
            (Kind::Enum(own), Kind::Enum(others)) => {
                own.iter().all(|value| others.contains(value))
                    && others.iter().all(|value| own.contains(value))
            }
            _ => self == other,
        }
    }

    /// The type that SQLite stores it as.
    pub(super) fn stored(&self) -> &'static str {
        match self {
            Kind::Text | Kind::Decimal | Kind::Date | Kind::Json | Kind::Enum(_) => "TEXT",
            Kind::Id | Kind::Bytes => "BLOB",
            Kind::Float => "REAL",
            Kind::Time | Kind::Int | Kind::SmallInt | Kind::BigInt | Kind::Bool => "INTEGER",
        }
    }

    /// Its name in a sentence.
    pub(super) fn words(&self) -> String {
        match self {
            Kind::Enum(values) => format!("Enum({})", values.join(", ")),
            other => format!("{other:?}"),
        }
    }
}
