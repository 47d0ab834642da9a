//! Keys: UUIDs, and the numbers that databases give.
//!
//! | key | Diesel | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | a UUID | [`Guid`] | `uuid` | `BLOB` of 16 bytes |
//! | a number | `BigInt` | `bigint` | `INTEGER` |
//!
//! Their orders agree on both databases: by bytes, and by number. What holds an [`Id`] need not know which of the two it is: a cell
//! says it, and a column's type says it of an input.

use super::names::name_hash;
use super::types::Timestamp;
use crate::clock;
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, SqlOrd, SqlType},
    sqlite::{Sqlite, SqliteType, SqliteValue},
};
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    io::Write,
    str::FromStr,
};
use uuid::Uuid;

/// The SQL type of an [`Id`] that is a UUID. The numbers are PostgreSQL's own for `uuid` and `uuid[]`.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Guid;

impl SqlOrd for Guid {}

/// A primary or foreign key. A new one is a version 7 UUID (RFC 9562, section 5.7), which begins with the milliseconds
/// of the row's creation, so that ids in descending order are rows newest first.
///
/// Where tables have numbers for keys (`BigInt`), it is such a number. Two tables may have the same ones: within what goes over several
/// tables, such as a mutation, a number knows its table ([`Id::of_table`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Guid)]
#[diesel(sql_type = BigInt)]
pub struct Id(Key);

/// In bytes, so that it is hardly larger than a UUID. Numbers are little-endian, so that the hashes of small ones differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Uuid(Uuid),
    Number { table: [u8; 8], number: [u8; 8] },
}

/// No table: whoever holds the number knows which one it is.
const NO_TABLE: [u8; 8] = [0; 8];

impl Id {
    /// The key that no row has: all bits zero (RFC 9562, section 5.9).
    pub const NIL: Id = Id(Key::Uuid(Uuid::nil()));

    /// A new key for a row made now; within one process, greater than every key made before it, also when the clock has been put
    /// back.
    pub fn new() -> Id {
        Id(Key::Uuid(clock::new_uuid()))
    }

    /// The key of a row that was made at `at` and is recognised by `identity`: the same arguments give
    /// the same key, in any process. Its random bits are a digest (version 5, RFC 9562) of `identity`.
    pub fn derived(at: Timestamp, identity: &str) -> Id {
        let digest = Uuid::new_v5(&Uuid::NAMESPACE_URL, identity.as_bytes()).into_bytes();
        let mut random = [0; 10];
        // Versions 5 and 7 keep their version and variant in the same bits, so no random one is lost.
        random.copy_from_slice(&digest[6..]);
        Id(Key::Uuid(uuid::Builder::from_unix_timestamp_millis(at.millis(), &random).into_uuid()))
    }

    /// Reads 32 hexadecimal digits, with or without hyphens.
    pub fn from_hex(text: &str) -> Option<Id> {
        Uuid::try_parse(text).ok().map(|uuid| Id(Key::Uuid(uuid)))
    }

    /// The UUID with these 16 bytes, or the number with these 8.
    #[inline]
    pub(super) fn from_postgres(bytes: &[u8]) -> Option<Id> {
        match bytes.len() {
            16 => Some(Id(Key::Uuid(Uuid::from_bytes(bytes.try_into().ok()?)))),
            8 => Some(Id::from(i64::from_be_bytes(bytes.try_into().ok()?))),
            _ => None,
        }
    }

    /// A UUID's 16 bytes, or a number.
    #[inline]
    pub(super) fn from_sqlite(mut value: SqliteValue<'_, '_, '_>) -> Option<Id> {
        match value.value_type()? {
            SqliteType::Binary => Some(Id(Key::Uuid(Uuid::from_bytes(value.read_blob().try_into().ok()?)))),
            SqliteType::Long | SqliteType::Integer | SqliteType::SmallInt => {
                Some(Id::from(value.read_long()))
            }
            _ => None,
        }
    }

    /// Reads a number as it is written, in no other way: `7`.
    pub fn from_digits(text: &str) -> Option<Id> {
        let number: i64 = text.parse().ok()?;
        (number.to_string() == text).then(|| Id::from(number))
    }

    /// The number that it is, if it is one.
    pub fn number(&self) -> Option<i64> {
        match self.0 {
            Key::Uuid(_) => None,
            Key::Number { number, .. } => Some(i64::from_le_bytes(number)),
        }
    }

    /// The key as one of this table's: a number that is another one than the same number of another table. A UUID is what it is.
    pub fn of_table(self, name: &str) -> Id {
        match self.0 {
            Key::Uuid(_) => self,
            Key::Number { number, .. } => Id(Key::Number { table: digest(name), number }),
        }
    }

    /// Whether it is a number of this table's.
    pub fn is_of_table(&self, name: &str) -> bool {
        matches!(self.0, Key::Number { table, .. } if table == digest(name))
    }

    /// The key as statements read it, which do not say of which table a number is.
    pub fn without_table(self) -> Id {
        match self.0 {
            Key::Uuid(_) => self,
            Key::Number { number, .. } => Id(Key::Number { table: NO_TABLE, number }),
        }
    }

    /// Appends its text form.
    pub fn write_to(&self, text: &mut Vec<u8>) {
        match &self.0 {
            Key::Uuid(uuid) => {
                let mut digits = [0; 36];
                uuid.as_hyphenated().encode_lower(&mut digits);
                text.extend_from_slice(&digits);
            }
            // Writing to a vector does not fail.
            Key::Number { number, .. } => drop(write!(text, "{}", i64::from_le_bytes(*number))),
        }
    }

