//! What a user writes: one author, any number of tags in the writer's order.

use super::{PostTagLink, Tag, User, user::users};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::{entity, mutations, queries, relationships};
use async_graphql::SimpleObject;
use diesel::prelude::*;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    blog_posts (id) {
        id -> Guid,
        title -> Text,
        content -> Text,
        user_id -> Guid,
        published_at -> Nullable<Instant>,
        created_at -> Instant,
        updated_at -> Instant,
        version -> Integer,
    }
}
diesel::joinable!(blog_posts -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(blog_posts, users);

/// A post: a draft, or published.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = blog_posts, belongs_to(User), treat_none_as_default_value = false)]
pub struct BlogPost {
    /// The primary key: a version 7 UUID, unique across all types. Descending ids are posts from newest to oldest.
    pub id: Id,
    /// The headline, as plain text.
    pub title: String,
    /// The text in Markdown. It may be empty.
    pub content: String,
    /// The author's id.
    pub user_id: Id,
    /// When the post was published, or null for a draft.
    pub published_at: Option<Timestamp>,
    /// When the post was created.
    pub created_at: Timestamp,
    /// When one of the fields above or the list of tags last changed. Deleting a tag does not count.
    pub updated_at: Timestamp,
    /// Starts at 1 and goes up by one with each change. Send it as `expectedVersion` to detect a conflicting change.
    pub version: i32,
}

entity! { BlogPost: blog_posts, order [desc id], text [title 1..=500, content 0..=1000000] }

relationships! { BlogPost {
    belongs_to {
        /// The user who wrote the post.
        author: User, back_populates blog_posts;
    }
    many_to_many {
        /// The post's tags, up to 100, in the author's order by default.
        tags, tags_connection: Tag, through PostTagLink by position, back_populates posts;
    }
} }

queries! { BlogPostQuery for BlogPost {
    /// Finds a post by id, drafts included. Null if there is no such post.
    blog_post by id;
    /// All posts, drafts included. Newest first by default.
    blog_posts, blog_posts_connection;
} }

mutations! { BlogPostMutation for BlogPost, many "posts" {
    create {
        /// Creates a post with its tags.
        create_blog_post, create_blog_posts;
    }
    update {
        /// Updates a post. Fields you leave out keep their values.
        update_blog_post, update_blog_posts;
    }
    delete {
        /// Deletes a post. Its tags stay.
        delete_blog_post, delete_blog_posts;
    }
    move {
        /// Moves a tag to another position in a post's list.
        move_blog_post_tag: Tag;
    }
} }
