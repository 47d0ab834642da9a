//! Rows as they come, cell by cell, without a Rust type for each statement.

use super::database::{Connections, Reader};
use super::decimal::Decimal;
use super::error::DbError;
use super::id::Id;
use super::json::JsonValue;
use super::list::{Element, each_of_json, each_sent, int_of};
use super::numbers::{Date, Finite};
use super::observe::{self, Clock};
use super::session::{Raw, Sent};
use super::stop;
use super::types::Timestamp;
use diesel::{
    SqliteConnection,
    connection::LoadConnection,
    pg::Pg,
    query_builder::{Query, QueryFragment, QueryId},
    row::Field,
    sql_types::Untyped,
    sqlite::Sqlite,
};
use futures_util::TryStreamExt;
use std::pin::pin;
use tokio_postgres::Row;

/// A row that was read. Its cells go by their place, from 0; `None` is NULL, or what is no such value.
pub trait Cells {
    /// A text.
    fn text<R>(&self, at: usize, read: impl FnOnce(Option<&str>) -> R) -> R;
    /// A key.
    fn id(&self, at: usize) -> Option<Id>;
    /// A whole number.
    fn int(&self, at: usize) -> Option<i64>;
    /// A finite number.
    fn float(&self, at: usize) -> Option<Finite>;
    /// A day.
    fn date(&self, at: usize) -> Option<Date>;
    /// True or false.
    fn bool(&self, at: usize) -> Option<bool>;
    /// A point in time.
    fn time(&self, at: usize) -> Option<Timestamp>;
    /// An exact number with so many decimals.
    fn decimal(&self, at: usize, scale: u8) -> Option<Decimal>;
    /// Bytes.
    fn blob(&self, at: usize) -> Option<Vec<u8>>;
    /// A JSON value other than null.
    fn json(&self, at: usize) -> Option<JsonValue>;
    /// Hands over each element of a list, until one is not wanted. Whether all were wanted and it is a list; nothing where it is NULL.
    fn list(&self, at: usize, each: impl FnMut(Element<'_>) -> bool) -> Option<bool>;
}

/// Takes rows as they come.
pub trait Sink: Send {
    /// Takes the next one. Says how many bytes it keeps of it.
    fn row(&mut self, cells: &impl Cells) -> usize;
    /// Forgets the rows of this query: they all come again.
    fn restart(&mut self);
}

/// The most bytes of rows that a statement reads on SQLite where quick ones do. To copy more takes as long as many steps.
const QUICK_BYTES: usize = 256 << 10;

/// A query of any columns, which both databases understand.
pub trait AnyRows:
    Query<SqlType = Untyped> + QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId + Send
{
}

impl<Q> AnyRows for Q where
    Q: Query<SqlType = Untyped> + QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId + Send
{
}

impl Reader {
    /// Runs a query and hands each row to `sink`, in order. Queries that run side by side are pipelined on PostgreSQL.
    ///
    /// # Errors
    /// Whatever the database reports; [`DbError::TooMuch`] once the reader's queries have given more than it may read. Some rows
    /// may have been handed over by then.
    pub async fn each(&self, query: impl AnyRows, sink: &mut impl Sink) -> Result<(), DbError> {
        match &self.db.connections {
            // Boxed: it is many times as large as the other, and would be moved with it.
            Connections::Postgres(_) => Box::pin(self.each_on_postgres(query, sink)).await,
            Connections::Sqlite(sqlite) => {
                let mut is_again = false;
                let mut taken = 0;
                let mut left = Ok(());
                let read = |connection: &mut SqliteConnection, is_quick: bool| {
                    // It was stopped, and is the same statement still.
                    let again = std::mem::replace(&mut is_again, true);
                    if again {
                        sink.restart();
                        self.held.give_back(std::mem::take(&mut taken));
                    }
                    observe::unless(again, || {
                        let clock = Clock::start();
                        let mut count = 0;
                        let mut read = || -> diesel::QueryResult<()> {
                            for row in LoadConnection::load(connection, &query)? {
                                let bytes = sink.row(&OnSqlite(&row?));
                                (count, taken) = (count + 1, taken + bytes);
                                left = self.held.add(bytes);
                                if left.is_err() {
                                    break;
                                }
                                if is_quick && taken > QUICK_BYTES {
                                    return Err(stop::stopped());
                                }
                            }
                            Ok(())
                        };
                        let read = read();
                        clock.stop(count);
                        read
                    })
                };
                self.db.disk.note(sqlite.read(&self.turn, read).await)?;
                left
            }
        }
    }

    async fn each_on_postgres(&self, query: impl AnyRows, sink: &mut impl Sink) -> Result<(), DbError> {
        let loan = self.loan().await?;
        let clock = Clock::start();
        let sent = Sent::of(&query);
        drop(query);
        let read = loan.run(|session| async move {
            let mut rows = pin!(session.query(sent).await?);
            let mut count = 0;
            let mut left = Ok(());
            while let Some(row) = rows.try_next().await? {
                left = self.held.add(sink.row(&OnPostgres(&row)));
                count += 1;
                if left.is_err() {
                    break;
                }
            }
            Ok((count, left))
        });
        let read = read.await;
        clock.stop(read.as_ref().map_or(0, |(count, _)| *count));
        let (_, left) = read?;
        if left.is_err() {
            // The rest is on its way.
            loan.leave_running();
        }
        left
    }
}

struct OnPostgres<'a>(&'a Row);

impl OnPostgres<'_> {
    fn bytes(&self, at: usize) -> Option<&[u8]> {
        self.0.try_get::<_, Option<Raw<'_>>>(at).ok()?.map(|raw| raw.0)
    }

