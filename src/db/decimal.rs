//! Exact decimal numbers, which the two databases keep differently.
//!
//! | Rust | Diesel | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | [`Decimal`] | [`Fixed`] | `numeric(p, s)` | `INTEGER`, in units of the last decimal |

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    internal::derives::as_expression::Bound,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Nullable, SqlOrd, SqlType},
    sqlite::{Sqlite, SqliteValue},
};
use std::{fmt, io::Write, str::FromStr};

/// The SQL type of a [`Decimal`] of up to `PRECISION` digits, `SCALE` of them after the point: `Fixed<10, 2>` is PostgreSQL's
/// `numeric(10, 2)`. A precision is from 1 to 18, since SQLite has whole numbers of 64 bits. The oids are PostgreSQL's own for `numeric`
/// and its array.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1700, array_oid = 1231))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Fixed<const PRECISION: u8, const SCALE: u8>;

/// The SQL type of a [`Decimal`] as a statement binds it: in the scale that it has.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1700, array_oid = 1231))]
#[diesel(sqlite_type(name = "Long"))]
pub struct AnyFixed;

impl<const PRECISION: u8, const SCALE: u8> SqlOrd for Fixed<PRECISION, SCALE> {}

/// An exact number of up to 18 digits. Its text form has all decimals of its scale: `12.50`.
///
/// Those of one column have one scale, and are in the order of their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = AnyFixed)]
pub struct Decimal {
    units: i64,
    scale: u8,
}

impl Decimal {
    /// The most digits.
    pub const MAX_PRECISION: u8 = 18;

    /// So many units of the last of `scale` decimals: 1250 with a scale of 2 is 12.50. None of more than 18 digits.
    pub fn new(units: i64, scale: u8) -> Option<Decimal> {
        let fits =
            scale <= Self::MAX_PRECISION && units.unsigned_abs() <= Decimal::greatest(Self::MAX_PRECISION);
        fits.then_some(Decimal { units, scale })
    }

    /// The number in units of its last decimal.
    pub fn units(self) -> i64 {
        self.units
    }

    /// The number with so many decimals, unless it has more that are not zero, or then more than 18 digits.
    pub fn with_scale(self, scale: u8) -> Option<Decimal> {
        let units = i128::from(self.units);
        let units = match scale.checked_sub(self.scale) {
            Some(more) => units.checked_mul(10_i128.checked_pow(more.into())?)?,
            None => {
                let less = 10_i128.checked_pow((self.scale - scale).into())?;
                (units % less == 0).then_some(units / less)?
            }
        };
        Decimal::new(units.try_into().ok()?, scale)
    }

    /// Reads a text with a sign or none, up to `precision - scale` digits before the point, and up to `scale` after it. It gets all of
    /// them.
    pub fn read(text: &str, precision: u8, scale: u8) -> Option<Decimal> {
        let decimal: Decimal = text.parse().ok()?;
        let decimal = (decimal.scale <= scale).then(|| decimal.with_scale(scale))??;
        (decimal.units.unsigned_abs() <= Decimal::greatest(precision)).then_some(decimal)
    }

    /// The greatest number of so many digits.
    pub(crate) fn greatest(precision: u8) -> u64 {
        10_u64.pow(precision.min(Self::MAX_PRECISION).into()) - 1
    }

    /// What a `numeric` holds: its digits in groups of four, the first of which counts so many times 10,000 to the power of its weight.
    pub(super) fn from_postgres(bytes: &[u8], scale: u8) -> Option<Decimal> {
        let mut words = bytes.chunks_exact(2).map(|word| i16::from_be_bytes([word[0], word[1]]));
        let (_, weight, sign, _) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let mut units: i128 = 0;
        for (digits, nth) in words.zip(0_i32..) {
            let power = 4 * (i32::from(weight) - nth) + i32::from(scale);
            let ten = 10_i128.checked_pow(power.unsigned_abs())?;
            let digits = i128::from(digits);
            units = units.checked_add(match power >= 0 {
                true => digits.checked_mul(ten)?,
                false => (digits % ten == 0).then_some(digits / ten)?,
            })?;
        }
        let units = match sign {
            0 => units,
            0x4000 => -units,
            // Not a number, and the infinities.
            _ => return None,
        };
        Decimal::new(units.try_into().ok()?, scale)
    }

    /// The same, written.
    fn to_postgres(self) -> Vec<u8> {
        // The point stands between two groups.
        let behind = self.scale.div_ceil(4);
        let mut rest = u128::from(self.units.unsigned_abs()) * 10_u128.pow((4 * behind - self.scale).into());
        let (mut groups, mut weight) = (Vec::new(), -1 - i16::from(behind));
        while rest > 0 {
            groups.push(i16::try_from(rest % 10_000).unwrap_or(0));
            weight += 1;
            rest /= 10_000;
        }
        groups.reverse();
        while groups.last() == Some(&0) {
            groups.pop();
        }
        let sign = if self.units < 0 { 0x4000 } else { 0 };
        let count = i16::try_from(groups.len()).unwrap_or(0);
        let weight = if count == 0 { 0 } else { weight };
        let words = [count, weight, sign, i16::from(self.scale)].into_iter().chain(groups);
        words.flat_map(i16::to_be_bytes).collect()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let (units, scale) = (self.units.unsigned_abs(), usize::from(self.scale));
        let digits = format!("{units:0width$}", width = scale + 1);
        let (whole, decimals) = digits.split_at(digits.len() - scale);
        let point = if scale > 0 { "." } else { "" };
        write!(f, "{sign}{whole}{point}{decimals}")
    }
}

