//! Lists of values, which only PostgreSQL has a type for.
//!
//! | Rust | Diesel | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | `Vec<T>`, and [`Elements`](super::Elements) in Diesel's own statements | [`List`] | an array | `TEXT`, a JSON array |
//!
//! In SQLite's JSON, keys and bytes are in hexadecimal (of small letters), times in microseconds, and exact numbers in units of their
//! last decimal. What is neither an array of one dimension nor such JSON, or has a NULL in it, cannot be read.

use super::decimal::{Decimal, Fixed};
use super::id::{Guid, Id};
use super::numbers::{Date, Day, Finite};
use super::types::{Instant, Timestamp};
use diesel::{
    deserialize::{self, FromSql},
    pg::{Pg, PgTypeMetadata, PgValue},
    query_builder::QueryId,
    sql_types::{
        Array, BigInt, Binary, Bool, Double, HasSqlType, Integer, SingleValue, SmallInt, SqlType, Text,
        is_nullable,
    },
    sqlite::{Sqlite, SqliteType, SqliteValue},
};
use serde_json::{Value as Json, value::RawValue};
use std::{any::type_name, borrow::Cow, marker::PhantomData};

/// The SQL type of a list of values of the SQL type `T`: `List<Text>` is a `Vec<String>`. None of them is null.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct List<T>(PhantomData<T>);

impl<T: 'static> SqlType for List<T> {
    type IsNull = is_nullable::NotNull;
}

impl<T: 'static> SingleValue for List<T> {}

impl<T: 'static> HasSqlType<List<T>> for Pg
where
    Pg: HasSqlType<T>,
{
    fn metadata(lookup: &mut Self::MetadataLookup) -> PgTypeMetadata {
        <Pg as HasSqlType<Array<T>>>::metadata(lookup)
    }
}

impl<T> HasSqlType<List<T>> for Sqlite {
    fn metadata(_: &mut ()) -> SqliteType {
        SqliteType::Text
    }
}

/// An element of a list, as a database has it.
#[derive(Debug, Clone, Copy)]
pub enum Element<'a> {
    /// As PostgreSQL sends it.
    Sent(&'a [u8]),
    /// As SQLite's JSON has it.
    Json(&'a RawValue),
}

impl<'a> Element<'a> {
    /// A text.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Element::Sent(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Element::Json(json) => serde_json::from_str(json.get()).ok().map(Cow::Owned),
        }
    }

    /// A key that is a UUID.
    pub fn id(self) -> Option<Id> {
        match self {
            Element::Sent(bytes) => Id::from_postgres(bytes),
            Element::Json(_) => {
                let text = self.text()?;
                // In no other form: conditions compare the digits.
                Id::from_hex(&text).filter(|id| id.to_hex() == text)
            }
        }
    }

    /// A whole number.
    pub fn int(self) -> Option<i64> {
        match self {
            Element::Sent(bytes) => int_of(bytes),
            Element::Json(json) => json.get().parse().ok(),
        }
    }

    /// A finite number.
    pub fn float(self) -> Option<Finite> {
        Finite::new(match self {
            Element::Sent(bytes) => f64::from_be_bytes(bytes.try_into().ok()?),
            // Not by serde_json, which may read another one than the nearest.
            Element::Json(json) => json.get().parse().ok()?,
        })
    }

    /// A day.
    pub fn date(self) -> Option<Date> {
        match self {
            Element::Sent(bytes) => Date::from_postgres(i32::from_be_bytes(bytes.try_into().ok()?)),
            Element::Json(_) => self.text()?.parse().ok(),
        }
    }

    /// True or false.
    pub fn bool(self) -> Option<bool> {
        match self {
            Element::Sent(bytes) => bytes.first().map(|byte| *byte != 0),
            Element::Json(json) => json.get().parse().ok(),
        }
    }

    /// A point in time.
    pub fn time(self) -> Option<Timestamp> {
        match self {
            Element::Sent(_) => Timestamp::from_postgres(self.int()?),
            Element::Json(_) => Timestamp::from_sqlite(self.int()?),
        }
    }

    /// An exact number with so many decimals.
    pub fn decimal(self, scale: u8) -> Option<Decimal> {
        match self {
            Element::Sent(bytes) => Decimal::from_postgres(bytes, scale),
            Element::Json(_) => Decimal::new(self.int()?, scale),
        }
    }

    /// Bytes.
    pub fn blob(self) -> Option<Vec<u8>> {
        match self {
            Element::Sent(bytes) => Some(bytes.to_vec()),
            Element::Json(_) => {
                let text = self.text()?;
                let is_small = !text.bytes().any(|digit| digit.is_ascii_uppercase());
                is_small.then(|| hex::decode(&*text).ok())?
            }
        }
    }
}

