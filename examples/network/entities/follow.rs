//! That one person follows another: a join table whose two keys lead to one table, with columns of its own.

use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id, Instant, Timestamp};
use doorway::join_table;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    follows (follower_id, followed_id) {
        follower_id -> Guid,
        followed_id -> Guid,
        closeness -> Integer,
        note -> Nullable<Text>,
        added_at -> Instant,
    }
}

/// That one person follows another.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = follows, primary_key(follower_id, followed_id), treat_none_as_default_value = false)]
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
    /// Since when.
    pub added_at: Timestamp,
}

join_table! { Follow: follows }