/// Why a text is no [`Decimal`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("expected a number as in -12.50, of up to 18 digits")]
pub struct BadDecimal;

impl FromStr for Decimal {
    type Err = BadDecimal;

    /// Reads a sign or none, digits, and a point with digits or none. The scale is that of the text.
    fn from_str(text: &str) -> Result<Self, BadDecimal> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let scale = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) {
            return Err(BadDecimal);
        }
        let units = digits.replace('.', "").parse::<i64>().map_err(|_| BadDecimal)?;
        let scale = u8::try_from(scale).map_err(|_| BadDecimal)?;
        Decimal::new(if text.starts_with('-') { -units } else { units }, scale).ok_or(BadDecimal)
    }
}

impl<const PRECISION: u8, const SCALE: u8> FromSql<Fixed<PRECISION, SCALE>, Pg> for Decimal {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Decimal::from_postgres(value.as_bytes(), SCALE).ok_or(BadDecimal)?)
    }
}

impl<const PRECISION: u8, const SCALE: u8> FromSql<Fixed<PRECISION, SCALE>, Sqlite> for Decimal {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Decimal::new(value.read_long(), SCALE).ok_or(BadDecimal)?)
    }
}

impl<const PRECISION: u8, const SCALE: u8> ToSql<Fixed<PRECISION, SCALE>, Pg> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<AnyFixed, Pg>::to_sql(self, out)
    }
}

impl<const PRECISION: u8, const SCALE: u8> ToSql<Fixed<PRECISION, SCALE>, Sqlite> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.with_scale(SCALE).ok_or(BadDecimal)?.units);
        Ok(IsNull::No)
    }
}

impl ToSql<AnyFixed, Pg> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&self.to_postgres())?;
        Ok(IsNull::No)
    }
}

impl ToSql<AnyFixed, Sqlite> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.units);
        Ok(IsNull::No)
    }
}

// What Diesel's derive writes, for a SQL type with parameters.

impl<const PRECISION: u8, const SCALE: u8, DB> ToSql<Nullable<Fixed<PRECISION, SCALE>>, DB> for Decimal
where
    DB: Backend,
    Decimal: ToSql<Fixed<PRECISION, SCALE>, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        ToSql::<Fixed<PRECISION, SCALE>, DB>::to_sql(self, out)
    }
}

macro_rules! expressions {
    ($($sql:ty: $rust:ty),*) => {
        $(impl<const PRECISION: u8, const SCALE: u8> AsExpression<$sql> for $rust {
            type Expression = Bound<$sql, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        })*
    };
}
expressions! {
    Fixed<PRECISION, SCALE>: Decimal,
    Fixed<PRECISION, SCALE>: &Decimal,
    Nullable<Fixed<PRECISION, SCALE>>: Decimal,
    Nullable<Fixed<PRECISION, SCALE>>: &Decimal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, scale, expected) in [
            ("0", 0, "0"),
            ("-0", 2, "0.00"),
            ("12.5", 2, "12.50"),
            ("-0.05", 2, "-0.05"),
            ("00012.50", 2, "12.50"),
            ("999999999999999999", 0, "999999999999999999"),
            ("-0.999999999999999999", 18, "-0.999999999999999999"),
        ] {
            assert_eq!(Decimal::read(text, 18, scale).unwrap().to_string(), expected, "{text}");
        }
        for text in
            ["", "-", ".", "1.", ".5", "+1", " 1", "1e2", "1,5", "--1", "1.2.3", "0x1", "NaN", "١", "1.005"]
        {
            assert_eq!(Decimal::read(text, 10, 2), None, "{text}");
        }
        assert_eq!(Decimal::read("99999999.99", 10, 2).unwrap().units(), 9_999_999_999);
        for text in ["100000000", "-100000000.00", "1000000000000000000", "99999999999999999999"] {
            assert_eq!(Decimal::read(text, 10, 2), None, "{text}");
        }
    }

    #[test]
    fn postgres_has_them_in_groups_of_four_digits() {
        let bytes = |text: &str| text.parse::<Decimal>().unwrap().to_postgres();
        let words = |words: &[i16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
        // As `numeric_send` has them.
        assert_eq!(bytes("0.00"), words(&[0, 0, 0, 2]));
        assert_eq!(bytes("-12345.678"), words(&[3, 1, 0x4000, 3, 1, 2345, 6780]));
        assert_eq!(bytes("10000"), words(&[1, 1, 0, 0, 1]));
        assert_eq!(bytes("0.0001"), words(&[1, -1, 0, 4, 1]));
        assert_eq!(bytes("0.00001"), words(&[1, -2, 0, 5, 1000]));
        for scale in 0..=Decimal::MAX_PRECISION {
            for units in [0, 1, 9, 10_000, 123_456_789, 10_i64.pow(17), 10_i64.pow(18) - 1] {
                for units in [units, -units] {
                    let decimal = Decimal::new(units, scale).unwrap();
                    assert_eq!(Decimal::from_postgres(&decimal.to_postgres(), scale), Some(decimal));
                    assert_eq!(decimal.to_string().parse::<Decimal>().unwrap(), decimal);
                }
            }
        }
        assert_eq!(Decimal::from_postgres(&words(&[0, 0, 0xC000_u16 as i16, 0]), 2), None);
        assert_eq!(Decimal::from_postgres(&bytes("1.005"), 2), None);
    }
}
