//! A person who writes: one profile at most, any number of posts.

use super::{BlogPost, Profile};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::relation::{List, by_id_or_name, list};
use crate::{entity, relationships};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use diesel::prelude::*;
use std::sync::Arc;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    users (id) {
        id -> Guid,
        username -> Text,
        created_at -> Instant,
        updated_at -> Instant,
        version -> Integer,
    }
}

/// A person who writes.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
#[graphql(complex)]
pub struct User {
    /// The key, unique among all types.
    pub id: Id,
    /// The name the person goes by, unique among users; case and accents count.
    pub username: String,
    /// When the user came to be.
    pub created_at: Timestamp,
    /// When one of the fields above last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i32,
}

entity! { User: users, order [asc "username"], named username }

relationships! { User {
    has_one {
        /// What the person says of themselves; null where they have not.
        profile: Profile, back_populates user;
    }
    has_many {
        /// What the person wrote, newest first.
        blog_posts: BlogPost, back_populates author;
    }
} }

/// The root fields that lead to users.
#[derive(Debug, Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// The user with this id, or with this username; null where there is none. Exactly one of the two
    /// arguments must be given.
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user's id.")] id: Option<ID>,
        #[graphql(desc = "The user's whole name, in its own case.")] username: Option<String>,
    ) -> Option<Result<Arc<User>>> {
        by_id_or_name(ctx, id, username).await.transpose()
    }

    /// All users, by username.
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most: from 0 to 1000.", default = 100)] limit: i64,
        #[graphql(desc = "How many to pass over first: from 0 to 2147483647.", default = 0)] offset: i64,
    ) -> Result<List<User>> {
        list(ctx, (limit, offset)).await
    }
}
