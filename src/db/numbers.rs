//! Days and finite numbers, which the two databases keep differently.
//!
//! | Rust | Diesel | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | [`Date`] | [`Day`] | `date` | `TEXT`, as in `2024-04-18` |
//! | [`Finite`] | `Double` | `double precision` | `REAL` |

use chrono::{Datelike, NaiveDate};
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Double, SqlOrd, SqlType},
    sqlite::{Sqlite, SqliteValue},
};
use std::{cmp::Ordering, fmt, hash, io::Write, str::FromStr};

/// The SQL type of a [`Date`]. The numbers are PostgreSQL's own for `date` and its array.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1082, array_oid = 1182))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Day;

impl SqlOrd for Day {}

/// A day of the Gregorian calendar, of the years 1 to 9999. Its text form is `2024-04-18`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Day)]
pub struct Date(NaiveDate);

/// Days from the first day of the year 1, which has the number 1, to PostgreSQL's own zero, 2000-01-01.
const POSTGRES_EPOCH: i32 = 730_120;

impl Date {
    /// What a `date` of PostgreSQL holds: days since 2000-01-01. `None` outside the years 1 to 9999.
    pub(super) fn from_postgres(since_2000: i32) -> Option<Date> {
        NaiveDate::from_num_days_from_ce_opt(since_2000.checked_add(POSTGRES_EPOCH)?).and_then(Date::within)
    }

    fn within(day: NaiveDate) -> Option<Date> {
        (1..=9999).contains(&day.year()).then_some(Date(day))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

/// Why a text is no [`Date`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("expected a date as in 2024-04-18, from year 1 to 9999")]
pub struct BadDate;

impl FromStr for Date {
    type Err = BadDate;

    /// Reads four digits, two and two.
    fn from_str(text: &str) -> Result<Self, BadDate> {
        let is_whole = text.len() == 10 && text.as_bytes().get(4) == Some(&b'-');
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_whole);
        day.and_then(Date::within).ok_or(BadDate)
    }
}

impl FromSql<Day, Pg> for Date {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let days = i32::from_be_bytes(value.as_bytes().try_into()?);
        Ok(Date::from_postgres(days).ok_or(BadDate)?)
    }
}

impl ToSql<Day, Pg> for Date {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.0.num_days_from_ce() - POSTGRES_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Day, Sqlite> for Date {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(value.read_text().parse()?)
    }
}

impl ToSql<Day, Sqlite> for Date {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.to_string());
        Ok(IsNull::No)
    }
}

/// A number that is neither NaN nor infinite, and not the negative zero: JSON has none of them, and the databases do not agree on
/// where they stand.
#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Double)]
pub struct Finite(f64);

impl Finite {
    /// The number, if it is finite.
    pub fn new(number: f64) -> Option<Finite> {
        // Either zero becomes the positive one.
        number.is_finite().then_some(Finite(number + 0.0))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Eq for Finite {}

impl Ord for Finite {
    fn cmp(&self, other: &Finite) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Finite {
    fn partial_cmp(&self, other: &Finite) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl hash::Hash for Finite {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl FromSql<Double, Pg> for Finite {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let number = <f64 as FromSql<Double, Pg>>::from_sql(value)?;
        Ok(Finite::new(number).ok_or("a number that is not finite")?)
    }
}

impl ToSql<Double, Pg> for Finite {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Double, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Double, Sqlite> for Finite {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Finite::new(value.read_double()).ok_or("a number that is not finite")?)
    }
}

impl ToSql<Double, Sqlite> for Finite {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_one_form_only() {
        for text in ["0001-01-01", "1999-12-31", "2000-01-01", "2024-02-29", "9999-12-31"] {
            let date: Date = text.parse().unwrap();
            assert_eq!(date.to_string(), text);
            let since_2000 = date.0.num_days_from_ce() - POSTGRES_EPOCH;
            assert_eq!(Date::from_postgres(since_2000), Some(date));
        }
        assert_eq!(Date::from_postgres(0).unwrap().to_string(), "2000-01-01");
        for text in [
            "",
            "2023-02-29",
            "0000-01-01",
            "10000-01-01",
            "2024-1-01",
            "24-01-01",
            "2024-01-01T00:00:00Z",
            "2024-01-011",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_finite_and_in_order() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Finite::new(number), None);
        }
        assert!(Finite::new(-0.0).unwrap().get().is_sign_positive());
        let numbers = [f64::MIN, -1.0, -f64::MIN_POSITIVE, 0.0, 5e-324, 0.1, 1.0, f64::MAX];
        assert!(numbers.map(|number| Finite::new(number).unwrap()).is_sorted());
    }
}
