//! That one person follows another: a join table whose two keys lead to one table, with columns of its own.

use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Decimal, Fixed, Guid, Id, Instant, Json, JsonValue, List, Timestamp};
use doorway::join_table;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Fixed, Guid, Instant, Json, List};

    follows (follower_id, followed_id) {
        follower_id -> Guid,
        followed_id -> Guid,
        closeness -> Integer,
        note -> Nullable<Text>,
        gifts -> Nullable<BigInt>,
        share -> Nullable<Fixed<5, 2>>,
        token -> Nullable<Binary>,
        terms -> Nullable<Json>,
        topics -> Nullable<List<Text>>,
        added_at -> Instant,
    }
}

/// That one person follows another.
#[derive(Debug, Clone, Queryable, Identifiable, SimpleObject)]
#[diesel(table_name = follows, primary_key(follower_id, followed_id))]
pub struct Follow {
    /// Who follows.
    #[graphql(skip)]
    pub follower_id: Id,
    /// Who is followed.
    #[graphql(skip)]
    pub followed_id: Id,
    /// How close the two are.
    pub closeness: i32,
    /// Where they met, or null.
    pub note: Option<String>,
    /// What the one has given the other, in cents, or null.
    pub gifts: Option<i64>,
    /// The part of the other's posts that the one reads, in percent, or null.
    pub share: Option<Decimal>,
    /// What the one shows to read posts that are not for all, or null.
    pub token: Option<Vec<u8>>,
    /// Whatever else the two have agreed on, or null.
    pub terms: Option<JsonValue>,
    /// What the one reads of the other, or null.
    pub topics: Option<Vec<String>>,
    /// Since when.
    pub added_at: Timestamp,
}

join_table! { Follow: follows }
