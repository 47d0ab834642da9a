//! That one ticket waits for another: a join table whose two keys are numbers of one table.

use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::join_table;

diesel::table! {
    blocks (blocker_id, blocked_id) {
        blocker_id -> BigInt,
        blocked_id -> BigInt,
        is_hard -> Bool,
    }
}

/// That one ticket waits for another.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = blocks, primary_key(blocker_id, blocked_id), treat_none_as_default_value = false)]
pub struct Block {
    /// The ticket that is waited for.
    #[graphql(skip)]
    pub blocker_id: i64,
    /// The ticket that waits.
    #[graphql(skip)]
    pub blocked_id: i64,
    /// Whether nothing can be done meanwhile.
    pub is_hard: bool,
}

join_table! { Block: blocks }