    /// As notices have it, which are of several tables: 32 hexadecimal digits, a number's after an `n`.
    pub fn to_hex(&self) -> String {
        match &self.0 {
            Key::Uuid(uuid) => uuid.as_simple().to_string(),
            Key::Number { table, number } => {
                format!("n{:016x}{:016x}", u64::from_le_bytes(*table), u64::from_le_bytes(*number))
            }
        }
    }

    /// Takes one that [`Id::to_hex`] has written off the beginning of `text`.
    pub fn take_hex(text: &str) -> Option<(Id, &str)> {
        let Some(text) = text.strip_prefix('n') else {
            return Some((Id::from_hex(text.get(..32)?)?, text.get(32..)?));
        };
        let half = |digits: &str| Some(u64::from_str_radix(digits, 16).ok()?.to_le_bytes());
        let (table, number) = (half(text.get(..16)?)?, half(text.get(16..32)?)?);
        Some((Id(Key::Number { table, number }), text.get(32..)?))
    }

    /// A UUID as 16 bytes, most significant first.
    pub fn as_bytes(&self) -> Option<&[u8; 16]> {
        match &self.0 {
            Key::Uuid(uuid) => Some(uuid.as_bytes()),
            Key::Number { .. } => None,
        }
    }

    fn uuid(&self) -> Result<&[u8; 16], NotOfType> {
        self.as_bytes().ok_or(NotOfType)
    }
}

/// A table's name in eight bytes, which notices hold.
fn digest(table: &str) -> [u8; 8] {
    name_hash(table).to_le_bytes()
}

/// A UUID where a number must be, or the other way round.
#[derive(Debug, thiserror::Error)]
#[error("a key is not of the type of its column")]
struct NotOfType;

impl Default for Id {
    fn default() -> Self {
        Id::new()
    }
}

impl From<i64> for Id {
    fn from(number: i64) -> Id {
        Id(Key::Number { table: NO_TABLE, number: number.to_le_bytes() })
    }
}

impl Hash for Id {
    // The kind is left out: a map hardly ever holds both.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Key::Uuid(uuid) => state.write(uuid.as_bytes()),
            Key::Number { table, number } => {
                state.write(table);
                state.write(number);
            }
        }
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Id) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Id {
    /// As the databases order them.
    fn cmp(&self, other: &Id) -> Ordering {
        match (&self.0, &other.0) {
            (Key::Uuid(one), Key::Uuid(other)) => one.cmp(other),
            (Key::Number { table, number }, Key::Number { table: tables, number: numbers }) => {
                let numbers = i64::from_le_bytes(*number).cmp(&i64::from_le_bytes(*numbers));
                table.cmp(tables).then(numbers)
            }
            (Key::Uuid(_), Key::Number { .. }) => Ordering::Less,
            (Key::Number { .. }, Key::Uuid(_)) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Key::Uuid(uuid) => uuid.as_hyphenated().fmt(f),
            Key::Number { number, .. } => i64::from_le_bytes(*number).fmt(f),
        }
    }
}

impl FromStr for Id {
    type Err = uuid::Error;

    /// Reads a UUID in the text form with hyphens, in either case.
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse::<uuid::fmt::Hyphenated>().map(|id| Id(Key::Uuid(id.into_uuid())))
    }
}

// A column of either type.
impl FromSql<Guid, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Id::from_postgres(value.as_bytes()).ok_or(NotOfType)?)
    }
}

impl ToSql<Guid, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.uuid()?)?;
        Ok(IsNull::No)
    }
}

impl FromSql<Guid, Sqlite> for Id {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Id::from_sqlite(value).ok_or(NotOfType)?)
    }
}

impl ToSql<Guid, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(&self.uuid()?[..]);
        Ok(IsNull::No)
    }
}

impl ToSql<BigInt, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&self.number().ok_or(NotOfType)?.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<BigInt, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.number().ok_or(NotOfType)?);
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_is_version_7_and_follows_time_then_identity() {
        let at = "2024-04-18".parse::<Timestamp>().unwrap();
        let later = "2024-04-19".parse::<Timestamp>().unwrap();
        let id = Id::derived(at, "post/a");
        assert_eq!(id, Id::derived(at, "post/a"));
        assert_ne!(id, Id::derived(at, "post/b"));
        assert!(Id::derived(later, "post/a") > id && Id::derived(later, "post/b") > id);
        let Key::Uuid(uuid) = id.0 else { panic!("a number") };
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (7, uuid::Variant::RFC4122));
    }

    #[test]
    fn new_ids_ascend() {
        let ids: Vec<Id> = (0..1000).map(|_| Id::new()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn a_number_is_written_as_it_is_read() {
        for number in [0, 7, -7, i64::MAX, i64::MIN] {
            let id = Id::from(number);
            assert_eq!((Id::from_digits(&id.to_string()), id.number()), (Some(id), Some(number)));
            assert_eq!(Id::take_hex(&format!("{}rest", id.of_table("teams").to_hex())).unwrap().1, "rest");
        }
        for text in ["", "+7", "07", "7.0", " 7", "-0", "9223372036854775808", "Team:7", "seven"] {
            assert_eq!(Id::from_digits(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_of_two_tables_are_different_and_in_order() {
        let ids = |table: &str| [-3, -1, 0, 1, 256, 300].map(|number: i64| Id::from(number).of_table(table));
        assert!(ids("teams").is_sorted() && ids("teams")[3] != ids("heroes")[3]);
        assert!(ids("teams")[3].is_of_table("teams") && !ids("teams")[3].is_of_table("heroes"));
        assert_eq!(ids("teams")[3].without_table(), ids("heroes")[3].without_table());
        let uuid = Id::new();
        assert_eq!((uuid.of_table("teams"), Id::take_hex(&uuid.to_hex())), (uuid, Some((uuid, ""))));
    }
}
