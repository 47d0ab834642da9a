//! What a user writes: one author, any number of tags in the writer's order.

use super::{PostTagLink, Tag, User, user::users};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::relation::{List, by_id, id_argument, list};
use crate::{entity, relationships};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use diesel::prelude::*;
use std::sync::Arc;

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

/// Something a user wrote.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = blog_posts, belongs_to(User), treat_none_as_default_value = false)]
#[graphql(complex)]
pub struct BlogPost {
    /// The key, unique among all types; ids in descending order are posts newest first.
    pub id: Id,
    /// The headline.
    pub title: String,
    /// The text, in Markdown.
    pub content: String,
    /// The id of the user who wrote it.
    pub user_id: Id,
    /// When it was made public; null for a draft.
    pub published_at: Option<Timestamp>,
    /// When the post came to be.
    pub created_at: Timestamp,
    /// When one of the fields above last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i32,
}

entity! { BlogPost: blog_posts, order [desc "id"] }

relationships! { BlogPost {
    belongs_to {
        /// Who wrote it.
        author: User, back_populates blog_posts;
    }
    many_to_many {
        /// What it is about, in the writer's order.
        tags: Tag, through PostTagLink by position, back_populates posts;
    }
} }

/// The root fields that lead to posts.
#[derive(Debug, Default)]
pub struct BlogPostQuery;

#[Object]
impl BlogPostQuery {
    /// The post with this id; null where there is none.
    async fn blog_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The post's id.")] id: ID,
    ) -> Option<Result<Arc<BlogPost>>> {
        async { by_id(ctx, id_argument("id", &id)?).await }.await.transpose()
    }

    /// All posts, newest first.
    async fn blog_posts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most: from 0 to 1000.", default = 100)] limit: i64,
        #[graphql(desc = "How many to pass over first: from 0 to 2147483647.", default = 0)] offset: i64,
    ) -> Result<List<BlogPost>> {
        list(ctx, (limit, offset)).await
    }
}