/// A number of two, four or eight bytes.
pub(super) fn int_of(bytes: &[u8]) -> Option<i64> {
    match bytes.len() {
        2 => Some(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        4 => Some(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        _ => Some(i64::from_be_bytes(bytes.try_into().ok()?)),
    }
}

/// Takes each element of an array that PostgreSQL has sent, until one is not wanted. Whether all were.
pub(super) fn each_sent(bytes: &[u8], mut each: impl FnMut(Element<'_>) -> bool) -> Option<bool> {
    let (dimensions, mut rest) = number(bytes)?;
    // Whether there is a NULL, and the type of the elements.
    (_, rest) = number(rest)?;
    (_, rest) = number(rest)?;
    if dimensions == 0 {
        return Some(true);
    }
    let count;
    (count, rest) = number(rest)?;
    // From which number on they are counted.
    (_, rest) = number(rest)?;
    for _ in 0..count {
        let length;
        (length, rest) = number(rest)?;
        // That of NULL is negative.
        let (element, others) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        rest = others;
        if !each(Element::Sent(element)) {
            return Some(false);
        }
    }
    Some(dimensions == 1)
}

/// A number of four bytes, and what follows it.
fn number(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((i32::from_be_bytes(*number), rest))
}

/// Takes each element of a JSON array, until one is not wanted. Whether all were; nothing if the text is none.
pub fn each_of_json(text: &str, mut each: impl FnMut(Element<'_>) -> bool) -> Option<bool> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(elements.into_iter().all(|json| json.get() != "null" && each(Element::Json(json))))
}

/// An element as SQLite's JSON has it.
pub type ElementJson = Json;

/// A Rust type that elements of lists may have.
pub trait ListElement: Sized {}

/// A Rust type of elements of the SQL type `T`.
#[diagnostic::on_unimplemented(
    message = "a list of the SQL type `{T}` has no elements of the type `{Self}`",
    label = "not the elements of this column"
)]
pub trait ElementOf<T>: ListElement {
    /// The value of an element; nothing where it is none.
    fn of_element(element: Element<'_>) -> Option<Self>;
    /// The element as SQLite's JSON has it; nothing where the column cannot hold it.
    fn to_json(&self) -> Option<ElementJson>;
}

macro_rules! elements {
    ($($rust:ty: $sql:ty => $read:expr, $write:expr;)*) => {
        $(impl ListElement for $rust {}
        impl ElementOf<$sql> for $rust {
            fn of_element(element: Element<'_>) -> Option<Self> {
                let read: fn(Element<'_>) -> Option<Self> = $read;
                read(element)
            }

            fn to_json(&self) -> Option<Json> {
                let write: fn(&Self) -> Json = $write;
                Some(write(self))
            }
        })*
    };
}
elements! {
    String: Text => |element| element.text().map(Cow::into_owned), |text| Json::from(&**text);
    Id: Guid => |element| element.id(), |id| Json::from(id.to_hex());
    Timestamp: Instant => |element| element.time(), |time| Json::from(time.micros());
    i16: SmallInt => |element| element.int()?.try_into().ok(), |int| Json::from(*int);
    i32: Integer => |element| element.int()?.try_into().ok(), |int| Json::from(*int);
    i64: BigInt => |element| element.int(), |int| Json::from(*int);
    f64: Double => |element| element.float().map(Finite::get), |number| Json::from(*number);
    Date: Day => |element| element.date(), |date| Json::from(date.to_string());
    bool: Bool => |element| element.bool(), |truth| Json::from(*truth);
    Vec<u8>: Binary => |element| element.blob(), |bytes| Json::from(hex::encode(bytes));
}

impl ListElement for Decimal {}

impl<const PRECISION: u8, const SCALE: u8> ElementOf<Fixed<PRECISION, SCALE>> for Decimal {
    fn of_element(element: Element<'_>) -> Option<Self> {
        element.decimal(SCALE)
    }

    fn to_json(&self) -> Option<Json> {
        self.with_scale(SCALE).map(|decimal| Json::from(decimal.units()))
    }
}

// For each database by itself, so that the compiler tells it from what Diesel reads into a `Vec<u8>`.

impl<T, E: ListElement + ElementOf<T>> FromSql<List<T>, Pg> for Vec<E> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        read(|each| each_sent(value.as_bytes(), each))
    }
}

impl<T, E: ListElement + ElementOf<T>> FromSql<List<T>, Sqlite> for Vec<E> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        read(|each| each_of_json(value.read_text(), each))
    }
}

