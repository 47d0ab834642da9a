//! Cursors: where a row stands in a list, as an opaque text (Relay Cursor Connections, section 3.2).
//!
//! A cursor is a keyset, so it says where to go on also when its row is gone. It carries a digest of the list
//! it belongs to and of its own content: a cursor of another field, another order, or one that was cut
//! short, is an error and not a wrong page. It is no secret and no signature; what it holds is bound as values.

use crate::error::{BAD_USER_INPUT, bad_argument, coded};
use crate::relation::model::{ColumnKind, Join};
use crate::relation::sql::{Expr, ListScope, OrderBy, Value, order, to_hex};
use async_graphql::Error;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value as Json;
use std::sync::Arc;
use uuid::Uuid;

/// The longest cursor, in bytes. Rows are ordered by what is longer than this, but cannot be pointed at.
const MAX_LENGTH: usize = 16 << 10;

/// Bytes of the digest.
const DIGEST: usize = 8;

/// What the cursors of one list have in common. Public for the fuzzing of cursors (`tests/fuzz`).
pub struct CursorCodec {
    list: String,
    /// Of each key, what it is and whether it may be null.
    keys: Vec<(ColumnKind, bool)>,
}

impl CursorCodec {
    /// Of this list in this order.
    pub fn new(list: ListScope, order: &[OrderBy]) -> CursorCodec {
        let keys = order::total(order).map(|by| (by.expr.kind(), by.expr.nullable())).collect();
        let mut list = match list {
            ListScope::Joined(join) => name_of(join),
            ListScope::Table(table) => table.to_owned(),
        };
        for by in order::total(order) {
            list.push(if by.descending { '-' } else { '+' });
            list.push_str(&name_of_key(&by.expr));
        }
        CursorCodec { list, keys }
    }

    /// The cursor of the row with this keyset.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when the order is by something so long that the cursor would not be taken back.
    pub fn cursor(&self, keyset: &[Value]) -> Result<String, Error> {
        let json = Json::Array(keyset.iter().map(to_json).collect()).to_string();
        let mut bytes = self.digest(&json).to_vec();
        bytes.extend_from_slice(json.as_bytes());
        let cursor = URL_SAFE_NO_PAD.encode(bytes);
        if cursor.len() > MAX_LENGTH {
            let text = "the row has no cursor in this order, because its values are too long: order by something shorter";
            return Err(coded(BAD_USER_INPUT, text));
        }
        Ok(cursor)
    }

    /// The keyset in `cursor`, which was given as the argument `name`.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when it is no cursor of this list.
    pub fn keyset(&self, name: &str, cursor: &str) -> Result<Arc<[Value]>, Error> {
        let not_ours = || bad_argument(name, "must be a cursor from this field with the same `orderBy`");
        if cursor.len() > MAX_LENGTH {
            return Err(not_ours());
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| not_ours())?;
        let (digest, json) = bytes.split_at_checked(DIGEST).ok_or_else(not_ours)?;
        let json = std::str::from_utf8(json).map_err(|_| not_ours())?;
        if digest != self.digest(json) {
            return Err(not_ours());
        }
        self.read(json).map(Arc::from).ok_or_else(not_ours)
    }

    /// The keyset in a JSON array, as cursors and statements have it.
    pub fn read(&self, json: &str) -> Option<Vec<Value>> {
        let items: Vec<Json> = serde_json::from_str(json).ok()?;
        if items.len() != self.keys.len() {
            return None;
        }
        let read = |((kind, nullable), item): (&(ColumnKind, bool), Json)| {
            let value = Value::from_json(*kind, item)?;
            let possible = match &value {
                Value::Null => *nullable,
                // PostgreSQL cannot hold it.
                Value::Text(text) => !text.contains('\0'),
                _ => true,
            };
            possible.then_some(value)
        };
        self.keys.iter().zip(items).map(read).collect()
    }

    fn digest(&self, json: &str) -> [u8; DIGEST] {
        let uuid = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{} {json}", self.list).as_bytes());
        let mut digest = [0; DIGEST];
        digest.copy_from_slice(&uuid.as_bytes()[..DIGEST]);
        digest
    }
}

// Spelled out, so that cursors outlive a change of the code; all but those of orders by counts with conditions.
fn name_of_key(expr: &Expr) -> String {
    match expr {
        Expr::Column(column) => column.name.to_owned(),
        Expr::Link(column) => format!("link.{}", column.name),
        Expr::Across(join, _, expr) => format!("{}.{}", name_of(*join), name_of_key(expr)),
        Expr::Count(join, None) => format!("{}.count", name_of(*join)),
        Expr::Count(join, Some(filter)) => format!("{}.count({filter:?})", name_of(*join)),
    }
}

fn name_of(join: Join) -> String {
    let link = join.link.map_or_else(String::new, |link| match join.source == join.target {
        // Both of its keys lead to one table: which of them is near says the direction.
        true => format!("{}.{}", link.table, link.near),
        false => link.table.to_owned(),
    });
    format!("{}.{}>{link}>{}.{}", join.source, join.from, join.target, join.to)
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Id(id) => Json::from(id.to_string()),
        Value::Time(at) => Json::from(at.micros()),
        Value::Int(int) => Json::from(*int),
        Value::Float(number) => Json::from(number.get().to_string()),
        Value::Date(date) => Json::from(date.to_string()),
        Value::Decimal(decimal) => Json::from(decimal.to_string()),
        Value::Bytes(bytes) => Json::from(to_hex(bytes)),
        Value::Json(json) => Json::from(json.as_str()),
        Value::Bool(truth) => Json::from(*truth),
        // Lists have no order.
        Value::List(_) | Value::Null => Json::Null,
    }
}
