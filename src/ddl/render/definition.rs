//! The definitions of tables and columns.

use super::dialect::Dialect;
use crate::db::Decimal;
use crate::ddl::found::SQLITE_NOW;
use crate::ddl::model::{Column, DefaultValue, ForeignKey, Kind, Table};
use crate::ddl::names::{check_name, ident, idents};
use crate::ddl::text::quoted;

/// `CREATE TABLE`, under this name.
pub(super) fn table_definition(table: &Table, name: &str, dialect: Dialect) -> String {
    let mut lines: Vec<String> =
        table.columns.iter().map(|column| column_definition(table, column, dialect)).collect();
    if table.primary_key.len() > 1 {
        lines.push(format!("PRIMARY KEY ({})", idents(&table.primary_key)));
    }
    for unique in table.uniques.iter().filter(|unique| unique.columns.len() > 1) {
        lines.push(format!("UNIQUE ({})", idents(&unique.columns)));
    }
    for check in &table.checks {
        lines.push(format!("CONSTRAINT {} CHECK ({})", ident(&check.name), check.expression));
    }
    for key in table.foreign_keys.iter().filter(|key| key.columns.len() > 1) {
        lines.push(format!("FOREIGN KEY ({}) {}", idents(&key.columns), reference(key)));
    }
    let end = match (dialect, table.primary_key.len()) {
        (Dialect::Postgres, _) => "",
        (Dialect::Sqlite, 0 | 1) => " STRICT",
        (Dialect::Sqlite, _) => " STRICT, WITHOUT ROWID",
    };
    format!("CREATE TABLE {} (\n    {}\n){end};", ident(name), lines.join(",\n    "))
}

/// A column with what stands behind it: its keys as well.
pub(super) fn column_definition(table: &Table, column: &Column, dialect: Dialect) -> String {
    let is_key = table.primary_key == [&*column.name];
    let mut line = format!("{} {}", ident(&column.name), type_name(&column.kind, dialect));
    // PostgreSQL's primary keys are so anyway.
    let said = is_key && dialect == Dialect::Postgres;
    if !column.nullable && !said {
        line += " NOT NULL";
    }
    if is_key {
        line += " PRIMARY KEY";
    }
    line += &column_tail(table, column, dialect);
    if table.is_unique(&column.name) {
        line += " UNIQUE";
    }
    if let Some(key) = table.key_of(&column.name) {
        line += &format!(" {}", reference(key));
    }
    line
}

/// The conditions, the default and the expression of a column.
pub(super) fn column_tail(table: &Table, column: &Column, dialect: Dialect) -> String {
    let of_kind = stored_check(table, column).filter(|_| dialect == Dialect::Sqlite);
    let mut tail: String = of_kind.map(|check| format!(" CHECK ({check})")).unwrap_or_default();
    for (nth, check) in table.column_checks(column).into_iter().enumerate() {
        // Where it has a name of its own, or a condition of the table has the one that PostgreSQL would choose.
        let is_chosen = check.name == check_name(&table.name, &[&column.name], nth);
        if column.list_name.as_ref() == Some(&check.name) || (dialect == Dialect::Postgres && !is_chosen) {
            tail += &format!(" CONSTRAINT {}", ident(&check.name));
        }
        tail += &format!(" CHECK ({})", check.expression);
    }
    if let Some(value) = &column.default {
        tail += &format!(" DEFAULT {}", default(value, &column.kind, dialect));
    }
    if let Some(expression) = &column.generated {
        tail += &format!(" GENERATED ALWAYS AS ({expression}) STORED");
    }
    tail
}

/// [`Column::stored_check`], except for a foreign key: the column it refers to has that check.
pub(super) fn stored_check(table: &Table, column: &Column) -> Option<String> {
    let refers = column.kind == Kind::Id && table.key_of(&column.name).is_some();
    column.stored_check().filter(|_| !refers)
}

pub(super) fn type_name(kind: &Kind, dialect: Dialect) -> String {
    match (dialect, kind) {
        (Dialect::Sqlite, kind) => kind.stored().to_owned(),
        (Dialect::Postgres, Kind::Text | Kind::Enum(_)) => "text COLLATE \"C\"".to_owned(),
        (Dialect::Postgres, kind) => base_type(kind),
    }
}

/// PostgreSQL's type, without a collation.
pub(super) fn base_type(kind: &Kind) -> String {
    let name = match kind {
        Kind::Numeric { precision, scale } => return format!("numeric({precision}, {scale})"),
        Kind::Text | Kind::Enum(_) => "text",
        Kind::Id => "uuid",
        Kind::Time => "timestamptz",
        Kind::Int => "integer",
        Kind::SmallInt => "smallint",
        Kind::BigInt => "bigint",
        Kind::Float => "double precision",
        Kind::Bool => "boolean",
        Kind::Decimal => "numeric",
        Kind::Date => "date",
        Kind::Json => "jsonb",
        Kind::Bytes => "bytea",
    };
    name.to_owned()
}

/// A default as either database writes it.
pub(super) fn default(value: &DefaultValue, kind: &Kind, dialect: Dialect) -> String {
    match (value, dialect) {
        (DefaultValue::Number(number), Dialect::Sqlite) if *kind == Kind::Decimal => quoted(number),
        (DefaultValue::Number(number), Dialect::Sqlite) => {
            in_units(number, kind).unwrap_or_else(|| number.clone())
        }
        (DefaultValue::Number(text), _) => text.clone(),
        (DefaultValue::Text(text), _) => quoted(text),
        (DefaultValue::Bool(value), Dialect::Sqlite) => u8::from(*value).to_string(),
        (DefaultValue::Bool(value), Dialect::Postgres) => value.to_string(),
        (DefaultValue::Now, Dialect::Sqlite) => SQLITE_NOW.to_owned(),
        (DefaultValue::Now, Dialect::Postgres) => "now()".to_owned(),
        (DefaultValue::Sql(sql), _) => {
            let sql = sql.trim();
            if sql.starts_with('(') && sql.ends_with(')') { sql.to_owned() } else { format!("({sql})") }
        }
    }
}

/// A number as SQLite has it, where that is in units of its last decimal.
fn in_units(number: &str, kind: &Kind) -> Option<String> {
    let Kind::Numeric { precision, scale } = kind else { return None };
    Some(Decimal::read(number, *precision, *scale)?.units().to_string())
}

/// `REFERENCES users (id) ON DELETE CASCADE`.
pub(super) fn reference(key: &ForeignKey) -> String {
    format!("REFERENCES {} ({}){}", ident(&key.table), idents(&key.to), key.on_delete.clause())
}
