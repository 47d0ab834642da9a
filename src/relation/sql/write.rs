//! The statements of writes, as data: rows of any table by any of its columns, put in, changed, taken out.

use super::alias::RowAlias;
use super::dialect::Dialect;
use super::predicate::{Expr, Predicate};
use super::render::{and, in_values, json_array};
use super::values::{Value, Values};
use crate::db::{DbError, Guid, Id, Transaction};
use crate::relation::model::{Column, ColumnKind, Shape};
use diesel::{
    RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::Text,
};

/// Values bound by one statement at most; SQLite takes 32,766.
const MAX_VALUES: usize = 30_000;

/// What a transaction does with the rows that it reads until it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Nothing.
    None,
    /// Nobody else deletes them: they are about to be referred to.
    Reference,
    /// Nobody else changes them, deletes them, or comes to refer to them.
    Change,
}

/// Reads `columns` of the rows of `table` whose column `by` is one of `keys`: each row's `key` (a column that
/// holds an id), and its values. SQLite, where one transaction writes at a time, needs no locks.
///
/// # Errors
/// The database's.
pub async fn select(
    tx: &mut Transaction,
    table: &'static str,
    (key, by): (Column, Column),
    columns: &[Column],
    keys: Values,
    lock: Lock,
) -> Result<Vec<(Id, Vec<Value>)>, DbError> {
    select_rows(tx, columns, Select::new(table, (key, by), columns, keys, lock)).await
}

/// The same for the rows of an entity, without those that its scope hides.
///
/// # Errors
/// The database's.
pub async fn select_visible(
    tx: &mut Transaction,
    shape: &Shape,
    (key, by): (Column, Column),
    columns: &[Column],
    keys: Values,
    lock: Lock,
) -> Result<Vec<(Id, Vec<Value>)>, DbError> {
    let select = Select::new(shape.table, (key, by), columns, keys, lock);
    select_rows(tx, columns, Select { visible: Predicate::visible(shape), ..select }).await
}

/// The same of any table without a lock, for rows whose column also has one of the values of `within`.
///
/// # Errors
/// The database's.
pub async fn select_within(
    tx: &mut Transaction,
    table: &'static str,
    (key, by): (Column, Column),
    columns: &[Column],
    keys: Values,
    within: Option<(Column, Values)>,
) -> Result<Vec<(Id, Vec<Value>)>, DbError> {
    select_rows(tx, columns, Select { within, ..Select::new(table, (key, by), columns, keys, Lock::None) })
        .await
}

async fn select_rows(
    tx: &mut Transaction,
    columns: &[Column],
    query: Select,
) -> Result<Vec<(Id, Vec<Value>)>, DbError> {
    if query.keys.is_empty() || query.within.as_ref().is_some_and(|(_, values)| values.is_empty()) {
        return Ok(Vec::new());
    }
    let table = query.table;
    let of = query.key.kind;
    let rows: Vec<(Id, String)> = tx.rows(query).await?;
    let read = |(id, json): (Id, String)| {
        let items: Vec<serde_json::Value> = serde_json::from_str(&json).ok()?;
        let values = columns.iter().zip(items).map(|(column, item)| Value::from_json(column.kind, item));
        Some((of.own_id(id), values.collect::<Option<Vec<_>>>()?))
    };
    let unreadable = || DbError::Failed(format!("a row of {table} cannot be read"));
    rows.into_iter().map(|row| read(row).ok_or_else(unreadable)).collect()
}

struct Select {
    table: &'static str,
    key: Column,
    by: Column,
    exprs: Vec<Expr>,
    keys: Values,
    within: Option<(Column, Values)>,
    /// What they must satisfy besides.
    visible: Predicate,
    lock: Lock,
}

impl Select {
    fn new(
        table: &'static str,
        (key, by): (Column, Column),
        columns: &[Column],
        keys: Values,
        lock: Lock,
    ) -> Select {
        let exprs = columns.iter().map(|column| Expr::Column(*column)).collect();
        Select { table, key, by, exprs, keys, within: None, visible: Predicate::TRUE, lock }
    }
}