fn read<T, E: ElementOf<T>>(
    all: impl FnOnce(&mut dyn FnMut(Element<'_>) -> bool) -> Option<bool>,
) -> deserialize::Result<Vec<E>> {
    let mut elements = Vec::new();
    let is_read = all(&mut |element| {
        let read = E::of_element(element);
        let is_one = read.is_some();
        elements.extend(read);
        is_one
    });
    let bad = || format!("not a list of {} without null", type_name::<E>()).into();
    is_read.unwrap_or(false).then_some(elements).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json<T, E: ElementOf<T>>(json: &str) -> Option<Vec<E>> {
        read(|each| each_of_json(json, each)).ok()
    }

    #[test]
    fn json_is_read_in_one_form_only() {
        let texts = |json| read_json::<Text, String>(json);
        assert_eq!(texts(r#" [ "a\u00e9\n" , "" ] "#), Some(vec!["aé\n".to_owned(), String::new()]));
        assert_eq!(texts("[]"), Some(Vec::new()));
        for json in ["", "null", "{}", "[null]", "[1]", "[[]]", "[\"a\",]", "\"a\"", "[\"\\ud800\"]"] {
            assert_eq!(texts(json), None, "{json}");
        }
        let longs = |json| read_json::<BigInt, i64>(json);
        assert_eq!(longs("[9223372036854775807,-9223372036854775808]"), Some(vec![i64::MAX, i64::MIN]));
        for json in ["[9223372036854775808]", "[1.0]", "[1e2]", "[\"1\"]", "[true]"] {
            assert_eq!(longs(json), None, "{json}");
        }
        assert_eq!(read_json::<SmallInt, i16>("[32768]"), None);
        assert_eq!(
            read_json::<Double, f64>("[0.1,5e-324,1,-0.0]"),
            Some(vec![0.1, f64::from_bits(1), 1.0, 0.0])
        );
        assert_eq!(read_json::<Double, f64>("[1e400]"), None);
        assert_eq!(read_json::<Bool, bool>("[true,false]"), Some(vec![true, false]));
        assert_eq!(read_json::<Bool, bool>("[1]"), None);
        assert_eq!(read_json::<Binary, Vec<u8>>(r#"["00ff",""]"#), Some(vec![vec![0, 255], vec![]]));
        for json in [r#"["00FF"]"#, r#"["0"]"#, r#"["0g"]"#] {
            assert_eq!(read_json::<Binary, Vec<u8>>(json), None, "{json}");
        }
        let id = "018f0f5e0a4b7c3d8e9fa0b1c2d3e4f5";
        assert!(read_json::<Guid, Id>(&format!("[\"{id}\"]")).is_some());
        assert!(read_json::<Guid, Id>(&format!("[\"{}\"]", id.to_uppercase())).is_none());
        let fees = read_json::<Fixed<10, 2>, Decimal>("[1250,-5]").unwrap();
        assert_eq!(fees.iter().map(ToString::to_string).collect::<Vec<_>>(), ["12.50", "-0.05"]);
        assert_eq!(read_json::<Day, Date>(r#"["2024-02-30"]"#), None);
        assert_eq!(read_json::<Instant, Timestamp>("[1]"), Timestamp::from_micros(1).map(|at| vec![at]));
    }

    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = Double)]
        number: f64,
    }

    /// Conditions compare what SQLite has read of both.
    #[test]
    fn sqlite_reads_each_number_as_it_is() {
        let mut random = fastrand::Rng::with_seed(7);
        let any = std::iter::repeat_with(|| f64::from_bits(random.u64(..))).filter(|one| one.is_finite());
        let tenths = (0..10_000_i32).map(|nth| f64::from(nth) / 10.0);
        let numbers: Vec<f64> = any.take(20_000).chain(tenths).collect();
        let json = serde_json::to_string(&numbers).unwrap();
        let mut scratch = super::super::Scratch::new().unwrap();
        let read = format!("SELECT CAST(value AS REAL) AS number FROM json_each('{json}') ORDER BY key");
        let read: Vec<Number> = scratch.rows(&read).unwrap();
        assert_eq!(read.len(), numbers.len());
        for (read, number) in read.iter().zip(numbers) {
            assert_eq!(read.number.to_bits(), (number + 0.0).to_bits(), "{number:e}");
        }
    }

    #[test]
    fn an_array_has_one_dimension_and_no_null() {
        let words = |words: &[i32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
        let read = |sent: &[i32]| {
            let mut ints = Vec::new();
            let is_read =
                each_sent(&words(sent), |element| element.int().map(|int| ints.push(int)).is_some());
            is_read.unwrap_or(false).then_some(ints)
        };
        assert_eq!(read(&[0, 0, 23]), Some(vec![]));
        assert_eq!(read(&[1, 0, 23, 2, 1, 4, 7, 4, -8]), Some(vec![7, -8]));
        // Counted from another number on.
        assert_eq!(read(&[1, 0, 23, 1, -5, 4, 7]), Some(vec![7]));
        assert_eq!(read(&[1, 1, 23, 2, 1, 4, 7, -1]), None);
        assert_eq!(read(&[2, 0, 23, 1, 1, 1, 1, 4, 7]), None);
        for cut in [&[][..], &[1], &[1, 0, 23, 2, 1, 4, 7], &[1, 0, 23, 1, 1, 8, 7]] {
            assert_eq!(read(cut), None, "{cut:?}");
        }
    }
}
