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

/// Something a user wrote: a draft, or a post that is public.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = blog_posts, belongs_to(User), treat_none_as_default_value = false)]
#[graphql(complex)]
pub struct BlogPost {
    /// The key, a UUID, unique among all types; ids in descending order are posts newest first.
    pub id: Id,
    /// The headline, in plain text.
    pub title: String,
    /// The text, in Markdown; it may be empty.
    pub content: String,
    /// The id of the user who wrote it.
    pub user_id: Id,
    /// When it was made public; null for a draft.
    pub published_at: Option<Timestamp>,
    /// When the post came to be; it never changes.
    pub created_at: Timestamp,
    /// When one of the fields above, or the list of tags, was last changed. A tag that was deleted is no change of the
    /// post.
    pub updated_at: Timestamp,
    /// Counts the changes that `updatedAt` tells of, from 1: the `expectedVersion` of a later change.
    pub version: i32,
}

entity! { BlogPost: blog_posts, order [desc id], text [title 1..=500, content 0..=1000000] }

relationships! { BlogPost {
    belongs_to {
        /// The user who wrote it; there always is one.
        author: User, back_populates blog_posts;
    }
    many_to_many {
        /// What it is about, in the writer's order: 100 tags at most.
        tags, tags_connection: Tag, through PostTagLink by position, back_populates posts;
    }
} }

queries! { BlogPostQuery for BlogPost {
    /// The post with this id, a draft too; null where there is none.
    blog_post by id;
    /// All posts, newest first, drafts too.
    blog_posts, blog_posts_connection;
} }

mutations! { BlogPostMutation for BlogPost, many "posts" {
    create {
        /// Makes a post, with its tags: all of it or nothing.
        create_blog_post, create_blog_posts;
    }
    update {
        /// Changes a post: what is left out stays as it is.
        update_blog_post, update_blog_posts;
    }
    delete {
        /// Deletes a post; its tags stay.
        delete_blog_post, delete_blog_posts;
    }
    move {
        /// Moves a tag of a post to another place in the list.
        move_blog_post_tag: Tag;
    }
} }
