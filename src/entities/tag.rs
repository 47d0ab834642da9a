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

/// A word that posts are found by.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = tags, treat_none_as_default_value = false)]
#[graphql(complex)]
pub struct Tag {
    /// The key, a UUID, unique among all types; ids in ascending order are tags oldest first.
    pub id: Id,
    /// The word, unique among tags; case and accents count, so `SQL` and `sql` are two.
    pub name: String,
    /// When the tag came to be; it never changes.
    pub created_at: Timestamp,
    /// When one of the fields above last changed.
    pub updated_at: Timestamp,
    /// Counts the changes that `updatedAt` tells of, from 1: the `expectedVersion` of a later change.
    pub version: i32,
}

entity! { Tag: tags, order [asc name], named name, text [name 1..=200] }

relationships! { Tag {
    many_to_many {
        /// The posts that carry it, newest first, drafts too.
        posts, posts_connection: BlogPost, through PostTagLink, back_populates tags;
    }
} }

queries! { TagQuery for Tag {
    /// The tag with this id, or with this name; null where there is none. Exactly one of the two arguments
    /// must be given.
    tag by id or name: "The tag's whole name, in its own case; not together with `id`.";
    /// All tags, by name in the order of code points.
    tags, tags_connection;
} }

mutations! { TagMutation for Tag, many "tags" {
    create {
        /// Makes a tag of a new name; `upsertTag` takes one that is there as well.
        create_tag, create_tags;
    }
    update {
        /// Changes a tag: what is left out stays as it is.
        update_tag, update_tags;
    }
    delete {
        /// Deletes a tag; the posts that carry it stay, without it.
        delete_tag, delete_tags;
    }
    upsert {
        /// Finds the tag of this name, and leaves it as it is, or makes it; many at once may ask for the same one.
        upsert_tag, upsert_tags by "names";
    }
} }