impl Query for Select {
    type SqlType = (Guid, Text);
}

impl<Connection> RunQueryDsl<Connection> for Select {}

// No static id: prepared statements are found by their text.
impl QueryId for Select {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Dialect> QueryFragment<DB> for Select {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let row = RowAlias::outermost(self.table, None);
        out.push_sql("SELECT ");
        row.column(self.key.name, &mut out)?;
        out.push_sql(", ");
        json_array(self.exprs.iter(), row, &mut out)?;
        out.push_sql(" FROM ");
        out.push_identifier(self.table)?;
        out.push_sql(" WHERE ");
        row.column(self.by.name, &mut out)?;
        in_values(&self.keys, &mut out)?;
        if let Some((column, values)) = &self.within {
            out.push_sql(" AND ");
            row.column(column.name, &mut out)?;
            in_values(values, &mut out)?;
        }
        and(Some(&self.visible), row, &mut out)?;
        // Locked in one order, so that two transactions do not each wait for what the other has.
        out.push_sql(" ORDER BY ");
        row.column(self.key.name, &mut out)?;
        out.push_sql(match (DB::POSTGRES, self.lock) {
            (false, _) | (_, Lock::None) => "",
            (true, Lock::Reference) => " FOR KEY SHARE",
            (true, Lock::Change) => " FOR UPDATE",
        });
        Ok(())
    }
}

/// What becomes of a row whose key is there already.
#[derive(Debug, Clone, Copy)]
pub enum Conflict {
    /// The statement fails.
    Fails,
    /// The row that is there takes all of these values.
    Overwrites(Column),
    /// The row that is there stays as it is.
    Keeps(Column),
}

/// Puts rows into `table`, each with a value for each of `columns`: as few statements as the databases allow.
///
/// # Errors
/// [`DbError::Violation`] and the database's other errors.
pub async fn insert(
    tx: &mut Transaction,
    table: &'static str,
    columns: &[Column],
    rows: Vec<Vec<Value>>,
    conflict: Conflict,
) -> Result<(), DbError> {
    for rows in chunks(rows, columns.len()) {
        tx.run(Insert { table, columns: columns.to_vec(), rows, conflict }).await?;
    }
    Ok(())
}

/// The same, where a row that has the name in column `by` already stays: the id and the name of each row, new or
/// not. A row that is there is locked.
///
/// # Errors
/// As [`insert`].
pub async fn insert_or_find(
    tx: &mut Transaction,
    table: &'static str,
    key: Column,
    columns: &[Column],
    rows: Vec<Vec<Value>>,
    by: Column,
) -> Result<Vec<(Id, String)>, DbError> {
    let mut found = Vec::new();
    for rows in chunks(rows, columns.len()) {
        let insert = Insert { table, columns: columns.to_vec(), rows, conflict: Conflict::Keeps(by) };
        let rows = tx.rows::<(Id, String), _>(Returning(insert)).await?;
        found.extend(rows.into_iter().map(|(id, name)| (key.kind.own_id(id), name)));
    }
    Ok(found)
}

fn chunks(mut rows: Vec<Vec<Value>>, width: usize) -> impl Iterator<Item = Vec<Vec<Value>>> {
    std::iter::from_fn(move || {
        let rest = rows.split_off(rows.len().min((MAX_VALUES / width.max(1)).max(1)));
        let chunk = std::mem::replace(&mut rows, rest);
        (!chunk.is_empty()).then_some(chunk)
    })
}

struct Insert {
    table: &'static str,
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    conflict: Conflict,
}

/// An insert that answers with `(id, name)`, where `name` is the column of [`Conflict::Keeps`].
struct Returning(Insert);

