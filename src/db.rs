//! The database layer: one API over SQLite and PostgreSQL.
//!
//! A statement is written once, as a Diesel expression, and run by [`Reader::rows`] or inside a
//! [`Transaction`]; both accept whatever both databases understand ([`Rows`], [`Command`]). One [`Reader`]
//! serves one operation: on PostgreSQL it holds one connection from its first statement to its end.
//!
//! Nothing here knows of GraphQL.

mod cells;
mod claim;
mod database;
mod decimal;
mod disk;
mod elements;
mod error;
mod files;
mod functions;
mod id;
mod json;
mod lengths;
mod list;
mod listener;
mod memory;
mod migrations;
mod names;
mod notice;
mod notices;
mod numbers;
mod observe;
mod postgres;
mod readiness;
mod scratch;
mod session;
mod sqlite;
mod statement;
mod stop;
mod transaction;
mod types;
mod url;
mod usage;
mod writer;

pub use cells::{AnyRows, Cells, Sink};
pub use claim::Claim;
pub use database::{Db, Reader};
pub use decimal::{AnyFixed, BadDecimal, Decimal, Fixed};
pub use elements::Elements;
pub use error::DbError;
pub use id::{Guid, Id};
pub use json::{BadJson, Json, JsonValue};
pub use list::{Element, ElementJson, ElementOf, List, ListElement, each_of_json};
pub use listener::IS_LISTENED;
pub use memory::Held;
pub use migrations::{History, Migration, Migrations};
pub use names::{check_name, foreign_key_name, index_name, name_hash, primary_key_name, unique_name};
pub use notice::{MAX_NOTICE, Notice};
pub use notices::{NoticeStream, TooSlow};
pub use numbers::{BadDate, Date, Day, Finite};
pub use observe::{Ran, record};
pub use scratch::Scratch;
pub use session::Session;
pub use sqlite::WasLong;
pub use statement::{Command, Rows, column_names};
pub use stop::Stop;
pub use transaction::Transaction;
pub use types::{BadTimestamp, Instant, Timestamp};
pub use url::{BadUrl, DatabaseUrl};
pub use usage::Usage;
