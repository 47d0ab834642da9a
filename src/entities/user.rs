//! A person who writes: one profile at most, any number of posts.

use super::{BlogPost, Profile};
use crate::db::{Guid, Id, Instant, Timestamp};
use crate::{entity, mutations, queries, relationships};
use async_graphql::SimpleObject;
use diesel::prelude::*;

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
    /// The key, a UUID, unique among all types; ids in ascending order are users oldest first.
    pub id: Id,
    /// The name the person goes by, unique among users; case and accents count.
    pub username: String,
    /// When the user came to be; it never changes.
    pub created_at: Timestamp,
    /// When one of the fields above last changed. A change of the profile or the posts is not one of the user.
    pub updated_at: Timestamp,
    /// Counts the changes that `updatedAt` tells of, from 1: the `expectedVersion` of a later change.
    pub version: i32,
}

entity! { User: users, order [asc username], named username, text [username 1..=200] }

relationships! { User {
    has_one {
        /// What the person says of themselves; null where they have no profile.
        profile: Profile, back_populates user;
    }
    has_many {
        /// What the person wrote, newest first, drafts too.
        blog_posts, blog_posts_connection: BlogPost, back_populates author;
    }
} }

queries! { UserQuery for User {
    /// The user with this id, or with this username; null where there is none. Exactly one of the two
    /// arguments must be given.
    user by id or username: "The user's whole name, in its own case; not together with `id`.";
    /// All users, by username in the order of code points.
    users, users_connection;
} }

mutations! { UserMutation for User, many "users" {
    create {
        /// Makes a user, with its profile and posts: all of it or nothing.
        create_user, create_users;
    }
    update {
        /// Changes a user: what is left out stays as it is.
        update_user, update_users;
    }
    delete {
        /// Deletes a user, and with it the profile and all posts; their tags stay.
        delete_user, delete_users;
    }
    upsert {
        /// Finds the user of this username, and leaves it as it is, or makes it; many at once may ask for the same one.
        upsert_user, upsert_users by "usernames";
    }
} }