impl QueryId for Insert {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Connection> RunQueryDsl<Connection> for Insert {}

impl<DB: Dialect> QueryFragment<DB> for Insert {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // There is a text for each number of rows; only that for one is worth keeping.
        if self.rows.len() > 1 {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql("INSERT INTO ");
        out.push_identifier(self.table)?;
        names(self.columns.iter(), &mut out)?;
        out.push_sql(given_number::<DB>(&self.columns));
        out.push_sql(" VALUES ");
        rows(&self.rows, &mut out)?;
        let (key, set) = match self.conflict {
            Conflict::Fails => return Ok(()),
            Conflict::Overwrites(key) => (key, self.columns.as_slice()),
            // Set to what it is: a row that is left alone would not be returned, nor locked.
            Conflict::Keeps(key) => (key, std::slice::from_ref(self.key_of_conflict())),
        };
        out.push_sql(" ON CONFLICT (");
        out.push_identifier(key.name)?;
        out.push_sql(") DO UPDATE SET ");
        let changed = set.iter().filter(|column| set.len() == 1 || **column != key);
        for (nth, column) in changed.enumerate() {
            out.push_sql(if nth > 0 { ", " } else { "" });
            out.push_identifier(column.name)?;
            out.push_sql(" = excluded.");
            out.push_identifier(column.name)?;
        }
        Ok(())
    }
}

impl Insert {
    fn key_of_conflict(&self) -> &Column {
        match &self.conflict {
            Conflict::Overwrites(key) | Conflict::Keeps(key) => key,
            Conflict::Fails => &Column::KEY,
        }
    }
}

impl Query for Returning {
    type SqlType = (Guid, Text);
}

impl<Connection> RunQueryDsl<Connection> for Returning {}

impl QueryId for Returning {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Dialect> QueryFragment<DB> for Returning {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" RETURNING ");
        out.push_identifier(Column::KEY.name)?;
        out.push_sql(", ");
        out.push_identifier(self.0.key_of_conflict().name)
    }
}

/// Takes the rows out of `table` whose `columns` are, in this order, one of `keys`.
///
/// # Errors
/// The database's.
pub async fn delete(
    tx: &mut Transaction,
    table: &'static str,
    columns: &[Column],
    keys: Vec<Vec<Value>>,
) -> Result<(), DbError> {
    for keys in chunks(keys, columns.len()) {
        tx.run(Delete { table, columns: columns.to_vec(), keys }).await?;
    }
    Ok(())
}

struct Delete {
    table: &'static str,
    columns: Vec<Column>,
    keys: Vec<Vec<Value>>,
}

impl QueryId for Delete {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Connection> RunQueryDsl<Connection> for Delete {}

impl<DB: Dialect> QueryFragment<DB> for Delete {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if self.keys.len() > 1 {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql("DELETE FROM ");
        out.push_identifier(self.table)?;
        out.push_sql(" WHERE");
        names(self.columns.iter(), &mut out)?;
        out.push_sql(" IN (VALUES ");
        rows(&self.keys, &mut out)?;
        out.push_sql(")");
        Ok(())
    }
}

/// `(v, w), (x, y)`
fn rows<'b, DB: Dialect>(rows: &'b [Vec<Value>], out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
    for (nth, row) in rows.iter().enumerate() {
        out.push_sql(if nth > 0 { ", (" } else { "(" });
        for (nth, value) in row.iter().enumerate() {
            out.push_sql(if nth > 0 { ", " } else { "" });
            DB::push_value(value, out)?;
        }
        out.push_sql(")");
    }
    Ok(())
}

/// What makes PostgreSQL accept a row with its number even if the key is `GENERATED ALWAYS`. Doorway took the number from that sequence.
pub(super) fn given_number<DB: Dialect>(columns: &[Column]) -> &'static str {
    let is_number =
        |column: &Column| column.name == Column::KEY.name && matches!(column.kind, ColumnKind::Number(_));
    if DB::POSTGRES && columns.iter().any(is_number) { " OVERRIDING SYSTEM VALUE" } else { "" }
}

/// ` (a, b)`
pub(super) fn names<'a, DB: Dialect>(
    columns: impl Iterator<Item = &'a Column>,
    out: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    out.push_sql(" (");
    for (nth, column) in columns.enumerate() {
        out.push_sql(if nth > 0 { ", " } else { "" });
        out.push_identifier(column.name)?;
    }
    out.push_sql(")");
    Ok(())
}
