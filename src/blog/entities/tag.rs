//! What posts are about.

use super::{BlogPost, PostTagLink};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::{entity, mutations, queries, relationships};
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

/// A label for posts.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = tags, treat_none_as_default_value = false)]
pub struct Tag {
    /// The primary key: a version 7 UUID, unique across all types. Ascending ids are tags from oldest to newest.
    pub id: Id,
    /// A unique name. It is case-sensitive and accent-sensitive: `SQL` and `sql` are two tags.
    pub name: String,
    /// When the tag was created.
    pub created_at: Timestamp,
    /// When one of the fields above last changed. Adding the tag to a post does not count.
    pub updated_at: Timestamp,
    /// Starts at 1 and goes up by one with each change. Send it as `expectedVersion` to detect a conflicting change.
    pub version: i32,
}

entity! { Tag: tags, order [asc name], named name, text [name 1..=200] }

relationships! { Tag {
    many_to_many {
        /// The posts with this tag, drafts included. Newest first by default.
        posts, posts_connection: BlogPost, through PostTagLink, back_populates tags;
    }
} }

queries! { TagQuery for Tag {
    /// Finds a tag by id or by name. Give exactly one of the two. Null if there is no such tag.
    tag by id or name: "The exact name. Not together with `id`.";
    /// All tags, by name in the order of code points by default.
    tags, tags_connection;
} }

mutations! { TagMutation for Tag, many "tags" {
    create {
        /// Creates a tag. If the name may already be in use, call `upsertTag` instead.
        create_tag, create_tags;
    }
    update {
        /// Updates a tag. Fields you leave out keep their values.
        update_tag, update_tags;
    }
    delete {
        /// Deletes a tag and removes it from all posts. Posts stay.
        delete_tag, delete_tags;
    }
    upsert {
        /// Returns the tag with this name and creates it if necessary. Safe to call concurrently.
        upsert_tag, upsert_tags by "names";
    }
} }
