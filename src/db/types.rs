//! Points in time, which the databases keep differently.
//!
//! | Rust | Diesel | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | [`Timestamp`] | [`Instant`] | `timestamptz` | `INTEGER`, microseconds since 1970 |
//!
//! Their orders agree on both databases.

use crate::clock::{self, WrongClock};
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{SqlOrd, SqlType},
    sqlite::{Sqlite, SqliteValue},
};
use std::{fmt, io::Write, str::FromStr};

/// The SQL type of a [`Timestamp`]. The numbers are PostgreSQL's own for `timestamptz` and its array.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Instant;

impl SqlOrd for Instant {}

/// A point in time, in microseconds since 1970-01-01T00:00:00Z, from year 1970 to 9999.
///
/// Its text form is RFC 3339 in UTC with six decimals: `2024-04-18T14:40:00.000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Instant)]
pub struct Timestamp(i64);

/// 2000-01-01, PostgreSQL's own zero, in microseconds since 1970.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl Timestamp {
    /// The last microsecond of year 9999, the end of what RFC 3339 can write.
    pub const MAX: Timestamp = Timestamp(253_402_300_799_999_999);

    /// The present, by the system's clock.
    ///
    /// # Errors
    /// [`WrongClock`] where it cannot be right.
    pub fn now() -> Result<Timestamp, WrongClock> {
        clock::now().map(Timestamp)
    }

    /// From microseconds since 1970; `None` outside the years 1970 to 9999.
    pub fn from_micros(micros: i64) -> Option<Timestamp> {
        (0..=Self::MAX.0).contains(&micros).then_some(Timestamp(micros))
    }

    /// What a `timestamptz` holds: microseconds since 2000.
    pub(super) fn from_postgres(since_2000: i64) -> Option<Timestamp> {
        Timestamp::from_sqlite(since_2000.checked_add(POSTGRES_EPOCH)?)
    }

    /// What SQLite holds: microseconds since 1970. Another program may have written any year; `None` of one that has no text.
    pub(super) fn from_sqlite(micros: i64) -> Option<Timestamp> {
        let years = DateTime::<Utc>::MIN_UTC.timestamp_micros()..=DateTime::<Utc>::MAX_UTC.timestamp_micros();
        years.contains(&micros).then_some(Timestamp(micros))
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970, as a version 7 UUID holds them.
    pub fn millis(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = DateTime::from_timestamp_micros(self.0).ok_or(fmt::Error)?;
        f.write_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// Why a text is no [`Timestamp`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("expected a date as in 2024-04-18 or 2024-04-18T14:40:00Z, from year 1970 to 9999")]
pub struct BadTimestamp;

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    /// Reads RFC 3339, the same without an offset (taken as UTC), or a bare date (its first instant in UTC).
    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        let text = text.trim();
        DateTime::parse_from_rfc3339(text)
            .map(|at| at.to_utc())
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc()))
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(|at| at.and_utc()))
            .or_else(|_| {
                NaiveDate::parse_from_str(text, "%Y-%m-%d")
                    .map(|on| on.and_time(Default::default()).and_utc())
            })
            .ok()
            .and_then(|at| Timestamp::from_micros(at.timestamp_micros()))
            .ok_or(BadTimestamp)
    }
}

impl FromSql<Instant, Pg> for Timestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let since_2000 = i64::from_be_bytes(value.as_bytes().try_into()?);
        Ok(Timestamp(since_2000.saturating_add(POSTGRES_EPOCH)))
    }
}

impl ToSql<Instant, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.0 - POSTGRES_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Instant, Sqlite> for Timestamp {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Timestamp(value.read_long()))
    }
}

impl ToSql<Instant, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_every_form_of_a_date_and_writes_one() {
        for (text, expected) in [
            ("2024-04-18", "2024-04-18T00:00:00.000000Z"),
            ("2024-04-18T14:40:00Z", "2024-04-18T14:40:00.000000Z"),
            ("2024-04-18T14:40:00-07:00", "2024-04-18T21:40:00.000000Z"),
            ("2024-04-18T14:40:00.123456789", "2024-04-18T14:40:00.123456Z"),
            (" 2024-04-18 14:40:00 ", "2024-04-18T14:40:00.000000Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), expected, "{text}");
        }
        for text in
            ["", "yesterday", "2024-13-01", "2024-02-30", "1969-12-31", "April 4, 2020", "10000-01-01"]
        {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
