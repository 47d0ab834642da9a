//! Numbers for new rows, where keys are numbers.

use crate::db::{Db, DbError, Rows, Transaction};
use crate::relation::model::Column;
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Nullable, Text},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

/// The question for so many numbers of a sequence, in PostgreSQL. NULL where there is none.
const TAKE: &str = "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS number FROM generate_series(1, $2)";

/// Takes so many numbers from the sequence of a table's key, in PostgreSQL.
///
/// # Errors
/// The database's; [`DbError::Failed`] where there is no sequence.
pub async fn take(db: &Db, table: &'static str, count: usize) -> Result<Vec<i64>, DbError> {
    of_sequence(table, db.reader().rows(question(table, count)).await?)
}

/// The same within a transaction, which has them even if it rolls back.
///
/// # Errors
/// As [`take`].
pub async fn take_within(
    tx: &mut Transaction,
    table: &'static str,
    count: usize,
) -> Result<Vec<i64>, DbError> {
    of_sequence(table, tx.rows(question(table, count)).await?)
}

fn question(table: &str, count: usize) -> impl Rows<Next> + use<> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    sql_query(TAKE).bind::<Text, _>(format!("\"{table}\"")).bind::<BigInt, _>(count)
}

fn of_sequence(table: &str, rows: Vec<Next>) -> Result<Vec<i64>, DbError> {
    let numbers: Option<Vec<i64>> = rows.into_iter().map(|Next { number }| number).collect();
    numbers.ok_or_else(|| {
        DbError::Failed(format!("the id of {table} has no sequence: it is not GENERATED AS IDENTITY"))
    })
}

/// The next numbers of a table's key in SQLite: greater than all that are there, and, where the key is `AUTOINCREMENT`, than all that
/// were. They are free until the transaction ends.
///
/// # Errors
/// The database's; [`DbError::Failed`] where there are no greater ones.
pub async fn next(tx: &mut Transaction, table: &'static str, count: usize) -> Result<Vec<i64>, DbError> {
    let greatest = format!("SELECT coalesce(max(\"{}\"), 0) AS number FROM \"{table}\"", Column::KEY.name);
    let there: Vec<Row> = tx.rows(sql_query(greatest)).await?;
    // A table that SQLite makes with the first `AUTOINCREMENT`.
    let known = "SELECT 1 AS number FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    let known: Vec<Row> = tx.rows(sql_query(known)).await?;
    let mut were: Vec<Row> = Vec::new();
    if !known.is_empty() {
        let sequence = "SELECT seq AS number FROM sqlite_sequence WHERE name = ?";
        were = tx.rows(sql_query(sequence).bind::<Text, _>(table)).await?;
    }
    let last = there.iter().chain(&were).map(|row| row.number).max().unwrap_or(0).max(0);
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let end = last.checked_add(count).ok_or_else(|| DbError::Failed(format!("{table} has no more ids")))?;
    Ok((last + 1..=end).collect())
}