    /// A number of two, four or eight bytes.
    fn number(&self, at: usize) -> Option<i64> {
        int_of(self.bytes(at)?)
    }
}

impl Cells for OnPostgres<'_> {
    fn text<T>(&self, at: usize, read: impl FnOnce(Option<&str>) -> T) -> T {
        read(self.bytes(at).and_then(|bytes| std::str::from_utf8(bytes).ok()))
    }

    fn id(&self, at: usize) -> Option<Id> {
        Id::from_postgres(self.bytes(at)?)
    }

    fn int(&self, at: usize) -> Option<i64> {
        self.number(at)
    }

    fn float(&self, at: usize) -> Option<Finite> {
        Finite::new(f64::from_be_bytes(self.bytes(at)?.try_into().ok()?))
    }

    fn date(&self, at: usize) -> Option<Date> {
        Date::from_postgres(i32::from_be_bytes(self.bytes(at)?.try_into().ok()?))
    }

    fn bool(&self, at: usize) -> Option<bool> {
        self.bytes(at)?.first().map(|byte| *byte != 0)
    }

    fn time(&self, at: usize) -> Option<Timestamp> {
        Timestamp::from_postgres(self.number(at)?)
    }

    fn decimal(&self, at: usize, scale: u8) -> Option<Decimal> {
        Decimal::from_postgres(self.bytes(at)?, scale)
    }

    fn blob(&self, at: usize) -> Option<Vec<u8>> {
        self.bytes(at).map(<[u8]>::to_vec)
    }

    fn json(&self, at: usize) -> Option<JsonValue> {
        JsonValue::from_postgres(self.bytes(at)?)
    }

    fn list(&self, at: usize, each: impl FnMut(Element<'_>) -> bool) -> Option<bool> {
        Some(each_sent(self.bytes(at)?, each).unwrap_or(false))
    }
}

struct OnSqlite<'a, R>(&'a R);

impl<'r, R: diesel::row::Row<'r, Sqlite>> Cells for OnSqlite<'_, R> {
    fn text<T>(&self, at: usize, read: impl FnOnce(Option<&str>) -> T) -> T {
        let field = self.0.get(at);
        let mut value = field.as_ref().and_then(|field| field.value());
        read(value.as_mut().map(diesel::sqlite::SqliteValue::read_text))
    }

    fn id(&self, at: usize) -> Option<Id> {
        Id::from_sqlite(self.0.get(at)?.value()?)
    }

    fn int(&self, at: usize) -> Option<i64> {
        Some(self.0.get(at)?.value()?.read_long())
    }

    fn float(&self, at: usize) -> Option<Finite> {
        Finite::new(self.0.get(at)?.value()?.read_double())
    }

    fn date(&self, at: usize) -> Option<Date> {
        self.0.get(at)?.value()?.read_text().parse().ok()
    }

    fn bool(&self, at: usize) -> Option<bool> {
        self.int(at).map(|int| int != 0)
    }

    fn time(&self, at: usize) -> Option<Timestamp> {
        Timestamp::from_sqlite(self.int(at)?)
    }

    fn decimal(&self, at: usize, scale: u8) -> Option<Decimal> {
        Decimal::new(self.int(at)?, scale)
    }

    fn blob(&self, at: usize) -> Option<Vec<u8>> {
        Some(self.0.get(at)?.value()?.read_blob().to_vec())
    }

    fn json(&self, at: usize) -> Option<JsonValue> {
        self.0.get(at)?.value()?.read_text().parse().ok()
    }

    fn list(&self, at: usize, each: impl FnMut(Element<'_>) -> bool) -> Option<bool> {
        Some(each_of_json(self.0.get(at)?.value()?.read_text(), each).unwrap_or(false))
    }
}
