//! The join table between posts and tags: SQLModel's `link_model`.

use super::{BlogPost, Tag, blog_post::blog_posts, tag::tags};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::join_table;
use async_graphql::SimpleObject;
use diesel::prelude::*;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    post_tags (post_id, tag_id) {
        post_id -> Guid,
        tag_id -> Guid,
        position -> Integer,
        added_at -> Instant,
    }
}
diesel::joinable!(post_tags -> blog_posts (post_id));
diesel::joinable!(post_tags -> tags (tag_id));
diesel::allow_tables_to_appear_in_same_query!(post_tags, blog_posts, tags);

/// A tag on a post.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = post_tags, primary_key(post_id, tag_id), treat_none_as_default_value = false)]
#[diesel(belongs_to(BlogPost, foreign_key = post_id), belongs_to(Tag))]
pub struct PostTagLink {
    /// The post.
    #[graphql(skip)]
    pub post_id: Id,
    /// The tag.
    #[graphql(skip)]
    pub tag_id: Id,
    /// The tag's position in the post's list, from 0. Deleting a tag leaves a gap. The tag's id breaks ties.
    pub position: i32,
    /// When the tag was added to the post.
    pub added_at: Timestamp,
}

join_table! { PostTagLink: post_tags }
