//! What the generator asks of tables.

use super::{Check, Column, ForeignKey, Index, Kind, OnDelete, Table};
use crate::db::Decimal;
use crate::ddl::names::{check_name, ident};
use crate::ddl::text::{in_list, normal, quoted};

impl Column {
    /// The condition that its kind is on both databases, or on PostgreSQL alone where SQLite has [`Column::stored_check`].
    pub(in crate::ddl) fn kind_check(&self) -> Option<String> {
        let name = ident(&self.name);
        match &self.kind {
            Kind::Enum(values) => {
                let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                Some(format!("{name} IN ({})", values.join(", ")))
            }
            // An empty array has no dimensions. Arrays of several cannot be searched.
            Kind::List(_) => {
                Some(format!("coalesce(array_ndims({name}), 1) = 1 AND array_position({name}, NULL) IS NULL"))
            }
            _ => None,
        }
    }

    /// The condition on SQLite that tells its kind from another that is stored in the same type.
    pub(in crate::ddl) fn stored_check(&self) -> Option<String> {
        match self.kind {
            Kind::Id => Some(format!("length({}) = 16", ident(&self.name))),
            Kind::Bool => Some(format!("{} IN (0, 1)", ident(&self.name))),
            Kind::Json => Some(format!("json_valid({})", ident(&self.name))),
            Kind::List(_) => Some(format!("json_valid({0}) AND json_type({0}) = 'array'", ident(&self.name))),
            Kind::Numeric { precision, .. } => {
                let most = Decimal::greatest(precision);
                Some(format!("{} BETWEEN -{most} AND {most}", ident(&self.name)))
            }
            _ => None,
        }
    }
}

impl OnDelete {
    /// How it is written behind `REFERENCES`, with a space before it; the default is not written.
    pub(in crate::ddl) fn clause(self) -> &'static str {
        match self {
            OnDelete::NoAction => "",
            OnDelete::Restrict => " ON DELETE RESTRICT",
            OnDelete::Cascade => " ON DELETE CASCADE",
            OnDelete::SetNull => " ON DELETE SET NULL",
            OnDelete::SetDefault => " ON DELETE SET DEFAULT",
        }
    }
}

impl Index {
    /// Whether it names the column, be it in an expression.
    pub(in crate::ddl) fn mentions(&self, column: &str) -> bool {
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
    pub(in crate::ddl) fn key_of(&self, column: &str) -> Option<&ForeignKey> {
        self.foreign_keys.iter().find(|key| key.columns == [column])
    }

    /// Whether the column alone is unique, by a constraint.
    pub(in crate::ddl) fn is_unique(&self, column: &str) -> bool {
        self.uniques.iter().any(|unique| unique.columns == [column])
    }

    /// Whether no two rows share these columns' values: by a constraint or by an index.
    pub(in crate::ddl) fn keeps_unique(&self, columns: &[String]) -> bool {
        let plain = |index: &Index| index.unique && index.sql.is_none();
        let named = |index: &Index| index.columns.iter().map(|column| &column.name).eq(columns);
        self.uniques.iter().any(|unique| unique.columns == columns)
            || self.indexes.iter().any(|index| plain(index) && named(index))
    }

    /// The conditions that columns and rows have, those of kinds aside.
    pub(in crate::ddl) fn own_checks(&self) -> Vec<Check> {
        let of_columns = self.columns.iter().filter(|column| column.check.is_some());
        let of_columns = of_columns.filter_map(|column| self.column_checks(column).pop());
        of_columns.chain(self.checks.iter().cloned()).collect()
    }

    /// The condition that a column's kind is.
    pub(in crate::ddl) fn check_of_kind(&self, column: &Column) -> Option<Check> {
        let is_kind = column.kind_check().is_some();
        self.column_checks(column).into_iter().next().filter(|_| is_kind)
    }

    /// The conditions in a column's definition: its kind, then its own. Unless they have a name, it is the one that PostgreSQL chooses,
    /// which numbers those that would have the same name, but none that was given to a condition.
    pub(in crate::ddl) fn column_checks(&self, column: &Column) -> Vec<Check> {
        let names = (0..).map(|nth| check_name(&self.name, &[&*column.name], nth));
        let mut names = names.filter(|name| !self.has_check(name));
        let kind = column.kind_check().map(|expression| (column.list_name.clone(), expression));
        let own = column.check.clone().map(|expression| (None, expression));
        let checks = kind.into_iter().chain(own);
        let named = checks.filter_map(|(name, expression)| {
            Some(Check { name: name.or_else(|| names.next())?, expression })
        });
        named.collect()
    }

    /// Whether this name was given to a condition.
    pub(in crate::ddl) fn has_check(&self, name: &str) -> bool {
        let of_lists = self.columns.iter().filter_map(|column| column.list_name.as_ref());
        self.checks.iter().map(|check| &check.name).chain(of_lists).any(|given| given == name)
    }

    /// Whether an index, or a key's index, begins with the columns of `wanted`.
    pub(in crate::ddl) fn serves(&self, wanted: &Index) -> bool {
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
    pub(in crate::ddl) fn sorted_out(mut self) -> Table {
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
                (Some(column), Some((_, values))) => {
                    (column.kind, column.list_name) = (Kind::Enum(values), Some(check.name));
                }
                _ => self.checks.push(check),
            }
        }
        self
    }
}

impl Kind {
    /// Whether they hold the same values.
    pub(in crate::ddl) fn is_same(&self, other: &Kind) -> bool {
        match (self, other) {
            (Kind::Enum(own), Kind::Enum(others)) => {
                own.iter().all(|value| others.contains(value))
                    && others.iter().all(|value| own.contains(value))
            }
            _ => self == other,
        }
    }

    /// The type that SQLite stores it as.
    pub(in crate::ddl) fn stored(&self) -> &'static str {
        match self {
            Kind::Text | Kind::Decimal | Kind::Date | Kind::Json | Kind::Enum(_) | Kind::List(_) => "TEXT",
            Kind::Id | Kind::Bytes => "BLOB",
            Kind::Float => "REAL",
            Kind::Identity
            | Kind::Time
            | Kind::Int
            | Kind::SmallInt
            | Kind::BigInt
            | Kind::Bool
            | Kind::Numeric { .. } => "INTEGER",
        }
    }

    /// A number with all decimals that the kind has.
    pub(in crate::ddl) fn number(&self, text: &str) -> String {
        match self {
            Kind::Numeric { precision, scale } => Decimal::read(text, *precision, *scale)
                .map_or_else(|| text.to_owned(), |decimal| decimal.to_string()),
            _ => text.to_owned(),
        }
    }

    /// Its name in a sentence.
    pub(in crate::ddl) fn words(&self) -> String {
        match self {
            Kind::Enum(values) => format!("Enum({})", values.join(", ")),
            Kind::Numeric { precision, scale } => format!("Numeric({precision}, {scale})"),
            Kind::Identity => "BigInt GENERATED AS IDENTITY".to_owned(),
            Kind::List(element) => format!("List({})", element.words()),
            other => format!("{other:?}"),
        }
    }
}
