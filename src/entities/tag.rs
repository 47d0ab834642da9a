//! What posts are about.

use super::{BlogPost, PostTagLink};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::relation::{List, by_id_or_name, list};
use crate::{entity, relationships};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use diesel::prelude::*;
use std::sync::Arc;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    tags (id) {
        id -> Guid,
        name -> Text,
        created_at -> Instant,
        updated_at -> Instant,
        version -> Integer,
    }
}

/// A word that posts are found by.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = tags, treat_none_as_default_value = false)]
#[graphql(complex)]
pub struct Tag {
    /// The key, unique among all types.
    pub id: Id,
    /// The word, unique among tags; case and accents count.
    pub name: String,
    /// When the tag came to be.
    pub created_at: Timestamp,
    /// When one of the fields above last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i32,
}

entity! { Tag: tags, order [asc "name"], named name }

relationships! { Tag {
    many_to_many {
        /// The posts that carry it, newest first.
        posts: BlogPost, through PostTagLink, back_populates tags;
    }
} }

/// The root fields that lead to tags.
#[derive(Debug, Default)]
pub struct TagQuery;

#[Object]
impl TagQuery {
    /// The tag with this id, or with this name; null where there is none. Exactly one of the two arguments
    /// must be given.
    async fn tag(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tag's id.")] id: Option<ID>,
        #[graphql(desc = "The tag's whole name, in its own case.")] name: Option<String>,
    ) -> Option<Result<Arc<Tag>>> {
        by_id_or_name(ctx, id, name).await.transpose()
    }

    /// All tags, by name.
    async fn tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most: from 0 to 1000.", default = 100)] limit: i64,
        #[graphql(desc = "How many to pass over first: from 0 to 2147483647.", default = 0)] offset: i64,
    ) -> Result<List<Tag>> {
        list(ctx, (limit, offset)).await
    }
}
