//! Any number of keys as one bound value, so that a statement's text does not depend on how many there are.

use crate::db::{Guid, Id};
use diesel::{
    expression::AsExpression,
    pg::Pg,
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Array, SqlType, Text},
    sqlite::Sqlite,
};
use std::fmt::Write;

/// What a batch asks for: an array in PostgreSQL; in SQLite, which has none, a JSON array of texts, those of
/// ids in hexadecimal.
#[derive(Debug, AsExpression)]
#[diesel(sql_type = IdList)]
#[diesel(sql_type = NameList)]
pub enum Keys {
    /// Primary or foreign keys.
    Ids(Vec<Id>),
    /// Values of another unique column.
    Names(Vec<String>),
}

/// The SQL type of [`Keys::Ids`]: `uuid[]` in PostgreSQL.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2951, array_oid = 0))]
#[diesel(sqlite_type(name = "Text"))]
pub struct IdList;

/// The SQL type of [`Keys::Names`]: `text[]` in PostgreSQL.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1009, array_oid = 0))]
#[diesel(sqlite_type(name = "Text"))]
pub struct NameList;

fn to_array<'b>(keys: &'b Keys, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
    match keys {
        Keys::Ids(ids) => ToSql::<Array<Guid>, Pg>::to_sql(ids, &mut out.reborrow()),
        Keys::Names(names) => ToSql::<Array<Text>, Pg>::to_sql(names, &mut out.reborrow()),
    }
}

fn to_json<'b>(keys: &'b Keys, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
    let json = match keys {
        Keys::Ids(ids) => {
            let mut json = String::with_capacity(2 + ids.len() * 35);
            for id in ids {
                json.push_str(if json.is_empty() { "[\"" } else { ",\"" });
                write!(json, "{:032x}\"", u128::from_be_bytes(*id.as_bytes()))?;
            }
            json.push_str(if json.is_empty() { "[]" } else { "]" });
            json
        }
        Keys::Names(names) => serde_json::to_string(names)?,
    };
    out.set_value(json);
    Ok(IsNull::No)
}

impl ToSql<IdList, Pg> for Keys {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        to_array(self, out)
    }
}

impl ToSql<NameList, Pg> for Keys {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        to_array(self, out)
    }
}

impl ToSql<IdList, Sqlite> for Keys {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        to_json(self, out)
    }
}

impl ToSql<NameList, Sqlite> for Keys {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        to_json(self, out)
    }
}
