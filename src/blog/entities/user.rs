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

/// An author.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct User {
    /// The primary key: a version 7 UUID, unique across all types. Ascending ids are users from oldest to newest.
    pub id: Id,
    /// A unique name. It is case-sensitive and accent-sensitive.
    pub username: String,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When one of the fields above last changed. Changes to the profile or to posts do not count.
    pub updated_at: Timestamp,
    /// Starts at 1 and goes up by one with each change. Send it as `expectedVersion` to detect a conflicting change.
    pub version: i32,
}

entity! { User: users, order [asc username], named username, text [username 1..=200] }

relationships! { User {
    has_one {
        /// The user's profile, or null if there is none.
        profile: Profile, back_populates user;
    }
    has_many {
        /// The user's posts, drafts included. Newest first by default.
        blog_posts, blog_posts_connection: BlogPost, back_populates author;
    }
} }

queries! { UserQuery for User {
    /// Finds a user by id or by username. Give exactly one of the two. Null if there is no such user.
    user by id or username: "The exact username. Not together with `id`.";
    /// All users, by username in the order of code points by default.
    users, users_connection;
} }

mutations! { UserMutation for User, many "users" {
    create {
        /// Creates a user, with an optional profile and posts.
        create_user, create_users;
    }
    update {
        /// Updates a user. Fields you leave out keep their values.
        update_user, update_users;
    }
    delete {
        /// Deletes a user with their profile and posts. Tags stay.
        delete_user, delete_users;
    }
    upsert {
        /// Returns the user with this username and creates it if necessary. Safe to call concurrently.
        upsert_user, upsert_users by "usernames";
    }
} }
