//! What posts are about.

use super::{BlogPost, PostTagLink};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::{entity, queries, relationships};
use async_graphql::SimpleObject;
use diesel::prelude::*;

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
        posts, posts_connection: BlogPost, through PostTagLink, back_populates tags;
    }
} }

queries! { TagQuery for Tag {
    /// The tag with this id, or with this name; null where there is none. Exactly one of the two arguments
    /// must be given.
    tag by id or name: "The tag's whole name, in its own case.";
    /// All tags, by name.
    tags, tags_connection;
} }
